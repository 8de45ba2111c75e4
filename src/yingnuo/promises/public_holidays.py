"""Which dates does `public_holidays` of a calendar specification stand for?

A specification may carry `public_holidays: {country: "CN", subdivision: "", years: [2025, 2026]}`, and in it
`makeup_windows`. `expand` turns it into the plain `holidays`, `overrides` and `names` that the engine reads. What the
calendar lists itself wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import import_module
from itertools import takewhile
from typing import Any

from yingnuo.engine.calendar_spec import WEEKDAYS
from yingnuo.engine.errors import BadSpec

KEY = "public_holidays"
_KEYS = ("country", "subdivision", "years", "makeup_windows")
#: Where the government publishes make-up workdays (调休) year by year.
YEARLY_NOTICE = ("CN",)
_FIRST_YEAR, _LAST_YEAR = 1950, 2100
_ONE_DAY = timedelta(days=1)

MAKEUP_NAMES = {"zh_TW": "補行上班日"}
MAKEUP_NAME = "调休上班"
JOINED_WEEKEND_NAME = "连休周末"


@dataclass(frozen=True, slots=True)
class _Request:
    country: str
    subdivision: str
    years: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """Days off and make-up workdays with their names, by ISO date."""

    off: Mapping[str, str]
    worked: Mapping[str, str]


def expand(spec: Mapping[str, object]) -> dict[str, object]:
    """The specification with its public holidays as explicit dates; without the key it comes back as it is.

    Make-up workdays become special days with `makeup_windows`, else with the windows of the first weekday that has
    any. Dates that the calendar lists (as holiday, yearly holiday or special day) keep what the calendar says. Raises
    BadSpec for an unknown country, subdivision or year.
    """
    rest = {key: value for key, value in spec.items() if key != KEY}
    if KEY not in spec:
        return rest
    asked = _read(spec[KEY])
    table = _table(asked)
    own_overrides, own_names = _part(spec, "overrides"), _part(spec, "names")
    own_holidays = _listed(spec, "holidays")
    closed = own_holidays | {day for day in table.worked if day[5:] in _listed(spec, "holidays_yearly")}
    windows = _makeup_windows(spec)
    makeup = {day: windows for day in table.worked if day not in closed}
    names = {day: name for day, name in table.worked.items() if day in makeup and day not in own_overrides}
    names |= {day: name for day, name in table.off.items() if day not in own_overrides}
    return {
        **rest,
        "holidays": sorted(own_holidays | (table.off.keys() - own_overrides.keys())),
        "overrides": {**makeup, **own_overrides},
        "names": {**names, **own_names},
    }


def missing_years(spec: Mapping[str, object]) -> list[int]:
    """Years asked for whose official notice is not known yet: their make-up workdays will still change the calendar."""
    if KEY not in spec:
        return []
    asked = _read(spec[KEY])
    if asked.country not in YEARLY_NOTICE:
        return []
    # Every notice since the first in 1999 moves some weekend, so a year without one has not been published.
    known = {int(day[:4]) for day in _table(asked).worked}
    return [year for year in asked.years if year not in known]


def _read(value: object) -> _Request:
    asked = _mapping(KEY, value)
    for key in asked:
        if key not in _KEYS:
            raise BadSpec(f"{KEY}.{key}", "unknown_key", f"unknown key; use one of {', '.join(_KEYS)}", key=key)
    country, subdivision = (_text(f"{KEY}.{key}", asked.get(key, "")) for key in ("country", "subdivision"))
    years = asked.get("years")
    if not isinstance(years, list | tuple) or not years or not all(map(_is_year, years)):
        message = f"give a list of years from {_FIRST_YEAR} to {_LAST_YEAR}"
        raise BadSpec(f"{KEY}.years", "bad_years", message, first=_FIRST_YEAR, last=_LAST_YEAR)
    return _Request(country, subdivision, tuple(sorted(set(years))))


def _is_year(value: object) -> bool:
    return type(value) is int and _FIRST_YEAR <= value <= _LAST_YEAR


def _makeup_windows(spec: Mapping[str, object]) -> object:
    asked, week = _part(spec, KEY), _part(spec, "weekly")
    if "makeup_windows" in asked:
        return asked["makeup_windows"]
    return next((week[day] for day in WEEKDAYS if week.get(day)), [])


def load() -> None:
    """Reads the package of holidays, for a process that will expand calendars while somebody waits."""
    _package()


@cache
def _package() -> Any:
    # It holds every country of the world, and most commands never expand a calendar.
    return import_module("holidays")


@cache
def _table(asked: _Request) -> _Table:
    _check_place(asked)
    # The neighbouring years too: a weekend at the turn of the year joins a holiday of the other one.
    reach = sorted({near for year in asked.years for near in (year - 1, year, year + 1)})
    place = {"subdiv": asked.subdivision or None, "years": reach}
    language = _language(_package().country_holidays(asked.country, **place))
    found = _package().country_holidays(asked.country, **place, language=language)
    off, worked = dict(found.items()), set(found.weekend_workdays)
    if asked.country in YEARLY_NOTICE:
        off |= dict.fromkeys(_joined_weekends(off.keys(), worked), JOINED_WEEKEND_NAME)
    makeup = dict.fromkeys(worked, MAKEUP_NAMES.get(language or "", MAKEUP_NAME))
    return _Table(_of_years(off, asked.years), _of_years(makeup, asked.years))


def _language(found: Any) -> str | None:
    """The place's own Chinese where it has one, else simplified Chinese, else what the place speaks."""
    own: str | None = found.default_language
    if (own or "").startswith("zh") or "zh_CN" not in found.supported_languages:
        return own
    return "zh_CN"


