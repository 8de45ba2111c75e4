"""May this SMS still be sent, and what have SMS cost so far?

Each SMS is paid for before it is sent, under one lock for all workers, so that they never spend more than the cap
together; what was not sent after all is paid back. Days and months are those of the company's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Sum

from yingnuo.alerts.models import SmsDay
from yingnuo.alerts.rules import Caps

_LOCK = 0x534D53  # "SMS": the advisory lock of all who spend


@dataclass(frozen=True, slots=True)
class Spent:
    """SMS parts and their cost, today and this month."""

    day_parts: int
    day: Decimal
    month_parts: int
    month: Decimal


@dataclass(frozen=True, slots=True)
class Paid:
    """What one SMS was paid with, to be paid back should it not be sent."""

    staff: int
    day: date
    parts: int
    cost: Decimal


def today(now: datetime) -> date:
    """The day of the company's clock."""
    return now.astimezone(ZoneInfo(settings.YINGNUO.time_zone)).date()


def pay(caps: Caps, *, staff: int, parts: int, now: datetime) -> Paid | None:
    """Takes the cost of an SMS of so many parts; None when it would go over a cap."""
    paid = Paid(staff, today(now), parts, caps.price * parts)
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if _over(caps, paid):
            return None
        row, _made = SmsDay.objects.get_or_create(day=paid.day, staff_id=staff)
        SmsDay.objects.filter(pk=row.pk).update(parts=F("parts") + parts, cost=F("cost") + paid.cost)
    return paid


def pay_back(paid: Paid) -> None:
    """It was not sent."""
    own = SmsDay.objects.filter(day=paid.day, staff_id=paid.staff)
    own.update(parts=F("parts") - paid.parts, cost=F("cost") - paid.cost)


def _over(caps: Caps, paid: Paid) -> bool:
    if caps.day is None and caps.month is None and caps.person is None:
        return False
    spent = spent_on(paid.day)
    own = SmsDay.objects.filter(day=paid.day, staff_id=paid.staff).aggregate(s=Sum("cost"))["s"] or Decimal(0)
    return any(
        cap is not None and so_far + paid.cost > cap
        for cap, so_far in ((caps.day, spent.day), (caps.month, spent.month), (caps.person, own))
    )


def spent_on(day: date) -> Spent:
    """What SMS cost on this day and in its month until then."""
    rows = SmsDay.objects.filter(day__gte=day.replace(day=1), day__lte=day)
    month = rows.aggregate(parts=Sum("parts"), cost=Sum("cost"))
    this = rows.filter(day=day).aggregate(parts=Sum("parts"), cost=Sum("cost"))
    return Spent(this["parts"] or 0, this["cost"] or Decimal(0), month["parts"] or 0, month["cost"] or Decimal(0))
