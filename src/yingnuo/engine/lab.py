"""How would promises have come out under another policy or other calendars, had all else happened just as it did?

`replay` gives for every promise of a `History` what `clock.fold` gives, for all at once: rules are matched once for
each distinct set of facts, then the promises of the same terms are counted together in their calendar's running sums:
due = W^-1(W(start) + target + open time waited for a reason that the terms allow). A promise of which only a fold knows
(reopened, counted anew, or given other terms half-way) is folded by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from yingnuo.engine import clock, day_targets
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.clock import Calendars, Mark, MarkKind, State
from yingnuo.engine.lab_history import OPEN, Codes, Flags, History
from yingnuo.engine.policy import Facts
from yingnuo.engine.span_arrays import Seconds
from yingnuo.engine.terms import Terms

#: What is promised for these facts: terms by milestone, their calendars as version keys.
Terming = Callable[[Facts], Mapping[str, Terms]]
Rows = npt.NDArray[np.int64]

NONE = -1
#: In place of an instant that there is none of: a due moment while the clock stands still.
NEVER = -(1 << 62)
#: Further than any two instants are apart, so that waits of several promises can stand in one sorted row.
_APART = 1 << 35


class Verdict(IntEnum):
    """How a promise came out; BROKEN is broken whatever ended it, and what is owed past its due moment."""

    KEPT = 0
    BROKEN = 1
    CANCELLED = 2
    OPEN = 3
    NOT_PROMISED = 4


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How each promise of a history came out: columns of its length; amounts are working seconds.

    `terms` numbers `known`, NONE where nothing was promised. `due` is NEVER there and while the clock stands still.
    `folded` counts the promises that were folded one by one.
    """

    known: tuple[Terms, ...]
    terms: Codes
    target: Seconds
    due: Seconds
    worked: Seconds
    overrun: Seconds
    verdict: npt.NDArray[np.int8]
    open: Flags
    folded: int = 0

    def __len__(self) -> int:
        return len(self.terms)


def empty(n: int) -> Verdicts:
    """Columns for `n` promises, nothing promised yet, to be filled in."""
    return Verdicts(
        (), np.full(n, NONE, np.int32), np.zeros(n, np.int64), np.full(n, NEVER, np.int64), np.zeros(n, np.int64),
        np.zeros(n, np.int64), np.full(n, Verdict.NOT_PROMISED, np.int8), np.zeros(n, np.bool_),
    )  # fmt: skip


def put(out: Verdicts, p: int, state: State) -> None:
    """Writes a folded promise into its columns; `terms` is the caller's to number."""
    out.target[p], out.worked[p], out.overrun[p] = state.target, state.worked, state.overrun
    out.due[p] = NEVER if state.due is None else state.due
    out.verdict[p], out.open[p] = verdict_of(state), state.open


def verdict_of(state: State) -> Verdict:
    """What was broken stays broken, whatever ended it."""
    if state.broken:
        return Verdict.BROKEN
    if state.open:
        return Verdict.OPEN
    return Verdict.KEPT if state.met is not None else Verdict.CANCELLED


def replay(history: History, terming: Terming, calendars: Calendars) -> Verdicts:
    """Every promise of `history` judged under `terming`; `calendars` gives the calendar of a version key.

    Raises what `calendars` raises for a key it does not know, and NeverOpens where a target cannot be reached.
    """
    table, known = _matched(history, terming)
    first = table[history.given, history.milestone]
    single = _singles(history, table, first)
    out = empty(len(history))
    _judge_all(history, out, np.where(single, NONE, first), known, calendars)
    singles = np.flatnonzero(single)
    for p in singles:
        _fold(history, out, int(p), table, known, calendars)
    return Verdicts(
        tuple(known), out.terms, out.target, out.due, out.worked, out.overrun, out.verdict, out.open, len(singles)
    )


