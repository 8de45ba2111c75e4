"""Which calls are before whom, what waits, who is there, and how well was the hotline answered?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from yingnuo.engine.hotline import Counts
from yingnuo.people.roles import Actor
from yingnuo.telephony import calls
from yingnuo.telephony.book import Lines, Measure
from yingnuo.telephony.models import AgentState, Call, CallbackTask, CallState
from yingnuo.tickets.models import OPEN_STATUSES

FORGOTTEN = timedelta(hours=4)  # a call that has gone on for so long is one whose end nobody told


def before(staff: int, lines: Lines, *, now: datetime) -> list[Call]:
    """The calls before a person: what rings at him, what he talks on, what waits for his wrap-up; that order."""
    going = Call.objects.exclude(state=CallState.ENDED).filter(began_at__gt=now - FORGOTTEN, imported=False)
    own = Q(staff=staff, state__in=[CallState.TALKING, CallState.HELD]) | Q(staff=staff, direction="out")
    for channel, extension in lines.own.get(staff, ()):
        own |= Q(channel=channel, ringing__contains=[extension])
    found = going.filter(own).select_related("contact__company", "ticket", "channel").order_by("-began_at")[:5]
    wrapped = [call.pk for call in calls.unwrapped(staff, now=now)]
    over = Call.objects.filter(pk__in=wrapped).select_related("contact__company", "ticket", "channel")
    return [*found, *over.order_by("-ended_at")]


def sight(actor: Actor) -> Q:
    """The calls that an actor may look at: his teams' and those of no team; all for who sees all."""
    if actor.teams is None:
        return Q()
    return Q(team__in=actor.teams) | Q(team=None)


def callbacks(actor: Actor) -> QuerySet[CallbackTask]:
    """Open tasks of tickets in the actor's sight that go on; who waits longest first."""
    rows = CallbackTask.objects.filter(done_at=None, ticket__status__in=OPEN_STATUSES)
    if actor.teams is not None:
        rows = rows.filter(Q(ticket__team__in=actor.teams) | Q(ticket__agent=actor.id) | Q(holder=actor.id))
    return rows.select_related("contact__company", "ticket", "holder").order_by("asked_at", "pk")


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent now: his state as the telephone system or his call tells, and since when."""

    channel: int
    agent: str
    staff: int | None
    state: str  # talking | held | ringing | ready | paused | gone
    since: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Now:
    """The hotline at this moment."""

    waiting: Sequence[Call]
    talking: Sequence[Call]
    agents: Sequence[Agent]


def now_of(actor: Actor, lines: Lines, *, now: datetime, told: Sequence[AgentState] | None = None) -> Now:
    """Who waits (longest first), who talks, and what every agent does; `told` is what the telephone systems say of
    agents, by name, where it was read already."""
    rows = Call.objects.exclude(state=CallState.ENDED).filter(sight(actor), imported=False)
    rows = rows.filter(began_at__gt=now - FORGOTTEN)
    going = list(rows.select_related("contact").order_by("asked_at", "began_at"))
    waiting = [c for c in going if c.state in (CallState.QUEUED, CallState.RINGING) and c.direction == "in"]
    talking = [c for c in going if c.state in (CallState.TALKING, CallState.HELD)]
    states = list(AgentState.objects.order_by("agent")) if told is None else told
    return Now(waiting, talking, _agents(states, going, lines))


def _agents(states: Sequence[AgentState], going: Sequence[Call], lines: Lines) -> list[Agent]:
    busy: dict[tuple[int, str], tuple[str, datetime]] = {}
    for call in going:
        for agent in call.ringing:
            busy[call.channel_id, agent] = ("ringing", call.asked_at or call.began_at)
    for call in going:
        if call.state in (CallState.TALKING, CallState.HELD) and call.agent:
            busy[call.channel_id, call.agent] = (call.state, call.answered_at or call.began_at)
    found = []
    for row in states:
        state, since = busy.pop((row.channel_id, row.agent), (row.state.removeprefix("agent_"), row.at))
        staff = lines.staff_of(row.channel_id, row.agent)
        found.append(Agent(row.channel_id, row.agent, staff, state, since, row.reason))
    rest = (Agent(ch, agent, lines.staff_of(ch, agent), *told) for (ch, agent), told in sorted(busy.items()))
    return [*found, *(a for a in rest if a.staff)]


_ASKED = "direction = 'in' AND began_at >= %(start)s AND began_at < %(end)s"
_LOST = "outcome IN ('abandoned', 'unanswered')"
_COUNTS = f"""
SELECT {{key}}, count(*) AS attempts,
  count(*) FILTER (WHERE outcome = 'blocked') AS blocked,
  count(*) FILTER (WHERE outcome = 'menu') AS menu,
  count(*) FILTER (WHERE outcome = 'answered') AS answered,
  count(*) FILTER (WHERE outcome = 'answered' AND waited <= %(within)s) AS in_time,
  count(*) FILTER (WHERE outcome = 'abandoned') AS abandoned,
  count(*) FILTER (WHERE outcome = 'unanswered') AS unanswered,
  count(*) FILTER (WHERE {_LOST} AND waited < %(short)s) AS short,
  count(*) FILTER (WHERE {_LOST} AND waited <= %(within)s) AS lost_in_time,
  COALESCE(sum(waited) FILTER (WHERE outcome = 'answered'), 0) AS waited,
  COALESCE(sum(talked) FILTER (WHERE outcome = 'answered' AND state = 'ended'), 0) AS talked,
  COALESCE(sum(held) FILTER (WHERE outcome = 'answered' AND state = 'ended'), 0) AS held,
  COALESCE(sum(wrapup) FILTER (WHERE outcome = 'answered' AND state = 'ended'), 0) AS wrapup,
  count(*) FILTER (WHERE outcome = 'answered' AND state = 'ended') AS handled,
  COALESCE(max(waited), 0) AS longest
FROM telephony_call WHERE {_ASKED} AND {{sight}} GROUP BY 1 ORDER BY 1
"""  # noqa: S608  # the pieces stand here
_KEYS = {
    "": "''::text", "queue": "queue", "agent": "agent",
    "part": "(SELECT count(*) FROM unnest(%(edges)s::timestamptz[]) AS e WHERE e <= began_at)::text",
}  # fmt: skip


def counts(
    actor: Actor, measure: Measure, *, start: datetime, end: datetime, by: str = "", edges: Sequence[datetime] = (),
    queue: str = "",
) -> dict[str, Counts]:  # fmt: skip
    """Counts of incoming calls that began in [start, end), by nothing, "queue", "agent" or "part" (1 is the first)."""
    params: dict[str, Any] = {
        "start": start, "end": end, "within": measure.answer_within, "short": measure.short, "edges": list(edges),
        "teams": sorted(actor.teams or ()), "queue": queue,
    }  # fmt: skip
    narrowed = "(team_id = ANY(%(teams)s::bigint[]) OR team_id IS NULL)" if actor.teams is not None else "true"
    narrowed += " AND queue = %(queue)s" if queue else ""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(key=_KEYS[by], sight=narrowed), params)
        rows = cursor.fetchall()
    names = [f.name for f in fields(Counts)]
    return {str(row[0]): Counts(**dict(zip(names, map(int, row[1:]), strict=True))) for row in rows}


def of_ticket(ticket: int) -> list[Call]:
    """The calls of a ticket, the newest first."""
    rows = Call.objects.filter(ticket=ticket).select_related("staff")
    return list(rows.order_by("-began_at")[:20])
