"""Is a standard changed in a draft, saved with its reason, and never by halves?"""

from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.promises.models import Policy, PolicyVersion

HOME = "/settings/policies/default/"
CELL = f"{HOME}rules/urgent/first_response/"
PROMISE = {"mode": "promise", "target": "10m", "calendar": "always", "ladder": "urgent", "pauses": ""}


def promised(number: int) -> Any:
    spec = PolicyVersion.objects.get(policy__code="default", number=number).spec
    rule = next(rule for rule in spec["rules"] if rule["code"] == "urgent")
    return rule["promises"]["first_response"]


def test_a_changed_cell_waits_in_the_draft(manager: Client) -> None:
    manager.post(CELL, PROMISE)
    page = manager.get(HOME).content.decode()
    assert "Rule urgent, First response: 15m · always · urgent → 10m · always · urgent" in page
    assert PolicyVersion.objects.count() == 1


def test_nobody_else_sees_the_draft(manager: Client, admin: Client) -> None:
    manager.post(CELL, PROMISE)
    assert "Changes that are not saved" not in admin.get(HOME).content.decode()


def test_saving_asks_for_the_reason(manager: Client) -> None:
    manager.post(CELL, PROMISE)
    answer = manager.post(f"{HOME}save", {"justification": " "})
    assert answer.status_code == 422
    assert PolicyVersion.objects.count() == 1


def test_a_saved_draft_is_the_next_version(manager: Client, house: House) -> None:
    manager.post(CELL, PROMISE)
    manager.post(f"{HOME}save", {"justification": "We measured ten minutes."})
    version = PolicyVersion.objects.get(policy__code="default", number=2)
    assert promised(2)["target"] == "10m"
    assert (version.justification, version.created_by) == ("We measured ten minutes.", house.mia)
    assert "Changes that are not saved" not in manager.get(HOME).content.decode()


def test_a_draft_over_an_older_version_is_not_saved(manager: Client, admin: Client) -> None:
    manager.post(CELL, PROMISE)
    admin.post(CELL, {**PROMISE, "target": "12m"})
    admin.post(f"{HOME}save", {"justification": "I was quicker."})
    answer = manager.post(f"{HOME}save", {"justification": "Too late."})
    assert answer.status_code == 422
    assert promised(2)["target"] == "12m"
    assert PolicyVersion.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"target": "0"}, "A promise of zero cannot be kept"),
        ({"target": "soon"}, "is no length of time"),
        ({"target": "60"}, "is no length of time"),
        ({"calendar": "moon"}, "there is no calendar"),
        ({"ladder": "tall"}, "is not known here"),
        ({"on_reopen": "grace"}, "extra time above zero"),
    ],
)
def test_a_bad_cell_is_told_with_its_place(manager: Client, wrong: dict[str, str], said: str) -> None:
    answer = manager.post(CELL, {**PROMISE, **wrong})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "First response" in page
    assert "Changes that are not saved" not in manager.get(HOME).content.decode()


def test_rules_move_and_go(manager: Client) -> None:
    manager.post(f"{HOME}rules/phone/move", {"to": "up"})
    manager.post(f"{HOME}rules/chat/delete")
    manager.post(f"{HOME}save", {"justification": "Calls first."})
    codes = [rule["code"] for rule in PolicyVersion.objects.get(number=2, policy__code="default").spec["rules"]]
    assert codes[:2] == ["phone", "suggestion"]
    assert "chat" not in codes


def test_a_new_rule_stands_at_the_top(manager: Client) -> None:
    posted = {
        **PROMISE,
        "code": "vip",
        "title": "Very important",
        "milestone": "callback",
        "when_tier": ["key", "gold"],
        "when_tags": "vip",
    }
    manager.post(f"{HOME}rules/new", posted)
    manager.post(f"{HOME}save", {"justification": "Promised at the fair."})
    rule = PolicyVersion.objects.get(number=2, policy__code="default").spec["rules"][0]
    assert rule["when"] == {"tier": ["key", "gold"], "tags": {"any": ["vip"]}}
    assert rule["promises"]["callback"]["target"] == "10m"


