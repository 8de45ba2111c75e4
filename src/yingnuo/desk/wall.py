"""How does each team stand at this moment, who is there and on what, and what is wrong?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from yingnuo.alerts import seen
from yingnuo.channels.models import Channel
from yingnuo.desk import chances, rows, wall_alarms, wall_day
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.filters import number
from yingnuo.desk.rail import TONES
from yingnuo.kit import pages, reading, revisions
from yingnuo.kit.reading import Wanted
from yingnuo.people.models import Presence
from yingnuo.people.roles import Actor
from yingnuo.telephony import book
from yingnuo.telephony import queries as telephony
from yingnuo.telephony.models import AgentState
from yingnuo.tickets import queries
from yingnuo.tickets.models import OPEN_STATUSES
from yingnuo.tickets.narrowing import OPEN

AT_RISK_SHOWN = 8
_TOTALS = ("open", "overdue", "at_risk", "unassigned")


@dataclass(frozen=True, slots=True)
class Person:
    """One member of a team: presence, open tickets against what he can carry, and the one of them that is due next."""

    id: int
    name: str
    presence: str
    tone: str
    load: int
    capacity: int
    percent: int
    ticket: int | None = None
    due_at: datetime | None = None


@dataclass(slots=True)
class Standing:
    """One team now."""

    id: int
    name: str
    open: int = 0
    unassigned: int = 0
    at_risk: int = 0
    overdue: int = 0
    forsaken: int = 0  # overdue, and nobody has them
    people: list[Person] = field(default_factory=list)
    online: int = 0


@require_safe
@signed_in_who_may("wall.view")
def wall(request: DeskRequest) -> HttpResponse:
    """The lead's wall; its parts `wall` and `wall-day` keep themselves fresh."""
    if pages.is_htmx(request) and request.headers.get("HX-Target", "").endswith("#wall-day"):
        return pages.show(request, "desk/_wall_day.html", _day(request))
    context = _now(request) | ({} if pages.is_htmx(request) else _day(request))
    return pages.show(request, "desk/wall.html", context, parts={"wall": "desk/_wall.html"})


@require_POST
@signed_in_who_may("wall.view")
def noted(request: DeskRequest) -> HttpResponse:
    """Takes note of an alarm: it is quiet from now on, until it is worse."""
    key, level = request.POST.get("key", "")[:200], number(request.POST.get("level", ""))
    seen.mark(request.actor, key=key, level=-1 if level is None else level, now=request.now)
    if not pages.is_htmx(request):
        return redirect("desk:wall")
    return pages.show(request, "desk/_wall.html", _now(request))


def _day(request: DeskRequest) -> dict[str, Any]:
    return {"day": wall_day.figures(request.actor, now=request.now), "now": request.now}


def _now(request: DeskRequest) -> dict[str, Any]:
    lines = book.lines.at(revisions.current())
    read = reading.gathered({
        "agents": Wanted(AgentState, "ORDER BY agent"), "noted": seen.lately(now=request.now),
        "channels": Wanted(Channel, "WHERE active ORDER BY name"),
    })  # fmt: skip
    line = telephony.now_of(request.actor, lines, now=request.now, told=read["agents"])
    teams = _teams(request.actor, request.now)
    found = [wall_alarms.forsaken(t.id, t.name, t.forsaken) for t in teams if t.forsaken]
    found += wall_alarms.hotline(line, lines.measure.answer_within, now=request.now)
    loud, quiet = wall_alarms.of(
        request.actor, found, wall_alarms.Known(read["channels"], read["noted"]), request.names, now=request.now
    )
    open_ = queries.visible_to(request.actor).filter(status__in=OPEN_STATUSES)
    risky = open_.filter(risk_at__lte=request.now).order_by("due_at", "id")
    unwarned = open_.filter(Q(risk_at=None) | Q(risk_at__gt=request.now), risk__gte=chances.SHOWN_FROM)
    likely = unwarned.order_by("-risk", "due_at", "id")
    return {
        "teams": teams, "loud": loud, "quiet": quiet, "line": line, "may_hotline": request.actor.may("hotline.view"),
        "totals": {name: sum(getattr(t, name) for t in teams) for name in _TOTALS},
        "page": rows.Page(rows.listed(risky, now=request.now, most=AT_RISK_SHOWN)),
        "likely": rows.Page(rows.listed(likely, now=request.now, most=AT_RISK_SHOWN)), "now": request.now,
    }  # fmt: skip


_TEAMS = f"""
SELECT t.id, t.name, s.id, s.name, s.presence, s.load, s.capacity, due.id, due.due_at
FROM people_team t LEFT JOIN people_staff s ON s.team_id = t.id AND s.active
LEFT JOIN LATERAL (
  SELECT id, due_at FROM tickets_ticket WHERE agent_id = s.id AND s.presence <> '{Presence.OFFLINE}' AND {OPEN}
    AND due_at IS NOT NULL
  ORDER BY due_at, id LIMIT 1
) AS due ON true
WHERE t.active AND (%s OR t.id = ANY(%s::bigint[])) ORDER BY t.tier, t.name, t.id, s.name
"""  # noqa: S608  # the condition is ours


def _teams(actor: Actor, now: datetime) -> list[Standing]:
    """Every team in sight with its people, and what each of them has due next; two statements."""
    standings: dict[int, Standing] = {}
    for team, name, *person in reading.tuples(_TEAMS, (actor.teams is None, sorted(actor.teams or ()))):
        standing = standings.setdefault(team, Standing(team, name))
        if person[0] is not None:
            standing.people.append(_person(*person))
            standing.online += person[2] == Presence.ONLINE
    _count(actor, standings, now)
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
            forsaken=Count("pk", filter=Q(due_at__lt=now, agent=None)),
            at_risk=Count("pk", filter=Q(due_at__gte=now, risk_at__lte=now)),
        )
    )
    for row in rows_:
        s = standings[row["team_id"]]
        s.open, s.unassigned, s.overdue, s.at_risk = row["open"], row["unassigned"], row["overdue"], row["at_risk"]
        s.forsaken = row["forsaken"]


def _person(
    pk: int, name: str, presence: str, load: int, capacity: int, ticket: int | None, due_at: datetime | None
) -> Person:  # fmt: skip
    chosen, percent = Presence(presence), round(100 * load / max(1, capacity))
    share = min(100, max(0, percent))
    return Person(pk, name, str(chosen.label), TONES[chosen], load, capacity, share, ticket, due_at)
