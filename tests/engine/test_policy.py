"""Which terms does a ticket get, by which rule, and are bad policies refused where they are wrong?"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import yaml

from yingnuo.engine.errors import BadSpec
from yingnuo.engine.milestones import Milestone
from yingnuo.engine.policy import Facts, Policy
from yingnuo.engine.terms import Terms, When

WRITTEN = """
code: default
agreement: sla
milestones: [statutory_reply]
ladders:
  standard:
    - {step: warn, before: 30m, share: 0.5, to: [holder, lead], by: [in_app, mail, sms], ack: 10m}
    - {step: warn-up, unacknowledged: warn, to: [up_the_line], by: [mail]}
    - {step: broken, after: 0, to: [lead], by: [mail]}
pause_sets:
  customer: [waiting_customer, appointment, force_majeure]
rules:
  - code: urgent-phone
    when: {urgency: urgent, channel: phone}
    promises:
      first_response: {target: 5m, calendar: always, ladder: standard, answered_by: person, guide: urgent_first}
      handoff: {target: 1h, calendar: always, ladder: standard}
      resolution: null
  - code: urgent
    when: {urgency: urgent}
    promises:
      first_response: {target: 15m, calendar: always, ladder: standard}
      resolution: {target: 8h, calendar: always, ladder: standard, pauses: customer}
  - code: rest
    promises:
      first_response: {target: 1h, calendar: office, ladder: standard, pauses: "*"}
      resolution:
        {target: 1d, calendar: office, pauses: [waiting_customer], on_reopen: grace, grace: 2h, agreement: ola}
      statutory_reply: {target: 10d, calendar: always}
