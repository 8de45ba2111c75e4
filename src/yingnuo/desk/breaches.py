"""Which broken promises have no reason yet, which excuses wait to be decided, and how is all of it taken away?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk import broken, choices, faces, links
from yingnuo.desk import export as exports
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.choices import Names
from yingnuo.desk.dashboard import words
from yingnuo.desk.filters import number
from yingnuo.exchange import sheets
from yingnuo.journey import breaches as deeds
from yingnuo.kit import formats, pages
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.kit.looks import Chip
from yingnuo.people.roles import Actor
from yingnuo.promises import breach_reasons
from yingnuo.promises import links as chains
from yingnuo.promises.breach_models import Breach
from yingnuo.promises.breaches import Given
from yingnuo.promises.links import Chain
from yingnuo.promises.models import MilestoneCode, Promise
from yingnuo.promises.standards import terms_of

VERB = "breach.list"
SIZE = 50
MOST_PAGES = 200
MOST_AT_ONCE = 100
MOST_EXPORTED = 10_000
AT_ONCE = 500  # promises whose links are computed together
STATES = ("unexplained", "asked", "granted", "refused", "explained", "any")
DAYS = (7, 30, 90)
AGREEMENTS = ("sla", "ola", "uc")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address of the list asks for. `state` is one of STATES; `days` 0 is since ever; `page` begins at 1."""

    state: str = "unexplained"
    days: int = 0
    team: int | None = None
    milestone: str = ""
    agreement: str = ""
    reason: str = ""
    page: int = 1

    def address(self, **changes: Any) -> str:
        """The query string with changes, page 1 unless said otherwise; begins with "?"."""
        said = asdict(replace(self, **({"page": 1} | changes)))
        quiet = {"state": "unexplained", "page": 1}
        return "?" + urlencode([(k, v) for k, v in said.items() if v and v != quiet.get(k)])

    @property
    def narrowed(self) -> int:
        """How many filters beside the state and the days are set."""
        return sum(bool(value) for value in (self.team, self.milestone, self.agreement, self.reason))


def read(query: QueryDict) -> Asked:
    """What an address asks for. What makes no sense in it is left out, as if it had not been said."""
    days, page = number(query.get("days", "")) or 0, number(query.get("page", "")) or 1
    return Asked(
        _one_of(query.get("state", ""), STATES) or "unexplained", days if days in DAYS else 0,
        number(query.get("team", "")), _one_of(query.get("milestone", ""), MilestoneCode.values),
        _one_of(query.get("agreement", ""), AGREEMENTS), query.get("reason", "")[:40], min(max(1, page), MOST_PAGES),
    )  # fmt: skip


def _one_of(text: str, allowed: Sequence[str]) -> str:
    return text if text in allowed else ""


_STATES: Mapping[str, Q] = {
    "unexplained": Q(breach__isnull=True) | Q(breach__reason=""), "explained": ~Q(breach__reason=""), "any": Q(),
    **{state: Q(breach__excuse=state) for state in ("asked", "granted", "refused")},
}  # fmt: skip


def listed(actor: Actor, asked: Asked, *, now: datetime) -> QuerySet[Promise]:
    """Broken promises of the tickets within sight, the last broken first."""
    wanted = _STATES[asked.state] & Q(broken_at__isnull=False) & _seen(actor)
    if asked.state == "explained":
        wanted &= Q(breach__isnull=False)
    if asked.days:
        wanted &= Q(broken_at__gte=now - timedelta(days=asked.days))
    named = {
        "team_id": asked.team, "milestone": asked.milestone, "terms__spec__agreement": asked.agreement,
        "breach__reason": asked.reason,
    }  # fmt: skip
    wanted &= Q(**{name: value for name, value in named.items() if value})
    return Promise.objects.filter(wanted).select_related("ticket", "breach").defer("ticket__search")


def _seen(actor: Actor) -> Q:
    """As `Actor.sees`: of the ticket, for only there a reason can be given."""
    if actor.teams is None:
        return Q()
    return Q(ticket__team_id__in=actor.teams) | Q(ticket__agent_id=actor.id)


@dataclass(frozen=True, slots=True)
class Row:
    """One broken promise in the list."""

    id: int
    ticket: int
    subject: str
    milestone: str
    agreement: str
    broken_at: datetime
    late: int | None
    owed: bool
    holder: str
    link: str
    reason: str
    words: str
    excuse: str
    excuse_tone: str


def _rows(found: Sequence[Promise], names: Names, now: datetime) -> list[Row]:
    """Rows with the link that used the time, computed for all of them together."""
    known = chains.chains(found, now=now)
    return [_row(p, known[p.pk], names) for p in found]


def _row(p: Promise, chain: Chain, names: Names) -> Row:
    file: Breach | None = getattr(p, "breach", None)
    holder = " · ".join(filter(None, (names.person(p.agent_id), names.team(p.team_id)))) or _("nobody")
    owed = p.ended_at is None
    return Row(
        p.pk, p.ticket_id, p.ticket.subject, faces.milestone(p.milestone), terms_of(p.terms_id).agreement.upper(),
        p.broken_at or p.started_at, None if owed else p.overrun, owed, holder,
        _link(file, chain, names),
        breach_reasons.word(file.reason) if file and file.reason else "", file.words if file else "",
        broken.excuse(file.excuse) if file else "", broken.excuse_tone(file.excuse) if file else "gray",
    )  # fmt: skip


