"""How would the open promises of some tickets stand by other terms: which move, which break, which are saved?

The one answer for the preview and for the batch that then moves them. What nearly all promises went through is counted
as arrays (`engine.recompute`), the rest by the engine's fold; both say the same. A promise that is broken stays as it
is, also one that nobody has stated yet: its due moment had passed before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from django.db import connection

from yingnuo.engine import clock, recompute
from yingnuo.engine.clock import Calendars, Mark, MarkKind
from yingnuo.engine.recompute import Fact
from yingnuo.engine.span_arrays import Seconds
from yingnuo.engine.terms import Terms
from yingnuo.promises.standards import terms_of

NONE = -(2**62)  # where an array has no instant
LAST = 2**62  # the recorded order of what is about to be recorded
Places: TypeAlias = npt.NDArray[np.intp]


class Row(NamedTuple):
    """An open promise; instants are epoch seconds. `quiet`: no step has fired and nobody need acknowledge one."""

    id: int
    ticket: int
    milestone: str
    first_terms: int
    terms: int
    generation: int
    started: int
    due: int | None
    broken: bool
    quiet: bool


_ROWS = """
SELECT id, ticket_id, milestone, first_terms_id, terms_id, generation, floor(date_part('epoch', started_at))::bigint,
    floor(date_part('epoch', due_at))::bigint, broken_at IS NOT NULL, fired = '{}' AND ack_due = '{}'
FROM promises_promise WHERE ticket_id = ANY(%s) AND ended_at IS NULL AND milestone <> 'task' ORDER BY ticket_id, id
"""
_MARKS = """
SELECT promise_id, kind, floor(date_part('epoch', at))::bigint, id, reason, terms_id
FROM promises_mark WHERE promise_id = ANY(%s) ORDER BY id
"""


def rows_of(tickets: Sequence[int], *, locked: bool = False) -> list[Row]:
    """The open promises of these tickets, broken ones too, by ticket and age; `locked` until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS + (" FOR NO KEY UPDATE" if locked else ""), [list(tickets)])
        return [Row._make(row) for row in cursor.fetchall()]


def _marks_of(rows: Iterable[Row]) -> dict[int, list[Mark]]:
    """The marks of those to which something has happened since their start (see `marking.marks_of_due`)."""
    older = [row.id for row in rows if row.generation > 1]
    found: dict[int, list[Mark]] = {pk: [] for pk in older}
    if older:
        with connection.cursor() as cursor:
            cursor.execute(_MARKS, [older])
            for promise, kind, at, seq, reason, terms in cursor.fetchall():
                found[promise].append(Mark(MarkKind(kind), at, seq, reason, 0, terms_of(terms) if terms else None))
    return found


class Fate(IntEnum):
    """What becomes of an open promise by other terms."""

    SAME = 0  # its terms are the same
    GOES_ON = 1  # counted by the other terms from the moment of the change on
    STAYS_BROKEN = 2
    ENDS = 3  # no rule names it any more


# Named once: an attribute of an Enum is a function call in Python 3.11, and millions of promises are looked at.
_SAME, GOES_ON, STAYS_BROKEN, ENDS = Fate
_STARTED, _RETARGETED, _PAUSED = MarkKind.STARTED, MarkKind.RETARGETED, MarkKind.PAUSED


@dataclass(frozen=True, slots=True)
class Change:
    """What is to hold for one promise: its terms (None: it ends) and, with a reason, that it stands still by them."""

    terms: Terms | None
    still: str = ""


class Outlook:
    """How rows stand at `now` when each has gone by what is wanted of it since `at`. Arrays are in the order of rows.

    `due` and `next` are NONE where there is none. Rows in `single` were folded alone, with the change at the instant
    that stands there, and have no `next`. `still` says for what those stand still that were counted as arrays.
    """

    def __init__(self, rows: Sequence[Row], wanted: Sequence[Change | None], *, at: int, now: int) -> None:
        count = len(rows)
        self.rows, self.wanted, self.at, self.now = rows, wanted, at, now
        self.fate: npt.NDArray[np.int8] = np.zeros(count, dtype=np.int8)
        self.before = _instants(row.due for row in rows)
        self.due, self.next = self.before.copy(), np.full(count, NONE, dtype=np.int64)
        self.worked, self.remaining = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        self.single: dict[int, int] = {}
        self.still: dict[int, str] = {}

    def places(self, fate: Fate) -> list[int]:
        """Where the rows of this fate are."""
        found: list[int] = np.flatnonzero(self.fate == fate).tolist()
        return found

    def change(self, place: int) -> Change:
        """What is wanted of a promise of which something is wanted."""
        change = self.wanted[place]
        if change is None:
            raise LookupError(f"nothing is wanted of promise {self.rows[place].id}")
        return change

    def terms(self) -> list[Terms]:
        """The terms that each promise goes by in the end."""
        return [
            (change.terms if change is not None and fate == GOES_ON else None) or terms_of(row.terms)
            for row, change, fate in zip(self.rows, self.wanted, self.fate.tolist(), strict=True)
        ]