"""
SPEC: dict[str, Any] = yaml.safe_load(WRITTEN)
POLICY = Policy.from_spec(SPEC, version=3)
URGENT_CALL = Facts(urgency="urgent", channel="phone")


def given(facts: Facts, milestone: str) -> Terms:
    terms = POLICY.match(facts, milestone).terms
    assert terms is not None
    return terms


def changed(path: str, value: object) -> dict[str, Any]:
    """The written policy with one place changed; "rules.0.when" is a path."""
    spec = deepcopy(SPEC)
    *way, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    place: Any = spec
    for key in way:
        place = place[key]
    place[last] = value
    return spec


def test_the_first_rule_that_matches_and_names_the_milestone_wins() -> None:
    match = POLICY.match(URGENT_CALL, Milestone.FIRST_RESPONSE)
    assert (match.rule, match.tried) == ("urgent-phone", ())
    assert given(URGENT_CALL, "first_response").target_seconds == 300


def test_terms_say_where_they_come_from() -> None:
    terms = given(URGENT_CALL, "first_response")
    assert (terms.policy, terms.rule, terms.guide, terms.milestone) == (
        "default@3", "urgent-phone", "urgent_first", "first_response",
    )  # fmt: skip
    assert [(step.code, step.when) for step in terms.ladder] == [
        ("warn", When.BEFORE), ("warn-up", When.UNACKNOWLEDGED), ("broken", When.AFTER),
    ]  # fmt: skip


def test_null_is_no_promise_and_stops_the_search() -> None:
    match = POLICY.match(URGENT_CALL, "resolution")
    assert (match.terms, match.rule) == (None, "urgent-phone")


def test_a_rule_that_does_not_name_the_milestone_is_passed_by() -> None:
    match = POLICY.match(Facts(urgency="urgent"), "statutory_reply")
    assert (match.rule, match.tried) == ("rest", ())


def test_a_milestone_nobody_names_is_no_promise() -> None:
    match = POLICY.match(URGENT_CALL, "callback")
    assert (match.terms, match.rule, match.tried) == (None, "", ())


def test_no_rule_that_matches_is_no_promise_with_reasons() -> None:
    match = POLICY.match(Facts(urgency="urgent"), "handoff")
    assert (match.terms, match.rule, [tried.rule for tried in match.tried]) == (None, "", ["urgent-phone"])


def test_rules_tried_before_say_why_not() -> None:
    tried = POLICY.match(Facts(urgency="urgent", channel="mail"), "first_response").tried
    assert [(one.rule, one.reasons[0].fact, one.reasons[0].actual) for one in tried] == [
        ("urgent-phone", "channel", "mail")
    ]


def test_match_all_agrees_with_match() -> None:
    for facts in (URGENT_CALL, Facts(urgency="urgent"), Facts()):
        found = POLICY.match_all(facts)
        assert found == {milestone: POLICY.match(facts, milestone) for milestone in found}
    assert set(found) == {"first_response", "handoff", "resolution", "statutory_reply"}


def test_resolve_gives_the_version_of_the_calendar() -> None:
    match = POLICY.match(Facts(), "resolution", resolve=lambda code: f"{code}@7")
    assert match.terms is not None
    assert match.terms.calendar == "office@7"
    assert POLICY.match_all(Facts(), lambda code: f"{code}@7")["resolution"] == match


def test_pauses_are_a_set_a_list_the_star_or_nothing() -> None:
    assert given(Facts(urgency="urgent"), "resolution").pauses == ("waiting_customer", "appointment", "force_majeure")
    assert given(Facts(), "resolution").pauses == ("waiting_customer",)
    assert given(Facts(), "first_response").pauses == ("*",)
    assert given(URGENT_CALL, "handoff").pauses == ()


def test_a_promise_may_have_its_own_agreement_and_reopening() -> None:
    terms = given(Facts(), "resolution")
    assert (terms.agreement, terms.on_reopen, terms.grace_seconds) == ("ola", "grace", 7200)


def test_facts_by_name() -> None:
    assert Facts(tags=("vip",), team_tier=2).as_mapping() == {
        "kind": "", "urgency": "", "channel": "", "tier": "", "product_line": "", "region": "", "team": "",
        "team_tier": 2, "tags": ("vip",),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("place", "value", "path", "code"),
    [
        ("colour", 1, "colour", "unknown_key"),
        ("code", "", "code", "not_a_text"),
        ("code", "a b", "code", "not_a_code"),
        ("agreement", "slo", "agreement", "unknown_word"),
        ("rules", {}, "rules", "not_a_list"),
        ("rules.1.code", "urgent-phone", "rules[1].code", "used_twice"),
        ("rules.1.where", {}, "rules[1].where", "unknown_key"),
        ("rules.0.when.channels", "phone", "rules[0].when.channels", "unknown_fact"),
        ("rules.0.when.channel", [], "rules[0].when.channel", "empty_list"),
        ("rules.2.promises", {}, "rules[2].promises", "no_promise"),
        ("rules.2.promises.first_respnse", None, "rules[2].promises.first_respnse", "unknown_word"),
        ("rules.0.promises.handoff.target", 0, "rules[0].promises.handoff.target", "zero_target"),
        ("rules.0.promises.handoff.target", "1 hour", "rules[0].promises.handoff.target", "not_a_duration"),
        ("rules.0.promises.handoff.calender", "x", "rules[0].promises.handoff.calender", "unknown_key"),
        ("rules.0.promises.handoff.calendar", None, "rules[0].promises.handoff.calendar", "not_a_text"),
        ("rules.0.promises.handoff.ladder", "steep", "rules[0].promises.handoff.ladder", "unknown_word"),
        ("rules.0.promises.handoff.pauses", "cust", "rules[0].promises.handoff.pauses", "unknown_word"),
        ("rules.0.promises.handoff.grace", "1h", "rules[0].promises.handoff.grace", "grace_needs_seconds"),
        ("rules.0.promises.handoff.on_reopen", "grace", "rules[0].promises.handoff.grace", "grace_needs_seconds"),
        ("ladders.standard.0.before", 0, "ladders.standard[0].before", "lead_of_zero"),
    ],
)
def test_a_bad_policy_is_refused_at_its_place(place: str, value: object, path: str, code: str) -> None:
    with pytest.raises(BadSpec) as refused:
        Policy.from_spec(changed(place, value))
    assert (refused.value.path, refused.value.code) == (path, code)


def test_a_refusal_says_what_would_be_right() -> None:
    with pytest.raises(BadSpec) as refused:
        Policy.from_spec(changed("rules.0.promises.handoff.ladder", "steep"))
    assert refused.value.params == {"given": "steep", "expected": "standard"}


def test_a_good_policy_has_no_findings() -> None:
    assert POLICY.lint() == ()


def test_lint_finds_a_rule_that_an_earlier_one_covers() -> None:
    found = Policy.from_spec(changed("rules.0.when", {})).lint()
    assert {one.other for one in found} == {"urgent-phone"}
    assert [(one.code, one.path) for one in found] == [
        ("rule_never_reached", "rules[1]"),
        ("promise_never_reached", "rules[2].promises.first_response"),
        ("promise_never_reached", "rules[2].promises.resolution"),
    ]


def test_lint_finds_a_warning_that_leads_the_whole_limit() -> None:
    spec = changed("ladders.standard.0", {"step": "warn", "before": "30m", "to": "holder", "ack": "5m"})
    found = {(one.code, one.path) for one in Policy.from_spec(spec).lint()}
    assert found == {
        ("lead_not_shorter_than_target", "rules[0].promises.first_response.ladder[0].before"),
        ("lead_not_shorter_than_target", "rules[1].promises.first_response.ladder[0].before"),
    }


def test_lint_finds_a_ladder_nobody_uses_and_an_audience_nobody_knows() -> None:
    spec = changed("ladders.spare", [{"step": "x", "after": 0, "to": ["boss"]}])
    found = [(one.code, one.path) for one in Policy.from_spec(spec).lint()]
    assert found == [("unknown_audience", "ladders.spare[0].to"), ("ladder_unused", "ladders.spare")]


def test_lint_reads_a_ladder_written_in_place() -> None:
    spec = changed("rules.0.promises.handoff.ladder", [{"step": "x", "after": 0, "to": ["boss"]}])
    assert [one.path for one in Policy.from_spec(spec).lint()] == ["rules[0].promises.handoff.ladder[0].to"]
