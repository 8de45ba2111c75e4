"""When is a promise due in a calendar's working time, and how much working time has passed?

A calendar is compiled to sorted open spans in UTC seconds with running sums W(t) = open seconds before t, so that
elapsed = W(b) - W(a) and due = W^-1(W(start) + target + paused): two binary searches, whatever the span. Boundaries:
a start outside the hours counts from the next opening; time that runs out exactly at closing is due at closing;
backwards it is the opening. Pauses are closed-open, their union counts, and of it only open time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from threading import Lock
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from yingnuo.engine.calendar_days import DayLine, WeekLine, lines, week
from yingnuo.engine.calendar_spec import DAY, CalendarSpec, read_spec
from yingnuo.engine.errors import EngineError, NeverOpens
from yingnuo.engine.span_arrays import Seconds
from yingnuo.engine.spans import (
    END_YEAR,
    FIRST_YEAR,
    NOTHING,
    ONE_DAY,
    Span,
    Spans,
    day_spans,
    from_seconds,
    instant_of,
    to_seconds,
    union,
    year_spans,
)

Moments = tuple[datetime, datetime]

#: Years compiled each way around the first question.
REACH = 3
#: Instants the engine answers for: a year within its years, so that every zone's local date is inside too.
EARLIEST = int(datetime(FIRST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp())
LATEST = int(datetime(END_YEAR - 1, 1, 1, tzinfo=UTC).timestamp())


class Calendar:
    """Working time of one calendar version. Immutable from outside, thread safe, equal when the specification is.

    Integer arguments and results are epoch seconds; datetimes must be aware, fractions of a second are dropped and
    results are UTC. Instants outside the years 1901 to 2198 raise EngineError `instant_out_of_range`; a search that
    finds no further open second raises NeverOpens.
    """

    __slots__ = ("_lock", "_spans", "_spec", "_years", "_zone")

    def __init__(self, spec: CalendarSpec) -> None:
        self._spec = spec
        self._zone = ZoneInfo(spec.timezone)
        self._lock = Lock()
        self._years: tuple[int, int] | None = None
        self._spans = NOTHING
        if spec.never_closes():
            self._spans = Spans(EARLIEST, LATEST, [(EARLIEST, LATEST)], EARLIEST)

    @classmethod
    def from_spec(cls, mapping: Mapping[str, object]) -> Calendar:
        """Read `timezone`, `weekly`, `always_open`, `holidays`, `holidays_yearly`, `overrides`, `breaks`, `names`.

        Raises BadSpec with the place of the mistake, and NeverOpens when no second is ever open.
        """
        spec = read_spec(mapping)
        calendar = cls(spec)
        if not spec.recurs() and not any(day_spans(spec, calendar._zone, day) for day in _special_days(spec)):
            raise NeverOpens("never_opens", "the calendar never opens; give it a window on some day")
        return calendar

    def to_spec(self) -> dict[str, object]:
        """The mapping in canonical form: `from_spec(to_spec())` is equal."""
        return self._spec.to_mapping()

    @property
    def timezone(self) -> str:
        """IANA name of the calendar's zone."""
        return self._spec.timezone

    def __eq__(self, other: object) -> bool:
        return self._spec == other._spec if isinstance(other, Calendar) else NotImplemented

    def __hash__(self) -> int:
        return hash((self._spec.timezone, self._spec.weekly, self._spec.holidays))

    def __repr__(self) -> str:
        return f"Calendar.from_spec({self.to_spec()!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return Calendar.from_spec, (self.to_spec(),)  # the lock cannot be copied, and the spans are cheap to make again

    # Epoch seconds

    def due(self, start: int, seconds: int, pauses: Sequence[Span] = ()) -> int:
        """First instant at which `seconds` of open, unpaused time have passed since `start`.

        Exactly at closing it is the closing. Zero seconds give `start`, or the next opening outside hours. A pause
        counts only as far as it begins before the due.
        """
        if seconds > 0:
            spans = self._spans
            if not spans.lo <= start < spans.hi:
                spans = self._covering(start)
            # `worked` and `reached` without their calls: this is the hot path, and they are half of its time.
            at = bisect_right(spans.opens, start) - 1
            work = (start - spans.skips[at] if start < spans.closes[at] else spans.after[at]) + seconds
            if work > spans.after[-1]:
                spans = self._reaching(work)
            first = work + spans.skips[bisect_left(spans.after, work)]
        else:
            _refuse_negative("seconds", seconds)
            first = self.next_open(start)
        return self._put_off(start, first, pauses) if pauses else first

    def due_days(self, start: int, days: int, pauses: Sequence[Span] = (), *, end_of_day: bool = False) -> int:
        """The time of day of `start`, `days` working days later, then the paused open seconds on top.

        A working day is a local date on which a window opens; an instant in an overnight window belongs to the date
        it opened on. A start on a closed date counts from the next opening. The time of day is moved into the hours
        of the target date: to the opening when earlier, to the closing before it when outside. `end_of_day` moves it
        to the last closing of that date instead.
        """
        _refuse_negative("days", days)
        began, day = self._working_day(start)
        target = day
        for _ in range(days):
            target = self._next_working_day(target + ONE_DAY)
        spans = day_spans(self._spec, self._zone, target)
        base = spans[-1][1] if end_of_day else _into(spans, self._same_time(began, day, target))
        return self._put_off(start, base, pauses) if pauses else base

    def back(self, end: int, seconds: int) -> int:
        """Last instant from which `seconds` of open time pass until `end`; exactly at an opening it is the opening.

        Zero seconds give `end`, or the closing before it outside hours.
        """
        _refuse_negative("seconds", seconds)
        spans = self._covering(end)
        work = spans.worked(end) - seconds
        while (found := spans.left_at(work) if seconds else spans.last_open(end)) is None:
            spans = self._earlier(spans)
        return found

    def elapsed(self, a: int, b: int, pauses: Sequence[Span] = ()) -> int:
        """Open, unpaused seconds in [a, b); negative when b comes before a."""
        spans = self._spans
        if not spans.lo <= a <= b < spans.hi:
            if b < a:
                return -self.elapsed(b, a, pauses)
            self._covering(a)
            spans = self._covering(b)
        # `worked` twice without its calls, as in `due`.
        i, j = bisect_right(spans.opens, a) - 1, bisect_right(spans.opens, b) - 1
        before = a - spans.skips[i] if a < spans.closes[i] else spans.after[i]
        total = (b - spans.skips[j] if b < spans.closes[j] else spans.after[j]) - before
        if pauses:
            _refuse_reversed(pauses)
            paused = union((max(opens, a), min(closes, b)) for opens, closes in pauses)
            total -= sum(spans.worked(closes) - spans.worked(opens) for opens, closes in paused)
        return total

    def is_open(self, t: int) -> bool:
        """Whether the second that begins at t is open."""
        spans = self._covering(t)
        return t < spans.closes[bisect_right(spans.opens, t) - 1]

    def next_open(self, t: int) -> int:
        """t itself when open, else the next opening."""
        spans = self._covering(t)
        while (found := spans.next_open(t)) is None:
            spans = self._later(spans)
        return found

    def open_spans(self, start: int) -> Iterator[Span]:
        """Open spans from `start` on, the first cut at `start`; ends where the calendar does."""
        spans, t = self._covering(start), start
        while True:
            at = bisect_right(spans.closes, t)
            # The last span may go on beyond the compiled years.
            if at < len(spans.closes) - 1 or (at < len(spans.closes) and spans.hi > spans.closes[at]):
                yield max(t, spans.opens[at]), spans.closes[at]
                t = spans.closes[at]
                continue
            try:
                spans = self._later(spans)
            except NeverOpens:
                yield from [(max(t, spans.opens[i]), spans.closes[i]) for i in range(at, len(spans.closes))]
                return

    # Arrays of epoch seconds

    def due_many(self, starts: npt.ArrayLike, seconds: npt.ArrayLike) -> Seconds:
        """`due` without pauses for many at once: int64 in, int64 out; `seconds` is one number or one a start."""
        begin, wanted = np.broadcast_arrays(np.asarray(starts, dtype=np.int64), np.asarray(seconds, dtype=np.int64))
        if not begin.size:
            return np.zeros(begin.shape, dtype=np.int64)
        _refuse_negative("seconds", int(wanted.min()))
        self._covering(int(begin.min()))
        work = self._covering(int(begin.max())).arrays().worked(begin) + wanted
        found = self._reaching(int(work.max())).arrays().reached(work)
        if wanted.all():
            return found
        self.next_open(int(begin.max()))
        return np.where(wanted == 0, self._spans.arrays().next_open(begin), found)

    def elapsed_many(self, a: npt.ArrayLike, b: npt.ArrayLike) -> Seconds:
        """`elapsed` without pauses for many at once: int64 in, int64 out; either side may be one number."""
        begin, end = np.broadcast_arrays(np.asarray(a, dtype=np.int64), np.asarray(b, dtype=np.int64))
        if not begin.size:
            return np.zeros(begin.shape, dtype=np.int64)
        self._covering(int(min(begin.min(), end.min())))
        sums = self._covering(int(max(begin.max(), end.max()))).arrays()
        return sums.worked(end) - sums.worked(begin)

    # Datetimes

    def add(self, start: datetime, seconds: int, pauses: Sequence[Moments] = ()) -> datetime:
        """`due` in datetimes."""
        # `from_seconds` without its call, as in `due`
        return datetime.fromtimestamp(self.due(to_seconds(start), seconds, _spans(pauses) if pauses else ()), UTC)

    def add_days(
        self, start: datetime, days: int, *, pauses: Sequence[Moments] = (), end_of_day: bool = False
    ) -> datetime:
        """`due_days` in datetimes."""
        return from_seconds(self.due_days(to_seconds(start), days, _spans(pauses), end_of_day=end_of_day))

    def subtract(self, end: datetime, seconds: int) -> datetime:
        """`back` in datetimes."""
        return from_seconds(self.back(to_seconds(end), seconds))

    def between(self, a: datetime, b: datetime, pauses: Sequence[Moments] = ()) -> int:
        """`elapsed` in datetimes."""
        return self.elapsed(to_seconds(a), to_seconds(b), _spans(pauses) if pauses else ())

    def openings(self, start: datetime) -> Iterator[Moments]:
        """`open_spans` in datetimes."""
        for opens, closes in self.open_spans(to_seconds(start)):
            yield from_seconds(opens), from_seconds(closes)

    # For readers

    def day_lines(self, start: datetime | int, end: datetime | int) -> list[DayLine]:
        """What each local date of [start, end) counted; the seconds add up to `elapsed(start, end)`."""
        first, last = (t if isinstance(t, int) else to_seconds(t) for t in (start, end))
        _refuse_far(first)
        _refuse_far(last)
        return lines(self._spec, self._zone, first, last)

    def summary(self) -> list[WeekLine]:
        """The weekly hours as data: weekdays grouped by equal windows, closed days left out."""
        return week(self._spec)

    # Growing. `_spans` is replaced as a whole, so readers need no lock; sums of old and new agree.

    def _covering(self, t: int) -> Spans:
        spans = self._spans
        if spans.lo <= t < spans.hi:
            return spans
        _refuse_far(t)
        year = from_seconds(t).year
        return self._compile(year - REACH, year + 1 + REACH)

    def _reaching(self, work: int) -> Spans:
        spans = self._spans
        while work > spans.after[-1]:
            spans = self._later(spans)
        return spans

    def _later(self, spans: Spans) -> Spans:
        """Spans that reach further forward than `spans`."""
        first, end = self._years or (FIRST_YEAR, END_YEAR)
        limit = END_YEAR if self._spec.recurs() else max(day.year for day in _special_days(self._spec)) + 2
        if spans.hi < self._spans.hi:
            return self._spans
        if end >= limit:
            raise NeverOpens("no_later_opening", f"no open second is left before {limit}", year=limit)
        return self._compile(first, min(limit, end + max(REACH, (end - first) // 2)))

    def _earlier(self, spans: Spans) -> Spans:
        """Spans that reach further back than `spans`."""
        first, end = self._years or (FIRST_YEAR, END_YEAR)
        limit = FIRST_YEAR if self._spec.recurs() else min(day.year for day in _special_days(self._spec)) - 1
        if spans.lo > self._spans.lo:
            return self._spans
        if first <= limit:
            raise NeverOpens("no_earlier_opening", f"no open second after {limit} comes before", year=limit)
        return self._compile(max(limit, first - max(REACH, (end - first) // 2)), end)

    def _compile(self, first: int, end: int) -> Spans:
        """Make the local years [first, end) part of the compiled ones; what is there stays."""
        first, end = max(FIRST_YEAR, first), min(END_YEAR, end)
        with self._lock:
            had = self._years or (end, end)
            years = min(first, had[0]), max(end, had[1])
            if years == self._years:
                return self._spans
            old = self._spans
            lo, _, earlier = year_spans(self._spec, self._zone, years[0], had[0])
            _, hi, later = year_spans(self._spec, self._zone, had[1], years[1])
            origin = old.origin if self._years else lo
            self._spans = Spans(lo, hi, union([*earlier, *old.pairs(), *later]), origin)
            self._years = years
            return self._spans

    # Pieces

    def _put_off(self, start: int, first: int, pauses: Sequence[Span]) -> int:
        """Move the due `first` by the open time paused before it, each pause that the move reaches included."""
        _refuse_reversed(pauses)
        due = first
        for opens, closes in union((max(opens, start), closes) for opens, closes in pauses):
            if opens >= due:
                break
            if paused := self.elapsed(opens, closes):
                work = self._covering(due).worked(due) + paused
                due = self._reaching(work).reached(work)
        return due

    def _working_day(self, start: int) -> tuple[int, date]:
        """Where a day target counts from: the instant, and the working day it belongs to."""
        _refuse_far(start)
        day = datetime.fromtimestamp(start, self._zone).date()
        for near in (day - ONE_DAY, day):
            if any(opens <= start < closes for opens, closes in day_spans(self._spec, self._zone, near)):
                return start, near
        if day_spans(self._spec, self._zone, day):
            return start, day
        day = self._next_working_day(day)
        return day_spans(self._spec, self._zone, day)[0][0], day

    def _next_working_day(self, day: date) -> date:
        limit = END_YEAR - 1 if self._spec.recurs() else max(day.year for day in _special_days(self._spec)) + 1
        while not day_spans(self._spec, self._zone, day):
            day += ONE_DAY
            if day.year > limit:
                raise NeverOpens("no_later_opening", f"no open second is left before {limit}", year=limit)
        return day

    def _same_time(self, began: int, day: date, target: date) -> int:
        if target == day:
            return began  # a repeated wall time keeps its second occurrence
        wall = datetime.fromtimestamp(began, self._zone)
        second = (wall.date() - day).days * DAY + wall.hour * 3600 + wall.minute * 60 + wall.second
        return instant_of(self._zone, target, second)


def _special_days(spec: CalendarSpec) -> list[date]:
    days = (date.fromisoformat(day) for day, windows in spec.overrides.items() if windows)
    return [day for day in days if FIRST_YEAR < day.year < END_YEAR - 1]


def _into(spans: Sequence[Span], t: int) -> int:
    """t moved into the hours of one date: the opening when before it, the closing before t when outside."""
    return max(spans[0][0], max((min(t, closes) for opens, closes in spans if opens <= t), default=t))


def _spans(pauses: Sequence[Moments]) -> list[Span]:
    return [(to_seconds(opens), to_seconds(closes)) for opens, closes in pauses]


def _refuse_negative(name: str, value: int) -> None:
    if value < 0:
        raise EngineError("negative_amount", f"{name} must not be negative, got {value}", name=name, value=value)


def _refuse_reversed(pauses: Sequence[Span]) -> None:
    for opens, closes in pauses:
        if closes < opens:
            raise EngineError("pause_reversed", "a pause ends before it begins", start=opens, end=closes)


def _refuse_far(t: int) -> None:
    if not EARLIEST <= t < LATEST:
        years = f"{FIRST_YEAR + 1} to {END_YEAR - 2}"
        raise EngineError("instant_out_of_range", f"{t} is outside the years {years}", value=t)
