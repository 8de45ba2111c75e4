"""Do the worked examples of other people's test suites come out of our calendar?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.data_paths import SHARED, shared
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.errors import EngineError, NeverOpens

Case = Mapping[str, Any]

ORACLE = SHARED / "oracle" / "sla_cases.json"
WORKED = SHARED / "data" / "business-hours-cases" / "cases.json"

#: Cases that state a policy of their source; our own rule stands in a test of its own below.
POLICIES = {
    "libredesk-02", "libredesk-03", "libredesk-11", "chatwoot-12", "derived-dst-13", "derived-dst-15",
}  # fmt: skip
#: Run out exactly at an opening, backwards, under pandas' convention; the file gives no second value, so it is here.
START_OF_WINDOW = {"pandas-10": "2014-07-01T09:00:00Z", "pandas-43": "2014-06-26T09:00:00Z"}


@cache
def oracle() -> dict[str, Case]:
    if not ORACLE.exists():
        return {}
    return {case["id"]: case for case in json.loads(ORACLE.read_text("utf-8"))["cases"]}


@cache
def worked() -> dict[str, Case]:
    if not WORKED.exists():
        return {}
    cases = json.loads(WORKED.read_text("utf-8"))
    return {f"{number:02d} {case['op']} {case['name']} {case['timezone']}": case for number, case in enumerate(cases)}


def of_kind(kind: str) -> list[str]:
    return [name for name, case in oracle().items() if case["kind"] == kind]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def pauses(case: Case) -> list[tuple[datetime, datetime]]:
    return [(instant(start), instant(end)) for start, end in case["pauses"]]


def by_our_boundary(case: Case, convention: str) -> datetime:
    """The expected deadline under our convention: the closing forwards, the opening backwards."""
    expected = case.get("boundary_variants", {}).get(convention, case["expected"]["deadline"])
    return instant(START_OF_WINDOW.get(case["id"], expected))


@pytest.mark.parametrize("name", of_kind("deadline"))
def test_deadline(name: str) -> None:
    case = oracle()[name]
    found = Calendar.from_spec(case["calendar"]).add(instant(case["start"]), case["amount_seconds"], pauses(case))
    assert found == by_our_boundary(case, "end_of_window")


@pytest.mark.parametrize("name", of_kind("deadline_back"))
def test_deadline_backwards(name: str) -> None:
    case = oracle()[name]
    found = Calendar.from_spec(case["calendar"]).subtract(instant(case["start"]), case["amount_seconds"])
    assert found == by_our_boundary(case, "start_of_window")


@pytest.mark.parametrize("name", of_kind("elapsed"))
def test_elapsed(name: str) -> None:
    case = oracle()[name]
    calendar = Calendar.from_spec(case["calendar"])
    found = calendar.between(instant(case["start"]), instant(case["end"]), pauses(case))
    assert found == case["expected"]["elapsed_seconds"]


@pytest.mark.parametrize("name", [name for name in oracle() if name not in POLICIES])
def test_specification_survives_the_way_out_and_in(name: str) -> None:
    calendar = Calendar.from_spec(oracle()[name]["calendar"])
    assert Calendar.from_spec(calendar.to_spec()) == calendar


@pytest.mark.parametrize("name", ["libredesk-02", "libredesk-03", "libredesk-11", "chatwoot-12"])
def test_a_calendar_that_never_opens_is_refused_and_never_counts_wall_clock(name: str) -> None:
    shared("oracle")
    with pytest.raises(NeverOpens) as refusal:
        Calendar.from_spec(oracle()[name]["calendar"])
    assert refusal.value.code == "never_opens"


def test_a_negative_amount_is_refused() -> None:
    """libredesk-03 asks for -300 s; its calendar is refused before, so the amount is tried on an open one."""
    with pytest.raises(EngineError) as refusal:
        Calendar.from_spec({"timezone": "UTC", "always_open": True}).due(1_700_000_000, -300)
    assert refusal.value.code == "negative_amount"


@pytest.mark.parametrize("name", ["derived-dst-13", "derived-dst-15"])
def test_an_edge_inside_the_changed_hour_follows_the_boundary_rule(name: str) -> None:
    shared("oracle")
    case = oracle()[name]
    found = Calendar.from_spec(case["calendar"]).between(instant(case["start"]), instant(case["end"]))
    assert found == case["expected"]["elapsed_seconds_boundary_rule"]


def test_every_oracle_case_is_tested() -> None:
    shared("oracle")
    tested = {name for kind in ("deadline", "deadline_back", "elapsed") for name in of_kind(kind)} | POLICIES
    assert tested == set(oracle())
    assert len(tested) == 150


@pytest.mark.parametrize("name", list(worked()))
def test_worked_example(name: str) -> None:
    case = worked()[name]
    spec = {"timezone": case["timezone"], "weekly": case["calendar"]["hours"], "holidays": case["calendar"]["holidays"]}
    calendar, zone = Calendar.from_spec(spec), ZoneInfo(case["timezone"])
    start = in_zone(case["start"], zone)
    if case["op"] == "add":
        assert calendar.add(start, case["seconds"]) == in_zone(case["expected"], zone)
    else:
        assert calendar.between(start, in_zone(case["end"], zone)) == case["expected_seconds"]


def test_every_worked_example_is_tested() -> None:
    shared("data", "business-hours-cases")
    assert len(worked()) == 31
    assert {case["op"] for case in worked().values()} == {"add", "between"}


def in_zone(text: str, zone: ZoneInfo) -> datetime:
    """A stamp with an offset counts as it says, another one is wall time of the zone."""
    stamp = instant(text)
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=zone)
