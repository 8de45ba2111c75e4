"""What does a calendar answer at its edges: closings, nights, special days, changed clocks, pauses?"""

from __future__ import annotations

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from tests.engine.calendars import ALWAYS, DAYS, OFFICE, SPLIT, at
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.calendar_days import WeekLine
from yingnuo.engine.errors import EngineError, NeverOpens

HOUR = 3600
NIGHTS = {"timezone": "Asia/Shanghai", "weekly": {day: [["22:00", "06:00"]] for day in DAYS[:5]}}

office, split, nights, always = map(Calendar.from_spec, (OFFICE, SPLIT, NIGHTS, ALWAYS))
# 2025-06-02 is a Monday without any feast in these calendars.


def test_time_that_runs_out_at_closing_is_due_at_closing() -> None:
    assert office.add(at("2025-06-06 16:00"), 2 * HOUR) == at("2025-06-06 18:00")


def test_a_second_more_is_due_after_the_next_opening() -> None:
    assert office.add(at("2025-06-06 16:00"), 2 * HOUR + 1) == at("2025-06-09 09:00:01")


def test_a_start_outside_the_hours_counts_from_the_next_opening() -> None:
    assert office.add(at("2025-06-07 03:00"), HOUR) == at("2025-06-09 10:00")


def test_a_start_at_closing_is_outside() -> None:
    assert office.add(at("2025-06-02 18:00"), 1) == at("2025-06-03 09:00:01")


def test_zero_seconds_outside_the_hours_give_the_next_opening() -> None:
    assert office.add(at("2025-06-02 20:00"), 0) == at("2025-06-03 09:00")
    assert office.add(at("2025-06-02 10:00"), 0) == at("2025-06-02 10:00")


def test_backwards_to_an_opening_stays_at_the_opening() -> None:
    assert office.subtract(at("2025-06-03 10:00"), HOUR) == at("2025-06-03 09:00")


def test_zero_seconds_backwards_outside_the_hours_give_the_closing() -> None:
    assert office.subtract(at("2025-06-08 10:00"), 0) == at("2025-06-06 18:00")
    assert office.subtract(at("2025-06-03 10:00"), 0) == at("2025-06-03 10:00")


def test_seconds_count_not_minutes() -> None:
    assert office.add(at("2025-06-02 17:30:59"), HOUR) == at("2025-06-03 09:30:59")


def test_fractions_of_a_second_are_dropped() -> None:
    assert office.add(at("2025-06-02 10:00:00.999999"), 1) == at("2025-06-02 10:00:01")
    assert office.add(datetime(1950, 6, 5, 2, 0, 0, 999999, UTC), 1) == datetime(1950, 6, 5, 2, 0, 1, tzinfo=UTC)


def test_lunch_is_not_counted() -> None:
    assert split.between(at("2025-06-02 11:30"), at("2025-06-02 14:00")) == HOUR


def test_answers_are_in_utc_and_the_zone_of_the_question_is_of_no_matter() -> None:
    start = at("2025-06-02 10:00")
    elsewhere = start.astimezone(timezone(timedelta(hours=-3)))
    assert office.add(elsewhere, HOUR) == office.add(start, HOUR)
    assert office.add(elsewhere, HOUR).tzinfo is UTC


@pytest.mark.parametrize(
    "ask", [lambda t: office.add(t, 1), lambda t: office.between(t, t), lambda t: next(office.openings(t))]
)
def test_a_naive_datetime_is_refused(ask: Callable[[datetime], object]) -> None:
    with pytest.raises(EngineError) as refusal:
        ask(datetime(2025, 6, 2, 10))  # noqa: DTZ001
    assert refusal.value.code == "naive_datetime"


# Nights


def test_a_night_belongs_to_the_day_it_opens() -> None:
    assert nights.add(at("2025-06-06 23:00"), 7 * HOUR) == at("2025-06-07 06:00")  # Friday night ends on Saturday
    assert nights.add(at("2025-06-07 07:00"), 1) == at("2025-06-09 22:00:01")