def test_further_conditions_are_kept(manager: Client) -> None:
    manager.post(f"{HOME}rules/urgent/", {"title": "T", "when_urgency": "urgent", "when_extra": "not: {channel: iot}"})
    manager.post(f"{HOME}save", {"justification": "Not for devices."})
    rules = PolicyVersion.objects.get(number=2, policy__code="default").spec["rules"]
    assert {"urgency": "urgent", "not": {"channel": "iot"}} in [rule["when"] for rule in rules]


def test_a_rule_that_is_never_reached_is_told(manager: Client) -> None:
    manager.post(f"{HOME}rules/new", {**PROMISE, "code": "all", "milestone": "first_response"})
    assert "is never reached" in manager.get(HOME).content.decode()


def test_a_ladder_is_changed_step_by_step(manager: Client) -> None:
    posted = {
        "do": "put", "step_0": "warn", "when_0": "before", "span_0": "20m", "share_0": "40", "to_0": ["holder"],
        "by_0": ["mail"], "ack_0": "5m", "step_1": "up", "when_1": "unacknowledged", "of_1": "warn", "to_1": ["lead"],
        "by_1": ["sms"], "step_2": "", "when_2": "before",
    }  # fmt: skip
    manager.post(f"{HOME}ladders/urgent/", posted)
    manager.post(f"{HOME}save", {"justification": "Fewer messages."})
    ladder = PolicyVersion.objects.get(number=2, policy__code="default").spec["ladders"]["urgent"]
    assert ladder == [
        {"step": "warn", "before": 1200, "share": 0.4, "to": ["holder"], "by": ["mail"], "ack": "5m"},
        {"step": "up", "unacknowledged": "warn", "to": ["lead"], "by": ["sms"]},
    ]


def test_a_ladder_in_use_stays(manager: Client) -> None:
    answer = manager.post(f"{HOME}ladders/urgent/", {"do": "delete", "step_0": "warn"})
    assert answer.status_code == 422
    assert "is used by the rule" in answer.content.decode()


def test_a_pause_set_is_changed(manager: Client) -> None:
    manager.post(f"{HOME}pauses/customer/", {"do": "put", "reasons": ["appointment"]})
    manager.post(f"{HOME}save", {"justification": "Only appointments."})
    assert PolicyVersion.objects.get(number=2, policy__code="default").spec["pause_sets"]["customer"] == ["appointment"]


def test_a_file_comes_back_as_it_went(manager: Client) -> None:
    text = manager.get(f"{HOME}export").content.decode()
    answer = manager.post("/settings/policies/load", {"text": text, "justification": "The same again."})
    first, second = PolicyVersion.objects.filter(policy__code="default").order_by("number")
    assert answer.status_code == 302
    assert {**first.spec, "title": ""} == {**second.spec, "title": ""}


def test_earlier_versions_stay_readable(manager: Client) -> None:
    manager.post(CELL, PROMISE)
    manager.post(f"{HOME}save", {"justification": "We measured ten minutes."})
    page = manager.get(f"{HOME}?version=2").content.decode()
    assert "15m · always · urgent → 10m · always · urgent" in page


def test_a_standard_is_put_out_of_force(manager: Client) -> None:
    manager.post(f"{HOME}switch", {"to": "off"})
    assert not Policy.objects.get(code="default").active


def test_a_new_ticket_gets_what_was_saved(manager: Client, house: House) -> None:
    manager.post(CELL, PROMISE)
    manager.post(f"{HOME}save", {"justification": "We measured ten minutes."})
    ticket = factories.ticket(house, urgency="urgent")
    promise = ticket.promises.get(milestone="first_response")
    assert promise.due_at is not None
    assert (promise.due_at - promise.started_at).total_seconds() == 600
