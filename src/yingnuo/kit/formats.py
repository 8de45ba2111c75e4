"""How does a number of seconds, or a moment, look to the person who reads it?

All functions are pure but for the active language and time zone of Django.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

MINUTE, HOUR, DAY = 60, 3_600, 86_400
_ZONES = {
    "Asia/Shanghai": gettext_lazy("Beijing time"), "Asia/Hong_Kong": gettext_lazy("Hong Kong time"),
    "Asia/Taipei": gettext_lazy("Taipei time"), "Asia/Singapore": gettext_lazy("Singapore time"),
    "Asia/Tokyo": gettext_lazy("Tokyo time"), "Europe/Berlin": gettext_lazy("Berlin time"),
    "Europe/London": gettext_lazy("London time"), "America/New_York": gettext_lazy("New York time"),
    "America/Los_Angeles": gettext_lazy("Los Angeles time"),
}  # fmt: skip


def clock(seconds: int) -> str:
    """`hh:mm:ss` below one day, `3d 04:12` above; overdue time carries a minus: `-00:02:09`.

    `static/kit/countdown.js` writes the same shapes: change both together.
    """
    sign, rest = ("-", -seconds) if seconds < 0 else ("", seconds)
    days, rest = divmod(rest, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, secs = divmod(rest, MINUTE)
    if days:
        return f"{sign}{days}{day_letter()} {hours:02}:{minutes:02}"
    return f"{sign}{hours:02}:{minutes:02}:{secs:02}"


def day_letter() -> str:
    """The shortest word for days, set behind a number."""
    return pgettext("after a number of days", "d")


def duration(seconds: int) -> str:
    """The two largest units that are not zero: `1 h 5 min`, `3 d`, `45 s`; a minus sign when negative."""
    sign = "−" if seconds < 0 else ""
    days, rest = divmod(abs(seconds), DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, secs = divmod(rest, MINUTE)
    units = [
        (days, _("%(n)s d")),
        (hours, _("%(n)s h")),
        (minutes, _("%(n)s min")),
        (secs, _("%(n)s s")),
    ]
    first = next((place for place, (count, _word) in enumerate(units) if count), 3)
    words = [word % {"n": count} for count, word in units[first : first + 2] if count or first == 3]
    return sign + " ".join(words)


def moment(at: datetime, now: datetime) -> str:
    """Short and relative to `now`: within the hour in minutes, today as a time of day, else as a date."""
    seconds = round((now - at).total_seconds())
    if abs(seconds) < MINUTE:
        return _("just now")
    if abs(seconds) < HOUR:
        minutes = _("%(n)s min") % {"n": abs(seconds) // MINUTE}
        return (_("%(span)s ago") if seconds > 0 else _("in %(span)s")) % {"span": minutes}
    return _day_and_time(timezone.localtime(at), timezone.localtime(now))


def _day_and_time(at: datetime, now: datetime) -> str:
    time_of_day = f"{at:%H:%M}"
    away = (at.date() - now.date()).days
    if away == 0:
        return time_of_day
    if abs(away) == 1:
        return (_("yesterday %(time)s") if away < 0 else _("tomorrow %(time)s")) % {"time": time_of_day}
    if at.year == now.year:
        return f"{date_format(at, 'MONTH_DAY_FORMAT')} {time_of_day}"
    return f"{at:%Y-%m-%d}"


def full(at: datetime) -> str:
    """Date, weekday, time to the second and zone: what a tooltip says. Example: `2026-03-11 (Wed) 10:21:07 CST`."""
    local = timezone.localtime(at)
    return f"{local:%Y-%m-%d} ({WEEKDAYS_ABBR[local.weekday()]}) {local:%H:%M:%S %Z}"


def day(at: datetime) -> str:
    """The date alone in the reader's zone: `2026-03-11`."""
    return f"{timezone.localtime(at):%Y-%m-%d}"


def stamp(at: datetime) -> str:
    """Date and minute in the reader's zone: `2026-03-11 10:21`."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def zone(key: str, at: datetime) -> str:
    """A time zone as people say it, with how far it is from UTC at `at`: `Beijing time (UTC+8)`."""
    away = at.astimezone(ZoneInfo(key)).utcoffset() or timedelta()
    minutes = int(away.total_seconds()) // MINUTE
    hours, rest = divmod(abs(minutes), 60)
    offset = f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "") if minutes else "UTC"
    if key in ("UTC", "Etc/UTC"):
        return offset
    city = key.rpartition("/")[2].replace("_", " ")
    name = _ZONES.get(key) or _("%(city)s time") % {"city": city}
    return _("%(zone)s (%(offset)s)") % {"zone": name, "offset": offset}