def test_a_holiday_removes_the_whole_night_that_opens_on_it() -> None:
    calendar = Calendar.from_spec(NIGHTS | {"holidays": ["2025-06-03"]})
    assert calendar.is_open(stamp("2025-06-03 05:00"))  # Monday's night goes on into the holiday
    assert not calendar.is_open(stamp("2025-06-03 23:00"))
    assert not calendar.is_open(stamp("2025-06-04 05:00"))


def test_a_special_day_replaces_the_whole_night() -> None:
    calendar = Calendar.from_spec(NIGHTS | {"overrides": {"2025-06-03": [["08:00", "09:00"]]}})
    assert calendar.between(at("2025-06-03 06:00"), at("2025-06-04 12:00")) == HOUR


def test_a_night_that_runs_into_the_next_window_counts_once() -> None:
    spec = {"timezone": "UTC", "weekly": {"mon": [["20:00", "10:00"]], "tue": [["08:00", "12:00"]]}}
    calendar = Calendar.from_spec(spec)
    assert list(islice(calendar.openings(at("2025-06-02 00:00", "UTC")), 1)) == [
        (at("2025-06-02 20:00", "UTC"), at("2025-06-03 12:00", "UTC"))
    ]


# Special days, holidays, breaks


def test_a_special_day_beats_a_holiday_on_the_same_date() -> None:
    spec = OFFICE | {"holidays": ["2024-10-12"], "overrides": {"2024-10-12": [["09:00", "18:00"]]}}  # a Saturday
    assert Calendar.from_spec(spec).add(at("2024-10-12 09:00"), HOUR) == at("2024-10-12 10:00")


def test_an_empty_special_day_is_closed() -> None:
    calendar = Calendar.from_spec(OFFICE | {"overrides": {"2025-06-03": []}})
    assert calendar.add(at("2025-06-02 18:30"), 1) == at("2025-06-04 09:00:01")


def test_a_yearly_holiday_is_closed_every_year() -> None:
    calendar = Calendar.from_spec(OFFICE | {"holidays_yearly": ["01-01"]})
    assert [calendar.is_open(stamp(f"{year}-01-01 10:00")) for year in (2024, 2025, 2026)] == [False] * 3


def test_a_break_cuts_the_day_and_the_night_before() -> None:
    calendar = Calendar.from_spec(NIGHTS | {"breaks": {"2025-06-03": [["02:00", "03:00"], ["23:00", "23:30"]]}})
    assert calendar.between(at("2025-06-02 22:00"), at("2025-06-03 06:00")) == 7 * HOUR
    assert calendar.between(at("2025-06-03 22:00"), at("2025-06-04 06:00")) == 7.5 * HOUR


def test_breaks_may_overlap() -> None:
    calendar = Calendar.from_spec(OFFICE | {"breaks": {"2025-06-03": [["10:00", "12:00"], ["11:00", "13:00"]]}})
    assert calendar.between(at("2025-06-03 00:00"), at("2025-06-04 00:00")) == 6 * HOUR


# Changed clocks


def test_a_whole_day_has_23_or_25_hours() -> None:
    calendar = Calendar.from_spec({"timezone": "Europe/Berlin", "weekly": {"sun": [["00:00", "24:00"]]}})
    spring, autumn = (at(day, "Europe/Berlin") for day in ("2025-03-29 12:00", "2025-10-25 12:00"))
    assert [calendar.between(day, day + timedelta(days=2)) for day in (spring, autumn)] == [23 * HOUR, 25 * HOUR]


def test_an_edge_in_the_gap_moves_one_hour_later() -> None:
    calendar = Calendar.from_spec({"timezone": "America/New_York", "weekly": {"sun": [["02:30", "06:00"]]}})
    assert calendar.add(at("2025-03-09 00:00", "America/New_York"), 0) == at("2025-03-09 03:30", "America/New_York")


