"""Do a calendar's public holidays and make-up workdays agree with the notices of the State Council?"""

from __future__ import annotations

import csv
from datetime import date
from typing import Any

import pytest

from tests.data_paths import shared
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.errors import BadSpec
from yingnuo.promises.public_holidays import JOINED_WEEKEND_NAME, MAKEUP_NAME, expand, missing_years

OFFICE = {
    "timezone": "Asia/Shanghai",
    "weekly": {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}
YEARS = range(2010, 2027)

#: Weekends that join a feast ("与周末连休"). Some notices write them out as days off and some name only the feast, so
#: the official list has them in one year and not in the next; we close them always. Only calendars with weekend hours
#: can tell the difference.
JOINED_BUT_NOT_LISTED = {
    "2014-04-06", "2014-05-31", "2014-06-01", "2014-09-06", "2014-09-07", "2015-04-04", "2015-05-02", "2015-05-03",
    "2015-06-21", "2015-09-26", "2016-01-02", "2016-01-03", "2016-04-02", "2016-04-03", "2016-04-30", "2016-12-31",
    "2017-04-29", "2017-04-30", "2017-12-30", "2017-12-31", "2018-06-16", "2018-06-17", "2018-09-22", "2018-09-23",
    "2019-04-06", "2019-04-07", "2019-06-08", "2019-06-09", "2019-09-14", "2019-09-15", "2023-12-30", "2023-12-31",
    "2024-06-08", "2024-06-09",
}  # fmt: skip
#: A Monday: the notice that prolonged Spring Festival in 2020 says that work begins on it. It is worked by the week.
WORKED_BY_THE_WEEK = {"2020-02-03"}


def china(*years: int, **more: Any) -> dict[str, Any]:
    return OFFICE | {"public_holidays": {"country": "CN", "years": list(years)}} | more


def notices(kind: str, year: int) -> set[str]:
    with shared("data", "cn-holidays", "days.csv").open(encoding="utf-8") as lines:
        return {row["date"] for row in csv.DictReader(lines) if row["kind"] == kind and row["date"][:4] == str(year)}


@pytest.mark.parametrize("year", YEARS)
def test_days_off_agree_with_the_notices(year: int) -> None:
    known = {day for day in JOINED_BUT_NOT_LISTED if day[:4] == str(year)}
    assert set(expand(china(year))["holidays"]) ^ notices("off", year) == known  # type: ignore[call-overload]


@pytest.mark.parametrize("year", YEARS)
def test_make_up_workdays_agree_with_the_notices(year: int) -> None:
    known = {day for day in WORKED_BY_THE_WEEK if day[:4] == str(year)}
    assert set(expand(china(year))["overrides"]) ^ notices("work", year) == known  # type: ignore[call-overload]


def test_the_known_differences_are_weekends() -> None:
    assert {date.fromisoformat(day).weekday() for day in JOINED_BUT_NOT_LISTED} == {5, 6}


def test_make_up_days_get_the_windows_of_monday() -> None:
    overrides: Any = expand(china(2024))["overrides"]
    assert overrides["2024-02-04"] == [["09:00", "18:00"]]
    assert len(overrides) == 8


def test_make_up_days_get_their_own_windows_when_given() -> None:
    spec = OFFICE | {
        "public_holidays": {"country": "CN", "years": [2024], "makeup_windows": [["10:00", "16:00"]]},
    }
    overrides: Any = expand(spec)["overrides"]
    assert overrides["2024-02-04"] == [["10:00", "16:00"]]


def test_days_have_chinese_names() -> None:
    names: Any = expand(china(2025))["names"]
    assert names["2025-10-06"] == "中秋节"
    assert names["2025-01-26"] == MAKEUP_NAME
    assert names["2025-10-05"] == JOINED_WEEKEND_NAME


def test_only_the_years_asked_for_are_listed() -> None:
    expanded: Any = expand(china(2025))
    assert {day[:4] for key in ("holidays", "overrides", "names") for day in expanded[key]} == {"2025"}


def test_what_the_calendar_lists_wins() -> None:
    own = {
        "holidays": ["2024-02-04", "2024-03-08"],  # a make-up day we take off, and a day of our own
        "holidays_yearly": ["02-18"],
        "overrides": {"2024-05-01": [["10:00", "12:00"]], "2024-04-07": []},
        "names": {"2024-10-01": "国庆"},
    }
    expanded: Any = expand(china(2024, **own))
    calendar = Calendar.from_spec(expanded)
    assert "2024-02-04" not in expanded["overrides"]
    assert "2024-02-18" not in expanded["overrides"]
    assert expanded["overrides"]["2024-04-07"] == []
    assert expanded["overrides"]["2024-05-01"] == [["10:00", "12:00"]]
    assert {"2024-02-04", "2024-03-08", "2024-10-01"} <= set(expanded["holidays"])
    assert expanded["names"]["2024-10-01"] == "国庆"
    assert Calendar.from_spec(calendar.to_spec()) == calendar


def test_a_specification_without_public_holidays_comes_back_as_it_is() -> None:
    assert expand(OFFICE) == OFFICE
    assert missing_years(OFFICE) == []


def test_the_specification_given_is_not_changed() -> None:
    spec = china(2024)
    expand(spec)
    assert spec == china(2024)


def test_years_without_a_notice_are_named() -> None:
    assert missing_years(china(2025, 2026, 2099)) == [2099]


def test_other_countries_have_no_yearly_notice() -> None:
    spec = OFFICE | {"public_holidays": {"country": "DE", "subdivision": "BY", "years": [2099]}}
    assert missing_years(spec) == []
    assert "2099-01-06" in expand(spec)["names"]  # type: ignore[operator]


@pytest.mark.parametrize(("country", "name"), [("TW", "中華民國開國紀念日"), ("HK", "一月一日"), ("CN", "元旦")])
def test_chinese_places_speak_their_own_chinese(country: str, name: str) -> None:
    names: Any = expand(OFFICE | {"public_holidays": {"country": country, "years": [2025]}})["names"]
    assert names["2025-01-01"] == name


@pytest.mark.parametrize(
    ("asked", "path", "code"),
    [
        ("CN", "public_holidays", "not_a_mapping"),
        ({"country": "XX", "years": [2025]}, "public_holidays.country", "unknown_country"),
        ({"country": 86, "years": [2025]}, "public_holidays.country", "not_text"),
        ({"country": "DE", "subdivision": "XX", "years": [2025]}, "public_holidays.subdivision", "unknown_subdivision"),
        ({"country": "CN"}, "public_holidays.years", "bad_years"),
        ({"country": "CN", "years": ["2025"]}, "public_holidays.years", "bad_years"),
        ({"country": "CN", "years": [20250]}, "public_holidays.years", "bad_years"),
        ({"country": "CN", "year": [2025]}, "public_holidays.year", "unknown_key"),
    ],
)
def test_a_bad_request_is_refused_with_its_place(asked: object, path: str, code: str) -> None:
    with pytest.raises(BadSpec) as refusal:
        expand(OFFICE | {"public_holidays": asked})
    assert (refusal.value.path, refusal.value.code) == (path, code)
