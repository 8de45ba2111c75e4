"""Where did the time of a promise go, link by link: as a bar, as lines with budgets, and as one sentence?

Self-contained: `of_promise` makes what `desk/_links.html` shows as `links`, on whatever page includes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from yingnuo.desk.choices import Names
from yingnuo.kit import formats, instants
from yingnuo.people.models import TeamKind
from yingnuo.people.roles import Actor, role_may
from yingnuo.promises import links
from yingnuo.promises.links import Chain, Link
from yingnuo.promises.models import Promise

OTHERS = -1  # stands for every team that the reader may not know of
COLOURS = 6  # teams told apart by colour; after that they begin anew
NARROWEST = 0.6  # percent of the bar; a stretch of a second must be seen too


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch in the bar: where it stands (percent), its colour, who, since when, for how long."""

    x: str
    width: str
    colour: str
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """One link: what it used of the promise, and where it has one, its own budget."""

    name: str
    kind: str
    colour: str
    used: int
    budget: int | None
    spent: int
    share: int
    tone: str
    over: int
    agreement: str
    people: tuple[tuple[str, int], ...]
    named: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Everything `desk/_links.html` shows; `used` is the working time of the promise that the lines add up to."""

    sentence: str
    pieces: tuple[Piece, ...]
    lines: tuple[Line, ...]
    running: bool
    used: int


def of_promise(promise: Promise, names: Names, reader: Actor, *, now: datetime) -> Told:
    """The links of one promise as they stand at `now`, as far as the reader may know them; three queries."""
    chain = links.chain_of(promise, now=now)
    return told(chain if _sees_all(reader) else _own(chain, reader), names, running=promise.ended_at is None)


def _sees_all(reader: Actor) -> bool:
    """Partners see nobody's links but their own; a token that acts for somebody sees what he sees."""
    return reader.kind != "staff" or role_may(reader, "ticket.chain")


def _own(chain: Chain, reader: Actor) -> Chain:
    """The chain for a dealer, supplier or outsourced team: all others are one link that is neither named nor split."""
    own = reader.teams or frozenset()

    def seen(link: Link) -> Link:
        hidden = link.team is not None and link.team not in own
        return Link(OTHERS, link.used, None, 0, "", ()) if hidden else link

    kept = [seen(link) for link in chain.links]
    rest = [link for link in kept if link.team == OTHERS]
    merged = [Link(OTHERS, sum(link.used for link in rest), None, 0, "", ())] if rest else []
    stretches = [replace(s, team=OTHERS, agent=None) if s.team and s.team not in own else s for s in chain.stretches]
    return replace(
        chain, links=(*(link for link in kept if link.team != OTHERS), *merged), stretches=tuple(stretches),
        culprit=seen(chain.culprit) if chain.culprit else None,
    )  # fmt: skip


def told(chain: Chain, names: Names, *, running: bool) -> Told:
    """The same of a chain that is known already."""
    colours = {link.team: _colour(place, link.team) for place, link in enumerate(chain.links)}
    lines = tuple(_line(link, chain, names, colours[link.team]) for link in chain.links)
    return Told(_sentence(chain, names, running=running), _pieces(chain, names, colours), lines, running, chain.used)


def _colour(place: int, team: int | None) -> str:
    return "nobody" if team is None else str(place % COLOURS)


def name_of(team: int | None, names: Names) -> str:
    """A team's name; what nobody held is said so."""
    return _("other teams") if team == OTHERS else names.team(team) or _("nobody")


def _line(link: Link, chain: Chain, names: Names, colour: str) -> Line:
    share = min(100, round(100 * link.spent / link.budget)) if link.budget else 0
    people = tuple((names.person(pk) or _("nobody yet"), used) for pk, used in link.agents if used)
    return Line(
        name_of(link.team, names), kind_of(link.team, names), colour, link.used, link.budget, link.spent, share,
        "red" if link.over else "orange" if share >= 80 else "green", link.over, link.agreement.upper(),
        people if any(pk for pk, _used in link.agents) else (),
        chain.culprit is not None and chain.culprit.team == link.team,
    )  # fmt: skip


def kind_of(team: int | None, names: Names) -> str:
    """What an outer team is: outsourced, dealer, supplier; "" for an own one."""
    card = names.organisation.teams.get(team or 0)
    return "" if card is None or card.kind == TeamKind.INTERNAL else str(TeamKind(card.kind).label)


def _pieces(chain: Chain, names: Names, colours: dict[int | None, str]) -> tuple[Piece, ...]:
    """Stretches by their working time; what took none is left out."""
    held = [s for s in chain.stretches if s.used]
    wide = [max(NARROWEST, 100 * s.used / chain.used) for s in held]
    scale, place, pieces = 100 / (sum(wide) or 1), 0.0, []
    for s, width in zip(held, wide, strict=True):
        who = " · ".join(filter(None, (name_of(s.team, names), names.person(s.agent))))
        since = formats.stamp(instants.instant(s.since))
        title = _("%(who)s, since %(since)s: %(span)s") % {
            "who": who, "since": since, "span": formats.duration(s.used),
        }  # fmt: skip
        pieces.append(Piece(f"{place:.2f}", f"{width * scale:.2f}", colours.get(s.team, "nobody"), title))
        place += width * scale
    return tuple(pieces)


def _sentence(chain: Chain, names: Names, *, running: bool) -> str:
    if chain.culprit is not None:
        return culprit_sentence(chain.culprit, names)
    if running and chain.stretches:
        return _now_with(chain, names)
    return ""


def culprit_sentence(link: Link, names: Names) -> str:
    """The link that used the time of a broken promise, in one sentence."""
    if link.team is None:
        return _("The time passed while nobody held it: %(used)s") % {"used": formats.duration(link.used)}
    words = {"link": name_of(link.team, names), "used": formats.duration(link.used)}
    if link.budget is None:
        return _("The link that used the time: %(link)s, %(used)s") % words
    words |= {"spent": formats.duration(link.spent), "budget": formats.duration(link.budget)}
    words["kind"] = link.agreement.upper()
    if not link.over:
        held = _("The link that used the time: %(link)s, %(used)s; its own %(budget)s (%(kind)s) are not used up")
        return held % words
    return _("The link that used the time: %(link)s, %(spent)s of a budget of %(budget)s (%(kind)s)") % words


def _now_with(chain: Chain, names: Names) -> str:
    here = chain.stretches[-1].team
    link = next((one for one in chain.links if one.team == here), None)
    if link is None or here is None:
        return _("Nobody holds it now.")
    words = {"link": name_of(here, names), "used": formats.duration(link.used)}
    if link.budget is None:
        return _("Now with %(link)s, %(used)s so far") % words
    words |= {"spent": formats.duration(link.spent), "budget": formats.duration(link.budget)}
    words["kind"] = link.agreement.upper()
    return _("Now with %(link)s: %(spent)s of a budget of %(budget)s (%(kind)s)") % words
