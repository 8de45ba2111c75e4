"""Who held the ticket when, how much of a promise's time did each link of the chain use, and which one broke it?

Holders come from the ledger: dispatch, transfers, splitting and merging leave rows there that never change. Each team's
budget is the target of its own OLA or UC promise of the milestone HOLDING, which runs while it has the ticket. What a
link used is counted by the clock of the customer's promise, what it spent of its budget by the budget's own clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TypeAlias

from yingnuo.engine import chain, clock
from yingnuo.engine.clock import Mark, State
from yingnuo.kit import instants
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.promises import marking
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import calendar, terms_of

HOLDING = "holding"
_MOVES = (Code.TICKET_OPENED, Code.TICKET_ROUTED, Code.TICKET_ASSIGNED, Code.TICKET_ABSORBED, Code.TICKET_SPLIT_OFF)
_RELATED = {Code.TICKET_ABSORBED.value: "ticket", Code.TICKET_SPLIT_OFF.value: "from"}

Holder: TypeAlias = tuple[int | None, int | None]  # team, agent
_NOBODY: Holder = (None, None)
_Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stretch:
    """One holder's stretch [since, until) in epoch seconds, and what of a promise's working time it used.

    Team and agent None: nobody held the ticket.
    """

    team: int | None
    agent: int | None
    since: int
    until: int
    used: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """What one team (None: nobody) used of a promise, in working seconds of the promise.

    `budget`: the targets of its own promises in that time, None without one; `spent`: what of it went, by its own
    clock. A team that got the ticket twice has both budgets. `agents`: the same time by person (None: nobody yet).
    """

    team: int | None
    used: int
    budget: int | None
    spent: int
    agreement: str
    agents: tuple[tuple[int | None, int], ...]

    @property
    def over(self) -> int:
        """By how many seconds its budget is exceeded."""
        return 0 if self.budget is None else max(0, self.spent - self.budget)


@dataclass(frozen=True, slots=True)
class Chain:
    """Where the time of one promise went, from its start to its end or to now.

    `culprit` is the link that used the time until the promise broke, as it stood then; None while it is not broken.
    """

    promise: int
    ticket: int
    since: int
    until: int
    broken_at: int | None
    used: int
    stretches: tuple[Stretch, ...]
    links: tuple[Link, ...]
    culprit: Link | None


def holders(tickets: Iterable[int], *, until: int) -> dict[int, list[Stretch]]:
    """Per ticket who held it when, in order of time and without overlaps; what nobody held is left out.

    The last stretch ends at `until`. A ticket that was split off begins with what was held before; one that took
    another in has that one's holders for the time before it was there itself.
    """
    wanted = list(tickets)
    events = _events(wanted)
    return {pk: _walk(pk, events, until, frozenset()) for pk in wanted}


_Row: TypeAlias = tuple[int, str, int, Mapping[str, int | None]]  # ticket, code, at, params


def _events(wanted: Sequence[int]) -> dict[int, list[_Row]]:
    """The moves of these tickets and of those they came from, oldest first; one query for each generation."""
    found: dict[int, list[_Row]] = {}
    missing = set(wanted)
    while missing:
        found |= {pk: [] for pk in missing}
        rows = Event.objects.filter(ticket_id__in=sorted(missing), code__in=[c.value for c in _MOVES]).order_by("id")
        for ticket, code, at, params in rows.values_list("ticket_id", "code", "at", "params"):
            found[ticket or 0].append((ticket or 0, code, instants.seconds(at), params))
        missing = {other for pk in missing for row in found[pk] if (other := _other(row))} - found.keys()
    return found


def _other(row: _Row) -> int:
    """The ticket that a move names, 0 for none."""
    _ticket, code, _at, params = row
    return int(params.get(_RELATED[code]) or 0) if code in _RELATED else 0


def _walk(ticket: int, events: Mapping[int, Sequence[_Row]], until: int, above: frozenset[int]) -> list[Stretch]:
    own = events.get(ticket, ())
    if ticket in above or not own:
        return []
    begins, path = own[0][2], above | {ticket}
    before = [s for row in own if (other := _other(row)) for s in _walk(other, events, min(begins, until), path)]
    return _in_order(before, begins) + _stretches(_changes(own, events, path), until)


def _in_order(found: Iterable[Stretch], until: int) -> list[Stretch]:
    """Stretches of several tickets made one line: each second belongs to the one handed over last."""
    pieces = list(found)
    cuts = sorted({t for s in pieces for t in (s.since, min(s.until, until)) if t <= until})
    line: list[tuple[int, Holder]] = []
    for a in cuts:
        here = [s for s in pieces if s.since <= a < s.until and a < until]
        last = max(here, key=lambda s: s.since, default=None)
        line.append((a, (last.team, last.agent) if last else _NOBODY))
    return _stretches(line, until)


def _changes(
    own: Sequence[_Row], events: Mapping[int, Sequence[_Row]], path: frozenset[int]
) -> list[tuple[int, Holder]]:
    """Since when who holds the ticket itself; the first transfer says who had it before, where nothing else does."""
    changes: list[tuple[int, Holder]] = []
    for row in own:
        _ticket, code, at, params = row
        if code == Code.TICKET_ASSIGNED and all(holder == _NOBODY for _at, holder in changes):
            changes = [(when, (params.get("from_team"), params.get("from_agent"))) for when, _holder in changes]
        if code == Code.TICKET_SPLIT_OFF:
            held = _walk(_other(row), events, at + 1, path)
            changes.append((at, (held[-1].team, held[-1].agent) if held and held[-1].until > at else _NOBODY))
        elif code == Code.TICKET_OPENED:
            changes.append((at, _NOBODY))
        elif code != Code.TICKET_ABSORBED:
            changes.append((at, (params.get("team"), params.get("agent"))))
    return changes


def _stretches(changes: Sequence[tuple[int, Holder]], until: int) -> list[Stretch]:
    """The stretches between changes of holder; neighbours of one holder become one."""
    found: list[Stretch] = []
    for (since, holder), (ends, _next) in pairwise([*changes, (until, _NOBODY)]):
        begins, end = since, min(ends, until)
        if end <= begins or holder == _NOBODY:
            continue
        if found and (found[-1].team, found[-1].agent) == holder and found[-1].until == begins:
            begins = found.pop().since
        found.append(Stretch(*holder, begins, end))
    return found


def chain_of(promise: Promise, *, now: datetime) -> Chain:
    """As `chains`, of one promise."""
    return chains([promise], now=now)[promise.pk]


def chains(promises: Sequence[Promise], *, now: datetime) -> dict[int, Chain]:
    """By promise, where its time went until `now`; a handful of queries for all of them together."""
    at, tickets = instants.seconds(now), {p.ticket_id for p in promises}
    held = holders(tickets, until=at)
    budgets = list(Promise.objects.filter(ticket_id__in=tickets, milestone=HOLDING).order_by("id")) if tickets else []
    marks = marking.marks_of([*promises, *(b for b in budgets if b not in promises)]) if promises else {}
    by_ticket: dict[int, list[_Budget]] = {}
    for b in budgets:
        by_ticket.setdefault(b.ticket_id, []).append(_budget(b, marks[b.pk], at))
    return {
        p.pk: _chain(p, _state(p, marks[p.pk], at), held[p.ticket_id], by_ticket.get(p.ticket_id, [])) for p in promises
    }


def _state(p: Promise, marks: Sequence[Mark], at: int) -> State:
    return clock.fold(terms_of(p.first_terms_id), marks, at, calendar)


@dataclass(frozen=True, slots=True)
class _Budget:
    """One team's own promise for one time of having the ticket."""

    team: int | None
    target: int
    agreement: str
    calendar: str
    since: int
    until: int
    pauses: tuple[_Span, ...]

    def spent(self, since: int, until: int) -> int:
        """What of it went within [since, until)."""
        a, b = max(since, self.since), min(until, self.until)
        return calendar(self.calendar).elapsed(a, b, self.pauses) if a < b else 0


