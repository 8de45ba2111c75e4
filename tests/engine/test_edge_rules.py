"""The edge rules of the engine's law that belong to no other file here, one by one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from yingnuo.engine.calendar import Calendar
from yingnuo.engine.errors import BadSpec, NeverOpens
from yingnuo.engine.policy import Facts, Policy

HOUR = 3_600


def _policy(target: str | int | None) -> Policy:
    promise = None if target is None else {"target": target, "calendar": "always"}
    return Policy.from_spec({"code": "p", "rules": [{"code": "all", "promises": {"resolution": promise}}]})


def test_null_target_is_no_promise() -> None:
    match = _policy(None).match(Facts(), "resolution")
    assert (match.rule, match.terms) == ("all", None)


@pytest.mark.parametrize("target", [0, "0s", "0h", "0wd"])
def test_zero_target_is_refused_when_saved(target: str | int) -> None:
    with pytest.raises(BadSpec) as refused:
        _policy(target)
    assert (refused.value.path, refused.value.code) == ("rules[0].promises.resolution.target", "zero_target")


def test_no_open_window_within_the_horizon_is_refused() -> None:
    with pytest.raises(NeverOpens):
        Calendar.from_spec({"timezone": "Asia/Shanghai", "weekly": {}, "overrides": {"2026-05-01": []}})
    only_once = Calendar.from_spec({"timezone": "UTC", "weekly": {}, "overrides": {"2026-05-01": [["09:00", "10:00"]]}})
    start = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())
    assert only_once.due(start, HOUR) == start + 10 * HOUR
    with pytest.raises(NeverOpens):
        only_once.due(start, HOUR + 1)  # never the wall clock instead


def test_make_up_day_and_holiday_on_one_date_the_special_day_wins() -> None:
    spec = {
        "timezone": "UTC", "weekly": {"mon": [["09:00", "17:00"]]}, "holidays": ["2026-10-10"],
        "overrides": {"2026-10-10": [["10:00", "12:00"]]},
    }  # fmt: skip
    saturday = int(datetime(2026, 10, 10, tzinfo=UTC).timestamp())
    assert Calendar.from_spec(spec).elapsed(saturday, saturday + 24 * HOUR) == 2 * HOUR
