"""Until when is it quiet: planned washing of filters at night, the weekly maintenance, a shop that is shut?

Windows are local times of some weekdays and may run over midnight; such a window belongs to the day it opens on.
Moments are whole milliseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class Quiet:
    """One window: from one local time to another on these weekdays (0 is Monday)."""

    start: time
    end: time
    days: tuple[int, ...] = EVERY_DAY


def ends(windows: Sequence[Quiet], zone: str, at: int) -> int | None:
    """When the quiet that reigns at `at` ends; None where there is none. Windows that touch are one."""
    if not windows:
        return None
    here, until = ZoneInfo(zone), at
    while (later := _next_end(windows, here, until)) is not None and later - at < 8 * 86_400_000:
        until = later
    return until if until > at else None


def _next_end(windows: Sequence[Quiet], zone: ZoneInfo, at: int) -> int | None:
    today = datetime.fromtimestamp(at / 1000, zone).date()
    spans = [_span(w, zone, today + timedelta(days=back)) for w in windows for back in (-1, 0)]
    return max((end for span in spans if span and span[0] <= at < (end := span[1])), default=None)


def _span(window: Quiet, zone: ZoneInfo, day: date) -> tuple[int, int] | None:
    if day.weekday() not in window.days:
        return None
    last = day if window.end > window.start else day + timedelta(days=1)
    return _ms(datetime.combine(day, window.start, zone)), _ms(datetime.combine(last, window.end, zone))


def _ms(at: datetime) -> int:
    return round(at.astimezone(UTC).timestamp() * 1000)


def read(given: Sequence[Mapping[str, Any]]) -> tuple[Quiet, ...]:
    """Windows as a rule keeps them ({"from": "22:00", "to": "06:00", "days": [0, 1]}); ValueError when wrong."""
    return tuple(
        Quiet(time.fromisoformat(w["from"]), time.fromisoformat(w["to"]), tuple(w.get("days") or EVERY_DAY))
        for w in given
    )
