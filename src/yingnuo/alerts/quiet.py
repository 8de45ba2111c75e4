"""When does somebody not want to be disturbed, and until when does that last?

Pure reckoning on a person's own clock. A stretch begins in its first second and is over in its last: at 07:00 sharp
nobody is quiet any more. Edges that a change of the clocks skips come an hour later, those that come twice are the
first (`fold=0`), as in all calendars of the house.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from yingnuo.engine.calendar import Calendar
from yingnuo.engine.errors import EngineError

DAYS = frozenset(range(7))
_DAY = timedelta(days=1)
_MOST_STRETCHES = 120  # that follow each other without a gap; whoever is quiet for longer is looked at again then

Calendars = Callable[[str], Calendar | None]  # by code; None where there is none


@dataclass(frozen=True, slots=True)
class Quiet:
    """Quiet hours as `alerts.models.QuietHours` describes them."""

    kind: str = "none"
    starts: time = time(22)
    ends: time = time(7)
    days: frozenset[int] = DAYS
    calendar: str = ""

    @property
    def endless(self) -> bool:
        """Whether they would never end: every day from one time to the same."""
        return self.kind == "hours" and self.starts == self.ends and self.days == DAYS


NEVER = Quiet()


def until(quiet: Quiet, zone: str, at: int, calendars: Calendars) -> int | None:
    """The epoch second at which the quiet stretch around `at` ends; None where `at` lies in none."""
    if quiet.kind == "none":
        return None
    if quiet.kind == "calendar":
        return _closed(calendars(quiet.calendar), at)
    free = calendars(quiet.calendar) if quiet.calendar else None
    clock, reached = ZoneInfo(zone), at
    for _ in range(_MOST_STRETCHES):
        end = _covered(quiet, clock, reached, free)
        if end is None:
            break
        reached = end
    return reached if reached > at else None


def _closed(calendar: Calendar | None, at: int) -> int | None:
    """Until the calendar opens; a calendar that is gone silences nobody."""
    if calendar is None:
        return None
    try:
        opens = calendar.next_open(at)
    except EngineError:  # beyond its horizon: whoever is told is told now
        return None
    return opens if opens > at else None


def _covered(quiet: Quiet, clock: ZoneInfo, at: int, free: Calendar | None) -> int | None:
    """The latest end of the stretches that hold `at`: last night's, tonight's, a day off."""
    today = datetime.fromtimestamp(at, clock).date()
    stretches = [_stretch(quiet, clock, day) for day in (today - _DAY, today) if day.weekday() in quiet.days]
    if free is not None and not opens(free, clock, today):
        stretches.append((_instant(clock, today, time()), _instant(clock, today + _DAY, time())))
    ends = [end for start, end in stretches if start <= at < end]
    return max(ends, default=None)


def _stretch(quiet: Quiet, clock: ZoneInfo, day: date) -> tuple[int, int]:
    last = day if quiet.ends > quiet.starts else day + _DAY
    return _instant(clock, day, quiet.starts), _instant(clock, last, quiet.ends)


def opens(calendar: Calendar, clock: ZoneInfo, day: date) -> bool:
    """Whether the calendar opens at all on that day of the clock."""
    start, end = _instant(clock, day, time()), _instant(clock, day + _DAY, time())
    return calendar.elapsed(start, end) > 0


def _instant(clock: ZoneInfo, day: date, at: time) -> int:
    return int(datetime.combine(day, at, clock).timestamp())