def _instants(values: Iterable[int | None]) -> Seconds:
    return np.array([NONE if v is None else v for v in values], dtype=np.int64)


@dataclass(slots=True)
class _Group:
    """Rows to which the same things happened in the same order; without `ats` all at the moment of the change."""

    first: Terms
    facts: tuple[Fact, ...]
    places: list[int] = field(default_factory=list)
    ats: list[Sequence[int]] = field(default_factory=list)


def foresee(
    rows: Sequence[Row], wanted: Sequence[Change | None], *, at: int, now: int, calendars: Calendars
) -> Outlook:
    """How these open promises would stand at `now` if what is wanted (None: nothing) held from `at` on."""
    outlook = Outlook(rows, wanted, at=at, now=now)
    asked: list[int] = []
    for place, (row, change) in enumerate(zip(rows, wanted, strict=True)):
        if change is None:
            continue
        if change.terms is None:
            outlook.fate[place] = ENDS
        elif row.broken:
            outlook.fate[place] = STAYS_BROKEN
        else:
            asked.append(place)
    marks = _marks_of(rows[place] for place in asked)
    groups, alone = _grouped(outlook, asked, marks)
    for group in groups:
        alone += _count(outlook, group, calendars)
    for place in alone:
        _fold(outlook, place, marks.get(rows[place].id, []), calendars)
    return outlook


def _added(change: Change, at: int) -> list[Mark]:
    """The marks that a change makes at `at`."""
    found = [Mark(_RETARGETED, at, LAST, terms=change.terms)]
    return [*found, Mark(_PAUSED, at, LAST + 1, change.still)] if change.still else found


def _grouped(outlook: Outlook, asked: Sequence[int], marks: Mapping[int, list[Mark]]) -> tuple[list[_Group], list[int]]:
    """Those that can be counted as arrays, by what happened to them, and the others."""
    groups: dict[tuple[object, ...], _Group] = {}
    alone: list[int] = []
    for place in asked:
        row = outlook.rows[place]
        happened = marks.get(row.id)
        if not row.quiet or (happened and any(mark.kind not in recompute.COUNTABLE for mark in happened)):
            alone.append(place)
        elif happened:
            _join_marked(groups, outlook, place, happened)
        else:
            _join_untouched(groups, outlook, place)
    return _sorted_out(groups.values(), alone)


_Groups: TypeAlias = dict[tuple[object, ...], _Group]


def _join_untouched(groups: _Groups, outlook: Outlook, place: int) -> None:
    row, change = outlook.rows[place], outlook.change(place)
    key = (row.first_terms, id(change))
    group = groups.get(key)
    if group is None:
        facts = tuple(map(recompute.fact, _added(change, outlook.at)))
        group = groups[key] = _Group(terms_of(row.first_terms), facts)
    group.places.append(place)


def _join_marked(groups: _Groups, outlook: Outlook, place: int, happened: Sequence[Mark]) -> None:
    row, change = outlook.rows[place], outlook.change(place)
    mine = sorted([*happened, *_added(change, outlook.at)], key=clock.order)
    key = (row.first_terms, id(change), *[(mark.kind, mark.reason, id(mark.terms)) for mark in mine])
    group = groups.get(key)
    if group is None:
        group = groups[key] = _Group(terms_of(row.first_terms), tuple(map(recompute.fact, mine)))
    group.places.append(place)
    group.ats.append([mark.at for mark in mine])


