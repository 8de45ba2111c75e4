"""How does a member of staff say whether he takes tickets, and how long was he what?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import number
from yingnuo.desk.rail import TONES
from yingnuo.journey import reactions
from yingnuo.kit import pages
from yingnuo.people import presence as services
from yingnuo.people.models import Presence, Staff
from yingnuo.people.presence import Spell
from yingnuo.people.queries import organisation

DAYS = (1, 7, 30)


@require_POST
@signed_in
def presence(request: DeskRequest) -> HttpResponse:
    """Sets the reader's presence, `away` or with a reason `away:training`; who comes online gets what waits."""
    wish, _colon, reason = request.POST.get("presence", "").partition(":")
    changed = services.change(request.actor, staff=request.staff, presence=wish, reason=reason, now=request.now)
    if changed and wish == Presence.ONLINE:
        reactions.came_online(sorted(request.actor.teams or ()))
    if not pages.is_htmx(request):
        return redirect("desk:home")
    return render(request, "desk/_presence.html")


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch, or the sum of several, ready to be shown."""

    word: str
    reason: str | Promise
    tone: str
    seconds: int
    percent: int
    since: datetime | None = None
    until: datetime | None = None
    by_himself: bool = True


@require_safe
@signed_in
def history(request: DeskRequest) -> HttpResponse:
    """The reader's own stretches; a lead chooses among the people he sees."""
    days = number(request.GET.get("days", "")) or 1
    days = days if days in DAYS else 1
    people = _people(request)
    asked = number(request.GET.get("who", "")) or request.actor.id
    who = asked if asked in dict(people) else request.actor.id
    since = request.now - timedelta(days=days)
    found = services.spells(request.actor, staff=who, since=since, now=request.now)
    context = {
        "people": people, "who": who, "days": days, "all_days": DAYS, "now": request.now,
        "stretches": [_stretch(s, sum(one.seconds for one in found)) for s in found[:200]], "totals": totals(found),
        "section": "presence" if request.actor.may("wall.view") else "mine",
    }  # fmt: skip
    return pages.show(
        request, "desk/dispatch/presence.html", context, parts={"history": "desk/dispatch/_presence.html"}
    )


def _people(request: DeskRequest) -> list[tuple[int, str]]:
    """Whom the reader may choose: himself, and with `people.view` everybody in his teams."""
    own = {request.actor.id: request.actor.name}
    if request.actor.may("people.view"):
        members = organisation.kept().members
        teams = members if request.actor.teams is None else request.actor.teams
        ids = {pk for team in teams for pk in members.get(team, ())}
        own |= dict(Staff.objects.filter(pk__in=ids).values_list("pk", "name"))
    return sorted(own.items(), key=lambda pair: pair[1])


def _stretch(one: Spell, whole: int) -> Stretch:
    return Stretch(
        **_face(one.presence, one.reason), seconds=one.seconds, percent=_percent(one.seconds, whole),
        since=one.since, until=one.until, by_himself=one.by_himself,
    )  # fmt: skip


def _face(code: str, reason: str) -> dict[str, Any]:
    chosen = Presence(code)
    return {"word": str(chosen.label), "reason": services.word(reason), "tone": TONES[chosen]}


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def totals(found: list[Spell]) -> list[Stretch]:
    """How long somebody was what, the longest first."""
    sums = services.totals(found)
    whole = sum(sums.values())
    return [Stretch(**_face(*key), seconds=seconds, percent=_percent(seconds, whole)) for key, seconds in sums.items()]
