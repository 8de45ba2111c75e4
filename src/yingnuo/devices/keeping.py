"""For how long is kept what machines say? Each channel says it for itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from yingnuo.channels.models import Channel, RawState
from yingnuo.devices.models import Chunk, Sample
from yingnuo.devices.packing import HOUR
from yingnuo.devices.registry import KINDS

KEEP_DAYS, RAW_HOURS = 90, 24
_PIECE = 20_000
_BODIES = """
DELETE FROM channels_raw WHERE id IN (
    SELECT id FROM channels_raw WHERE channel_id = %s AND state = %s AND ticket_id IS NULL AND received_at < %s
    ORDER BY id LIMIT %s)
"""


def purge(*, now: datetime) -> int:
    """Throws away what has been kept for long enough; how many rows. What opened a ticket stays with the ticket."""
    return sum(_purge(channel, now) for channel in Channel.objects.filter(kind__in=KINDS))


def _purge(channel: Channel, now: datetime) -> int:
    before = now - timedelta(days=_number(channel, "keep_days", KEEP_DAYS))
    with transaction.atomic():
        chunks, _by = Chunk.objects.filter(device__channel=channel, hour__lt=before - HOUR).delete()
        samples, _by = Sample.objects.filter(device__channel=channel, at__lt=before).delete()
    return chunks + samples + _bodies(channel, now - timedelta(hours=_number(channel, "raw_hours", RAW_HOURS)))


def _bodies(channel: Channel, before: datetime) -> int:
    """Bodies that were taken in, piece by piece, so that nobody waits for long. Failed ones stay."""
    gone: int = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_BODIES, [channel.pk, RawState.TAKEN, before, _PIECE])
            count = int(cursor.rowcount)
            gone += count
            if count < _PIECE:
                return gone


def _number(channel: Channel, name: str, usual: int) -> int:
    given = channel.settings.get(name)
    return int(given) if isinstance(given, int | float) and given > 0 else usual