def _sorted_out(groups: Iterable[_Group], alone: list[int]) -> tuple[list[_Group], list[int]]:
    many = []
    for group in groups:
        terms = (group.first, *(one.terms for one in group.facts if one.terms))
        if all(map(recompute.countable, terms)):
            many.append(group)
        else:
            alone += group.places
    return many, alone


def _count(outlook: Outlook, group: _Group, calendars: Calendars) -> list[int]:
    """Counts a group; the places of those that must be folded alone."""
    places: Places = np.array(group.places, dtype=np.intp)
    starts = np.array([outlook.rows[place].started for place in group.places], dtype=np.int64)
    everywhere = [np.full_like(starts, outlook.at)] * len(group.facts)
    ats = list(np.array(group.ats, dtype=np.int64).T) if group.ats else everywhere
    alike = recompute.fold_alike(group.first, group.facts, starts, ats, outlook.now, calendars)
    change = outlook.change(group.places[0])
    if alike.terms != change.terms:
        return group.places  # something that happened after the change gave it other terms again
    fine = ~alike.single
    there = places[fine]
    outlook.fate[there] = GOES_ON
    outlook.worked[there], outlook.remaining[there] = alike.worked[fine], alike.remaining[fine]
    if alike.paused:
        outlook.due[there] = NONE
        outlook.still.update(dict.fromkeys(there.tolist(), alike.reason))
    else:
        outlook.due[there] = alike.due[fine]
        outlook.next[there] = recompute.first_moments(alike, calendars(alike.terms.calendar))[fine]
    return [int(place) for place in places[alike.single]]


def _fold(outlook: Outlook, place: int, marks: Sequence[Mark], calendars: Calendars) -> None:
    """Folds one promise; where it was ended or given other terms after the change, the change holds from now on."""
    row, change = outlook.rows[place], outlook.change(place)
    first = [Mark(_STARTED, row.started), *marks]
    for at in (outlook.at, outlook.now):
        state = clock.fold(terms_of(row.first_terms), [*first, *_added(change, at)], outlook.now, calendars)
        if state.terms == change.terms:
            break
    outlook.single[place] = at
    over = state.breached_at is not None and state.breached_at < outlook.at
    outlook.fate[place] = STAYS_BROKEN if over else GOES_ON
    if not over:
        outlook.due[place] = NONE if state.due is None else state.due
        outlook.worked[place], outlook.remaining[place] = state.worked, state.remaining


class Effects(NamedTuple):
    """What the change does to each row, as flags, the terms it goes by in the end, and when its first warning is due.

    `risk` is NONE where nothing is due.
    """

    moved: npt.NDArray[np.bool_]
    breaks: npt.NDArray[np.bool_]
    saved: npt.NDArray[np.bool_]
    terms: list[Terms]
    risk: Seconds


def effects(outlook: Outlook, calendars: Calendars) -> Effects:
    """Which move; which have nothing left and break; which were past their first warning and are so no more."""
    goes = outlook.fate == GOES_ON
    was, due = outlook.before, outlook.due
    moved = goes & (was != NONE) & (due != NONE) & (was != due)
    before = _risks(was, [terms_of(row.terms) for row in outlook.rows], calendars)
    terms = outlook.terms()
    risk = _risks(due, terms, calendars)
    breaks = goes & (due != NONE) & (due <= _openings(outlook.at, terms, calendars))
    warned = goes & (was != NONE) & (before <= outlook.at)
    return Effects(moved, breaks, warned & ~breaks & ((due == NONE) | (risk > outlook.at)), terms, risk)


def _by_terms(terms: Sequence[Terms]) -> Iterable[tuple[Terms, Places]]:
    found: dict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(terms):
        found[id(one)].append(place)
    for places in found.values():
        yield terms[places[0]], np.array(places, dtype=np.intp)


def _risks(dues: Seconds, terms: Sequence[Terms], calendars: Calendars) -> Seconds:
    found = dues.copy()
    for one, places in _by_terms(terms):
        there = places[dues[places] != NONE]
        found[there] = recompute.risks(one, dues[there], calendars(one.calendar))
    return found


def _openings(at: int, terms: Sequence[Terms], calendars: Calendars) -> Seconds:
    """The change's moment, or the next opening after it, in each row's calendar: what is due then is due at once."""
    found = np.full(len(terms), NONE, dtype=np.int64)
    for one, places in _by_terms(terms):
        found[places] = calendars(one.calendar).next_open(at)
    return found