def _link(file: Breach | None, chain: Chain, names: Names) -> str:
    """As the file keeps it; computed where there is no file."""
    if file is not None and file.culprit_used is not None:
        return links.name_of(file.culprit_team_id, names)
    return links.name_of(chain.culprit.team, names) if chain.culprit else ""


@require_safe
@signed_in_who_may(VERB)
def breaches(request: DeskRequest) -> HttpResponse:
    """The list, with a reason for many at once."""
    asked = read(request.GET)
    start = (asked.page - 1) * SIZE
    found = list(listed(request.actor, asked, now=request.now).order_by("-broken_at", "-id")[start : start + SIZE + 1])
    context = {
        "now": request.now, "asked": asked, "rows": _rows(found[:SIZE], request.names, request.now),
        "more": len(found) > SIZE, "states": _states(asked), "periods": _periods(asked),
        "here": asked.address(page=asked.page),
        "previous": asked.address(page=asked.page - 1), "following": asked.address(page=asked.page + 1),
        "reasons": breach_reasons.offered(), "all_reasons": [(r.code, r.word) for r in breach_reasons.known().values()],
        "milestones": MilestoneCode.choices, "agreements": words.AGREEMENTS.items(),
        "plain": Asked(asked.state, asked.days).address(), **choices.for_queue(request.actor, request.names),
    }  # fmt: skip
    return pages.show(request, "desk/breaches.html", context, parts={"breaches": "desk/_breaches.html"})


def _states(asked: Asked) -> list[Chip]:
    named = {
        "unexplained": _("Without a reason"), "asked": _("Excuse asked"), "granted": _("Excused"),
        "refused": _("Not excused"), "explained": _("With a reason"), "any": _("All"),
    }  # fmt: skip
    return [Chip(word, asked.address(state=code), asked.state == code) for code, word in named.items()]


def _periods(asked: Asked) -> list[Chip]:
    named = {7: _("7 days"), 30: _("30 days"), 90: _("90 days"), 0: _("Ever")}
    return [Chip(word, asked.address(days=days), asked.days == days) for days, word in named.items()]


@require_POST
@signed_in_who_may(VERB)
def bulk(request: DeskRequest) -> HttpResponse:
    """One reason for all chosen promises, each by itself: what one refuses does not stop the others."""
    ids = [pk for text in request.POST.getlist("ids") if (pk := number(text))][:MOST_AT_ONCE]
    if not ids:
        raise Invalid(_("Choose promises first."), fields={"ids": _("Nothing was chosen.")})
    given = Given(request.POST.get("reason", ""), request.POST.get("words", ""))
    refusals = _each(request, ids, given)
    _report(request, len(ids) - len(refusals), refusals)
    return redirect(reverse("desk:breaches") + read(QueryDict(request.POST.get("back", "").lstrip("?"))).address())


def _each(request: DeskRequest, ids: Sequence[int], given: Given) -> list[str]:
    tickets = dict(Promise.objects.filter(pk__in=ids).values_list("pk", "ticket_id"))
    refusals = []
    for pk in ids:
        ticket = tickets.get(pk, 0)
        try:
            deeds.give_reason(request.actor, ticket_id=ticket, promise_id=pk, given=given, now=request.now)
        except Refused as error:
            refusals.append(f"YN-{ticket}: {error}")
    return refusals


def _report(request: DeskRequest, done: int, refusals: Sequence[str]) -> None:
    if done:
        said = ngettext("%(n)s breach has its reason.", "%(n)s breaches have their reason.", done)
        messages.success(request, said % {"n": done})
    if refusals:
        said = ngettext("%(n)s refused.", "%(n)s refused.", len(refusals)) % {"n": len(refusals)}
        messages.warning(request, f"{said} {refusals[0]}")


@require_safe
@signed_in_who_may(VERB)
def export(request: DeskRequest) -> sheets.Answer:
    """The broken promises of the filter as CSV or XLSX (`form`), at most MOST_EXPORTED."""
    form = exports.allowed(request, "breaches")
    rows = listed(request.actor, read(request.GET), now=request.now).order_by("-broken_at", "-id")[:MOST_EXPORTED]
    # rows are worded here: the stream runs after the middleware has put the reader's language and zone away
    return sheets.answer(form, exports.named(request, "breaches"), _head(), [_cells(r) for r in _told(rows, request)])


def _told(rows: QuerySet[Promise], request: DeskRequest) -> Iterator[Row]:
    found = list(rows)
    for place in range(0, len(found), AT_ONCE):
        yield from _rows(found[place : place + AT_ONCE], request.names, request.now)


def _head() -> list[str]:
    return [
        _("Number"), _("Subject"), _("Milestone"), _("Agreement"), _("Broken at"), _("Late by"), _("Held by"),
        _("Link that used the time"), _("Reason"), _("In words"), _("Excuse"),
    ]  # fmt: skip


def _cells(r: Row) -> list[str]:
    local = f"{r.broken_at.astimezone(timezone.get_current_timezone()):%Y-%m-%d %H:%M:%S}"
    late = _("still owed") if r.late is None else formats.duration(r.late)
    free = [r.holder, r.link, r.reason, r.words, r.excuse]
    return [f"YN-{r.ticket}", r.subject, r.milestone, r.agreement, local, late, *free]