def _budget(p: Promise, marks: Sequence[Mark], at: int) -> _Budget:
    state, terms = _state(p, marks, at), terms_of(p.terms_id)
    ends = instants.seconds(p.ended_at) if p.ended_at else at
    since = instants.seconds(p.started_at)
    return _Budget(p.team_id, terms.target_seconds, terms.agreement, terms.calendar, since, ends, _pauses(state, at))


def _pauses(state: State, until: int) -> tuple[_Span, ...]:
    closed = tuple((a, b) for a, b, _reason in state.pauses)
    return closed if state.paused_since is None else (*closed, (state.paused_since, max(until, state.paused_since)))


def _chain(p: Promise, state: State, held: Sequence[Stretch], budgets: Sequence[_Budget]) -> Chain:
    since, until = state.started, state.ended_at if state.ended_at is not None else state.at
    whole = _Part(state, held, budgets, since, max(since, until))
    broken = state.breached_at
    culprit = _culprit(_Part(state, held, budgets, since, broken)) if broken is not None else None
    stretches = whole.stretches()
    used = sum(s.used for s in stretches)
    return Chain(p.pk, p.ticket_id, since, whole.until, broken, used, stretches, whole.links(), culprit)


@dataclass(frozen=True, slots=True)
class _Part:
    """A promise's time from its start to some moment."""

    state: State
    held: Sequence[Stretch]
    budgets: Sequence[_Budget]
    since: int
    until: int

    def _used(self, a: int, b: int) -> int:
        return calendar(self.state.terms.calendar).elapsed(a, b, _pauses(self.state, self.until))

    def stretches(self) -> tuple[Stretch, ...]:
        """The whole time in order, with what nobody held."""
        line: list[Stretch] = []
        place = self.since
        for s in self.held:
            a, b = max(s.since, self.since), min(s.until, self.until)
            if a >= b:
                continue
            if place < a:
                line.append(Stretch(None, None, place, a, self._used(place, a)))
            line.append(Stretch(s.team, s.agent, a, b, self._used(a, b)))
            place = b
        if place < self.until:
            line.append(Stretch(None, None, place, self.until, self._used(place, self.until)))
        return tuple(line)

    def links(self) -> tuple[Link, ...]:
        """The time by team in order of first having the ticket, each team's by person."""
        named = [(f"{s.team or 0}/{s.agent or 0}", s.since, s.until) for s in self.held]
        working = calendar(self.state.terms.calendar)
        used = chain.attribute(named, self.since, self.until, _pauses(self.state, self.until), working)
        teams: dict[int | None, list[tuple[int | None, int]]] = {}
        for name, seconds in used.items():
            team, _slash, agent = name.partition("/")
            teams.setdefault(int(team or 0) or None, []).append((int(agent or 0) or None, seconds))
        return tuple(self._link(team, by_agent) for team, by_agent in teams.items())

    def _link(self, team: int | None, by_agent: Sequence[tuple[int | None, int]]) -> Link:
        own = [b for b in self.budgets if team and b.team == team and b.since < self.until and b.until > self.since]
        return Link(
            team, sum(seconds for _agent, seconds in by_agent), sum(b.target for b in own) if own else None,
            sum(b.spent(self.since, self.until) for b in own), own[-1].agreement if own else "", tuple(by_agent),
        )  # fmt: skip


def _culprit(part: _Part) -> Link | None:
    links = {str(link.team or chain.NOBODY): link for link in part.links()}
    budgets = {name: link.budget for name, link in links.items() if link.budget is not None}
    spent = {name: links[name].spent for name in budgets}
    found = chain.culprit({name: link.used for name, link in links.items()}, budgets, spent)
    return links[found.holder] if found else None