def _matched(history: History, terming: Terming) -> tuple[Codes, list[Terms]]:
    """The number of the terms for each set of facts (rows) and milestone (columns), and the distinct terms."""
    numbers: dict[Terms, int] = {}
    table = np.full((max(1, len(history.facts)), max(1, len(history.milestones))), NONE, dtype=np.int32)
    for row, facts in enumerate(history.facts):
        promised = terming(facts)
        for column, milestone in enumerate(history.milestones):
            terms = promised.get(milestone)
            if terms is not None:
                table[row, column] = numbers.setdefault(terms, len(numbers))
    return table, list(numbers)


def _singles(history: History, table: Codes, first: Codes) -> Flags:
    """Which promises must be folded by themselves."""
    single = np.zeros(len(history), dtype=np.bool_)
    single[list(history.marks)] = True
    changes = history.changes
    if changes.at.size:
        row = np.repeat(np.arange(len(history)), np.diff(changes.first))
        differs = table[changes.facts, history.milestone[row]] != first[row]
        # A stop comes before a retarget of the same second, which comes before a start.
        heard = (changes.at < history.end[row]) | (changes.at == history.start[row])
        single[row[differs & heard]] = True
    return single


# One by one


def _fold(
    history: History, out: Verdicts, p: int, table: Codes, known: Sequence[Terms], calendars: Calendars
) -> None:  # fmt: skip
    stretches = _stretches(history, p, table)
    given = next((n for n, (_at, terms) in enumerate(stretches) if terms != NONE), None)
    if given is None:
        return
    marks, terms, last = history.marks_of(p), stretches[given][1], stretches[given][1]
    for at, number in stretches[given + 1 :]:
        if number != last:
            marks.append(_turn(at, len(history.reasons) + len(marks), number, known))
            last = number if number != NONE else last
    state = clock.fold(known[terms], marks, history.until, calendars)
    put(out, p, state)
    out.terms[p] = next((n for _at, n in reversed(stretches) if n != NONE and known[n] == state.terms), terms)


def _stretches(history: History, p: int, table: Codes) -> list[tuple[int, int]]:
    """From when on which terms are named, by the ticket's facts."""
    milestone, changes = history.milestone[p], history.changes
    found = [(int(history.start[p]), int(table[history.given[p], milestone]))]
    later = range(int(changes.first[p]), int(changes.first[p + 1]))
    return found + [(int(changes.at[n]), int(table[changes.facts[n], milestone])) for n in later]


def _turn(at: int, seq: int, number: int, known: Sequence[Terms]) -> Mark:
    """The mark of a moment from which other terms hold, or none any more."""
    if number == NONE:
        return Mark(MarkKind.CANCELLED, at, seq, "no_terms")
    return Mark(MarkKind.RETARGETED, at, seq, terms=known[number])


# All at once


def _judge_all(
    history: History, out: Verdicts, terms: Codes, known: Sequence[Terms], calendars: Calendars
) -> None:  # fmt: skip
    order = np.argsort(terms, kind="stable")
    edges = np.searchsorted(terms[order], np.arange(len(known) + 1))
    for number, named in enumerate(known):
        rows = order[edges[number] : edges[number + 1]]
        if rows.size:
            out.terms[rows] = number
            _Group(history, rows, named, calendars(named.calendar)).judge(out)


