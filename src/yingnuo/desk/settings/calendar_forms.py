"""How does a calendar's specification become fields a person fills in, and how do the fields become one again?

Hours are written as people write them, `09:00-12:00, 13:30-18:00`; a closing time that is not later than the opening
one lies on the next day. Dates with rules of their own are rows: date, what happens, hours, name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict

from yingnuo.engine.calendar_spec import WEEKDAYS
from yingnuo.engine.errors import BadSpec

_BETWEEN = re.compile(r"\s*(?:-|–|—|~|～|至|to)\s*")
_NEXT = re.compile(r"\s*[,;，；、\n]\s*")
_MOST_ROWS = 400
CLOSED, YEARLY, OPEN, BREAK, NAME = "closed", "yearly", "open", "break", "name"
_KEYS = {CLOSED: "holidays", YEARLY: "holidays_yearly", OPEN: "overrides", BREAK: "breaks"}


@dataclass(frozen=True, slots=True)
class Special:
    """One row: a date with a rule of its own. `what` is one of the words above; NAME only names a date."""

    date: str = ""
    what: str = CLOSED
    hours: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole form as text, whatever is wrong with it."""

    code: str = ""
    name: str = ""
    timezone: str = "Asia/Shanghai"
    always: bool = False
    weekly: dict[str, str] = field(default_factory=dict)
    country: str = ""
    subdivision: str = ""
    years: tuple[int, ...] = ()
    makeup: str = ""
    specials: tuple[Special, ...] = ()
    note: str = ""


def sheet_of(code: str, name: str, spec: Mapping[str, Any]) -> Sheet:
    """The form for a stored specification."""
    holidays = spec.get("public_holidays") or {}
    makeup = holidays.get("makeup_windows")
    return Sheet(
        code=code,
        name=name,
        timezone=str(spec.get("timezone", "")),
        always=bool(spec.get("always_open")),
        weekly={day: hours_text((spec.get("weekly") or {}).get(day, ())) for day in WEEKDAYS},
        country=holidays.get("country", ""),
        subdivision=holidays.get("subdivision", ""),
        years=tuple(holidays.get("years", ())),
        makeup=hours_text(makeup) if makeup else "",
        specials=tuple(_specials(spec)),
    )


def _specials(spec: Mapping[str, Any]) -> list[Special]:
    names = dict(spec.get("names") or {})
    rows = [Special(day, CLOSED, "", names.pop(day, "")) for day in spec.get("holidays") or ()]
    rows += [Special(day, YEARLY, "", names.pop(day, "")) for day in spec.get("holidays_yearly") or ()]
    for what, key in ((OPEN, "overrides"), (BREAK, "breaks")):
        rows += [
            Special(day, what, hours_text(windows), names.pop(day, ""))
            for day, windows in (spec.get(key) or {}).items()
        ]
    rows += [Special(day, NAME, "", name) for day, name in names.items()]
    return sorted(rows, key=lambda row: (len(row.date) > 5, row.date))


def hours_text(windows: Iterable[Iterable[str]]) -> str:
    """`[["09:00", "12:00"]]` as `09:00–12:00`."""
    return ", ".join("–".join(window) for window in windows)


def windows_of(text: str) -> list[list[str]]:
    """What was written, cut into pairs; whether they are times is the engine's to judge."""
    if text.strip() in ("24", "24h", "24H"):
        return [["00:00", "24:00"]]
    return [[_time(part) for part in _BETWEEN.split(span)] for span in _NEXT.split(text.strip()) if span]


def _time(text: str) -> str:
    """`9:00`, `９：00` and `9` as `09:00`; anything else as it is."""
    plain = text.strip().replace("：", ":").replace(".", ":")
    hour, _colon, minute = plain.partition(":")
    if hour.isascii() and hour.isdigit() and len(hour) <= 2 and (not minute or len(minute) == 2):
        return f"{int(hour):02d}:{minute or '00'}"
    return plain


def sheet_from(posted: QueryDict) -> Sheet:
    """The form as it was sent."""
    rows = zip(*(posted.getlist(f"special_{part}") for part in ("date", "what", "hours", "name")), strict=False)
    years = {int(year) for year in posted.getlist("years") if year.isascii() and year.isdigit() and len(year) == 4}
    return Sheet(
        code=posted.get("code", "").strip(),
        name=posted.get("name", "").strip(),
        timezone=posted.get("timezone", "").strip(),
        always="always" in posted,
        weekly={day: posted.get(f"weekly_{day}", "") for day in WEEKDAYS},
        country=posted.get("country", ""),
        subdivision=posted.get("subdivision", ""),
        years=tuple(sorted(years)),
        makeup=posted.get("makeup", ""),
        specials=tuple(Special(*(part.strip() for part in row)) for row in list(rows)[:_MOST_ROWS] if row[0].strip()),
        note=posted.get("note", ""),
    )


def spec_of(sheet: Sheet) -> dict[str, object]:
    """The specification the form describes; `BadSpec` where two rows contradict each other. Nothing else is judged."""
    if sheet.always:
        return {"timezone": sheet.timezone, "always_open": True}
    spec: dict[str, Any] = {
        "timezone": sheet.timezone,
        "weekly": {day: windows_of(text) for day, text in sheet.weekly.items() if text.strip()},
    }
    if sheet.country:
        spec["public_holidays"] = _public(sheet)
    for row in sheet.specials:
        _add(spec, row)
    return spec


def _public(sheet: Sheet) -> dict[str, object]:
    asked: dict[str, object] = {"country": sheet.country, "years": list(sheet.years)}
    if sheet.subdivision:
        asked["subdivision"] = sheet.subdivision
    if sheet.makeup.strip():
        asked["makeup_windows"] = windows_of(sheet.makeup)
    return asked


def _add(spec: dict[str, Any], row: Special) -> None:
    if row.name or row.what == NAME:
        spec.setdefault("names", {})[row.date] = row.name
    key = _KEYS.get(row.what)
    if key is None:
        return
    listed = key in ("holidays", "holidays_yearly")
    place = spec.setdefault(key, [] if listed else {})
    if row.date in place:
        raise BadSpec(f"{key}.{row.date}", "used_twice", f"{row.date} twice", given=row.date)
    if listed:
        place.append(row.date)
    else:
        place[row.date] = windows_of(row.hours)


def field_of(path: str) -> str:
    """Which field of the form a place of the specification is: "weekly_mon", "timezone", "holidays" or "specials"."""
    head, _dot, rest = path.partition(".")
    head = head.partition("[")[0]
    if head == "weekly":
        day = rest.partition("[")[0]
        return f"weekly_{day}" if day in WEEKDAYS else "weekly"
    if head == "public_holidays":
        return {"country": "country", "subdivision": "subdivision", "years": "years"}.get(rest, "makeup")
    if head in ("holidays", "holidays_yearly", "overrides", "breaks", "names"):
        return "specials"
    return head if head == "timezone" else ""


def with_rows(sheet: Sheet, blank: int) -> Sheet:
    """The form with so many empty rows for further dates."""
    return replace(sheet, specials=(*sheet.specials, *(Special() for _n in range(blank))))
