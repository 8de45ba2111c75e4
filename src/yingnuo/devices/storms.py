"""When are alarms of many machines one matter?

Alarms of one rule at one site (or of one model) that come close together. Beyond a number of machines they are one
storm; what follows while it goes on belongs to it. A storm is over when none of its alarms is open any more and none
came for a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from yingnuo.devices.models import Alarm, AlarmRule, Device, Storm, StormBy

REST = timedelta(minutes=10)


def place_of(device: Device, by: str) -> str:
    """Where an alarm belongs, for counting: the site (or the customer, where no site is known), or the model."""
    if by == StormBy.MODEL:
        return device.model
    company = device.company.name if device.company else ""
    return " · ".join(filter(None, (company, device.site)))


def key_of(alarm: Alarm) -> str:
    """What its storm would be called; "" when its rule makes none."""
    rule = alarm.rule
    if rule is None or not rule.storm_by:
        return ""
    return f"{rule.pk}:{alarm.device.channel_id}:{alarm.code}:{place_of(alarm.device, rule.storm_by)}"[:250]


def going_on(keys: Sequence[str]) -> dict[str, Storm]:
    """The open storms under these keys, locked."""
    rows = Storm.objects.select_for_update().filter(key__in=[key for key in keys if key], ended_at=None)
    return {storm.key: storm for storm in rows.order_by("pk")}


def fellows(alarm: Alarm, rule: AlarmRule) -> list[Alarm]:
    """All alarms near this one in time that would be of its storm, itself among them, the first first."""
    span = timedelta(seconds=rule.storm_s)
    rows = Alarm.objects.filter(
        rule_key=alarm.rule_key, code=alarm.code, device__channel=alarm.device.channel_id, storm=None,
        recorded_at__gte=alarm.recorded_at - span, recorded_at__lte=alarm.recorded_at + span,
    )  # fmt: skip
    if rule.storm_by == StormBy.MODEL:
        rows = rows.filter(device__model=alarm.device.model)
    else:
        rows = rows.filter(device__site=alarm.device.site, device__company=alarm.device.company_id)
    found = rows.select_related("device__company", "device__contact", "device__channel", "rule", "ticket")
    return list(found.order_by("recorded_at", "pk")[:2_000])


def is_storm(found: Sequence[Alarm], rule: AlarmRule) -> bool:
    """Whether so many machines are too many for tickets of their own."""
    return len({alarm.device_id for alarm in found}) >= rule.storm_n


def ending(*, now: datetime) -> QuerySet[Storm]:
    """Storms that have come to rest."""
    alive = Alarm.objects.filter(storm=OuterRef("pk"), cleared_at=None)
    return Storm.objects.filter(~Exists(alive), ended_at=None, last_at__lte=now - REST)
