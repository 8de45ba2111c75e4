"""How does a calendar look to who edits it: a week of bars, a year of days, public holidays by name, one sum tried?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib import import_module
from zoneinfo import ZoneInfo

from babel import Locale
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from yingnuo.desk import explain
from yingnuo.engine import specs
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.calendar_spec import DAY, WEEKDAYS, CalendarSpec, Windows, clock_text, read_spec
from yingnuo.kit import formats, instants
from yingnuo.promises import public_holidays

MOST_SPAN = 400 * DAY  # the longest sum that may be tried


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a day's bar in percent of 24 hours, as SVG wants it."""

    x: str
    width: str


@dataclass(frozen=True, slots=True)
class WeekDay:
    """One line of the weekly hours."""

    code: str
    name: str
    bars: tuple[Bar, ...]


def weekday_names() -> dict[str, str]:
    """`mon` to `sun` in the reader's language."""
    words = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    return dict(zip(WEEKDAYS, words, strict=True))


def week(spec: CalendarSpec) -> list[WeekDay]:
    """The week as bars; hours after midnight are drawn to the end of their day and at the beginning of the next."""
    names = weekday_names()
    spans = [((0, DAY),) if spec.always_open else windows for windows in spec.weekly]
    return [
        WeekDay(code, names[code], tuple(_bars(spans[n]) + _spilled(spans[n - 1]))) for n, code in enumerate(WEEKDAYS)
    ]


def _bars(windows: Windows) -> list[Bar]:
    return [_bar(opens, min(closes, DAY)) for opens, closes in windows]


def _spilled(windows: Windows) -> list[Bar]:
    return [_bar(0, closes - DAY) for _opens, closes in windows if closes > DAY]


def _bar(start: int, end: int) -> Bar:
    return Bar(f"{start * 100 / DAY:.2f}", f"{(end - start) * 100 / DAY:.2f}")


def in_words(spec: Mapping[str, object]) -> str:
    """The weekly hours in one line."""
    return explain.hours(Calendar.from_spec(public_holidays.expand(spec)))


@dataclass(frozen=True, slots=True)
class Cell:
    """A day in the picture of a year; `kind` is open, closed, holiday, special or blank."""

    day: str
    kind: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the picture: its name and its weeks, Monday first."""

    name: str
    weeks: tuple[tuple[Cell, ...], ...]


def year(spec: CalendarSpec, number: int) -> list[Month]:
    """Twelve months of one year."""
    return [_month(spec, number, n) for n in range(1, 13)]


def _month(spec: CalendarSpec, number: int, month: int) -> Month:
    first = date(number, month, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    cells = [Cell("", "blank")] * first.weekday()
    cells += [_cell(spec, first + timedelta(days=n)) for n in range(last.day)]
    cells += [Cell("", "blank")] * (-len(cells) % 7)
    return Month(date_format(first, "F"), tuple(tuple(cells[at : at + 7]) for at in range(0, len(cells), 7)))


def _cell(spec: CalendarSpec, day: date) -> Cell:
    windows = spec.windows_on(day)
    ruled = spec.kind_on(day)
    kind = {"holiday": "holiday", "special": "special" if windows else "holiday"}.get(
        ruled, "open" if windows else "closed"
    )
    hours = ", ".join(f"{clock_text(a)}–{clock_text(b)}" for a, b in windows) or _("closed")
    return Cell(str(day.day), kind, " · ".join(filter(None, (day.isoformat(), spec.name_of(day), hours))))


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A public holiday or make-up workday as it came out."""

    day: date
    name: str
    hours: str


def public_days(spec: Mapping[str, object]) -> list[NamedDay]:
    """What the chosen public holidays stand for, day by day; empty without them."""
    if public_holidays.KEY not in spec:
        return []
    own = {key: value for key, value in spec.items() if key in ("timezone", "weekly", public_holidays.KEY)}
    full = read_spec(public_holidays.expand(own))
    days = sorted({*full.holidays, *full.overrides})
    return [_named(full, date.fromisoformat(day)) for day in days]


def _named(spec: CalendarSpec, day: date) -> NamedDay:
    hours = ", ".join(f"{clock_text(a)}–{clock_text(b)}" for a, b in spec.windows_on(day))
    return NamedDay(day, spec.name_of(day), hours)


@cache
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """Every country whose holidays are known: code, and code with its name in a language such as "zh-hans"."""
    names = Locale.parse(language, sep="-").territories
    known = import_module("holidays").list_supported_countries(include_aliases=False)
    return tuple((code, f"{code} · {names.get(code, code)}") for code in sorted(known))


def subdivisions(country: str) -> list[str]:
    """The provinces or states that have holidays of their own."""
    return list(import_module("holidays").list_supported_countries().get(country, ()))


@dataclass(frozen=True, slots=True)
class Sum:
    """A time added to a moment, with the days it took."""

    start: str
    span: str
    due: str
    zone: str
    days: tuple[tuple[str, str, str], ...]


def trial(calendar: Calendar, start: str, span: str) -> Sum:
    """`span` of this calendar ("4h") from `start` (ISO, in the calendar's zone); BadSpec for what cannot be read."""
    zone = ZoneInfo(calendar.timezone)
    began = read_moment(start, zone)
    seconds = specs.target(span.strip(), "span")
    if seconds > MOST_SPAN:
        raise specs.refusal("span", "not_a_duration", given=span)
    due = calendar.due(instants.seconds(began), seconds)
    lines = calendar.day_lines(instants.seconds(began), due)
    days = tuple(
        (f"{line.day.isoformat()} {date_format(line.day, 'D')}", line.name, formats.duration(line.seconds))
        for line in lines
        if line.seconds
    )
    return Sum(
        _long(began, zone), formats.duration(seconds), _long(instants.instant(due), zone), calendar.timezone, days
    )


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """A local date and time ("2026-05-01T09:30") of the zone; BadSpec when it is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise specs.refusal("start", "bad_date", given=text) from error
    return found if found.tzinfo else found.replace(tzinfo=zone)


def local_input(at: datetime, zone: str) -> str:
    """A moment as a date-and-time field wants it."""
    return f"{timezone.localtime(at, ZoneInfo(zone)):%Y-%m-%dT%H:%M}"


def _long(at: datetime, zone: ZoneInfo) -> str:
    local = timezone.localtime(at, zone)
    return f"{local:%Y-%m-%d} {date_format(local, 'D')} {local:%H:%M}"
