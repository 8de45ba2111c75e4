"""Which service times lack public holidays that they will need, and who is told?

China publishes each year's days off and make-up workdays (调休) in November of the year before. From then on a calendar
with Chinese public holidays needs next year's days too, else it will be open on days when nobody works.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils import timezone

from yingnuo.people.models import Staff
from yingnuo.people.roles import those_who_may
from yingnuo.promises import public_holidays
from yingnuo.promises.models import Calendar, CalendarVersion

NOTICE_MONTH = 11


@dataclass(frozen=True, slots=True)
class Lack:
    """A year whose days a calendar in force lacks. `listed`: it asks for them, but their notice is not known here."""

    calendar: Calendar
    year: int
    listed: bool


def lacking(*, now: datetime, yearly_only: bool = True) -> list[Lack]:
    """What is lacking now, by name of the calendar: of this year, and from November on of the next one.

    `yearly_only` looks at countries that publish their days year by year; else every country's list of years counts.
    """
    rows = CalendarVersion.objects.filter(number=F("calendar__current"), spec__has_key=public_holidays.KEY)
    found: list[Lack] = []
    for version in rows.select_related("calendar__owner", "created_by").order_by("calendar__name"):
        country = dict(version.spec[public_holidays.KEY]).get("country")
        if not yearly_only or country in public_holidays.YEARLY_NOTICE:
            found += _lacks(version, needed(now))
    return found


def needed(now: datetime) -> list[int]:
    """The years whose days a calendar must know."""
    today = timezone.localdate(now)
    return [today.year, today.year + 1] if today.month >= NOTICE_MONTH else [today.year]


def _lacks(version: CalendarVersion, years: list[int]) -> list[Lack]:
    spec: Mapping[str, Any] = version.spec
    asked, unknown = spec[public_holidays.KEY].get("years") or (), public_holidays.missing_years(spec)
    return [Lack(version.calendar, year, year in asked) for year in years if year not in asked or year in unknown]


def responsible(calendar: Calendar) -> list[int]:
    """Who is told: its owner, else whoever made the version in force, else all who may approve standards; by id."""
    version = CalendarVersion.objects.filter(calendar=calendar, number=calendar.current).first()
    for pk in (calendar.owner_id, version.created_by_id if version else None):
        if pk and Staff.objects.filter(pk=pk, active=True).exists():
            return [pk]
    return list(those_who_may("settings.approve").values_list("pk", flat=True))
