"""Which open promises would move if other standards or service times were in force, how far, and which would break?

A version never moves by itself what was promised under another one. Whoever makes one sees first what would move, and
may have it moved (`journey.moving`): every open promise that is not broken is then counted by the new terms from that
moment on, the time used so far in those it ran in. Promises are read piece by piece, so that a preview of millions
needs no more memory than one of a thousand.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import islice

import numpy as np

from yingnuo.kit import instants
from yingnuo.promises.models import MilestoneCode, Promise
from yingnuo.promises.recounting import NONE, Effects, Fate, Outlook, effects, foresee, rows_of
from yingnuo.promises.scenario import Asked, Scenario, copies_by
from yingnuo.tickets.models import Ticket

__all__ = ["Asked", "Move", "Moves", "Scenario", "Tally", "left_behind", "preview", "tally"]

PIECE = 2_000  # tickets looked at in one go
MOST_COUNTED = 10_000
_FINE_S = 3_600  # shifts beyond it are counted by the minute


@dataclass(frozen=True, slots=True)
class Move:
    """One promise: due `before` as it stands, and `after`; None while it stands still, is not owed yet or no more."""

    promise: int | None
    ticket: int
    milestone: str
    before: datetime | None
    after: datetime | None

    @property
    def by(self) -> int:
        """Seconds by which it falls due later; negative for sooner, 0 where it does not move."""
        return int((self.after - self.before).total_seconds()) if self.after and self.before else 0


@dataclass(slots=True)
class Tally:
    """How many promises: `looked` at with other terms, of them due `later` and `sooner`.

    `tickets`, counted in the sum of all milestones only: those of which something changes.
    `breaks`: nothing is left to them by the new terms. `saved`: past their first warning, and no longer so.
    `stays_broken`: broken already, which no terms undo. `ended`: no rule names them any more. `given`: newly owed.
    """

    looked: int = 0
    later: int = 0
    sooner: int = 0
    breaks: int = 0
    saved: int = 0
    stays_broken: int = 0
    ended: int = 0
    given: int = 0
    tickets: int = 0

    @property
    def moved(self) -> int:
        """How many fall due at another moment."""
        return self.later + self.sooner

    def add(self, other: Tally) -> None:
        """Counts the others in."""
        for each in fields(Tally):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(slots=True)
class Moves:
    """What would become of all open promises: in all, by milestone, how far, and the first moves, the next due first.

    `median_s` is how far the middle one of the moved promises moves, either way, to the minute beyond an hour;
    `longest_s` the farthest. 0 where none moves.
    """

    all: Tally = field(default_factory=Tally)
    by_milestone: dict[str, Tally] = field(default_factory=dict)
    rows: list[Move] = field(default_factory=list)
    median_s: int = 0
    longest_s: int = 0

    @property
    def changed(self) -> int:
        """How many promises would be touched at all."""
        return self.all.looked + self.all.ended + self.all.given


def preview(scenario: Scenario, *, now: datetime, listed: int = 50) -> Moves:
    """What would become of every open promise if the scenario were in force from `now` on; writes nothing.

    The first `listed` of those that move, end or begin come with it.
    """
    asked, found = Asked(scenario), _Found(listed)
    ids = asked.tickets()
    while piece := list(islice(ids, PIECE)):
        found.take(*_look(asked, piece, now))
    return found.moves()


def left_behind(code: str, *, key: str) -> int:
    """How many open promises go by another version of a calendar than `key` and would move; MOST_COUNTED is "many".

    One look into the index of open promises by their terms, of which there are few.
    """
    others = copies_by({code: key}, except_key=key)
    rows = (
        Promise.objects.filter(ended_at=None, broken_at=None, terms__in=others)
        .exclude(milestone=MilestoneCode.TASK)
        .order_by()
    )
    return rows.values("pk")[:MOST_COUNTED].count()


def _look(asked: Asked, piece: Sequence[int], now: datetime) -> tuple[Outlook, Effects, list[Move]]:
    tickets = asked.facts(piece)
    rows = rows_of(piece)
    at = instants.seconds(now)
    wanted = [asked.change(row, tickets) for row in rows]
    outlook = foresee(rows, wanted, at=at, now=at, calendars=asked.scenario.calendar)
    return outlook, effects(outlook, asked.scenario.calendar), _newly_owed(asked, tickets, now)


def _newly_owed(asked: Asked, tickets: Mapping[int, Ticket], now: datetime) -> list[Move]:
    found = []
    for pk, known in known_milestones(tickets).items():
        ticket = tickets[pk]
        for milestone, terms in asked.newly_owed(ticket, known):
            calendar = asked.scenario.calendar(terms.calendar)
            begun = instants.seconds(ticket.created_at)
            due = calendar.due(begun, terms.target_from(begun, calendar))
            if due < instants.seconds(now):  # what would have run out already begins now, as when it is given
                due = calendar.due(instants.seconds(now), terms.target_from(instants.seconds(now), calendar))
            found.append(Move(None, pk, milestone, None, instants.instant(due)))
    return found


def known_milestones(tickets: Mapping[int, Ticket]) -> dict[int, frozenset[str]]:
    """What was ever promised to each of these tickets."""
    if not tickets:
        return {}
    known: dict[int, set[str]] = {pk: set() for pk in tickets}
    for pk, milestone in Promise.objects.filter(ticket__in=tickets).values_list("ticket_id", "milestone"):
        known[pk].add(milestone)
    return {pk: frozenset(milestones) for pk, milestones in known.items()}


def tally(outlook: Outlook, seen: Effects) -> dict[str, Tally]:
    """What becomes of the looked-at promises, by milestone."""
    milestones = np.array([row.milestone for row in outlook.rows])
    later = outlook.due > outlook.before
    found = {}
    for milestone in np.unique(milestones[outlook.fate != Fate.SAME]).tolist():
        here = milestones == milestone
        fates = np.bincount(outlook.fate[here], minlength=len(Fate)).tolist()
        flags = (seen.moved & later, seen.moved & ~later, seen.breaks, seen.saved)
        rises, falls, breaks, saved = (int(np.count_nonzero(flag & here)) for flag in flags)
        found[milestone] = Tally(
            looked=fates[Fate.GOES_ON], later=rises, sooner=falls, breaks=breaks, saved=saved,
            stays_broken=fates[Fate.STAYS_BROKEN], ended=fates[Fate.ENDS],
        )  # fmt: skip
    return found


def touched(outlook: Outlook) -> set[int]:
    """The tickets of promises that go on by other terms or end."""
    return {outlook.rows[place].ticket for fate in (Fate.GOES_ON, Fate.ENDS) for place in outlook.places(fate)}


class _Found:
    """What was found so far: sums, how often which shift, and the first moves."""

    def __init__(self, listed: int) -> None:
        self.listed = listed
        self.found = Moves()
        self.shifts: Counter[int] = Counter()
        self.first: list[tuple[str, int, str, Move]] = []

    def take(self, outlook: Outlook, seen: Effects, given: Sequence[Move]) -> None:
        sums = tally(outlook, seen)
        for move in given:
            sums.setdefault(move.milestone, Tally()).given += 1
        for milestone, mine in sums.items():
            self.found.by_milestone.setdefault(milestone, Tally()).add(mine)
            self.found.all.add(mine)
        self.found.all.tickets += len(touched(outlook) | {move.ticket for move in given})
        shifts = abs(outlook.due - outlook.before)[seen.moved]
        self.found.longest_s = max(self.found.longest_s, int(shifts.max(initial=0)))
        self.shifts.update(s if s < _FINE_S else (s + 30) // 60 * 60 for s in shifts.tolist())
        told = [(str(m.before or m.after), m.ticket, m.milestone, m) for m in (*_moves(outlook, seen), *given)]
        self.first = heapq.nsmallest(self.listed, (*self.first, *told), key=lambda one: one[:3])

    def moves(self) -> Moves:
        """All of it."""
        self.found.rows = [move for *_key, move in self.first]
        self.found.median_s = _median(self.shifts)
        return self.found


def _moves(outlook: Outlook, seen: Effects) -> Iterator[Move]:
    shown = seen.moved | (outlook.fate == Fate.ENDS)
    for place in shown.nonzero()[0].tolist():
        row, after = outlook.rows[place], int(outlook.due[place])
        ends = outlook.fate[place] == Fate.ENDS
        before = instants.instant_or_none(row.due)
        yield Move(
            row.id, row.ticket, row.milestone, before, None if ends or after == NONE else instants.instant(after)
        )


def _median(shifts: Counter[int]) -> int:
    """The lower middle one."""
    passed, half = 0, (shifts.total() + 1) // 2
    for shift, count in sorted(shifts.items()):
        passed += count
        if passed >= half:
            return shift
    return 0
