"""What did a machine measure, as far as a picture shows it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yingnuo.devices import packing
from yingnuo.devices.models import Chunk, Sample
from yingnuo.devices.packing import HOUR, Point
from yingnuo.kit import reading

FAULT = "!"  # metrics that begin so are fault codes: 1 told, 0 over
MOST = 600  # points of one line
_FRESH = """
SELECT metric, (date_part('epoch', at) * 1000)::bigint, value FROM devices_sample
WHERE device_id = %s AND metric = ANY(%s::varchar[]) AND at >= %s AND at <= %s ORDER BY at
"""
_METRICS = """
SELECT metric FROM devices_sample WHERE device_id = %s AND at >= %s
UNION SELECT metric FROM devices_chunk WHERE device_id = %s AND hour >= %s ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Line:
    """The values of one metric in order of time, thinned to what a picture shows; `count` is how many there were."""

    metric: str
    points: tuple[Point, ...]
    count: int


def metrics(device: int, *, since: datetime) -> list[str]:
    """The metrics and fault codes that it told since then."""
    found = reading.tuples(_METRICS, [device, since, device, since - HOUR])
    return [name for (name,) in found]


def lines(device: int, names: Sequence[str], *, since: datetime, until: datetime, most: int = MOST) -> list[Line]:
    """The values between two moments, a line for each of the metrics that has any."""
    found: dict[str, list[Point]] = {name: [] for name in names}
    chunks = Chunk.objects.filter(device=device, metric__in=names, hour__gt=since - HOUR, hour__lte=until)
    first, last = _ms(since), _ms(until)
    for chunk in chunks.order_by("hour"):
        points = packing.unpacked(bytes(chunk.packed), chunk.hour)
        found[chunk.metric] += [p for p in points if first <= p[0] <= last]
    for metric, at, value in reading.tuples(_FRESH, [device, list(names), since, until]):
        found[metric].append((int(at), value))
    return [Line(name, tuple(thinned(sorted(points), most)), len(points)) for name, points in found.items() if points]


def all_between(device: int, *, since: datetime, until: datetime) -> list[tuple[int, dict[str, float]]]:
    """Every moment with all that was told at it, in order: what a trial of rules reads."""
    told: dict[int, dict[str, float]] = {}
    for line in lines(device, metrics(device, since=since), since=since, until=until, most=10**9):
        for at, value in line.points:
            told.setdefault(at, {})[line.metric] = value
    return sorted(told.items())


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """At most about `most` points with the same outline: of each stretch the first, lowest, highest and last."""
    if len(points) <= most:
        return list(points)
    size = -(-4 * len(points) // most)
    kept: list[Point] = []
    for start in range(0, len(points), size):
        part = points[start : start + size]
        ends = {part[0], part[-1], min(part, key=_value), max(part, key=_value)}
        kept += sorted(ends)
    return kept


def _value(point: Point) -> float:
    return point[1]


def count_of(device: int) -> int:
    """How many values are kept of it."""
    packed = sum(Chunk.objects.filter(device=device).values_list("count", flat=True))
    return packed + Sample.objects.filter(device=device).count()


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
