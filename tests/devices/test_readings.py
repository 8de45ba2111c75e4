"""Is what was measured kept small, kept whole, and thrown away in time?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from tests.devices import machines
from yingnuo.channels.models import Channel, Raw
from yingnuo.devices import keeping, packing, readings
from yingnuo.devices.models import Chunk, Device, Sample

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HOUR = NOW.replace(minute=0)
points = st.lists(st.tuples(st.integers(0, 3_599_999), st.floats(allow_nan=False)), max_size=50)


@pytest.fixture
def plant(db: None) -> Channel:
    factories.house(now=NOW)
    return machines.channel()


@pytest.fixture
def washer(plant: Channel) -> Device:
    return machines.device(plant, None)


def _measured(washer: Device, values: list[float], *, before: timedelta) -> None:
    start = NOW - before
    Sample.objects.bulk_create(
        Sample(device=washer, metric="t", at=start + timedelta(seconds=n), value=v) for n, v in enumerate(values)
    )


def _line(washer: Device) -> list[float]:
    since, until = NOW - timedelta(days=400), NOW
    return [v for line in readings.lines(washer.pk, ["t"], since=since, until=until) for _at, v in line.points]


@given(points)
def test_what_is_packed_comes_out_as_it_was(given_points: list[tuple[int, float]]) -> None:
    start = round(HOUR.timestamp() * 1000)
    whole = sorted((start + at, value) for at, value in given_points)
    assert packing.unpacked(packing.packed(whole, HOUR), HOUR) == whole


def test_hours_that_are_over_are_packed_and_read_as_before(washer: Device) -> None:
    _measured(washer, [1.5, 2.5, 3.5], before=timedelta(hours=5))
    _measured(washer, [9.0], before=timedelta(minutes=5))
    before = _line(washer)
    assert packing.pack(now=NOW) == 1
    assert (Sample.objects.count(), Chunk.objects.get().count) == (1, 3)
    assert _line(washer) == before == [1.5, 2.5, 3.5, 9.0]


def test_what_comes_late_joins_its_hour(washer: Device) -> None:
    _measured(washer, [1.0, 2.0], before=timedelta(hours=5))
    packing.pack(now=NOW)
    Sample.objects.create(device=washer, metric="t", at=NOW - timedelta(hours=5) + timedelta(seconds=30), value=3.0)
    packing.pack(now=NOW)
    assert _line(washer) == [1.0, 2.0, 3.0]
    assert (Chunk.objects.count(), readings.count_of(washer.pk)) == (1, 3)


def test_values_are_kept_as_long_as_their_channel_says(plant: Channel, washer: Device) -> None:
    Channel.objects.update(settings={**plant.settings, "keep_days": 10})
    _measured(washer, [1.0], before=timedelta(days=11))
    packing.pack(now=NOW)
    _measured(washer, [2.0], before=timedelta(days=9))
    keeping.purge(now=NOW)
    assert _line(washer) == [2.0]


def test_raw_bodies_go_when_they_were_taken_in(plant: Channel, washer: Device) -> None:
    old = NOW - timedelta(hours=25)
    machines.say(plant, [("WM-1", "telemetry", {"t": 1})], at=old)
    Raw.objects.create(channel=plant, key="odd", content=b"\xff", size=1, received_at=old, state="failed")
    machines.say(plant, [("WM-1", "telemetry", {"t": 2})], at=NOW)
    keeping.purge(now=NOW)
    assert sorted(Raw.objects.values_list("state", flat=True)) == ["failed", "taken"]


def test_a_thinned_line_keeps_its_peaks() -> None:
    points = [(n, float(n % 7)) for n in range(10_000)]
    points[5_000] = (5_000, 99.0)
    thin = readings.thinned(points, 600)
    assert len(thin) <= 610
    assert (5_000, 99.0) in thin
    assert thin == sorted(thin)
