"""Which facts satisfy which condition, and does a refusal say where and why?"""

from __future__ import annotations

from typing import Any

import pytest

from yingnuo.engine.conditions import Reason, parse
from yingnuo.engine.errors import BadSpec

FACTS: dict[str, object] = {
    "urgency": "urgent", "channel": "phone", "tags": ("vip", "press"), "team_tier": 2, "text": "Smoke! 冒烟了",
    "open": None,
}  # fmt: skip
HOLD: list[dict[str, Any]] = [
    {},
    {"urgency": "urgent"},
    {"channel": ["chat", "phone"]},
    {"urgency": "urgent", "channel": "phone"},
    {"tags": "vip"},
    {"tags": ["other", "press"]},
    {"tags": {"any": ["vip", "x"]}},
    {"tags": {"all": ["vip", "press"]}},
    {"tags": {"none": ["x"]}},
    {"missing": {"none": ["x"]}},
    {"text": {"contains": ["fire", "smoke"]}},
    {"text": {"contains": "冒烟"}},
    {"team_tier": 2},
    {"team_tier": {"gte": 2, "lte": 2}},
    {"team_tier": {"gt": 1, "lt": 3}},
    {"not": {"urgency": "general"}},
    {"not": {"missing": "x"}},
    {"any": [{"urgency": "general"}, {"channel": "phone"}]},
    {"all": [{"urgency": "urgent"}, {"tags": "vip"}]},
    {"all": [{"not": {"urgency": "general"}}, {"not": {"channel": "mail"}}]},
]
FAIL: list[dict[str, Any]] = [
    {"urgency": "general"},
    {"channel": ["chat", "mail"]},
    {"urgency": "urgent", "channel": "chat"},
    {"tags": "x"},
    {"tags": {"any": ["x"]}},
    {"tags": {"all": ["vip", "x"]}},
    {"tags": {"none": ["vip"]}},
    {"text": {"contains": ["fire"]}},
    {"team_tier": {"gte": 3}},
    {"team_tier": {"gte": 1, "lt": 2}},
    {"urgency": {"gte": 1}},
    {"missing": "x"},
    {"missing": {"lte": 3}},
    {"open": {"contains": "a"}},
    {"not": {"urgency": "urgent"}},
    {"any": [{"urgency": "general"}, {"channel": "chat"}]},
    {"all": [{"urgency": "urgent"}, {"tags": "x"}]},
]


@pytest.mark.parametrize("spec", HOLD, ids=str)
def test_holds(spec: dict[str, Any]) -> None:
    condition = parse(spec)
    assert condition.matches(FACTS)
    assert condition.why_not(FACTS) == ()


@pytest.mark.parametrize("spec", FAIL, ids=str)
def test_does_not_hold_and_says_why(spec: dict[str, Any]) -> None:
    condition = parse(spec)
    assert not condition.matches(FACTS)
    assert condition.why_not(FACTS)


@pytest.mark.parametrize("spec", [*HOLD, *FAIL], ids=str)
def test_written_and_read_again_it_is_the_same(spec: dict[str, Any]) -> None:
    condition = parse(spec)
    assert parse(condition.to_spec()) == condition


def test_why_not_names_each_fact_that_stood_in_the_way() -> None:
    reasons = parse({"urgency": "urgent", "channel": ["chat", "mail"], "team_tier": {"gte": 3}}).why_not(FACTS)
    assert reasons == (
        Reason("channel", "is", ("chat", "mail"), "phone"),
        Reason("team_tier", "gte", (3,), 2),
    )


def test_why_not_of_not_shows_the_fact_as_it_is() -> None:
    assert parse({"not": {"urgency": "urgent"}}).why_not(FACTS) == (Reason("urgency", "not", (), "urgent"),)


def test_facts_used_are_those_at_every_depth() -> None:
    condition = parse({"any": [{"urgency": "a"}, {"not": {"tags": {"any": ["b"]}}}], "team_tier": {"gte": 1}})
    assert condition.facts_used() == {"urgency", "tags", "team_tier"}


@pytest.mark.parametrize(
    ("spec", "path", "code"),
    [
        ("urgent", "when", "not_a_mapping"),
        ({"chanel": "phone"}, "when.chanel", "unknown_fact"),
        ({"channel": []}, "when.channel", "empty_list"),
        ({"channel": [["phone"]]}, "when.channel", "not_a_value"),
        ({"channel": None}, "when.channel", "not_a_value"),
        ({"channel": {}}, "when.channel", "no_test"),
        ({"channel": {"like": "p"}}, "when.channel.like", "unknown_test"),
        ({"team_tier": {"gte": "2"}}, "when.team_tier.gte", "not_a_number"),
        ({"any": []}, "when.any", "empty_list"),
        ({"any": {"channel": "phone"}}, "when.any", "not_a_list"),
        ({"any": [{}, {"not": {"x": 1}}]}, "when.any[1].not.x", "unknown_fact"),
        ({1: 2}, "when", "key_not_text"),
    ],
)
def test_a_bad_condition_is_refused_at_its_place(spec: object, path: str, code: str) -> None:
    with pytest.raises(BadSpec) as refused:
        parse(spec, known=("channel", "team_tier"))
    assert (refused.value.path, refused.value.code) == (path, code)


@pytest.mark.parametrize(
    ("wide", "narrow", "covers"),
    [
        ({}, {"urgency": "a"}, True),
        ({"urgency": ["a", "b"]}, {"urgency": "a", "channel": "c"}, True),
        ({"urgency": "a"}, {"urgency": ["a", "b"]}, False),
        ({"urgency": "a", "channel": "c"}, {"urgency": "a"}, False),
        ({"not": {"urgency": "a"}}, {"urgency": "b"}, False),
    ],
)
def test_a_condition_covers_a_narrower_one(wide: object, narrow: object, covers: bool) -> None:
    assert parse(wide).covers(parse(narrow)) is covers
