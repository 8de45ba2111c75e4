"""How does one promise stand now, given its terms and its marks?

`fold(terms, marks, now, calendars)` is pure: it reads no clock and keeps no counter. Its rules:

Order. Marks count by `at`; in one second stop (met, cancelled) > reset > retargeted > paused > resumed > start
(started, reopened), then by `seq`, the recorded order, which is unique within a promise. So any order of marks in gives
the same state; a mark told twice counts once. A stop that found nothing to stop in the second of a start stops what
that start began (a call answered in the second in which it came). `recorded_at` never counts: a mark learnt late takes
its place in the past.

Now. Marks later than `now` have not happened yet. Before its start a promise is shown as at its start.

Due. Counted in working time of the calendar in force; time that runs out exactly at closing is due at closing. A stop
or a pause at the very due second is in time; one second later the promise is broken, dated at the due moment.

Pauses. Only reasons that the terms list stand the clock still; a date promised to the customer is never moved.
Overlapping reasons are a union; "resumed" with a reason ends that reason, without one it ends all. While paused nothing
is due and the remaining time is known. A pause after the breach stops the overrun and does not unbreach.

Retargeted. The used time carries over, each stretch in the calendar it ran in; at each moment the target in force
judges. A target that shrank below the used time is due at the retarget, outside hours at the next opening, and
broken after that and never before. What was broken stays broken under a longer target. Reasons waiting are judged anew
by the new terms.

Reset. Counting begins again from that second; after a breach it changes nothing.

Ended. Kept, broken (met late) and cancelled promises are never rewritten: later marks are ignored, except "reopened".

Reopened, as the terms say. "continue": the closed time is a pause. "grace": the same, and at least `grace_seconds` of
working time from the reopening. "restart": a fresh start; what was is kept in `earlier`. Never is anything due before
the reopening. A promise already broken stays broken unless it restarts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from yingnuo.engine.calendar import Calendar
from yingnuo.engine.errors import EngineError
from yingnuo.engine.milestones import Milestone
from yingnuo.engine.terms import Terms

#: The calendar of a version key, such as "office@3".
Calendars = Callable[[str], Calendar]
CLOSED = "closed"


class MarkKind(StrEnum):
    """What can be said about a promise."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    MET = "met"
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    RETARGETED = "retargeted"
    RESET = "reset"


class Standing(StrEnum):
    """How a promise stands. BROKEN is met late, or overdue and not met yet: `State.ended_at` tells which."""

    RUNNING = "running"
    PAUSED = "paused"
    KEPT = "kept"
    BROKEN = "broken"
    CANCELLED = "cancelled"


class Mark(NamedTuple):
    """A fact about a promise: it was so at `at`, learnt at `recorded_at`. `terms` are those in force from here on."""

    kind: MarkKind
    at: int
    seq: int = 0
    reason: str = ""
    recorded_at: int = 0
    terms: Terms | None = None


