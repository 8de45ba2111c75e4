"""How does each team stand at this moment, and who is there?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from yingnuo.desk import chances, rows
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.rail import TONES
from yingnuo.kit import pages
from yingnuo.people.models import Presence, Staff, Team
from yingnuo.people.roles import Actor
from yingnuo.tickets import queries
from yingnuo.tickets.models import OPEN_STATUSES

AT_RISK_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Person:
    """One member of a team: presence, and open tickets against what he can carry."""

    name: str
    presence: str
    tone: str
    load: int
    capacity: int
    percent: int


@dataclass(slots=True)
class Standing:
    """One team now."""

    id: int
    name: str
    open: int = 0
    unassigned: int = 0
    at_risk: int = 0
    overdue: int = 0
    people: list[Person] = field(default_factory=list)
    online: int = 0


@require_safe
@signed_in_who_may("wall.view")
def wall(request: DeskRequest) -> HttpResponse:
    """The lead's wall; it keeps itself fresh."""
    teams = _teams(request.actor, request.now)
    open_ = queries.visible_to(request.actor).filter(status__in=OPEN_STATUSES)
    risky = open_.filter(risk_at__lte=request.now).order_by("due_at", "id")
    unwarned = open_.filter(Q(risk_at=None) | Q(risk_at__gt=request.now), risk__gte=chances.SHOWN_FROM)
    likely = unwarned.order_by("-risk", "due_at", "id")
    context = {
        "teams": teams, "page": rows.Page(rows.listed(risky, now=request.now, most=AT_RISK_SHOWN)),
        "likely": rows.Page(rows.listed(likely, now=request.now, most=AT_RISK_SHOWN)), "now": request.now,
    }  # fmt: skip
    return pages.show(request, "desk/wall.html", context, parts={"wall": "desk/_wall.html"})


def _teams(actor: Actor, now: datetime) -> list[Standing]:
    teams = Team.objects.filter(active=True).order_by("tier", "name")
    if actor.teams is not None:
        teams = teams.filter(pk__in=actor.teams)
    standings = {pk: Standing(pk, name) for pk, name in teams.values_list("pk", "name")}
    _count(actor, standings, now)
    _staff(standings)
    return list(standings.values())


def _count(actor: Actor, standings: dict[int, Standing], now: datetime) -> None:
    """Open tickets only: their partial index is as large as the work at hand, however old the house is."""
    rows_ = (
        queries.visible_to(actor)
        .filter(status__in=OPEN_STATUSES, team_id__in=standings)
        .order_by()
        .values("team_id")
        .annotate(
            open=Count("pk"),
            unassigned=Count("pk", filter=Q(agent=None)),
            overdue=Count("pk", filter=Q(due_at__lt=now)),
            at_risk=Count("pk", filter=Q(due_at__gte=now, risk_at__lte=now)),
        )
    )
    for row in rows_:
        s = standings[row["team_id"]]
        s.open, s.unassigned, s.overdue, s.at_risk = row["open"], row["unassigned"], row["overdue"], row["at_risk"]


def _staff(standings: dict[int, Standing]) -> None:
    found = Staff.objects.filter(team_id__in=standings, active=True).order_by("name")
    for s in found.only("name", "presence", "load", "capacity", "team_id"):
        team = standings[s.team_id or 0]
        team.people.append(_person(s))
        team.online += s.presence == Presence.ONLINE


def _person(s: Staff) -> Person:
    percent = round(100 * s.load / max(1, s.capacity))
    chosen = Presence(s.presence)
    return Person(s.name, str(chosen.label), TONES[chosen], s.load, s.capacity, min(100, max(0, percent)))
