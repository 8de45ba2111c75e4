"""When must somebody look at this promise again, what was missed until now, and how does its due moment explain itself?

The next moment of a promise is the earliest of: a ladder step that has not fired, the due moment itself, and an
acknowledgement that runs out. Rules:

- While paused nothing but acknowledgements is awaited; an ended promise awaits nothing.
- A warning whose moment is already past when the due moment came to hold (the target shrank, the clock resumed with
  little left) is due at that instant, at once; where nothing is left of the limit it is not sent but collapses.
- A step that has fired fires again only if the due moment moved and the step's moment under the new one is still to
  come.
- Warnings missed until the breach collapse into the breach notice: they are listed once with `collapsed`, for the
  record, and are not sent.
- A breach is dated at its due moment and can be stated from the next second on, because an answer within the due second
  is in time: `Moment.wake_at` is the instant to wake at, `Moment.at` the date of the matter.
- Steps after the due moment count working time, without the stretches in which the clock stood still.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from yingnuo.engine import ladder
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.calendar_days import DayLine
from yingnuo.engine.clock import Calendars, Standing, State
from yingnuo.engine.terms import Step, Terms, When

#: The code under which the due moment itself counts as fired; no ladder step may be called so.
DUE = "due"


class MomentKind(StrEnum):
    """What happens at a moment."""

    WARNING = "warning"
    UNACKNOWLEDGED = "unacknowledged"
    DUE = "due"
    BREACH = "breach"


# Named once: an attribute of an Enum is a function call in Python 3.11, and thousands may be due at once.
_BEFORE, _AFTER, _UNACKNOWLEDGED = When
_WARNING, _NOBODY, _DUE, _BREACH = MomentKind
_BROKEN = Standing.BROKEN
_KIND = {_BEFORE: _WARNING, _AFTER: _BREACH, _UNACKNOWLEDGED: _NOBODY}
_WARNINGS = frozenset({_WARNING, _NOBODY})
_ORDER = {kind: n for n, kind in enumerate(MomentKind)}


class Moment(NamedTuple):
    """An instant (`at`, epoch seconds) at which something happens: a ladder step, or the due moment (`step` None)."""

    at: int
    step: Step | None
    kind: MomentKind
    collapsed: bool = False

    @property
    def code(self) -> str:
        """Under which it counts as fired: the step's code, or "due"."""
        return self.step.code if self.step else DUE

    @property
    def wake_at(self) -> int:
        """The first instant at which it can be acted on; a breach only after the due second is over."""
        at, step, kind, _collapsed = self
        states_breach = step is None or (kind is _BREACH and step.at_due)
        return at + 1 if states_breach else at


def next_moment(
    terms: Terms, state: State, fired: Collection[str], ack_due: Mapping[str, int], calendars: Calendars
) -> Moment | None:
    """The next moment of a promise whose state was folded at `state.at`; in the past when it was missed.

    None once the promise has ended: whoever ends it asks `moments_until` first for a breach nobody noticed.

    `terms` are those in force (`state.terms`). `fired` holds the codes that have fired, "due" among them; give a
    mapping code -> instant of the last firing, so that a step of an earlier round (before a restart) is told from one
    of this round. `ack_due` maps a fired step's code to the instant until which its acknowledgement is awaited; an
    acknowledged step is not in it.
    """
    if state.ended_at is not None:
        return None
    pending = _Look(terms, state, _dated(fired, state.at), ack_due, calendars).pending()
    return min(pending, key=_order) if pending else None


def moments_until(
    terms: Terms, state: State, fired: Collection[str], ack_due: Mapping[str, int], calendars: Calendars
) -> list[Moment]:
    """Every moment that can be acted on at `state.at`, in order: what a late worker missed; arguments as `next_moment`.

    All of them count as fired afterwards, the collapsed ones too. Of a promise that ended late while nobody watched
    only the due moment is listed.
    """
    pending = _Look(terms, state, _dated(fired, state.at), ack_due, calendars).pending()
    ready = [moment for moment in pending if moment.wake_at <= state.at]
    if len(ready) > 1:
        if ready[0].step is None:  # the breach, whose notice stands for the warnings before it
            at = ready[0].at
            ready = [m._replace(collapsed=True) if m.kind in _WARNINGS and m.at <= at else m for m in ready]
        ready.sort(key=_order)
    return ready


def _dated(fired: Collection[str], now: int) -> Mapping[str, int]:
    """The codes that fired, with the instant of their last firing: now, where none was told."""
    return fired if isinstance(fired, Mapping) else dict.fromkeys(fired, now)


