"""What happened to this installation's tickets, as the promise lab takes it?

Promises of a stretch of days that the reader may see, with the facts their tickets had at each moment (walked back
from the ledger) and every wait, those too that the terms of the day did not allow. A date promised to a customer is his
alone and no standard's: it is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice, pairwise
from typing import Any

from yingnuo.engine import clock, lab
from yingnuo.engine.clock import Mark, MarkKind
from yingnuo.engine.lab import Verdict, Verdicts
from yingnuo.engine.lab_history import Builder, Told
from yingnuo.engine.policy import Facts
from yingnuo.kit import instants, revisions
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.people.queries import Organisation, organisation
from yingnuo.people.roles import Actor, require
from yingnuo.planning.running import Crewing, Source
from yingnuo.promises import giving, marking
from yingnuo.promises.models import MilestoneCode, Promise
from yingnuo.promises.standards import calendar, terms_of
from yingnuo.scorecards import facts as scorecards
from yingnuo.scorecards.sight import Filters
from yingnuo.tickets.models import Ticket

VERB = "settings.view"
_BATCH = 5_000
#: No more promises than this are taken: the latest of the days asked for.
MOST = 1_000_000
_FIELDS = {"kind", "urgency", "product_line", "region", "tier", "tags"}
_ENDS_WAIT = {Code.TICKET_RESUMED.value, Code.TICKET_RESOLVED.value, Code.TICKET_CLOSED.value}
_CODES = {Code.TICKET_CHANGED.value, Code.TICKET_ASSIGNED.value, Code.TICKET_WAITING.value, *_ENDS_WAIT}


@dataclass(frozen=True, slots=True)
class Days:
    """A half-open stretch of instants; promises that began in it are taken."""

    start: datetime
    end: datetime


def source(actor: Actor, *, days: Days, title: str, zone: str, now: datetime) -> Source:
    """The source of these days, within the reader's sight; NotAllowed for who may not see the settings."""
    require(actor, VERB)
    seen = scorecards.within_sight(actor, Filters())
    rows = Promise.objects.filter(seen, started_at__gte=days.start, started_at__lt=days.end)
    rows = rows.exclude(milestone=MilestoneCode.PROMISED_DATE).order_by("-started_at", "-id")
    org, builder, states = organisation.at(revisions.current()), Builder(), list[_Ended]()
    every = rows[:MOST].iterator(_BATCH)
    while some := list(islice(every, _BATCH)):
        for told, ended in _told(some, org, now):
            builder.add(told)
            states.append(ended)
    history = builder.history(instants.seconds(now))
    begun = int(history.start.min()) if len(history) else instants.seconds(days.start)
    teams = {t.code: Crewing(len(org.members.get(t.id, ())), t.calendar) for t in org.teams.values()}
    paid_until = min(history.until, instants.seconds(days.end))
    return Source(title, "database", history, _verdicts(states), begun, paid_until, zone, teams)


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a promise stands in its row."""

    verdict: Verdict
    due: int | None
    worked: int
    overrun: int
    open: bool


def _verdicts(rows: Sequence[_Ended]) -> Verdicts:
    out = lab.empty(len(rows))
    for p, row in enumerate(rows):
        out.verdict[p], out.worked[p], out.overrun[p], out.open[p] = row.verdict, row.worked, row.overrun, row.open
        out.due[p] = lab.NEVER if row.due is None else row.due
    return out


def _told(rows: Sequence[Promise], org: Organisation, now: datetime) -> Iterator[tuple[Told, _Ended]]:
    ids = {p.ticket_id for p in rows}
    tickets = Ticket.objects.defer("search", "fields").in_bulk(ids)
    marks, events = marking.marks_of(rows), _events(ids)
    courses = {pk: _course(tickets[pk], events.get(pk, ()), org) for pk in ids}
    waits = {pk: _waits(said) for pk, said in events.items()}
    for p in rows:
        start, (given, changes) = instants.seconds(p.started_at), courses[p.ticket_id]
        before = [facts for at, facts in changes if at < start]
        said = [*marks[p.pk], *_unmarked(marks[p.pk], waits.get(p.ticket_id, ()))]
        team = org.teams.get(p.team_id or 0)
        told = Told(
            ticket=tickets[p.ticket_id].number, milestone=p.milestone, facts=before[-1] if before else given,
            marks=said, changes=[(at, facts) for at, facts in changes if at >= start], team=team.code if team else "",
            agent=str(p.agent_id or ""),
        )  # fmt: skip
        yield told, _ended(p, marks[p.pk], now)


def _ended(p: Promise, marks: Sequence[Mark], now: datetime) -> _Ended:
    """From the row where it has ended, else folded at `now`: a row does not know how late it has become since."""
    if p.ended_at is None:
        state = clock.fold(terms_of(p.first_terms_id), marks, instants.seconds(now), calendar)
        return _Ended(lab.verdict_of(state), state.due, state.worked, state.overrun, state.open)
    kept = Verdict.KEPT if p.met_at is not None else Verdict.CANCELLED
    due = None if p.due_at is None else instants.seconds(p.due_at)
    return _Ended(Verdict.BROKEN if p.broken_at else kept, due, p.worked, p.overrun, open=False)


def _events(tickets: Iterable[int]) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = {}
    for row in Event.objects.filter(ticket_id__in=list(tickets), code__in=_CODES).order_by("id"):
        found.setdefault(row.ticket_id or 0, []).append(row)
    return found


# Facts


def _course(ticket: Ticket, events: Sequence[Event], org: Organisation) -> tuple[Facts, list[tuple[int, Facts]]]:
    """The facts of the beginning, and from when on there were which others: walked back from those of today."""
    facts = giving.facts_of(ticket, org)
    found: list[tuple[int, Facts]] = []
    for event in reversed(events):
        earlier = _before(facts, event, org)
        if earlier != facts:
            found.append((instants.seconds(event.at), facts))
            facts = earlier
    return facts, found[::-1]


def _before(facts: Facts, event: Event, org: Organisation) -> Facts:
    said: Mapping[str, Any] = event.params
    if event.code == Code.TICKET_ASSIGNED:
        team = org.teams.get(said.get("from_team") or 0)
        return replace(facts, team=team.code if team else "", team_tier=team.tier if team else 0)
    if event.code != Code.TICKET_CHANGED or said.get("field") not in _FIELDS:
        return facts
    old = str(said.get("old", ""))
    if said["field"] == "tags":
        return replace(facts, tags=tuple(old.split(",")) if old else ())
    changed: dict[str, Any] = {said["field"]: old}
    return replace(facts, **changed)


# Waits


def _waits(events: Sequence[Event]) -> list[tuple[int, int | None, str]]:
    """When the ticket waited for which reason; None where it still does."""
    said = [e for e in events if e.code in _ENDS_WAIT or e.code == Code.TICKET_WAITING]
    found = []
    for event, then in pairwise([*said, None]):
        if event is not None and event.code == Code.TICKET_WAITING:
            until = instants.seconds(then.at) if then else None
            found.append((instants.seconds(event.at), until, str(event.params.get("reason", ""))))
    return found


def _unmarked(marks: Sequence[Mark], waits: Sequence[tuple[int, int | None, str]]) -> list[Mark]:
    """Waits for reasons that never stood this clock still: another standard may allow them."""
    known = {m.reason for m in marks if m.kind is MarkKind.PAUSED}
    found: list[Mark] = []
    for since, until, reason in waits:
        if reason and reason not in known:
            found.append(Mark(MarkKind.PAUSED, since, -2, reason))
            if until is not None:
                found.append(Mark(MarkKind.RESUMED, until, -1, reason))
    return found