def test_a_window_emptied_by_the_gap_vanishes() -> None:
    calendar = Calendar.from_spec({"timezone": "America/New_York", "weekly": {"sun": [["02:30", "03:15"]]}})
    assert calendar.between(at("2025-03-09 00:00", "UTC"), at("2025-03-10 00:00", "UTC")) == 0


def test_a_repeated_edge_is_the_first() -> None:
    calendar = Calendar.from_spec({"timezone": "America/New_York", "weekly": {"sun": [["01:30", "06:00"]]}})
    assert calendar.add(at("2025-11-02 04:00", "UTC"), 0) == at("2025-11-02 05:30", "UTC")


def test_the_second_of_two_equal_wall_times_is_another_instant() -> None:
    first = datetime(2025, 11, 2, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    assert always.between(first, first.replace(fold=1)) == HOUR


def test_adding_goes_through_utc_where_python_adds_wall_time() -> None:
    """Trap: `aware + timedelta` keeps the wall clock and is an hour wrong over the spring change."""
    start = at("2025-03-08 12:00", "America/New_York")
    assert always.add(start, 24 * HOUR) == at("2025-03-09 13:00", "America/New_York")
    assert always.add(start, 24 * HOUR) != start + timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [("Asia/Tehran", "2016-07-01", 4.5), ("Asia/Tehran", "2023-07-01", 3.5), ("America/Sao_Paulo", "2015-12-01", -2)],
)
def test_zone_data_know_the_rules_of_their_time(zone: str, day: str, hours: float) -> None:
    """Trap: cases of 2015 and 2016 rest on rules since abolished, so the zone data must hold the past."""
    calendar = Calendar.from_spec({"timezone": zone, "weekly": {name: [["09:00", "10:00"]] for name in DAYS}})
    opening = calendar.add(datetime.fromisoformat(f"{day}T00:00:00+00:00"), 0)
    assert opening == datetime.fromisoformat(f"{day}T09:00:00+00:00") - timedelta(hours=hours)


# Pauses


def test_a_pause_that_begins_at_the_due_does_not_move_it() -> None:
    pause = (at("2025-06-02 11:00"), at("2025-06-02 12:00"))
    assert office.add(at("2025-06-02 10:00"), HOUR, [pause]) == at("2025-06-02 11:00")


def test_a_pause_reached_only_by_an_earlier_pause_counts_too() -> None:
    first, second = (at("2025-06-02 10:30"), at("2025-06-02 11:00")), (at("2025-06-02 11:15"), at("2025-06-02 12:00"))
    assert office.add(at("2025-06-02 10:00"), HOUR, [second, first]) == at("2025-06-02 12:15")


def test_a_pause_outside_the_hours_moves_nothing() -> None:
    pause = (at("2025-06-06 18:00"), at("2025-06-09 09:00"))
    assert office.add(at("2025-06-06 17:00"), 2 * HOUR, [pause]) == at("2025-06-09 10:00")


def test_a_pause_before_the_start_counts_only_after_it() -> None:
    pause = (at("2025-06-02 09:00"), at("2025-06-02 10:30"))
    assert office.add(at("2025-06-02 10:00"), HOUR, [pause]) == at("2025-06-02 11:30")


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(EngineError) as refusal:
        office.elapsed(0, 10, [(5, 4)])
    assert refusal.value.code == "pause_reversed"


def test_elapsed_against_the_clock_is_negative() -> None:
    assert office.between(at("2025-06-02 12:00"), at("2025-06-02 10:00")) == -2 * HOUR


# Whole days


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2018-11-19 10:00", 7, "2018-11-28 10:00"),  # GLPI's own example
        ("2025-06-06 10:00", 1, "2025-06-09 10:00"),
        ("2025-06-02 10:00", 0, "2025-06-02 10:00"),
        ("2025-06-02 07:00", 1, "2025-06-03 09:00"),  # before opening: the opening
        ("2025-06-02 21:00", 1, "2025-06-03 18:00"),  # after closing: the closing
        ("2025-06-07 15:00", 1, "2025-06-10 09:00"),  # a closed day: counts from Monday's opening
    ],
)
def test_days_keep_the_time_of_day(start: str, days: int, expected: str) -> None:
    assert office.add_days(at(start), days) == at(expected)


