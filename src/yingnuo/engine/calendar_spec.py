"""What does a calendar's specification say about one local date, and what is wrong with a bad one?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yingnuo.engine.errors import BadSpec

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 86_400

#: Seconds after local midnight; a close above 86,400 lies on the next date.
Window = tuple[int, int]
Windows = tuple[Window, ...]
WHOLE_DAY: Windows = ((0, DAY),)

_KEYS = (
    "timezone", "weekly", "always_open", "holidays", "holidays_yearly", "overrides", "breaks", "names",
)  # fmt: skip
_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_MONTH_DAY = re.compile(r"\d\d-\d\d")
_LEAP_YEAR = 2000  # so that 02-29 is a date

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """A checked specification. Dates are ISO text (`2025-01-28`) or month and day (`01-28`), as in the mapping."""

    timezone: str
    always_open: bool
    weekly: tuple[Windows, ...]
    holidays: frozenset[str]
    holidays_yearly: frozenset[str]
    overrides: Mapping[str, Windows]
    breaks: Mapping[str, Windows]
    names: Mapping[str, str]

    def windows_on(self, day: date) -> Windows:
        """Windows that open on the local date, before breaks: a special day beats a holiday beats the week."""
        if self.always_open:
            return WHOLE_DAY
        iso = day.isoformat()
        if iso in self.overrides:
            return self.overrides[iso]
        if iso in self.holidays or iso[5:] in self.holidays_yearly:
            return ()
        return self.weekly[day.weekday()]

    def kind_on(self, day: date) -> str:
        """`special`, `holiday`, `weekly` or `closed`: which line of the specification rules the local date."""
        iso = day.isoformat()
        if iso in self.overrides:
            return "special"
        if iso in self.holidays or iso[5:] in self.holidays_yearly:
            return "holiday"
        return "weekly" if self.windows_on(day) else "closed"

    def name_of(self, day: date) -> str:
        """The name given to the date, or to its month and day; empty when there is none."""
        iso = day.isoformat()
        return self.names.get(iso) or self.names.get(iso[5:], "")

    def recurs(self) -> bool:
        """Whether it opens again and again: else it ends with its last special day."""
        # Every month and day meets every weekday within 400 years, so two non-empty sets are enough.
        return self.always_open or (any(self.weekly) and len(self.holidays_yearly) < 366)

    def never_closes(self) -> bool:
        """Whether every second counts: plain arithmetic, whatever the zone does."""
        closings = self.holidays or self.holidays_yearly or self.overrides or self.breaks
        return self.always_open or (not closings and all(windows == WHOLE_DAY for windows in self.weekly))

    def to_mapping(self) -> dict[str, object]:
        """The mapping this was read from, in canonical form; keys that say nothing are left out."""
        named = zip(WEEKDAYS, self.weekly, strict=True)
        entries: dict[str, object] = {
            "always_open": self.always_open,
            "holidays": sorted(self.holidays),
            "holidays_yearly": sorted(self.holidays_yearly),
            "overrides": {day: _as_text(windows) for day, windows in sorted(self.overrides.items())},
            "breaks": {day: _as_text(windows) for day, windows in sorted(self.breaks.items())},
            "names": dict(sorted(self.names.items())),
        }
        weekly = {name: _as_text(windows) for name, windows in named if windows}
        return {"timezone": self.timezone, "weekly": weekly} | {key: value for key, value in entries.items() if value}


def read_spec(mapping: Mapping[str, object]) -> CalendarSpec:
    """Check the mapping and freeze it; raises BadSpec with the place, what is wrong and what to do."""
    spec = _mapping("", mapping)
    for key in spec:
        if key not in _KEYS:
            raise BadSpec(key, "unknown_key", f"unknown key; use one of {', '.join(_KEYS)}", key=key)
    read = CalendarSpec(
        timezone=_timezone(spec.get("timezone")),
        always_open=_flag("always_open", spec.get("always_open", False)),
        weekly=_weekly(spec.get("weekly")),
        holidays=_dates("holidays", spec.get("holidays"), _iso_date),
        holidays_yearly=_dates("holidays_yearly", spec.get("holidays_yearly"), _month_day),
        overrides=_by_date("overrides", spec.get("overrides"), _iso_date, _hours),
        breaks=_by_date("breaks", spec.get("breaks"), _iso_date, _windows),
        names=_by_date("names", spec.get("names"), _any_date, _text),
    )
    _refuse_contradiction(read)
    return read


def clock_text(seconds: int) -> str:
    """`HH:MM` of seconds after midnight; the end of the day is `24:00`, later ones are those of the next day."""
    if seconds > DAY:
        seconds -= DAY
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def _as_text(windows: Windows) -> list[list[str]]:
    return [[clock_text(opens), clock_text(closes)] for opens, closes in windows]


def _refuse_contradiction(spec: CalendarSpec) -> None:
    if not spec.always_open:
        return
    for key in ("holidays", "holidays_yearly", "overrides", "breaks"):
        if getattr(spec, key):
            raise BadSpec(key, "always_open_with_rules", "an always open calendar has none; leave out one of the two")
    if any(spec.weekly):
        raise BadSpec("weekly", "always_open_with_rules", "an always open calendar has none; leave out one of the two")


def _mapping(path: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise BadSpec(path, "not_a_mapping", f"expected a mapping, got {type(value).__name__}")
    for key in value:
        if not isinstance(key, str):
            raise BadSpec(path, "key_not_text", f"keys must be text, got {key!r}", key=repr(key))
    return value


def _list(path: str, value: object) -> list[object]:
    if not isinstance(value, list | tuple):
        raise BadSpec(path, "not_a_list", f"expected a list, got {type(value).__name__}")
    return list(value)


def _text(path: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadSpec(path, "not_text", f"expected text, got {type(value).__name__}")
    return value


def _flag(path: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise BadSpec(path, "not_a_flag", f"expected true or false, got {value!r}", value=repr(value))
    return value


def _timezone(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise BadSpec("timezone", "timezone_missing", "missing; name an IANA zone such as Asia/Shanghai")
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: "Asia" is a folder of zones
        message = f"unknown time zone {value!r}; name an IANA zone such as Asia/Shanghai"
        raise BadSpec("timezone", "timezone_unknown", message, value=value) from error
    return value


def _weekly(value: object) -> tuple[Windows, ...]:
    week = _mapping("weekly", {} if value is None else value)
    for key in week:
        if key not in WEEKDAYS:
            raise BadSpec(f"weekly.{key}", "unknown_weekday", f"use one of {', '.join(WEEKDAYS)}", key=key)
    return tuple(_hours(f"weekly.{name}", week.get(name, ())) for name in WEEKDAYS)


def _dates(path: str, value: object, read: Callable[[str, object], str]) -> frozenset[str]:
    return frozenset(read(f"{path}[{at}]", item) for at, item in enumerate(_list(path, () if value is None else value)))


def _by_date(
    path: str, value: object, read_key: Callable[[str, object], str], read_value: Callable[[str, object], Value]
) -> dict[str, Value]:
    entries = _mapping(path, {} if value is None else value)
    return {read_key(f"{path}.{key}", key): read_value(f"{path}.{key}", item) for key, item in entries.items()}


def _iso_date(path: str, value: object) -> str:
    if isinstance(value, date):
        return date(value.year, value.month, value.day).isoformat()
    try:
        return date.fromisoformat(value if isinstance(value, str) else "").isoformat()
    except ValueError as error:
        raise BadSpec(path, "bad_date", f"{value!r} is no date; write YYYY-MM-DD", value=str(value)) from error


def _month_day(path: str, value: object) -> str:
    if isinstance(value, str) and _MONTH_DAY.fullmatch(value):
        try:
            return date.fromisoformat(f"{_LEAP_YEAR}-{value}").isoformat()[5:]
        except ValueError as error:
            raise BadSpec(path, "bad_month_day", f"{value!r} is no day of any year", value=value) from error
    raise BadSpec(path, "bad_month_day", f"{value!r} is no day of the year; write MM-DD", value=str(value))


def _any_date(path: str, value: object) -> str:
    if isinstance(value, str) and _MONTH_DAY.fullmatch(value):
        return _month_day(path, value)
    return _iso_date(path, value)


def _windows(path: str, value: object) -> Windows:
    """Windows sorted by opening; overlaps stay as they are."""
    return tuple(sorted(_window(f"{path}[{at}]", item) for at, item in enumerate(_list(path, value))))


def _hours(path: str, value: object) -> Windows:
    """Opening windows of one day. An overlap is nearly always a lunch typed wrong, so it is refused, not merged."""
    windows = _windows(path, value)
    for earlier, later in pairwise(windows):
        if later[0] < earlier[1]:
            first, second = ("-".join(map(clock_text, window)) for window in (earlier, later))
            message = f"the windows {first} and {second} overlap; separate or join them"
            raise BadSpec(path, "windows_overlap", message, first=first, second=second)
    return windows


def _window(path: str, value: object) -> Window:
    pair = _list(path, value)
    if len(pair) != 2:
        raise BadSpec(path, "window_not_a_pair", "a window is a pair of opening and closing time")
    opens, closes = (_time(path, item) for item in pair)
    if opens == DAY:
        raise BadSpec(path, "window_opens_at_24", "a window cannot open at 24:00; use 00:00 of the next day")
    return opens, closes if closes > opens else closes + DAY


def _time(path: str, value: object) -> int:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    seconds = int(match[1]) * 3600 + int(match[2]) * 60 if match else DAY + 1
    if seconds > DAY:
        message = f"{value!r} is no time of day; write HH:MM from 00:00 to 24:00"
        raise BadSpec(path, "bad_time", message, value=str(value))
    return seconds
