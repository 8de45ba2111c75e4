"""How does a calendar look to a reader: what each date counted, and what a week looks like?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from yingnuo.engine.calendar_spec import WEEKDAYS, WHOLE_DAY, CalendarSpec, Windows, clock_text
from yingnuo.engine.spans import ONE_DAY, Span, day_spans, from_seconds


@dataclass(frozen=True, slots=True)
class DayLine:
    """One local date of an explanation.

    `windows` are aware UTC pairs cut to the span asked for; `seconds` is their sum. An overnight window stands on the
    date it opens. `kind` is `weekly`, `holiday`, `special` or `closed`; `name` is that of the date, or empty.
    """

    day: date
    windows: tuple[tuple[datetime, datetime], ...]
    seconds: int
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class WeekLine:
    """Weekdays (`mon` to `sun`) that share the same windows, as local `HH:MM` pairs."""

    days: tuple[str, ...]
    windows: tuple[tuple[str, str], ...]


def lines(spec: CalendarSpec, zone: ZoneInfo, start: int, end: int) -> list[DayLine]:
    """One line a local date of [start, end), first to last; the seconds of all lines add up to those elapsed.

    The date before `start` comes first where its overnight window reaches into the span.
    """
    if end <= start:
        return []
    first, last = (datetime.fromtimestamp(t, zone).date() for t in (start, end - 1))
    found: list[DayLine] = []
    counted = start  # seconds before this one stand on an earlier line already
    day = first - ONE_DAY
    while day <= last:
        spans = [(max(opens, counted), min(closes, end)) for opens, closes in day_spans(spec, zone, day)]
        spans = [span for span in spans if span[0] < span[1]]
        counted = max([counted, *(closes for _, closes in spans)])
        if spans or day >= first:
            found.append(_line(spec, day, spans))
        day += ONE_DAY
    return found


def week(spec: CalendarSpec) -> list[WeekLine]:
    """Weekdays grouped by equal windows, in the order of the week; closed days are left out."""
    if spec.always_open:
        return [WeekLine(WEEKDAYS, _clock(WHOLE_DAY))]
    groups: dict[Windows, list[str]] = {}
    for name, windows in zip(WEEKDAYS, spec.weekly, strict=True):
        if windows:
            groups.setdefault(windows, []).append(name)
    return [WeekLine(tuple(days), _clock(windows)) for windows, days in groups.items()]


def _line(spec: CalendarSpec, day: date, spans: list[Span]) -> DayLine:
    return DayLine(
        day=day,
        windows=tuple((from_seconds(opens), from_seconds(closes)) for opens, closes in spans),
        seconds=sum(closes - opens for opens, closes in spans),
        kind=spec.kind_on(day),
        name=spec.name_of(day),
    )


def _clock(windows: Windows) -> tuple[tuple[str, str], ...]:
    return tuple((clock_text(opens), clock_text(closes)) for opens, closes in windows)