@pytest.mark.parametrize(("start", "expected"), [("2025-06-02 10:00", "18:00"), ("2025-06-02 20:00", "18:00")])
def test_days_to_the_end_of_day_are_due_at_the_last_closing(start: str, expected: str) -> None:
    assert split.add_days(at(start), 2, end_of_day=True) == at(f"2025-06-04 {expected}")


def test_the_end_of_a_round_the_clock_day_is_midnight() -> None:
    calendar = Calendar.from_spec({"timezone": "UTC", "weekly": {day: [["00:00", "24:00"]] for day in DAYS[:5]}})
    due = calendar.add_days(at("2018-11-19 10:00", "UTC"), 7, end_of_day=True)
    assert due == at("2018-11-29 00:00", "UTC")  # GLPI's second example


def test_a_time_of_day_in_the_lunch_of_the_target_day_is_the_closing_before_it() -> None:
    calendar = Calendar.from_spec(SPLIT | {"overrides": {"2025-06-02": [["09:00", "18:00"]]}})
    assert calendar.add_days(at("2025-06-02 12:45"), 1) == at("2025-06-03 12:00")


def test_days_skip_holidays_and_count_make_up_days() -> None:
    make_up = {"2025-06-08": [["09:00", "18:00"]]}  # a Sunday
    calendar = Calendar.from_spec(OFFICE | {"holidays": ["2025-06-03"], "overrides": make_up})
    assert calendar.add_days(at("2025-06-02 10:00"), 4) == at("2025-06-08 10:00")


def test_days_from_within_a_night_count_from_its_opening_day() -> None:
    assert nights.add_days(at("2025-06-07 02:00"), 1) == at("2025-06-10 02:00")  # Friday's night, then Monday's


def test_the_pause_is_added_to_the_base_date_in_open_seconds() -> None:
    pauses = [(at("2025-06-02 17:00"), at("2025-06-03 10:00"))]  # two open hours
    assert office.add_days(at("2025-06-02 10:00"), 1, pauses=pauses) == at("2025-06-03 12:00")
    assert office.add_days(at("2025-06-02 10:00"), 1, pauses=pauses, end_of_day=True) == at("2025-06-04 11:00")


def test_days_keep_the_wall_clock_over_a_change_of_clocks() -> None:
    calendar = Calendar.from_spec({"timezone": "Europe/Berlin", "always_open": True})
    assert calendar.add_days(at("2025-03-29 12:00", "Europe/Berlin"), 1) == at("2025-03-30 12:00", "Europe/Berlin")


# Horizon, growth, copies


def test_a_calendar_of_special_days_ends_with_the_last() -> None:
    calendar = Calendar.from_spec({"timezone": "UTC", "overrides": {"2025-06-03": [["09:00", "10:00"]]}})
    start = at("2025-06-01 00:00", "UTC")
    assert calendar.add(start, HOUR) == at("2025-06-03 10:00", "UTC")
    with pytest.raises(NeverOpens):
        calendar.add(start, HOUR + 1)
    with pytest.raises(NeverOpens):
        calendar.add_days(start, 1)
    with pytest.raises(NeverOpens):
        calendar.subtract(at("2025-06-03 09:30", "UTC"), HOUR)
    assert len(list(calendar.openings(start))) == 1


def test_a_target_of_forty_years_is_found_by_a_calendar_that_has_grown_both_ways() -> None:
    calendar, start, seconds = Calendar.from_spec(OFFICE), at("2025-06-02 09:00"), 40 * 52 * 5 * 9 * HOUR
    assert not calendar.is_open(stamp("2001-01-01 00:00"))
    due = calendar.add(start, seconds)
    assert due == at("2065-04-10 18:00")
    assert calendar.between(start, due) == seconds
    assert calendar.subtract(due, seconds) == start


