"""Who is away this week, who stands in, and how do his tickets go there and back?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk import rows
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.filters import number
from yingnuo.journey import dispatch, handing
from yingnuo.kit import pages, revisions
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.people.models import Absence, Staff
from yingnuo.tickets.models import Ticket

WEEK = 7


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one person: on leave, at work (`note`: from when to when), free (his shift is closed), or no shift."""

    state: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One person's week."""

    id: int
    name: str
    team: str
    deputy: str
    load: int
    days: tuple[Day, ...]
    away: bool


@require_safe
@signed_in_who_may("wall.view")
def week(request: DeskRequest) -> HttpResponse:
    """Seven days from today: shifts and leave of everybody whom the reader sees."""
    today = timezone.localtime(request.now).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [today + timedelta(days=n) for n in range(WEEK)]
    people = _people(request)
    leaves = _leaves([s.pk for s in people], starts[0], starts[-1] + timedelta(days=1))
    revision = revisions.current()
    days = [(start, _shift_on(start, revision)) for start in starts]
    lines = [_line(s, days, leaves.get(s.pk, []), request.now) for s in people]
    return pages.show(
        request, "desk/dispatch/week.html", {"days": starts, "lines": lines, "now": request.now, "section": "week"}
    )


def _people(request: DeskRequest) -> list[Staff]:
    members, sight = request.names.organisation.members, request.actor.teams
    teams = members if sight is None else sight
    ids = {pk for team in teams for pk in members.get(team, ())}
    return list(Staff.objects.filter(pk__in=ids, active=True).select_related("team", "deputy").order_by("team", "name"))


def _leaves(ids: list[int], start: datetime, end: datetime) -> dict[int, list[Absence]]:
    found: dict[int, list[Absence]] = {}
    for row in Absence.objects.filter(staff__in=ids, starts_at__lt=end, ends_at__gt=start).order_by("starts_at"):
        found.setdefault(row.staff_id, []).append(row)
    return found


_Shift = Callable[[str], str]
_STEP = timedelta(minutes=15)


def _shift_on(start: datetime, revision: int) -> _Shift:
    """From when to when a calendar (by code) is open on a day, to the quarter of an hour; "" for not at all."""
    steps = [start + n * _STEP for n in range(timedelta(days=1) // _STEP)]
    open_at = [(at, dispatch.on_shift(revision, at)) for at in steps]

    def shift(calendar: str) -> str:
        hours = [at for at, is_open in open_at if is_open(calendar)]
        return f"{hours[0]:%H:%M}–{hours[-1] + _STEP:%H:%M}" if hours else ""

    return cache(shift)


def _line(s: Staff, days: Sequence[tuple[datetime, _Shift]], leaves: Sequence[Absence], now: datetime) -> Line:
    return Line(
        s.pk, s.name, s.team.name if s.team else "", s.deputy.name if s.deputy else "", s.load,
        tuple(_day(s, start, shift, leaves) for start, shift in days),
        any(a.starts_at <= now < a.ends_at for a in leaves),
    )  # fmt: skip


def _day(s: Staff, start: datetime, shift: _Shift, leaves: Sequence[Absence]) -> Day:
    end = start + timedelta(days=1)
    leave = next((a for a in leaves if a.starts_at < end and a.ends_at > start), None)
    if leave is not None:
        return Day("leave", start, leave.reason)
    if not s.calendar:
        return Day("any", start)
    hours = shift(s.calendar)
    return Day("work", start, hours) if hours else Day("free", start)


@require_safe
@signed_in_who_may("wall.view")
def person(request: DeskRequest, pk: int) -> HttpResponse:
    """What somebody absent holds, who would get it, and what deputies hold of him already."""
    owner = _of(request, pk)
    held = handing.movable(request.actor, source=pk, most=handing.MOST_MOVED)
    lent = handing.lent(pk)
    ids = [t.pk for t in held]
    context = {
        "owner": owner, "held": rows.listed(Ticket.objects.filter(pk__in=ids).order_by("due_at", "id"), now=request.now,
                                            most=handing.MOST_MOVED),
        "lent": rows.listed(Ticket.objects.filter(pk__in=[row.ticket_id for row in lent]).order_by("due_at", "id"),
                            now=request.now, most=handing.MOST_MOVED),
        "people": _others(request, pk),
        "absences": Absence.objects.filter(staff=owner, ends_at__gt=request.now).order_by("starts_at"),
        "now": request.now, "section": "person",
    }  # fmt: skip
    return pages.show(request, "desk/dispatch/person.html", context)


def _others(request: DeskRequest, pk: int) -> list[tuple[int, str]]:
    """Everybody else whom the reader sees, by name."""
    seen = {pair for g in request.names.groups for pair in g.people if _sees(request, g.id)}
    return sorted((pair for pair in seen if pair[0] != pk), key=lambda pair: pair[1])


def _sees(request: DeskRequest, team: int) -> bool:
    return request.actor.teams is None or team in request.actor.teams


def _of(request: DeskRequest, pk: int) -> Staff:
    """Somebody of a team that the reader sees."""
    members = request.names.organisation.members
    seen = any(pk in ids for team, ids in members.items() if _sees(request, team))
    found = Staff.objects.filter(pk=pk, active=True).select_related("deputy", "team").first() if seen else None
    if found is None:
        raise NotFound(_("There is no such member of staff."))
    return found


@require_POST
@signed_in_who_may("wall.view")
def hand_over(request: DeskRequest, pk: int) -> HttpResponseBase:
    """All of it to the deputy, in one step."""
    owner = _of(request, pk)
    deputy = number(request.POST.get("deputy", ""))
    if not deputy:
        raise Invalid(_("Choose who stands in."), fields={"deputy": _("Choose from the list.")})
    moved = handing.stand_in(request.actor, owner=owner.pk, deputy=deputy, now=request.now)
    said = ngettext("%(n)s ticket is with %(who)s now.", "%(n)s tickets are with %(who)s now.", len(moved))
    messages.success(request, said % {"n": len(moved), "who": request.names.person(deputy)})
    return redirect("desk:dispatch_person", pk)


@require_POST
@signed_in_who_may("wall.view")
def give_back(request: DeskRequest, pk: int) -> HttpResponseBase:
    """What deputies still hold of somebody goes back to him."""
    owner = _of(request, pk)
    moved = handing.take_back(request.actor, owner=owner.pk, now=request.now)
    said = ngettext("%(n)s ticket is with %(who)s again.", "%(n)s tickets are with %(who)s again.", len(moved))
    messages.success(request, said % {"n": len(moved), "who": owner.name})
    return redirect("desk:dispatch_person", pk)
