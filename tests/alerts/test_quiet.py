"""Quiet hours begin and end to the second, over midnight, over both changes of the clocks, and on days off."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from yingnuo.alerts import quiet
from yingnuo.alerts.quiet import NEVER, Quiet
from yingnuo.engine.calendar import Calendar

NIGHT = Quiet("hours", time(22), time(7))
SHANGHAI = "Asia/Shanghai"
OFFICE = Calendar.from_spec(
    {
        "timezone": SHANGHAI,
        "weekly": {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        "holidays": ["2026-04-06"],
    }
)
BOOK = {"office": OFFICE}.get


def _at(zone: str, *wall: int) -> int:
    return int(datetime(*wall, tzinfo=ZoneInfo(zone)).timestamp())  # type: ignore[arg-type,misc]


def _until(hours: Quiet, *wall: int, zone: str = SHANGHAI) -> str:
    found = quiet.until(hours, zone, _at(zone, *wall), BOOK)
    return "" if found is None else f"{datetime.fromtimestamp(found, ZoneInfo(zone)):%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("wall", "end"),
    [
        ((2026, 3, 2, 21, 59, 59), ""),
        ((2026, 3, 2, 22, 0, 0), "03-03 07:00"),
        ((2026, 3, 2, 23, 59, 59), "03-03 07:00"),
        ((2026, 3, 3, 0, 0, 0), "03-03 07:00"),
        ((2026, 3, 3, 6, 59, 59), "03-03 07:00"),
        ((2026, 3, 3, 7, 0, 0), ""),
    ],
)
def test_a_night_goes_over_midnight_and_ends_to_the_second(wall: tuple[int, ...], end: str) -> None:
    assert _until(NIGHT, *wall) == end


def test_within_one_day() -> None:
    noon = Quiet("hours", time(12), time(13, 30))
    assert (_until(noon, 2026, 3, 2, 12), _until(noon, 2026, 3, 2, 13, 30)) == ("03-02 13:30", "")


def test_the_days_are_those_on_which_quiet_begins() -> None:
    friday = Quiet("hours", time(22), time(7), frozenset({4}))
    assert _until(friday, 2026, 3, 6, 23) == "03-07 07:00"
    assert _until(friday, 2026, 3, 7, 5) == "03-07 07:00"
    assert _until(friday, 2026, 3, 7, 23) == ""


def test_nights_and_days_off_that_touch_are_one_stretch() -> None:
    hours = Quiet("hours", time(18), time(9), calendar="office")
    assert _until(hours, 2026, 3, 6, 17, 59) == ""
    assert _until(hours, 2026, 3, 6, 18) == "03-09 09:00"  # Friday evening to Monday
    assert _until(hours, 2026, 4, 4, 12) == "04-07 09:00"  # Monday is a holiday


def test_outside_a_service_time() -> None:
    closed = Quiet("calendar", calendar="office")
    assert (_until(closed, 2026, 3, 6, 17, 59, 59), _until(closed, 2026, 3, 6, 18)) == ("", "03-09 09:00")


def test_a_service_time_that_is_gone_silences_nobody() -> None:
    assert _until(Quiet("calendar", calendar="gone"), 2026, 3, 7, 3) == ""
    assert _until(NEVER, 2026, 3, 7, 3) == ""


def test_in_the_night_of_the_spring_change_an_edge_that_is_skipped_comes_an_hour_later() -> None:
    # Berlin, 29 March 2026: 02:00 becomes 03:00
    until_half_past_two = Quiet("hours", time(22), time(2, 30))
    assert _until(until_half_past_two, 2026, 3, 28, 23, zone="Europe/Berlin") == "03-29 03:30"
    at = _at("Europe/Berlin", 2026, 3, 28, 22)
    end = quiet.until(NIGHT, "Europe/Berlin", at, BOOK)
    assert end is not None
    assert end - at == 8 * 3_600


def test_in_the_night_of_the_autumn_change_an_edge_that_is_repeated_is_the_first() -> None:
    # Berlin, 25 October 2026: 03:00 becomes 02:00, so that 02:30 comes at 00:30 and at 01:30 UTC
    until_half_past_two = Quiet("hours", time(22), time(2, 30))
    end = quiet.until(until_half_past_two, "Europe/Berlin", _at("Europe/Berlin", 2026, 10, 24, 23), BOOK)
    assert end == int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp())
    at = _at("Europe/Berlin", 2026, 10, 24, 22)
    assert quiet.until(NIGHT, "Europe/Berlin", at, BOOK) == at + 10 * 3_600


def test_quiet_all_day_every_day_is_looked_at_again_and_never_hangs() -> None:
    always = Quiet("hours", time(0), time(0))
    assert always.endless
    assert quiet.until(always, SHANGHAI, _at(SHANGHAI, 2026, 3, 2, 12), BOOK) is not None