def _order(moment: Moment) -> tuple[int, int, str]:
    return moment.wake_at, _ORDER[moment.kind], moment.code


@dataclass(slots=True)
class _Look:
    """One look at a promise: what `next_moment` and `moments_until` were given."""

    terms: Terms
    state: State
    fired: Mapping[str, int]
    ack_due: Mapping[str, int]
    calendars: Calendars

    def pending(self) -> list[Moment]:
        """All moments not yet fired: the due moment first, the others in no order."""
        due, found = self.state.due, list[Moment]()
        if due is not None and self.awaited and not self.done(DUE, due):
            found.append(Moment(due, None, _DUE))
        if self.state.ended_at is not None:
            return found
        calendar = self.calendars(self.terms.calendar)
        for step in self.terms.ladder:
            at = self.step_at(step, calendar)
            if at is not None and not self.done(step.code, at):
                found.append(Moment(at, step, _KIND[step.when]))
        return found

    @property
    def awaited(self) -> bool:
        """Whether the breach is of interest: not of a promise that ended in time or was cancelled."""
        return self.state.ended_at is None or self.state.standing is _BROKEN

    def step_at(self, step: Step, calendar: Calendar) -> int | None:
        when, due = step.when, self.state.due
        if when is _UNACKNOWLEDGED:
            return self.ack_due.get(step.of)
        if due is None:
            return None
        return (self.warning_at if when is _BEFORE else self.follows_at)(step, due, calendar)

    def warning_at(self, step: Step, due: int, calendar: Calendar) -> int | None:
        """A warning's moment; None where it is too late for one: after the breach was stated, or with nothing left."""
        state = self.state
        if state.broken and self.done(DUE, due):
            return None
        at = ladder.moment(step, due, self.state.target, calendar)
        if at is not None and at > state.armed_at:
            return at
        nothing_left = calendar.elapsed(state.armed_at, due) == 0
        if step.code in self.fired or (nothing_left and not state.broken):
            return None
        return state.armed_at

    def follows_at(self, step: Step, due: int, calendar: Calendar) -> int | None:
        """A step after the due moment; None while the clock stands still before the step's moment."""
        still = self.state.paused_since
        if still is None and not self.state.pauses:
            return ladder.moment(step, due, self.state.target, calendar)
        pauses = [(max(a, due), b) for a, b, _ in self.state.pauses if b > due]
        if still is not None:
            pauses.append((max(still, due), max(still, due, self.state.at)))
        at = ladder.moment(step, due, self.state.target, calendar, pauses=pauses)
        return None if at is not None and still is not None and at > still else at

    def done(self, code: str, at: int) -> bool:
        """Whether the step has fired for its present moment: not when that lies after its last firing."""
        last = self.fired.get(code)
        return last is not None and at <= last


@dataclass(frozen=True, slots=True)
class PauseLine:
    """One pause in an explanation: `until` is None while it lasts; `open_seconds` is the working time it took."""

    reason: str
    since: int
    until: int | None
    open_seconds: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a due moment came about, as data for one sentence and one picture.

    `code` is the standing, with "overdue" for a broken promise that still waits and "broken" for one met late. `due`
    is None while paused. `days` are the calendar's lines from the start to the due moment or, while paused, to `at`.
    """

    code: str
    milestone: str
    target_seconds: int
    target_days: int
    calendar: str
    started: int
    at: int
    due: int | None
    worked: int
    remaining: int
    overrun: int
    pauses: tuple[PauseLine, ...]
    days: tuple[DayLine, ...]


def explain(terms: Terms, state: State, calendar: Calendar) -> Explanation:
    """Explain the due moment of a promise; `calendar` is the one of `terms`, which are those in force."""
    end = state.due if state.due is not None else state.at
    return Explanation(
        code="overdue" if state.broken and state.open else state.standing.value,
        milestone=terms.milestone,
        target_seconds=state.target,
        target_days=terms.target_days,
        calendar=terms.calendar,
        started=state.started,
        at=state.at,
        due=state.due,
        worked=state.worked,
        remaining=state.remaining,
        overrun=state.overrun,
        pauses=_pause_lines(state, calendar),
        days=tuple(calendar.day_lines(state.started, max(end, state.started))),
    )


def _pause_lines(state: State, calendar: Calendar) -> tuple[PauseLine, ...]:
    closed = [PauseLine(reason, a, b, calendar.elapsed(a, b)) for a, b, reason in state.pauses]
    if state.paused_since is None:
        return tuple(closed)
    lasting = calendar.elapsed(state.paused_since, state.at)
    return (*closed, PauseLine(state.pause_reason, state.paused_since, None, lasting))
