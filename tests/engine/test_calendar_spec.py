"""Which specifications are refused, and does the refusal name the place?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.calendars import OFFICE
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.errors import BadSpec, EngineError, NeverOpens

ALWAYS = {"timezone": "UTC", "always_open": True}


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"timezone": "Asia/Nowhere"}, "timezone", "timezone_unknown"),
        ({"timezone": "Asia"}, "timezone", "timezone_unknown"),
        ({"timezone": "../etc/passwd"}, "timezone", "timezone_unknown"),
        ({"timezone": None}, "timezone", "timezone_missing"),
        ({"holiday": []}, "holiday", "unknown_key"),
        ({"weekly": []}, "weekly", "not_a_mapping"),
        ({"weekly": {1: []}}, "weekly", "key_not_text"),
        ({"weekly": {"monday": []}}, "weekly.monday", "unknown_weekday"),
        ({"weekly": {"mon": None}}, "weekly.mon", "not_a_list"),
        ({"weekly": {"mon": [["09:00"]]}}, "weekly.mon[0]", "window_not_a_pair"),
        ({"weekly": {"mon": [["09:00", "18:00"], ["9:00", "18:00"]]}}, "weekly.mon[1]", "bad_time"),
        ({"weekly": {"mon": [["09:00", "24:01"]]}}, "weekly.mon[0]", "bad_time"),
        ({"weekly": {"mon": [["09:00", 18]]}}, "weekly.mon[0]", "bad_time"),
        ({"weekly": {"mon": [["24:00", "02:00"]]}}, "weekly.mon[0]", "window_opens_at_24"),
        ({"weekly": {"mon": [["09:00", "13:00"], ["12:30", "18:00"]]}}, "weekly.mon", "windows_overlap"),
        ({"overrides": {"2025-01-01": [["22:00", "06:00"], ["23:00", "24:00"]]}}, "overrides.2025-01-01",
         "windows_overlap"),
        ({"overrides": {"tomorrow": []}}, "overrides.tomorrow", "bad_date"),
        ({"holidays": "2025-01-01"}, "holidays", "not_a_list"),
        ({"holidays": ["2025-01-01", "2025-02-30"]}, "holidays[1]", "bad_date"),
        ({"holidays_yearly": ["02-30"]}, "holidays_yearly[0]", "bad_month_day"),
        ({"holidays_yearly": ["2025-01-01"]}, "holidays_yearly[0]", "bad_month_day"),
        ({"names": {"2025-01-01": 1}}, "names.2025-01-01", "not_text"),
        ({"always_open": "yes"}, "always_open", "not_a_flag"),
        ({"always_open": True}, "weekly", "always_open_with_rules"),
        ({"always_open": True, "weekly": {}, "holidays": ["2025-01-01"]}, "holidays", "always_open_with_rules"),
    ],
)  # fmt: skip
def test_a_bad_specification_is_refused_with_its_place(change: dict[str, Any], path: str, code: str) -> None:
    with pytest.raises(BadSpec) as refusal:
        Calendar.from_spec(OFFICE | change)
    assert (refusal.value.path, refusal.value.code) == (path, code)
    assert str(refusal.value).startswith(f"{path}: ")


def test_what_is_no_mapping_is_refused() -> None:
    with pytest.raises(BadSpec) as refusal:
        Calendar.from_spec([])  # type: ignore[arg-type]
    assert refusal.value.code == "not_a_mapping"


def test_an_overlap_carries_both_windows_for_the_door_to_name() -> None:
    with pytest.raises(BadSpec) as refusal:
        Calendar.from_spec(OFFICE | {"weekly": {"mon": [["12:30", "18:00"], ["09:00", "13:00"]]}})
    assert refusal.value.params == {"first": "09:00-13:00", "second": "12:30-18:00"}


@pytest.mark.parametrize(
    "spec",
    [
        {"timezone": "UTC"},
        {"timezone": "UTC", "weekly": {"mon": []}},
        {"timezone": "UTC", "overrides": {"2025-06-03": []}},
        {"timezone": "UTC", "overrides": {"2025-06-03": [["09:00", "10:00"]]},
         "breaks": {"2025-06-03": [["08:00", "11:00"]]}},
        {"timezone": "UTC", "overrides": {"1700-06-03": [["09:00", "10:00"]]}},
        OFFICE | {"holidays_yearly": [f"{month:02d}-{day:02d}" for month in range(1, 13)
                                      for day in range(1, 32 - (month in (4, 6, 9, 11)) - 2 * (month == 2))]},
    ],
)  # fmt: skip
def test_a_calendar_that_never_opens_is_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(NeverOpens) as refusal:
        Calendar.from_spec(spec)
    assert refusal.value.code == "never_opens"


def test_touching_windows_are_one() -> None:
    spec = {"timezone": "UTC", "weekly": {"mon": [["09:00", "12:00"], ["12:00", "18:00"]]}}
    opens, closes = next(Calendar.from_spec(spec).open_spans(1_748_822_400))
    assert closes - opens == 9 * 3600


def test_keys_that_say_nothing_are_left_out_on_the_way_out() -> None:
    empty = {"holidays": [], "holidays_yearly": [], "overrides": {}, "breaks": {}, "names": {}, "always_open": False}
    assert Calendar.from_spec(OFFICE | empty).to_spec() == OFFICE


def test_everything_said_comes_out_again() -> None:
    spec = OFFICE | {
        "holidays": ["2025-01-01"],
        "holidays_yearly": ["02-29"],
        "overrides": {"2025-01-26": [["09:00", "24:00"]], "2025-01-27": []},
        "breaks": {"2025-01-06": [["22:00", "02:00"]]},
        "names": {"02-29": "leap day", "2025-01-01": "元旦"},
    }
    assert Calendar.from_spec(spec).to_spec() == spec


def test_every_error_of_the_engine_is_one_kind() -> None:
    assert issubclass(BadSpec, EngineError)
    assert issubclass(NeverOpens, EngineError)
