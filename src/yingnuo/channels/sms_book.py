"""May this SMS leave now, what does it cost, and what became of it?

Each is written down before it is sent, under a lock of its number, so that workers never go over a limit together;
what failed costs nothing and counts for nothing. The same key again is the same SMS. Months are those of the company's
clock.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings as installation
from django.db import connection, transaction
from django.db.models import Count, Q, Sum

from yingnuo.channels import registry
from yingnuo.channels.contract import ChannelError, Receipt, ReceiptState
from yingnuo.channels.models import Channel
from yingnuo.channels.sms_models import Purpose, Sms, Unsubscribed
from yingnuo.engine import segments

_LOCK = 0x534D5330  # "SMS0": the first half of the advisory locks of numbers
_SPANS = (("per_minute", timedelta(minutes=1)), ("per_hour", timedelta(hours=1)), ("per_day", timedelta(hours=24)))
_STATES = {ReceiptState.SENT: "sent", ReceiptState.DELIVERED: "delivered", ReceiptState.READ: "read"}
_MOST_MONEY = 1_000_000
_FINAL = ("delivered", "read", "failed")


@dataclass(frozen=True, slots=True)
class Price:
    """What one part costs on a channel."""

    each: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """An SMS that is about to leave. `owed` False: not to a number that unsubscribed."""

    key: str
    to: str
    text: str
    purpose: str
    template: str = ""
    owed: bool = True


@dataclass(frozen=True, slots=True)
class Month:
    """What a channel's SMS came to in one month. `by` has a line for each purpose."""

    count: int
    parts: int
    cost: Decimal
    currency: str
    failed: int
    by: tuple[tuple[str, int, int, Decimal], ...] = ()  # purpose, SMS, parts, cost
    cap: Decimal | None = None


def setting(channel: Channel, name: str) -> Any:
    """A setting of an SMS channel; where it was never saved, its provider's default."""
    if name in channel.settings:
        return channel.settings[name]
    declared = registry.adapter_of(channel.kind).profile.settings if channel.kind in registry.kinds() else ()
    return next((s.initial for s in declared if s.name == name), "")


def price_of(channel: Channel) -> Price:
    """Its price; nothing where none was entered."""
    return Price(_money(setting(channel, "price")) or Decimal(0), str(setting(channel, "currency") or "CNY")[:3])


def _money(value: object) -> Decimal | None:
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found <= _MOST_MONEY else None


def cap_of(channel: Channel) -> Decimal | None:
    """The most its SMS may cost in a month; None for no cap."""
    return _money(setting(channel, "month_cap")) if str(setting(channel, "month_cap")).strip() else None


def book(channel: Channel, leaving: Leaving, *, now: datetime) -> Sms:
    """Writes it down before it leaves. ChannelError: unsubscribed, number_limit (waits), sms_budget."""
    if not leaving.owed and Unsubscribed.objects.filter(number=leaving.to).exists():
        raise ChannelError("unsubscribed", "", permanent=True)
    with transaction.atomic(durable=True):
        _lock(leaving.to)
        row = Sms.objects.filter(key=leaving.key[:120]).first()
        if row is None or row.state == "failed":
            _check_limits(channel, leaving.to, now)
            row = _written(row or Sms(key=leaving.key[:120]), channel, leaving, now)
    return row


def _lock(number: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, zlib.crc32(number.encode()) - 2**31])


def _written(row: Sms, channel: Channel, leaving: Leaving, now: datetime) -> Sms:
    price, count = price_of(channel), segments.parts(leaving.text)
    cap = cap_of(channel)
    if cap is not None and month(channel, now=now).cost + price.each * count > cap:
        raise ChannelError("sms_budget", str(cap), permanent=True)
    row.channel, row.to, row.purpose, row.template = channel, leaving.to, leaving.purpose, leaving.template
    row.parts, row.cost, row.currency = count, price.each * count, price.currency
    row.at, row.state, row.problem = now, "sending", ""
    row.save()
    return row


def _check_limits(channel: Channel, number: str, now: datetime) -> None:
    wait = waits(channel, number, now=now)
    if wait:
        error = ChannelError("number_limit", f"{wait} s", permanent=False, after_s=wait)
        error.waits = True
        raise error


def waits(channel: Channel, number: str, *, now: datetime) -> int:
    """For how many seconds this number has had enough SMS by this channel; 0 when it may have another."""
    longest = 0
    rows = Sms.objects.filter(channel=channel, to=number).exclude(state="failed")
    for name, span in _SPANS:
        most = _whole(setting(channel, name))
        recent = (
            list(rows.filter(at__gt=now - span).order_by("-at").values_list("at", flat=True)[:most]) if most else []
        )
        if most and len(recent) >= most:
            longest = max(longest, int((recent[-1] + span - now).total_seconds()) + 1)
    return longest


def _whole(value: object) -> int:
    return int(str(value)) if str(value).isdigit() else 0


def sent(row: Sms, external: str) -> None:
    """The provider took it; its receipt may have been quicker."""
    Sms.objects.filter(pk=row.pk).update(external_id=external[:120])
    Sms.objects.filter(pk=row.pk, state="sending").update(state="sent")


def failed(row: Sms, problem: str) -> None:
    """It did not leave: it costs nothing."""
    Sms.objects.filter(pk=row.pk).update(state="failed", problem=problem[:250], cost=0)


def receipt(channel: Channel, told: Receipt) -> None:
    """What the provider tells of it; news only ever moves it forward."""
    if not told.external_id:
        return
    rows = Sms.objects.filter(channel=channel, external_id=told.external_id[:120]).exclude(state__in=_FINAL)
    if told.state is ReceiptState.FAILED:
        rows.update(state="failed", problem=(told.problem or "failed")[:250])
    else:
        rows.update(state=_STATES[told.state], arrived_at=told.at)


def month_begins(now: datetime) -> datetime:
    """The first moment of this month by the company's clock."""
    local = now.astimezone(ZoneInfo(installation.YINGNUO.time_zone))
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month(channel: Channel, *, now: datetime) -> Month:
    """What this month's SMS came to until now."""
    rows = Sms.objects.filter(channel=channel, at__gte=month_begins(now), at__lte=now)
    found = rows.values("purpose").annotate(
        count=Count("id"), lost=Count("id", filter=Q(state="failed")), pieces=Sum("parts"), money=Sum("cost")
    )
    lines = tuple((r["purpose"], r["count"], r["pieces"], r["money"]) for r in found.order_by("purpose"))
    lost = sum(r["lost"] for r in found)
    cost = sum((line[3] for line in lines), Decimal(0))
    totals = (sum(line[1] for line in lines), sum(line[2] for line in lines))
    return Month(*totals, cost, price_of(channel).currency, lost, lines, cap_of(channel))


def to_customers(since: datetime, until: datetime, currency: str) -> Mapping[str, Any]:
    """Parts and cost of what went to customers in this span, whatever the channel: `parts`, `cost`."""
    rows = Sms.objects.filter(at__gte=since, at__lt=until, currency=currency)
    rows = rows.filter(purpose__in=[Purpose.ANSWER, Purpose.AUTOMATIC])
    found = rows.aggregate(parts=Sum("parts", filter=~Q(state="failed")), cost=Sum("cost"))
    return {"parts": found["parts"] or 0, "cost": found["cost"] or Decimal(0)}