@pytest.mark.parametrize("t", [-(10**11), 10**11])
def test_an_instant_beyond_the_known_years_is_refused(t: int) -> None:
    with pytest.raises(EngineError) as refusal:
        office.is_open(t)
    assert refusal.value.code == "instant_out_of_range"


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_first_and_the_last_known_day_are_answered(zone: str) -> None:
    calendar = Calendar.from_spec(OFFICE | {"timezone": zone})
    first, last = datetime(1901, 1, 1, tzinfo=UTC), datetime(2198, 12, 31, tzinfo=UTC)
    assert calendar.between(first, last) > 0
    with pytest.raises(NeverOpens):
        calendar.add(last, 10**9)


def test_many_threads_get_the_same_answers() -> None:
    calendar = Calendar.from_spec(SPLIT)
    starts = [at("2025-06-02 10:00") + timedelta(days=97 * step) for step in range(-40, 40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda start: calendar.add(start, 100 * HOUR), starts))
    assert found == [Calendar.from_spec(SPLIT).add(start, 100 * HOUR) for start in starts]


def test_copies_are_equal_and_answer_alike() -> None:
    twin = copy.deepcopy(office)
    assert twin == office
    assert hash(twin) == hash(office)
    assert twin.add(at("2025-06-02 10:00"), HOUR) == office.add(at("2025-06-02 10:00"), HOUR)
    assert office != split


# For readers


def test_day_lines_name_each_day_and_what_it_counted() -> None:
    spec = OFFICE | {
        "holidays": ["2024-10-01"],
        "overrides": {"2024-09-29": [["10:00", "12:00"]]},
        "names": {"2024-10-01": "国庆节", "2024-09-29": "调休上班"},
    }
    lines = Calendar.from_spec(spec).day_lines(at("2024-09-28 12:00"), at("2024-10-02 10:00"))
    assert [(line.day.day, line.kind, line.seconds // HOUR, line.name) for line in lines] == [
        (28, "closed", 0, ""),
        (29, "special", 2, "调休上班"),
        (30, "weekly", 9, ""),
        (1, "holiday", 0, "国庆节"),
        (2, "weekly", 1, ""),
    ]
    assert lines[-1].windows == ((at("2024-10-02 09:00"), at("2024-10-02 10:00")),)


def test_day_lines_begin_with_the_night_that_still_runs() -> None:
    lines = nights.day_lines(at("2025-06-03 01:00"), at("2025-06-03 12:00"))
    assert [(line.day, line.seconds) for line in lines] == [(date(2025, 6, 2), 5 * HOUR), (date(2025, 6, 3), 0)]


def test_a_yearly_name_serves_every_year() -> None:
    calendar = Calendar.from_spec(OFFICE | {"holidays_yearly": ["01-01"], "names": {"01-01": "元旦"}})
    assert [line.name for line in calendar.day_lines(at("2026-01-01 00:00"), at("2026-01-02 00:00"))] == ["元旦"]


def test_the_summary_groups_days_with_equal_hours() -> None:
    spec = OFFICE | {"weekly": OFFICE["weekly"] | {"wed": [["09:00", "12:00"]], "sun": [["22:00", "02:00"]]}}
    assert Calendar.from_spec(spec).summary() == [
        WeekLine(("mon", "tue", "thu", "fri"), (("09:00", "18:00"),)),
        WeekLine(("wed",), (("09:00", "12:00"),)),
        WeekLine(("sun",), (("22:00", "02:00"),)),
    ]
    assert always.summary() == [WeekLine(DAYS, (("00:00", "24:00"),))]


def test_openings_of_a_calendar_that_never_closes_are_one() -> None:
    start = at("2025-06-02 10:00")
    assert [opens for opens, _ in always.openings(start)] == [start]


def stamp(text: str) -> int:
    return int(at(text).timestamp())
