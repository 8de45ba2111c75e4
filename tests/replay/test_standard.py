"""Under which calendars and policy is a log replayed?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.replay import logs
from yingnuo.engine.policy import Facts
from yingnuo.replay import mapping, standard
from yingnuo.replay.errors import ReplayError
from yingnuo.replay.mapping import ServiceTime

HERE = ServiceTime(zone="UTC", holidays="")
YEARS = range(2024, 2025)


def _refused(folder: Path, text: str) -> str:
    path = folder / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReplayError) as refused:
        standard.compiled(standard.load(path, HERE, YEARS))
    return str(refused.value)


def test_the_default_packs_hours_are_put_on_the_logs_clock() -> None:
    ready = standard.compiled(standard.load(None, HERE, YEARS))
    assert {calendar.timezone for calendar in ready.calendars.values()} == {"UTC"}
    assert not ready.calendar("office@1").to_spec().get("holidays")


def test_the_default_packs_own_place_stays_where_the_mapping_names_none() -> None:
    ready = standard.compiled(standard.load(None, ServiceTime(None, None), YEARS))
    assert ready.calendar("office@1").timezone == "Asia/Shanghai"
    assert "2024-10-01" in str(ready.calendar("office@1").to_spec()["holidays"])


def test_a_policy_of_ones_own_may_bring_its_calendars(tmp_path: Path) -> None:
    night = "calendars: [{code: night, spec: {timezone: UTC, weekly: {mon: [['00:00', '06:00']]}}}]\n"
    path = tmp_path / "policy.yaml"
    path.write_text(night + logs.POLICY.replace("8h, calendar: always", "8h, calendar: night"), encoding="utf-8")
    ready = standard.compiled(standard.load(path, HERE, YEARS))
    assert ready.terms(Facts(urgency="general"))["resolution"].calendar == "night@1"


def test_an_unknown_calendar_is_told_with_its_rule(tmp_path: Path) -> None:
    message = _refused(tmp_path, logs.POLICY.replace("8h, calendar: always", "8h, calendar: moon"))
    assert "rules.all.promises.resolution.calendar" in message


def test_a_mistake_in_a_policy_is_told_with_its_place(tmp_path: Path) -> None:
    assert "rules[1].promises.resolution.target" in _refused(
        tmp_path, logs.POLICY.replace("target: 8h", "target: soon")
    )


def test_a_policy_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(ReplayError, match="cannot be read"):
        standard.load(Path("nowhere.yaml"), HERE, YEARS)


def test_cut_keeps_what_the_log_can_judge_and_no_empty_rule(tmp_path: Path) -> None:
    _pack, ready = logs.packed(
        tmp_path, logs.read(), logs.POLICY.replace("resolution: {target: 2h", "refund: {target: 2h")
    )
    assert [rule.code for rule in ready.policy.rules] == ["all"]
    assert set(ready.policy.naming) == set(mapping.MILESTONES)
