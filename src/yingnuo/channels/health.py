"""How is each channel: when was something last in and out, what waits and for how long, what is wrong?

Read from what waits and from the channels' own rows; nothing here walks over what is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from yingnuo.channels.models import Channel, DeliveryState, RawState
from yingnuo.kit import reading

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
    """The health of these channels, in their order; one query for all."""
    found: dict[str, dict[int, tuple[int, datetime]]] = {"in": {}, "out": {}, "failed": {}}
    for which, channel, count, since in reading.tuples(_WAITING):
        found[which][channel] = count, since
    failed = {channel: count for channel, (count, _since) in found["failed"].items()}
    return [_health(row, found["in"], found["out"], failed, now) for row in channels]


_WAITING = f"""
SELECT CASE state WHEN '{RawState.STORED}' THEN 'in' ELSE 'failed' END, channel_id, count(*), min(received_at)
FROM channels_raw WHERE state = '{RawState.STORED}' OR state = '{RawState.FAILED}' GROUP BY state, channel_id
UNION ALL
SELECT 'out', d.channel_id, count(*), min(m.recorded_at)
FROM channels_delivery d JOIN tickets_message m ON m.id = d.message_id
WHERE d.state IN ('{DeliveryState.PENDING}', '{DeliveryState.SENDING}') AND d.channel_id IS NOT NULL
GROUP BY d.channel_id
"""  # noqa: S608  # states of ours


def _health(
    row: Channel, arriving: dict[int, tuple[int, datetime]], leaving: dict[int, tuple[int, datetime]],
    failed: dict[int, int], now: datetime,
) -> Health:  # fmt: skip
    came, goes = arriving.get(row.pk, (0, now)), leaving.get(row.pk, (0, now))
    lag = max(0, int((now - min(came[1], goes[1])).total_seconds()))
    resting = row.retry_at is not None and row.retry_at > now
    return Health(row, came[0], goes[0], lag, failed.get(row.pk, 0), resting)
