"""Are the differences of two versions told in words, each by its rule and field?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import House
from yingnuo.desk.settings import differences
from yingnuo.promises.versions import Sort

HOUR = {"target": "1h", "calendar": "office"}
WARN = {"step": "warn", "before": "30m", "to": ["holder"], "by": ["mail"]}
BASE: dict[str, Any] = {
    "code": "p", "agreement": "sla", "ladders": {"calm": [WARN]}, "pause_sets": {"customer": ["appointment"]},
    "rules": [
        {"code": "a", "when": {"kind": "fault"}, "promises": {"first_response": HOUR, "resolution": None}},
        {"code": "b", "promises": {"first_response": HOUR}}, {"code": "c", "promises": {"first_response": HOUR}},
    ],
}  # fmt: skip


def changed(**more: Any) -> dict[str, Any]:
    return {**BASE, **more}


def with_rule(at: int, **more: Any) -> dict[str, Any]:
    rules = [dict(rule) for rule in BASE["rules"]]
    rules[at] |= more
    return changed(rules=rules)


POLICIES: list[tuple[dict[str, Any], list[str]]] = [
    (BASE, []),
    (
        with_rule(0, promises={"first_response": {**HOUR, "target": 1800, "ladder": "calm"}, "resolution": None}),
        ["Rule a, First response: target: 1h → 30m; ladder: — → calm"],
    ),
    (with_rule(0, promises={"first_response": HOUR}), ["Rule a, Resolution: no promise → rules below decide"]),
    (
        with_rule(0, promises={"first_response": HOUR, "resolution": HOUR}),
        ["Rule a, Resolution: no promise → 1h · office"],
    ),
    (with_rule(0, when={"kind": "return"}), ["Rule a, for which tickets: Kind is Fault → Kind is Return"]),
    (with_rule(1, title="All"), ["Rule b, title: — → All"]),
    (changed(rules=BASE["rules"][:2]), ["Rule c is deleted"]),
    (changed(rules=[BASE["rules"][n] for n in (2, 0, 1)]), ["Rule c moves from place 3 to place 1"]),
    (
        changed(rules=[{"code": "n", "when": {"urgency": "urgent"}, "promises": {"callback": HOUR}}, *BASE["rules"]]),
        ["New rule n at place 1, for Urgency is Urgent: Callback 1h · office"],
    ),
    (changed(ladders={}), ["Ladder calm is deleted"]),
    (changed(ladders={**BASE["ladders"], "new": [WARN]}), ["New ladder new"]),
    (
        changed(ladders={"calm": [{**WARN, "before": "20m"}]}),
        [
            "Ladder calm, step warn: 30 min before, whoever holds it by mail → 20 min before, whoever holds it by mail",
        ],
    ),
    (changed(pause_sets={"customer": []}), ["Pause set customer: agreed appointment → —"]),
    (changed(agreement="ola", title="T"), ["Title: — → T", "Agreement: sla → ola"]),
]  # fmt: skip


@pytest.mark.parametrize(("new", "lines"), POLICIES, ids=range(len(POLICIES)))
def test_policies(house: House, new: dict[str, Any], lines: list[str]) -> None:
    assert differences.told(Sort.POLICY, BASE, new) == lines


WEEK = {"mon": [["09:00", "12:00"]], "tue": [["09:00", "12:00"]]}
HOURS: dict[str, Any] = {
    "timezone": "UTC", "weekly": WEEK, "holidays": ["2026-05-04"],
    "public_holidays": {"country": "CN", "years": [2026]}, "overrides": {"2026-12-31": [["09:00", "12:00"]]},
}  # fmt: skip
CALENDARS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"timezone": "Asia/Tokyo"}, ["Time zone: UTC → Asia/Tokyo"]),
    ({"weekly": {**WEEK, "mon": [["08:00", "12:00"]]}}, ["Monday: 09:00–12:00 → 08:00–12:00"]),
    ({"weekly": {"mon": WEEK["mon"]}}, ["Tuesday: 09:00–12:00 → closed"]),
    ({"holidays": ["2026-05-05"]}, ["Now closed on: 2026-05-05", "No longer closed on: 2026-05-04"]),
    ({"holidays_yearly": ["12-24"]}, ["Now closed every year on: 12-24"]),
    (
        {"public_holidays": {"country": "CN", "years": [2026, 2027], "makeup_windows": [["10:00", "16:00"]]}},
        ["Public holidays, Years: 2026 → 2026, 2027", "Hours on make-up workdays (调休): — → 10:00–16:00"],
    ),
    ({"overrides": {"2026-12-31": []}}, ["Hours on 2026-12-31: 09:00–12:00 → closed"]),
    ({"overrides": {}}, ["Hours on 2026-12-31: 09:00–12:00 → as usual"]),
    ({"names": {"2026-12-31": "Stocktaking"}}, ["Name of 2026-12-31: — → Stocktaking"]),
]


@pytest.mark.parametrize(("more", "lines"), CALENDARS, ids=range(len(CALENDARS)))
def test_calendars(house: House, more: dict[str, Any], lines: list[str]) -> None:
    assert differences.told(Sort.CALENDAR, HOURS, HOURS | more) == lines


def test_a_week_that_becomes_round_the_clock(house: House) -> None:
    lines = differences.told(
        Sort.CALENDAR, {"timezone": "UTC", "weekly": WEEK}, {"timezone": "UTC", "always_open": True}
    )
    assert lines[0] == "Hours: open at the hours below → always open"
