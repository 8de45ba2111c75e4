"""When exactly is a calendar open, as sorted UTC seconds with running sums?"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from yingnuo.engine.calendar_spec import DAY, CalendarSpec, Windows
from yingnuo.engine.errors import EngineError
from yingnuo.engine.span_arrays import SpanArrays

Span = tuple[int, int]

#: The engine knows instants of these years only; a result beyond them is NeverOpens.
FIRST_YEAR, END_YEAR = 1900, 2200
ONE_DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Spans:
    """Open spans of [lo, hi), disjoint and sorted, with W(t) = open seconds from a fixed origin up to t.

    Frozen: growing makes a new one with the same origin, so sums of an older and a newer one may be mixed. The first
    span is an empty one at `lo`, so that every t >= lo has a span that opened before it.
    """

    __slots__ = ("_arrays", "after", "before", "closes", "hi", "lo", "opens", "origin", "skips")

    def __init__(self, lo: int, hi: int, spans: Sequence[Span], origin: int) -> None:
        self.lo, self.hi, self.origin = lo, hi, origin
        self.opens = [lo, *(opens for opens, _ in spans)]
        self.closes = [lo, *(closes for _, closes in spans)]
        lengths = map(int.__sub__, self.closes, self.opens)
        after = list(accumulate(lengths))
        # skips[i] = closed seconds before span i: inside it W(t) = t - skips[i], and W^-1(w) = w + skips[i].
        skips = list(map(int.__sub__, self.closes, after))
        at = bisect_right(self.opens, origin) - 1
        shift = min(origin - skips[at], after[at])
        self.after = [value - shift for value in after]
        self.skips = [value + shift for value in skips]
        self.before = list(map(int.__sub__, self.opens, self.skips))
        self._arrays: SpanArrays | None = None

    def pairs(self) -> list[Span]:
        """The open spans as (open, close)."""
        return list(zip(self.opens[1:], self.closes[1:], strict=True))

    def arrays(self) -> SpanArrays:
        """The same sums for numpy, made at the first call."""
        if self._arrays is None:
            self._arrays = SpanArrays(self.lo, self.hi, self.opens, self.skips, self.after)
        return self._arrays

    def worked(self, t: int) -> int:
        """W(t): open seconds from the origin up to t, for lo <= t <= hi."""
        at = bisect_right(self.opens, t) - 1
        inside, closed = t - self.skips[at], self.after[at]
        return inside if inside < closed else closed  # noqa: FURB136  half the time of min(), in the hottest line

    def reached(self, work: int) -> int:
        """The first instant with W = `work`, so a closing time rather than the next opening; needs work <= W(hi)."""
        return work + self.skips[bisect_left(self.after, work)]

    def next_open(self, t: int) -> int | None:
        """The first open instant from t on; None when there is none before hi."""
        at = bisect_right(self.closes, t)
        return max(t, self.opens[at]) if at < len(self.opens) else None

    def left_at(self, work: int) -> int | None:
        """The last instant with W = `work`, so an opening rather than the closing before; None when before lo."""
        at = bisect_right(self.before, work) - 1
        return work + self.skips[at] if at > 0 else None

    def last_open(self, t: int) -> int | None:
        """The last instant up to t that ends an open second: t itself inside a span, else the closing before it."""
        at = bisect_left(self.opens, t) - 1
        return min(t, self.closes[at]) if at > 0 else None


#: Covers nothing, so that the first question makes the calendar compile.
NOTHING = Spans(1, 0, (), 1)


def instant_of(zone: ZoneInfo, day: date, second: int) -> int:
    """UTC seconds of a local wall time, `second` counted from the midnight of `day`, up to 48 hours.

    `fold=0`: a wall time in a DST gap moves later by the gap, a repeated one is the first.
    """
    while second >= DAY:
        day, second = day + ONE_DAY, second - DAY
    minutes, _ = divmod(second, 60)
    return to_seconds(datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, second % 60, tzinfo=zone))


def day_spans(spec: CalendarSpec, zone: ZoneInfo, day: date) -> list[Span]:
    """Open spans that belong to the local date (they open on it), without its breaks and those of the next date."""
    spans = union(_located(zone, day, spec.windows_on(day)))
    if not spec.breaks:
        return spans
    # An overnight window runs into the next date; a break of the date before can run into this one.
    for near in (day - ONE_DAY, day, day + ONE_DAY):
        for closed in _located(zone, near, spec.breaks.get(near.isoformat(), ())):
            spans = [part for span in spans for part in _cut(span, closed)]
    return spans


def year_spans(spec: CalendarSpec, zone: ZoneInfo, first_year: int, end_year: int) -> tuple[int, int, list[Span]]:
    """(lo, hi, open spans) of the local years [first_year, end_year), cut at both ends."""
    first, end = date(first_year, 1, 1), date(end_year, 1, 1)
    lo, hi = instant_of(zone, first, 0), instant_of(zone, end, 0)
    # The day before brings its overnight window; the day after matters where a gap moves the midnight.
    days = (first + timedelta(days=step) for step in range(-1, (end - first).days + 1))
    spans = union(span for day in days for span in day_spans(spec, zone, day))
    return lo, hi, [(max(opens, lo), min(closes, hi)) for opens, closes in spans if opens < hi and closes > lo]


def union(spans: Iterable[Span]) -> list[Span]:
    """Sorted disjoint spans covering the same seconds; empty ones vanish, touching ones become one."""
    merged: list[Span] = []
    for opens, closes in sorted(spans):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
        elif opens < closes:
            merged.append((opens, closes))
    return merged


def from_seconds(t: int) -> datetime:
    """Aware UTC datetime of epoch seconds."""
    return datetime.fromtimestamp(t, UTC)


def to_seconds(at: datetime) -> int:
    """Epoch seconds of an aware datetime, fractions dropped; a naive one raises EngineError `naive_datetime`."""
    try:
        since = at - EPOCH  # exact, and half the time of timestamp(); other zones go through UTC
    except TypeError as error:
        message = "the datetime has no time zone; give an aware one"
        raise EngineError("naive_datetime", message, value=at.isoformat()) from error
    return since.days * DAY + since.seconds


def _located(zone: ZoneInfo, day: date, windows: Windows) -> Iterator[Span]:
    for opens, closes in windows:
        yield instant_of(zone, day, opens), instant_of(zone, day, closes)


def _cut(span: Span, closed: Span) -> list[Span]:
    parts = ((span[0], min(span[1], closed[0])), (max(span[0], closed[1]), span[1]))
    return [part for part in parts if part[0] < part[1]]
