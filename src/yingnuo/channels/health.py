"""How is each channel: when was something last in and out, what waits and for how long, what is wrong?

Read from what waits and from the channels' own rows; nothing here walks over what is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from yingnuo.channels.models import Channel, Delivery, DeliveryState, Raw, RawState

_SLOW_S = 60  # what waits longer than this is late


@dataclass(frozen=True, slots=True)
class Health:
    """One channel. `lag_s` are the seconds that the oldest thing in or out has waited; `failed` was not understood.

    `state` is off, failing (the provider does not answer, or refuses us), resting (left alone until `retry_at`), late,
    or well.
    """

    channel: Channel
    waiting_in: int = 0
    waiting_out: int = 0
    lag_s: int = 0
    failed: int = 0
    resting: bool = False

    @property
    def state(self) -> str:
        """In one word."""
        if not self.channel.active:
            return "off"
        if self.resting:
            return "resting"
        if self.channel.problem:
            return "failing"
        return "late" if self.lag_s > _SLOW_S else "well"


def of(channels: Iterable[Channel], *, now: datetime) -> list[Health]:
    """The health of these channels, in their order; three queries for all."""
    arriving = _waiting(Raw.objects.filter(state=RawState.STORED), "received_at")
    failed = dict(Raw.objects.filter(state=RawState.FAILED).values_list("channel").annotate(n=Count("id")).order_by())
    open_states = [DeliveryState.PENDING, DeliveryState.SENDING]
    leaving = _waiting(Delivery.objects.filter(state__in=open_states, channel__isnull=False), "message__recorded_at")
    return [_health(row, arriving, leaving, failed, now) for row in channels]


def _waiting(rows: object, moment: str) -> dict[int, tuple[int, datetime]]:
    found = rows.values_list("channel").annotate(n=Count("id"), since=Min(moment)).order_by()  # type: ignore[attr-defined]
    return {channel: (count, since) for channel, count, since in found}


def _health(
    row: Channel, arriving: dict[int, tuple[int, datetime]], leaving: dict[int, tuple[int, datetime]],
    failed: dict[int, int], now: datetime,
) -> Health:  # fmt: skip
    came, goes = arriving.get(row.pk, (0, now)), leaving.get(row.pk, (0, now))
    lag = max(0, int((now - min(came[1], goes[1])).total_seconds()))
    resting = row.retry_at is not None and row.retry_at > now
    return Health(row, came[0], goes[0], lag, failed.get(row.pk, 0), resting)
