"""Which stretch of time is measured, into which parts does it fall, and with what is it compared?

A day is the reader's day: it begins at midnight of his zone and has 23 or 25 hours where the clocks change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CODES = {"today": 1, "7d": 7, "30d": 30, "90d": 90}
HOME = "30d"
LONGEST = 730  # days of a period chosen by hand
MOST_DAYS_BY_DAY = 31  # longer periods are shown by week


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open stretch [start, end) of aware instants; `before` is the stretch of the same shape before it.

    `edges` are the instants at which its hours (one day), days or weeks begin, the first being `start`. A period that
    is still running ends now, and the one before it ends at the same time of day: like is compared with like.
    """

    code: str  # a key of CODES, or "custom"
    start: datetime
    end: datetime
    before_start: datetime
    before_end: datetime
    edges: tuple[datetime, ...]
    step: str  # hour | day | week
    zone: ZoneInfo
    running: bool

    @property
    def first_day(self) -> date:
        """The first day of the period in the reader's zone."""
        return self.start.astimezone(self.zone).date()

    @property
    def last_day(self) -> date:
        """The last day of the period, inclusive, in the reader's zone."""
        return (self.end - timedelta(microseconds=1)).astimezone(self.zone).date()


def recent(code: str, *, zone: ZoneInfo, now: datetime) -> Period:
    """The period of a code of CODES (an unknown one counts as HOME): so many days, today being the last."""
    known = code if code in CODES else HOME
    today = now.astimezone(zone).date()
    return _period(known, today - timedelta(days=CODES[known] - 1), today, zone, now)


def between(first: date, last: date, *, zone: ZoneInfo, now: datetime) -> Period:
    """Whole days from `first` to `last` inclusive, in either order; never beyond today nor longer than LONGEST days."""
    today = now.astimezone(zone).date()
    low, high = (min(day, today) for day in sorted((first, last)))
    return _period("custom", max(low, high - timedelta(days=LONGEST - 1)), high, zone, now)


def _period(code: str, first: date, last: date, zone: ZoneInfo, now: datetime) -> Period:
    days = (last - first).days + 1
    start, end = midnight(first, zone), midnight(last + timedelta(days=1), zone)
    running = now < end
    end = max(min(end, now), start + timedelta(seconds=1))
    step = "hour" if days == 1 else "day" if days <= MOST_DAYS_BY_DAY else "week"
    shift = timedelta(days=days)
    return Period(
        code, start, end, _back(start, shift, zone), min(start, _back(end, shift, zone)),
        _edges(first, last, step, zone, start, end), step, zone, running,
    )  # fmt: skip


def _back(at: datetime, shift: timedelta, zone: ZoneInfo) -> datetime:
    """The same wall time so many days earlier."""
    return (at.astimezone(zone) - shift).astimezone(UTC)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day begins in a zone."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _edges(first: date, last: date, step: str, zone: ZoneInfo, start: datetime, end: datetime) -> tuple[datetime, ...]:
    if step == "hour":
        hours = int((midnight(last + timedelta(days=1), zone) - start).total_seconds()) // 3600
        return tuple(start + timedelta(hours=n) for n in range(max(1, hours)) if start + timedelta(hours=n) < end)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    wanted = days if step == "day" else [d for d in days if d == first or d.weekday() == 0]
    return tuple(midnight(d, zone) for d in wanted)
