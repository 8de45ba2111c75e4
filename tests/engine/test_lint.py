"""Does lint find what is allowed and probably not meant, and only that?"""

from __future__ import annotations

import random
import time
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yingnuo.engine.calendar import Calendar
from yingnuo.engine.lint import Remark, World, lint
from yingnuo.engine.policy import Facts, Policy

KINDS, URGENCIES, CHANNELS = ("fault", "complaint", "enquiry"), ("urgent", "important", "general"), ("mail", "phone")
DAY = {day: [["09:00", "12:00"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
CALENDARS = {
    "always": Calendar.from_spec({"timezone": "UTC", "always_open": True}),
    "office": Calendar.from_spec({"timezone": "UTC", "weekly": DAY}),
    "fair": Calendar.from_spec({"timezone": "UTC", "overrides": {"2026-05-04": [["09:00", "12:00"]]}}),
    "rare": Calendar.from_spec({"timezone": "UTC", "weekly": {"mon": [["09:00", "10:00"]]}}),
}
MONDAY = 1_772_416_800  # 2026-03-02 02:00 UTC
WORLD = World(
    {"kind": KINDS, "urgency": URGENCIES, "channel": CHANNELS, "tier": ("standard", "key")}, CALENDARS, at=MONDAY
)
HOUR = {"target": "1h", "calendar": "always"}


def rule(code: str, when: dict[str, Any] | None = None, **promises: Any) -> dict[str, Any]:
    return {"code": code, "when": when or {}, "promises": promises or {"first_response": HOUR}}


def found(*rules: dict[str, Any], ladders: dict[str, Any] | None = None) -> tuple[Remark, ...]:
    return lint(Policy.from_spec({"code": "p", "rules": list(rules), "ladders": ladders or {}}), WORLD)


def codes(*rules: dict[str, Any], ladders: dict[str, Any] | None = None) -> list[str]:
    return [remark.code for remark in found(*rules, ladders=ladders)]


def test_a_policy_of_one_rule_for_all_is_clean() -> None:
    assert codes(rule("all")) == []


@pytest.mark.parametrize(
    "when",
    [
        {"kind": "fault", "not": {"kind": ["fault", "complaint"]}},
        {"all": [{"urgency": "urgent"}, {"urgency": "general"}]},
        {"tags": {"any": ["vip"], "none": ["vip"]}},
        {"team_tier": {"gte": 3, "lt": 3}},
        {"not": {}},
        {"any": [{"kind": "fault", "not": {"kind": "fault"}}, {"team_tier": {"gt": 3}}]},
        {"tags": {"gte": 1}},
    ],
)
def test_a_rule_that_contradicts_itself_is_told(when: dict[str, Any]) -> None:
    [remark] = [r for r in found(rule("odd", when), rule("all")) if r.code == "rule_never_matches"]
    assert (remark.path, remark.subject, remark.grave) == ("rules[0].when", "odd", True)


def test_a_text_search_is_never_called_a_contradiction() -> None:
    when = {"region": {"contains": ["north"]}, "not": {"region": {"contains": ["south"]}}}
    assert codes(rule("north", when), rule("all")) == []


def test_a_value_that_no_ticket_has_is_told() -> None:
    said = found(rule("fax", {"channel": ["fax", "phone"]}), rule("all"))
    assert [(r.code, r.path, r.other) for r in said] == [("unknown_value", "rules[0].when.channel", "fax")]


def test_values_a_company_makes_itself_may_be_any() -> None:
    assert codes(rule("north", {"region": "north", "product_line": ["x"], "team": "front"}), rule("all")) == []


def test_a_rule_that_one_earlier_rule_covers_is_never_reached() -> None:
    [remark] = found(rule("all"), rule("late", {"not": {"kind": "fault"}}, first_response={**HOUR, "target": "2h"}))
    assert (remark.code, remark.path, remark.subject, remark.other) == ("rule_never_reached", "rules[1]", "late", "all")


def test_a_rule_that_several_cover_together_is_never_reached() -> None:
    [remark] = found(
        rule("hot", {"urgency": ["urgent", "important"]}), rule("cold", {"urgency": "general"}),
        rule("mail", {"channel": "mail"}),
    )  # fmt: skip
    assert (remark.code, remark.subject, remark.other) == ("rule_never_reached", "mail", "hot, cold")


def test_one_promise_of_a_rule_may_be_out_of_reach() -> None:
    [remark] = found(rule("all"), rule("late", {"kind": "fault"}, first_response=HOUR, resolution=None))[:1]
    assert (remark.code, remark.path) == ("promise_never_reached", "rules[1].promises.first_response")


def test_a_gap_is_told_in_as_few_words_as_there_are() -> None:
    said = found(
        rule("hot", {"urgency": ["urgent", "important"]}), rule("cold", {"urgency": "general", "channel": "phone"})
    )
    [gap] = [r for r in said if r.code == "gap"]
    assert gap.milestone == "first_response"
    assert gap.where is not None
    assert gap.where.to_spec() == {"urgency": "general", "channel": "mail"}
    assert not gap.more


def test_a_milestone_meant_for_few_is_no_gap() -> None:
    said = found(rule("all"), rule("repair", {"kind": "fault"}, on_site_arrival=HOUR))
    assert [(r.code, r.milestone, r.grave) for r in said] == [("only_for_some", "on_site_arrival", False)]


def test_nothing_promised_on_purpose_is_no_gap() -> None:
    assert codes(rule("hot", {"urgency": "urgent"}), rule("rest", None, first_response=None)) == []


def test_tags_span_gaps_too() -> None:
    said = found(rule("plain", {"tags": {"none": ["vip", "press"]}}))
    assert [r.code for r in said] == ["only_for_some", "only_for_some"]
    assert all(r.where and r.where.matches(Facts(tags=("vip", "press")).as_mapping()) for r in said)


def test_many_gaps_are_not_told_one_by_one() -> None:
    some = [rule(f"r{n}", {"kind": k, "urgency": u, "channel": "mail"}) for n, (k, u) in enumerate(
        [("fault", "urgent"), ("complaint", "important"), ("enquiry", "general"), ("fault", "general")]
    )]  # fmt: skip
    gaps = [r for r in found(*some) if r.code in ("gap", "only_for_some")]
    assert len(gaps) == 3
    assert [r.more for r in gaps] == [False, False, True]


def test_rules_that_cross_are_told_with_what_decides() -> None:
    said = found(
        rule("mail", {"channel": "mail"}, first_response={"target": "2h", "calendar": "always"}),
        rule("urgent", {"urgency": "urgent"}), rule("all"),
    )  # fmt: skip
    [remark] = said
    assert (remark.code, remark.subject, remark.other) == ("overlap_laxer", "urgent", "mail")
    assert remark.where is not None
    assert remark.where.to_spec() == {"channel": "mail", "urgency": "urgent"}


def test_an_earlier_promise_that_is_quicker_is_an_overlap_too() -> None:
    later = {"target": "2h", "calendar": "always"}
    said = codes(rule("urgent", {"urgency": "urgent"}), rule("mail", {"channel": "mail"}, first_response=later),
                 rule("all"))  # fmt: skip
    assert said == ["overlap"]


def test_an_exception_before_its_rule_is_no_overlap() -> None:
    later = {"target": "2h", "calendar": "always"}
    assert codes(rule("x", {"urgency": "urgent", "channel": "mail"}), rule("urgent", {"urgency": "urgent"},
                 first_response=later), rule("all")) == []  # fmt: skip


def test_rules_that_say_the_same_do_not_overlap() -> None:
    assert codes(rule("mail", {"channel": "mail"}), rule("urgent", {"urgency": "urgent"}), rule("all")) == []


@pytest.mark.parametrize(
    ("target", "calendar", "said"),
    [
        ("40s", "always", "target_under_a_minute"),
        ("4h", "fair", "target_never_ends"),
        ("80h", "rare", "target_over_a_year"),
        ("2d", "office", "days_in_office_hours"),
        ("1h", "moon", "unknown_calendar"),
    ],
)
def test_an_absurd_target_is_told(target: str, calendar: str, said: str) -> None:
    [remark] = found(rule("all", None, first_response={"target": target, "calendar": calendar}))
    assert (remark.code, remark.milestone, remark.subject) == (said, "first_response", "all")
    assert remark.path.startswith("rules[0].promises.first_response.")


@pytest.mark.parametrize(
    ("target", "calendar"), [("2d", "always"), ("16h", "office"), ("1m", "office"), ("3h", "fair")]
)
def test_a_sound_target_is_not(target: str, calendar: str) -> None:
    assert codes(rule("all", None, first_response={"target": target, "calendar": calendar})) == []


def test_a_warning_that_leads_the_whole_limit_and_a_step_that_tells_nobody() -> None:
    steps = [{"step": "warn", "before": "2h", "by": ["mail"]}]
    said = codes(rule("all", None, first_response={**HOUR, "ladder": "l"}), ladders={"l": steps})
    assert said == ["nobody_told", "lead_not_shorter_than_target"]


def test_too_many_tags_are_said_not_to_be_judged() -> None:
    rules = [rule(f"r{n}", {"tags": {"any": [f"t{n}"]}}) for n in range(30)]
    assert codes(*rules, rule("all"), rule("late", {"kind": "fault"})) == ["rule_never_reached", "not_judged"]


CONDITIONS = st.recursive(
    st.one_of(
        st.builds(lambda v: {"kind": v}, st.lists(st.sampled_from(KINDS), min_size=1, max_size=2, unique=True)),
        st.builds(lambda v: {"urgency": v}, st.sampled_from(URGENCIES)),
        st.builds(lambda v: {"region": v}, st.sampled_from(["north", ""])),
        st.builds(lambda t, v: {"tags": {t: v}}, st.sampled_from(["any", "all", "none"]),
                  st.lists(st.sampled_from(["vip", "press"]), min_size=1, max_size=2, unique=True)),
        st.builds(lambda t, n: {"team_tier": {t: n}}, st.sampled_from(["gte", "lt"]), st.integers(0, 3)),
    ),
    lambda inner: st.one_of(
        st.builds(lambda c: {"not": c}, inner), st.builds(lambda a, b: {"any": [a, b]}, inner, inner),
        st.builds(lambda a, b: {"all": [a, b]}, inner, inner),
    ),
    max_leaves=4,
)  # fmt: skip
TICKETS = [
    Facts(kind=kind, urgency=urgency, channel="mail", tier="key", region=region, team_tier=tier, tags=tags)
    for kind, urgency, region, tier, tags in product(
        KINDS, URGENCIES, ("north", "south", ""), range(4), ((), ("vip",), ("press",), ("vip", "press"))
    )
]


@settings(max_examples=150, deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=4))
def test_lint_agrees_with_every_ticket_there_can_be(whens: list[dict[str, Any]]) -> None:
    """What it says of reach and gaps is what asking the policy about each ticket shows."""
    rules = [rule(f"r{n}", when) for n, when in enumerate(whens)]
    policy = Policy.from_spec({"code": "p", "rules": rules})
    said = lint(policy, WORLD)
    decided = [policy.match(ticket, "first_response").rule for ticket in TICKETS]
    dead = {r.subject for r in said if r.code in ("rule_never_matches", "rule_never_reached")}
    assert dead == {one.code for one in policy.rules} - set(decided)
    gaps = [r for r in said if r.code in ("gap", "only_for_some")]
    bare = [ticket for ticket, code in zip(TICKETS, decided, strict=True) if not code]
    assert bool(gaps) == bool(bare)
    told = [t for t in TICKETS if any(g.where and g.where.matches(t.as_mapping()) for g in gaps)]
    assert set(told) <= set(bare)
    if not any(g.more for g in gaps):
        assert set(told) == set(bare)


def test_two_hundred_rules_are_judged_within_a_second() -> None:
    chance = random.Random(1)
    values = {**WORLD.values, "kind": [f"k{n}" for n in range(10)], "channel": [f"c{n}" for n in range(8)]}

    def one(n: int) -> dict[str, Any]:
        when: dict[str, Any] = {f: chance.sample(list(values[f]), 1) for f in chance.sample(list(values), 2)}
        when |= {"product_line": chance.choice("abcdef")} if n % 7 == 0 else {}
        target = {"target": f"{chance.randint(1, 90)}m", "calendar": chance.choice(["office", "always"])}
        return rule(f"r{n}", when, **dict.fromkeys(("first_response", "handoff", "resolution"), target))

    policy = Policy.from_spec({"code": "p", "rules": [one(n) for n in range(200)]})
    began = time.process_time()
    assert lint(policy, World(values, CALENDARS, at=MONDAY))
    assert time.process_time() - began < 1
