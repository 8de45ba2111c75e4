"""May this SMS still be sent, and what have SMS cost so far?

Each SMS is paid for before it is sent, under one lock for all workers, so that they never spend more than the cap
together; what was not sent after all is paid back. Days and months are those of the company's clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Sum

from yingnuo.alerts.models import SmsDay
from yingnuo.alerts.rules import Caps
from yingnuo.channels import sms_book, sms_out
from yingnuo.channels.models import Channel
from yingnuo.engine import segments
from yingnuo.people.services import normal_phone

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


def priced(caps: Caps, number: str) -> Caps:
    """The caps with the price of the channel that serves this number, where one was entered in the caps' currency."""
    channel = sms_out.channel_for(normal_phone(number) or number)
    price = sms_book.price_of(channel) if channel else None
    return replace(caps, price=price.each) if price and price.each and price.currency == caps.currency else caps


def has_room(caps: Caps, *, channel: Channel, text: str, now: datetime) -> bool:
    """Whether an SMS to a customer stays within the company's caps of day and month."""
    price, day = sms_book.price_of(channel), today(now)
    if price.currency != caps.currency:
        return True
    return not _over(replace(caps, person=None), Paid(0, day, 0, price.each * segments.parts(text)))


def pay_back(paid: Paid) -> None:
    """It was not sent."""
    own = SmsDay.objects.filter(day=paid.day, staff_id=paid.staff)
    own.update(parts=F("parts") - paid.parts, cost=F("cost") - paid.cost)


def _over(caps: Caps, paid: Paid) -> bool:
    if caps.day is None and caps.month is None and caps.person is None:
        return False
    spent = spent_on(paid.day, currency=caps.currency)
    own = SmsDay.objects.filter(day=paid.day, staff_id=paid.staff).aggregate(s=Sum("cost"))["s"] or Decimal(0)
    return any(
        cap is not None and so_far + paid.cost > cap
        for cap, so_far in ((caps.day, spent.day), (caps.month, spent.month), (caps.person, own))
    )


def spent_on(day: date, *, currency: str = "CNY") -> Spent:
    """What SMS to staff and to customers cost on this day and in its month until then, in this currency."""
    rows = SmsDay.objects.filter(day__gte=day.replace(day=1), day__lte=day)
    month = rows.aggregate(parts=Sum("parts"), cost=Sum("cost"))
    this = rows.filter(day=day).aggregate(parts=Sum("parts"), cost=Sum("cost"))
    begins, ends = _midnight(day), _midnight(day + timedelta(days=1))
    outside = sms_book.to_customers(begins, ends, currency)
    all_outside = sms_book.to_customers(_midnight(day.replace(day=1)), ends, currency)
    return Spent(
        (this["parts"] or 0) + outside["parts"], (this["cost"] or Decimal(0)) + outside["cost"],
        (month["parts"] or 0) + all_outside["parts"], (month["cost"] or Decimal(0)) + all_outside["cost"],
    )  # fmt: skip


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(settings.YINGNUO.time_zone))