def _joined_weekends(off: Any, worked: set[date]) -> set[date]:
    """Weekend days in one run with a day off. The notices give the whole run free; the package lists only weekdays and
    the feast itself, which would leave a calendar with weekend hours open in the middle of Spring Festival."""
    joined: set[date] = set()
    for day in off:
        for step in (-_ONE_DAY, _ONE_DAY):
            nearby = (day + step * distance for distance in (1, 2))
            joined |= set(takewhile(lambda near: near.weekday() >= 5 and near not in worked, nearby))
    return joined - set(off)


def _of_years(days: Mapping[date, str], years: tuple[int, ...]) -> dict[str, str]:
    return {day.isoformat(): name for day, name in sorted(days.items()) if day.year in years}


def _check_place(asked: _Request) -> None:
    place = _place(asked.country)
    if place is None:
        message = f"no public holidays are known for {asked.country!r}; give an ISO 3166 code such as CN"
        raise BadSpec(f"{KEY}.country", "unknown_country", message, value=asked.country)
    known = {*place.subdivisions, *place.subdivisions_aliases}
    if asked.subdivision and asked.subdivision not in known:
        message = f"{asked.country} has no subdivision {asked.subdivision!r}; leave it empty or use an ISO 3166-2 code"
        raise BadSpec(f"{KEY}.subdivision", "unknown_subdivision", message, value=asked.subdivision)


def _place(country: str) -> Any:
    """The package's class of a country; None for none. Its own list of countries would load them all."""
    known = {code for _name, *codes in _package().registry.COUNTRIES.values() for code in codes}
    return getattr(_package(), country) if country in known else None


def _part(spec: Mapping[str, object], key: str) -> Mapping[str, object]:
    return _mapping(key, spec.get(key) or {})


def _mapping(path: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise BadSpec(path, "not_a_mapping", f"expected a mapping, got {type(value).__name__}")
    return value


def _listed(spec: Mapping[str, object], key: str) -> set[str]:
    days = spec.get(key) or ()
    if not isinstance(days, list | tuple) or not all(isinstance(day, str) for day in days):
        raise BadSpec(key, "not_a_list", "expected a list of dates")
    return set(days)


def _text(path: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadSpec(path, "not_text", f"expected text, got {type(value).__name__}")
    return value