# Named once: an attribute of an Enum is a function call in Python 3.11.
_STARTED, _RUNNING, _BROKEN = MarkKind.STARTED, Standing.RUNNING, Standing.BROKEN


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the promise had ended before it was reopened."""

    standing: Standing
    due: int | None
    met: int | None
    breached_at: int | None
    ended_at: int


class State(NamedTuple):  # a dataclass takes four times as long to make, and thousands are made at once
    """How a promise stands at `at`. Instants are epoch seconds UTC, amounts are working seconds.

    `due` is None only while paused and not broken; an ended promise keeps the due it was judged by. `armed_at` is the
    instant since which this due holds, `target` the working time promised (of working days too). `pauses` are the
    closed ones, (from, to, reason), the time between closing and reopening with the reason "closed". `remaining` is 0
    once broken; `overrun` counts from `breached_at` on.
    """

    standing: Standing
    started: int
    due: int | None
    met: int | None
    paused_since: int | None
    pause_reason: str
    pauses: tuple[tuple[int, int, str], ...]
    worked: int
    remaining: int
    overrun: int
    breached_at: int | None
    ended_at: int | None
    terms: Terms
    target: int
    at: int
    armed_at: int
    earlier: tuple[Outcome, ...] = ()

    @property
    def open(self) -> bool:
        """Whether the promise still waits to be met."""
        return self.ended_at is None

    @property
    def broken(self) -> bool:
        """Whether the due moment passed unmet, however it ended afterwards."""
        return self.breached_at is not None


_RANK = {
    MarkKind.MET: 0,
    MarkKind.CANCELLED: 0,
    MarkKind.RESET: 1,
    MarkKind.RETARGETED: 2,
    MarkKind.PAUSED: 3,
    MarkKind.RESUMED: 4,
    MarkKind.STARTED: 5,
    MarkKind.REOPENED: 5,
}


def order(mark: Mark) -> tuple[int, int, int, str, str]:
    """The sort key of marks: instant, same-second rank, recorded order; kind and reason only to be deterministic."""
    return mark.at, _RANK[mark.kind], mark.seq, mark.kind, mark.reason


def fold(terms: Terms, marks: Sequence[Mark], now: int, calendars: Calendars) -> State:
    """The state of a promise at `now` (epoch seconds); rules in the head of this file.

    `terms` are those given at the start; `calendars` gives the calendar of a version key. Raises `EngineError`
    ("clock_never_started") without a "started" mark, and whatever `calendars` raises for a key it does not know.
    """
    if len(marks) == 1 and marks[0].kind is _STARTED and marks[0].terms is None:
        return _untouched(terms, marks[0].at, max(now, marks[0].at), calendars(terms.calendar))
    starts = [mark.at for mark in marks if mark.kind is MarkKind.STARTED]
    if not starts:
        raise EngineError("clock_never_started", "no mark of the kind started")
    now = max(now, min(starts))
    clock = _Clock(terms, calendars)
    for mark in sorted(set(marks), key=order):
        if mark.at > now:
            break
        clock.take(mark)
    return clock.state(now)


def _untouched(terms: Terms, start: int, now: int, calendar: Calendar) -> State:
    """The fold of nothing but a start, as most promises are when they are given and when they fall due."""
    target = terms.target_from(start, calendar)
    due, worked = calendar.due(start, target), calendar.elapsed(start, now)
    if now > due:
        overrun = calendar.elapsed(due, now)
        return State(_BROKEN, start, due, None, None, "", (), worked, 0, overrun, due, None, terms, target, now, start)
    left = max(0, target - worked)
    return State(_RUNNING, start, due, None, None, "", (), worked, left, 0, None, None, terms, target, now, start)


class _Clock:
    """The running sums of one fold. `since` is how far time was counted; `runs` says whether it counts."""

    def __init__(self, terms: Terms, calendars: Calendars) -> None:
        self.terms = terms
        self.calendars = calendars
        self.calendar = calendars(terms.calendar)
        self.begun = False
        self.started = 0
        self.idle_stop: Mark | None = None
        self.asked: dict[str, int] = {}
        self.held: dict[str, int] = {}
        self.still_since: int | None = None
        self.pauses: list[tuple[int, int, str]] = []
        self.earlier: list[Outcome] = []
        self.since = 0
        self.worked = 0
        self.overrun = 0
        self.floor = 0
        self.target = 0
        self.due: int | None = None
        self.armed_at = 0
        self.breached_at: int | None = None
        self.met: int | None = None
        self.cancelled = False
        self.ended_at: int | None = None

    @property
    def counting(self) -> bool:
        return self.begun and self.ended_at is None

    def take(self, mark: Mark) -> None:
        """Count up to the mark, then let it change what it may change."""
        if self.counting:
            self._advance(mark.at)
        _TAKE[mark.kind](self, mark)

    def _advance(self, to: int) -> None:
        """Count the working time from `since` to `to`, and notice a breach on the way."""
        if not self.held:
            self.worked += self.calendar.elapsed(self.since, to)
            if self.breached_at is not None:
                self.overrun += self.calendar.elapsed(self.since, to)
            elif self.due is not None and to > self.due:
                self.breached_at = self.due
                self.overrun += self.calendar.elapsed(self.due, to)
        self.since = to

    def _remaining(self) -> int:
        """Working seconds left under the terms in force."""
        return max(0, max(self.target, self.floor) - self.worked)

    def _due_from(self, at: int) -> int:
        """Due moment if the clock runs from `at` on; with nothing left `at` itself, when closed the next opening."""
        return self.calendar.due(at, self._remaining())

    def _arm(self, at: int) -> None:
        """The due moment as it holds from `at` on. A breach has fixed it."""
        if self.breached_at is not None:
            return
        self.due = None if self.held else self._due_from(at)
        self.armed_at = at

    def _hold(self, at: int) -> None:
        """Let the reasons that the terms in force allow, and only those, stand the clock still from `at` on."""
        allowed = {reason for reason in self.asked if self.terms.may_pause(reason)}
        if allowed == self.held.keys():
            return
        for reason in [reason for reason in self.held if reason not in allowed]:
            self.pauses.append((self.held.pop(reason), at, reason))
        for reason in self.asked:
            if reason in allowed:
                self.held.setdefault(reason, at)
        was_still = self.still_since is not None
        if not (was_still and self.held):
            self.still_since = None if was_still else at
        if was_still != bool(self.held):
            self._arm(at)

    def _adopt(self, terms: Terms | None) -> None:
        if terms is not None:
            self.terms = terms
            self.calendar = self.calendars(terms.calendar)
            self.target = terms.target_from(self.started, self.calendar)

    def _begin(self, mark: Mark) -> None:
        """Count from nothing from this mark on."""
        self.started = self.since = mark.at
        self.target = self.terms.target_from(mark.at, self.calendar)
        self.worked = self.overrun = self.floor = 0
        self.pauses = []
        self._arm(mark.at)

    def _stop_if_idle(self, mark: Mark) -> None:
        """A stop of this very second that had found nothing to stop; a withdrawal before the start always holds."""
        stop, self.idle_stop = self.idle_stop, None
        if stop is not None and (stop.at == mark.at or (stop.kind is MarkKind.CANCELLED and not self.earlier)):
            self._end(stop, mark.at)

    def _end(self, mark: Mark, at: int) -> None:
        if self.due is None:
            self.due = self._due_from(at)
        for reason, since in self.held.items():
            self.pauses.append((since, at, reason))
        self.cancelled = mark.kind is MarkKind.CANCELLED
        self.met = None if self.cancelled else at
        self.ended_at = at
        self.held, self.asked, self.still_since = {}, {}, None

    def on_started(self, mark: Mark) -> None:
        if self.begun:
            return
        self.begun = True
        self._adopt(mark.terms)
        self._begin(mark)
        self._hold(mark.at)
        self._stop_if_idle(mark)

    def on_stop(self, mark: Mark) -> None:
        if self.counting:
            self._end(mark, mark.at)
        elif self.ended_at != mark.at:
            self.idle_stop = mark

    def on_paused(self, mark: Mark) -> None:
        if self.ended_at is None:
            self.asked.setdefault(mark.reason, mark.at)
            self._hold_if_counting(mark.at)

    def on_resumed(self, mark: Mark) -> None:
        if mark.reason:
            self.asked.pop(mark.reason, None)
        else:
            self.asked.clear()
        self._hold_if_counting(mark.at)

    def _hold_if_counting(self, at: int) -> None:
        if self.counting:
            self._hold(at)

    def on_retargeted(self, mark: Mark) -> None:
        if self.ended_at is not None:
            return
        self._adopt(mark.terms)
        if self.counting:
            self._hold(mark.at)
            self._arm(mark.at)

    def on_reset(self, mark: Mark) -> None:
        if not self.counting or self.breached_at is not None:
            return
        self._adopt(mark.terms)
        self.held = dict.fromkeys(self.held, mark.at)
        self.still_since = mark.at if self.held else None
        self._begin(mark)
        self._hold(mark.at)

    def on_reopened(self, mark: Mark) -> None:
        if self.ended_at is None:
            return
        closed_at = self.ended_at
        self.earlier.append(Outcome(self._standing(), self.due, self.met, self.breached_at, closed_at))
        self._adopt(mark.terms)
        self.ended_at, self.met, self.cancelled = None, None, False
        if self.terms.on_reopen == "restart":
            self.breached_at = None
            self._begin(mark)
        else:
            self._continue(closed_at, mark.at)
        self._stop_if_idle(mark)

    def _continue(self, closed_at: int, at: int) -> None:
        """Count on from the reopening. A date promised to the customer ran on while the ticket was closed."""
        if self.terms.milestone == Milestone.PROMISED_DATE:
            self.worked += self.calendar.elapsed(closed_at, at)
        else:
            self.pauses.append((closed_at, at, CLOSED))
        if self.terms.on_reopen == "grace":
            self.floor = max(self.floor, self.worked + self.terms.grace_seconds)
        self.since = at
        self._arm(at)

    def _standing(self) -> Standing:
        if self.cancelled:
            return Standing.CANCELLED
        if self.breached_at is not None:
            return Standing.BROKEN
        if self.ended_at is not None:
            return Standing.KEPT
        return Standing.PAUSED if self.held else Standing.RUNNING

    def state(self, now: int) -> State:
        """Count up to `now` and show the result."""
        if self.counting:
            self._advance(now)
        return State(
            standing=self._standing(), started=self.started, due=self.due, met=self.met, paused_since=self.still_since,
            pause_reason=next(iter(self.held), ""), pauses=tuple(sorted(self.pauses)), worked=self.worked,
            remaining=0 if self.breached_at is not None else self._remaining(), overrun=self.overrun,
            breached_at=self.breached_at, ended_at=self.ended_at, terms=self.terms, target=self.target, at=now,
            armed_at=self.armed_at, earlier=tuple(self.earlier),
        )  # fmt: skip


_TAKE: dict[MarkKind, Callable[[_Clock, Mark], None]] = {
    MarkKind.STARTED: _Clock.on_started,
    MarkKind.MET: _Clock.on_stop,
    MarkKind.CANCELLED: _Clock.on_stop,
    MarkKind.PAUSED: _Clock.on_paused,
    MarkKind.RESUMED: _Clock.on_resumed,
    MarkKind.RETARGETED: _Clock.on_retargeted,
    MarkKind.RESET: _Clock.on_reset,
    MarkKind.REOPENED: _Clock.on_reopened,
}
