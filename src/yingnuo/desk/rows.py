"""What does a list of tickets show of each, and how many are in the lists beside it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from yingnuo.desk import chances, choices
from yingnuo.desk.choices import Names
from yingnuo.desk.faces import Faces
from yingnuo.desk.filters import View
from yingnuo.people.roles import Actor
from yingnuo.subtasks.queries import OPEN_COUNT
from yingnuo.tickets import lists
from yingnuo.tickets.lists import Column, Listed
from yingnuo.tickets.models import OPEN_STATUSES, Ticket
from yingnuo.writing import drafts

SIZE = 50
MOST_COUNTED = 100  # a chip says "99+": nobody needs to know more, and the database need not walk further


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket in a list, ready to be shown."""

    id: int
    number: str
    subject: str
    customer: str
    kind: str
    channel: SafeString
    avatar: SafeString
    urgency: SafeString
    status: SafeString
    tier: SafeString
    holder: str
    team: str
    milestone: str
    due: datetime | None
    risk: datetime | None
    still: SafeString
    urged: int
    over: bool
    chance: SafeString
    told: Listed
    tasks: int = 0  # asked of other teams and not done yet
    draft: bool = False  # the reader has begun to write there


@dataclass(frozen=True, slots=True)
class Page:
    """One screen of a list; there is no total, since nobody counts a million rows for a page."""

    rows: list[Row]
    number: int = 1
    more: bool = False


def page_of(
    actor: Actor, view: View, *, now: datetime, names: Names, size: int = SIZE, group: str = ""
) -> Page:  # fmt: skip
    """The rows of a view's page, those of one `group` together, with open tasks and drafts begun; one query."""
    start, more = (view.page - 1) * size, (Column(OPEN_COUNT), Column(drafts.BEGUN, (drafts.writer(actor),)))
    found = lists.page(actor, view.filter, now=now, start=start, size=size + 1, group=group, more=more)
    least = 0.0 if view.filter.order == "risk" else chances.SHOWN_FROM
    rows = _rows(found[:size], names, now, least)
    return Page(rows, view.page, len(found) > size)


def listed(tickets: QuerySet[Ticket], *, now: datetime, most: int, least: float = chances.SHOWN_FROM) -> list[Row]:
    """The first rows of any list of tickets; a breach risk is shown from `least` on."""
    return _rows(lists.first(tickets, most), choices.names(), now, least)


def of(tickets: Sequence[Listed], *, now: datetime, names: Names) -> list[Row]:
    """These rows of tickets, ready to be shown."""
    return _rows(tickets, names, now, chances.SHOWN_FROM)


def _rows(found: Sequence[Listed], names: Names, now: datetime, least: float) -> list[Row]:
    look = Faces(now)
    return [_row(t, look, names, least) for t in found]


def _row(t: Listed, look: Faces, names: Names, least: float) -> Row:
    tasks, draft = t.more or (0, False)
    return Row(
        id=t.id, number=f"YN-{t.id}", subject=t.subject, customer=t.customer, kind=look.kind(t.kind),
        channel=look.channel(t.via), avatar=look.avatar(t.customer), urgency=look.urgency(t.urgency),
        status=look.status(t.status), tier=look.tier(t.tier), holder=names.person(t.agent_id),
        team=names.team(t.team_id), milestone=look.milestone(t.next_milestone) if t.due_at else "",
        due=t.due_at, risk=t.risk_at, still=_still(t, look), urged=t.urged,
        over=bool(t.due_at and t.due_at < look.now),
        chance=chances.chip(t.risk, t.risk_why, least=least) if t.status in OPEN_STATUSES else SafeString(""),
        told=t, tasks=tasks, draft=draft,
    )  # fmt: skip


def _still(t: Listed, look: Faces) -> SafeString:
    """What stands where nothing ticks: why it waits, or when it ended."""
    if t.due_at:
        return SafeString("")
    ended = t.closed_at or t.resolved_at
    return look.paused(t.waiting_for) if t.waiting_for else look.when(ended) if ended else SafeString("")


SCOPES = {"mine": _("Mine"), "unassigned": _("Unassigned"), "all": _("All")}
STATES = {
    "open": _("Open"), "at_risk": _("At risk"), "overdue": _("Overdue"), "waiting": _("Waiting"),
    "resolved": _("Resolved"), "closed": _("Closed"), "any": _("Any state"),
}  # fmt: skip
ORDERS = {
    "due": _("Next due first"), "risk": _("Likeliest to break first"), "newest": _("Newest first"),
    "oldest": _("Oldest first"), "updated": _("Last changed first"),
}  # fmt: skip
_COUNTED = ("open", "at_risk", "overdue", "waiting")
_TONES = {"at_risk": "orange", "overdue": "red"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One chip over a list: a word, where it leads, whether it is chosen; `count` "" says nothing."""

    word: object
    href: str
    active: bool
    count: str = ""
    tone: str = ""


def chips(actor: Actor, view: View, *, now: datetime) -> tuple[list[Choice], list[Choice]]:
    """The chips of scopes and of states with their counts; one query, none at all while somebody searches."""
    by_scope = {code: replace(view.filter, scope=code) for code in SCOPES}
    by_state = {code: replace(view.filter, state=code) for code in _COUNTED}
    wanted = [] if view.filter.words else [*by_scope.values(), *by_state.values()]
    found = lists.counts(actor, wanted, now=now, most=MOST_COUNTED)
    counts = {code: found.get(f) for code, f in (by_scope | by_state).items()}
    scopes = [
        Choice(word, view.address(scope=code), view.filter.scope == code, _shown(counts[code]))
        for code, word in SCOPES.items()
    ]
    states = [
        Choice(word, view.address(state=code), view.filter.state == code, _shown(n), _tone(code, n))
        for code, word, n in ((code, word, counts.get(code)) for code, word in STATES.items())
    ]
    return scopes, states


def scopes(view: View) -> list[Choice]:
    """The chips of scopes without counts, for the narrow list beside a ticket."""
    return [Choice(word, view.address(scope=code), view.filter.scope == code) for code, word in SCOPES.items()]


def _tone(code: str, count: int | None) -> str:
    return _TONES.get(code, "") if count else ""


def _shown(count: int | None) -> str:
    if count is None:
        return ""
    return str(count) if count < MOST_COUNTED else f"{MOST_COUNTED - 1}+"
