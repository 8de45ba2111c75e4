"""How many working seconds are "two working days, by closing time" for millions of starts at once?

Whoever starts between two edges (a midnight of the calendar's zone, an opening, a closing) is due at the same closing:
so the calendar is asked once an edge, a few times a day, and never once a start.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from yingnuo.engine.calendar import Calendar
from yingnuo.engine.calendar_spec import CalendarSpec, read_spec
from yingnuo.engine.span_arrays import Seconds
from yingnuo.engine.spans import ONE_DAY, day_spans, instant_of


def targets(calendar: Calendar, starts: Seconds, days: int) -> Seconds:
    """`Terms.target_from` of `days` working days for many starts (epoch seconds): int64 in, int64 out."""
    if not starts.size:
        return np.zeros(0, dtype=np.int64)
    points = _edges(calendar, int(starts.min()), int(starts.max()))
    dues = np.array([calendar.due_days(int(at), days, end_of_day=True) for at in points], dtype=np.int64)
    return calendar.elapsed_many(starts, dues[np.searchsorted(points, starts, side="right") - 1])


def _edges(calendar: Calendar, low: int, high: int) -> Seconds:
    """`low` and every edge after it up to `high`, ascending."""
    spec = read_spec(calendar.to_spec())
    zone = ZoneInfo(spec.timezone)
    day, last = _local(low, zone) - ONE_DAY, _local(high, zone) + ONE_DAY
    found = {low}
    while day <= last:
        found.update(at for at in _of_day(spec, zone, day) if low < at <= high)
        day += ONE_DAY
    return np.array(sorted(found), dtype=np.int64)


def _local(at: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(at, UTC).astimezone(zone).date()


def _of_day(spec: CalendarSpec, zone: ZoneInfo, day: date) -> list[int]:
    return [instant_of(zone, day, 0), *(edge for span in day_spans(spec, zone, day) for edge in span)]
