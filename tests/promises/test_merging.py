"""Are two people's changes brought together, and what both changed told?"""

from typing import Any

from yingnuo.promises.merging import merge


def rules(*codes: str, **more: Any) -> dict[str, Any]:
    return {"code": "p", "rules": [{"code": code, "promises": more.get(code, {"a": 1})} for code in codes]}


def test_changes_at_different_places_both_stand() -> None:
    base = rules("x", "y")
    merged = merge(base, rules("x", "y", x={"a": 2}), rules("x", "y", y={"a": 1, "b": 5}))
    assert merged.spec == rules("x", "y", x={"a": 2}, y={"a": 1, "b": 5})
    assert merged.both == ()


def test_what_both_changed_is_the_drafts_and_told() -> None:
    merged = merge(rules("x"), rules("x", x={"a": 2}), rules("x", x={"a": 3}))
    assert merged.spec == rules("x", x={"a": 3})
    assert merged.both == ("rules.x.promises.a",)


def test_the_same_change_of_both_is_no_conflict() -> None:
    merged = merge(rules("x"), rules("x", x={"a": 2}), rules("x", x={"a": 2}))
    assert (merged.spec, merged.both) == (rules("x", x={"a": 2}), ())


def test_new_rules_of_both_are_there_at_their_place() -> None:
    merged = merge(rules("x", "z"), rules("new", "x", "z"), rules("x", "y", "z"))
    assert [rule["code"] for rule in merged.spec["rules"]] == ["new", "x", "y", "z"]


def test_a_deleted_rule_stays_deleted() -> None:
    assert merge(rules("x", "y"), rules("x", "y", x={"a": 2}), rules("x")).spec == rules("x", x={"a": 2})
    assert merge(rules("x", "y"), rules("y"), rules("x", "y", y={"a": 2})).spec == rules("y", y={"a": 2})


def test_a_rule_one_deleted_and_the_other_changed_is_told() -> None:
    merged = merge(rules("x", "y"), rules("x", "y", y={"a": 2}), rules("x"))
    assert merged.spec == rules("x")
    assert merged.both == ("rules.y",)


def test_moving_a_rule_stands_beside_changing_one() -> None:
    merged = merge(rules("x", "y", "z"), rules("x", "y", "z", z={"a": 9}), rules("y", "x", "z"))
    assert merged.spec == rules("y", "x", "z", z={"a": 9})


def test_entries_of_a_calendar_are_merged_by_day() -> None:
    base = {"timezone": "UTC", "overrides": {"2026-05-04": [["09:00", "12:00"]]}}
    theirs = {**base, "overrides": {**base["overrides"], "2026-05-05": []}}  # type: ignore[dict-item]
    assert merge(base, theirs, {**base, "timezone": "Asia/Tokyo"}).spec == {**theirs, "timezone": "Asia/Tokyo"}