class _Group:
    """Promises of the same terms, counted together. Positions are places in `rows`."""

    def __init__(self, history: History, rows: Rows, terms: Terms, calendar: Calendar) -> None:
        self.history, self.rows, self.terms, self.calendar = history, rows, terms, calendar
        self.start = history.start[rows]
        end = history.end[rows]
        self.open = end == OPEN
        self.stop = np.maximum(np.where(self.open, history.until, end), self.start)
        self.target = self._target()
        self.due = calendar.due_many(self.start, self.target)
        self.worked = calendar.elapsed_many(self.start, self.stop)
        self.waited = np.zeros(len(rows), dtype=np.int64)  # open seconds that stood still
        self.waited_late = np.zeros(len(rows), dtype=np.int64)  # those of them after the breach
        self.held = np.zeros(len(rows), dtype=np.bool_)  # stands still at the end of what is known

    def _target(self) -> Seconds:
        if self.terms.target_days:
            return day_targets.targets(self.calendar, self.start, self.terms.target_days)
        return np.full(len(self.rows), self.terms.target_seconds, dtype=np.int64)

    def judge(self, out: Verdicts) -> None:
        """Fill in the columns of these promises."""
        self._wait()
        rows, broken = self.rows, ~self.held & (self.stop > self.due)
        late = np.flatnonzero(broken)
        out.overrun[rows[late]] = (
            self.calendar.elapsed_many(self.due[late], self.stop[late]) - self.waited_late[late]
        )  # fmt: skip
        out.target[rows], out.worked[rows], out.open[rows] = self.target, self.worked - self.waited, self.open
        out.due[rows] = np.where(self.held, NEVER, self.due)
        ended = np.where(self.history.cancelled[rows], Verdict.CANCELLED, Verdict.KEPT)
        out.verdict[rows] = np.where(broken, Verdict.BROKEN, np.where(self.open, Verdict.OPEN, ended))

    def _wait(self) -> None:
        """Put the due moments off by what stood still: the first waits of all promises, then the second ones."""
        at, since, until = self._waits()
        if not at.size:
            return
        new = np.concatenate(([True], at[1:] != at[:-1]))
        nth = np.arange(len(at)) - np.flatnonzero(new)[np.cumsum(new) - 1]
        for n in range(int(nth.max()) + 1):
            chosen = nth == n
            self._stand_still(at[chosen], since[chosen], until[chosen])

    def _waits(self) -> tuple[Rows, Seconds, Seconds]:
        """Position, begin and end of every stretch in which a clock stands still, overlapping reasons in one."""
        pauses = self.history.pauses
        begins = pauses.first[self.rows]
        many = pauses.first[self.rows + 1] - begins
        at = np.repeat(np.arange(len(self.rows)), many)
        flat = np.arange(len(at)) + np.repeat(begins - (np.cumsum(many) - many), many)
        allowed = np.array([self.terms.may_pause(reason) for reason in self.history.reasons], dtype=np.bool_)
        since = np.maximum(pauses.since[flat], self.start[at]) if flat.size else flat
        counts = allowed[pauses.reason[flat]] & self._in_time(at, since) if flat.size else flat.astype(np.bool_)
        at, since, until = at[counts], since[counts], pauses.until[flat][counts]
        return _united(at, since, until)

    def _in_time(self, at: Rows, since: Seconds) -> Flags:
        """Which waits begin while the promise is owed: a stop comes before a pause of the same second."""
        return np.where(self.open[at], since <= self.stop[at], since < self.stop[at])

    def _stand_still(self, at: Rows, since: Seconds, until: Seconds) -> None:
        """One wait each of the promises at these positions; later waits come in later calls."""
        lasting = until > self.stop[at]
        until = np.minimum(until, self.stop[at])
        took = self.calendar.elapsed_many(since, until)
        before = self.calendar.elapsed_many(self.start[at], since) - self.waited[at]
        in_time = since <= self.due[at]
        left = np.maximum(0, self.target[at] - before)
        on, late = at[in_time], at[~in_time]
        self.due[on] = self.calendar.due_many(until[in_time], left[in_time])
        self.held[on] = (lasting & self.open[at])[in_time]
        self.waited_late[late] += took[~in_time]
        self.waited[at] += took


def _united(at: Rows, since: Seconds, until: Seconds) -> tuple[Rows, Seconds, Seconds]:
    """Overlapping and touching stretches of one position made one; they come in order of position and begin."""
    if not at.size:
        return at, since, until
    ends = np.maximum.accumulate(until + at * _APART)
    new = np.concatenate(([True], since[1:] + at[1:] * _APART > ends[:-1]))
    places = np.flatnonzero(new)
    last = np.concatenate((places[1:], [len(at)])) - 1
    return at[places], since[places], ends[last] - at[places] * _APART
