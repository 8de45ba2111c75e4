"""How are the values of an hour kept in a few bytes?

Milliseconds since the hour as 32-bit integers, then the values as doubles, compressed. What is packed again after a
late arrival is unpacked, joined and packed anew.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

import numpy as np
from django.db import connection, transaction

from yingnuo.devices.models import Chunk

Point = tuple[int, float]  # milliseconds since 1970, value
HOUR = timedelta(hours=1)
FRESH = timedelta(hours=2)  # samples younger than this stay as they are
_HOURS = """
SELECT device_id, metric, date_trunc('hour', at, 'UTC') AS hour FROM devices_sample WHERE at < %s
GROUP BY 1, 2, 3 ORDER BY 3 LIMIT %s
"""
_TAKE = """
DELETE FROM devices_sample WHERE device_id = %s AND metric = %s AND at >= %s AND at < %s
RETURNING (date_part('epoch', at) * 1000)::bigint, value
"""


def packed(points: Sequence[Point], hour: datetime) -> bytes:
    """The bytes of points within an hour."""
    start = round(hour.timestamp() * 1000)
    offsets = np.array([at - start for at, _v in points], "<i4")
    values = np.array([v for _at, v in points], "<f8")
    return zlib.compress(offsets.tobytes() + values.tobytes(), 6)


def unpacked(content: bytes, hour: datetime) -> list[Point]:
    """The points again, in order of time."""
    plain, start = zlib.decompress(content), round(hour.timestamp() * 1000)
    count = len(plain) // 12
    offsets = np.frombuffer(plain, "<i4", count).astype("i8") + start
    values = np.frombuffer(plain, "<f8", count, count * 4)
    return list(zip(cast("list[int]", offsets.tolist()), cast("list[float]", values.tolist()), strict=True))


def pack(*, now: datetime, most: int = 500) -> int:
    """Packs hours that are over, each in a transaction of its own; how many."""
    hour = (now - FRESH).replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, [hour, most])
        due = cursor.fetchall()
    for device, metric, at in due:
        _pack(device, metric, at)
    return len(due)


def _pack(device: int, metric: str, hour: datetime) -> None:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_TAKE, [device, metric, hour, hour + HOUR])
        fresh = cursor.fetchall()
        there = Chunk.objects.select_for_update().filter(device=device, metric=metric, hour=hour).first()
        kept = dict(unpacked(bytes(there.packed), hour)) if there else {}
        points = sorted((kept | {int(at): value for at, value in fresh}).items())
        if not points:
            return  # another worker was quicker
        values = [v for _at, v in points]
        chunk = Chunk(
            pk=there.pk if there else None, device_id=device, metric=metric, hour=hour, count=len(points),
            low=min(values), high=max(values), packed=packed(points, hour),
        )  # fmt: skip
        chunk.save()
