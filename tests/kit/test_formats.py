"""Are spans and moments written as people read them?"""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from yingnuo.kit import formats

NOW = datetime(2026, 3, 11, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00:00"),
        (-129, "-00:02:09"),
        (86_399, "23:59:59"),
        (86_400, "1d 00:00"),
        (273_120, "3d 03:52"),
        (-180_000, "-2d 02:00"),
    ],
)
def test_clock(seconds: int, text: str) -> None:
    assert formats.clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (45, "45 s"),
        (3_900, "1 h 5 min"),
        (3_605, "1 h"),
        (266_400, "3 d 2 h"),
        (-90, "−1 min 30 s"),
    ],
)
def test_duration_names_two_units(seconds: int, text: str) -> None:
    assert formats.duration(seconds) == text


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=15), "15 min ago"),
        (timedelta(minutes=-15), "in 15 min"),
        (timedelta(hours=3), "07:30"),
        (timedelta(hours=12), "yesterday 22:30"),
        (timedelta(hours=-23), "tomorrow 09:30"),
        (timedelta(days=20), "February 19 10:30"),
        (timedelta(days=400), "2025-02-04"),
    ],
)
def test_moment_is_read_in_the_readers_zone(ago: timedelta, text: str) -> None:
    with timezone.override("Asia/Shanghai"), translation.override("en"):
        assert formats.moment(NOW - ago, NOW) == text


def test_full_names_weekday_and_zone() -> None:
    with timezone.override("Asia/Shanghai"), translation.override("en"):
        assert formats.full(NOW) == "2026-03-11 (Wed) 10:30:00 CST"
