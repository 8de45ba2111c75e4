"""Are rules of automation read strictly, and held back where they would go in circles?"""

import pytest

from yingnuo.engine.automation import Known, Trigger, fill, read_actions, read_trigger, why_held
from yingnuo.engine.errors import BadSpec

KNOWN = Known(["fault"], ["urgent"], ["washer"], ["front"], ["alice"])


def test_a_trigger_of_time_comes_back_as_it_was_written() -> None:
    spec = {"after": "1d", "since": "answered", "calendar": "office"}
    assert read_trigger(spec) == Trigger("", "answered", 86_400, "office")
    assert read_trigger(spec).to_spec() == spec


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        ({}, "when"), ({"event": "moon"}, "when.event"), ({"after": "5s", "since": "opened"}, "when.after"),
        ({"after": "1h", "since": "moon"}, "when.since"), ({"event": "opened", "after": "1h"}, "when.after"),
    ],
)  # fmt: skip
def test_a_wrong_trigger_names_its_place(spec: dict[str, object], place: str) -> None:
    with pytest.raises(BadSpec) as refused:
        read_trigger(spec)
    assert refused.value.path == place


def test_actions_are_done_in_one_order_whatever_is_written_first() -> None:
    read = read_actions({"notify": ["lead"], "snooze": "2h", "urgency": "urgent", "team": "front"}, KNOWN)
    assert [name for name, _value in read.chosen()] == ["urgency", "team", "snooze", "notify"]
    assert read_actions(read.to_spec(), KNOWN) == read


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        ({}, "then"), ({"fly": "up"}, "then.fly"), ({"urgency": "later"}, "then.urgency"),
        ({"agent": "alice"}, "then.agent"), ({"note": "{moon}"}, "then.note"), ({"notify": ["cat"]}, "then.notify[0]"),
        ({"add_tags": ["x" * 41]}, "then.add_tags[0]"), ({"team": "nobody"}, "then.team"),
        ({"snooze": 5}, "then.snooze"),
    ],
)  # fmt: skip
def test_a_wrong_action_names_its_place(spec: dict[str, object], place: str) -> None:
    with pytest.raises(BadSpec) as refused:
        read_actions(spec, KNOWN)
    assert refused.value.path == place


def test_a_text_is_filled_and_what_has_no_value_is_left_empty() -> None:
    assert fill("Dear {customer}, {agent}{number}", {"customer": "Chen", "number": "YN-1"}) == "Dear Chen, YN-1"


@pytest.mark.parametrize(
    ("chain", "today", "why"),
    [((), 0, ""), ((7, 3), 0, "own_change"), ((1, 2, 4, 5, 6), 0, "too_deep"), ((), 2, "often")],
)
def test_a_rule_is_held_back_from_its_own_change_from_long_chains_and_from_acting_too_often(
    chain: tuple[int, ...], today: int, why: str
) -> None:
    assert why_held(7, chain, today=today, most=2) == why
