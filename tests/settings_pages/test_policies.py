"""Is a standard changed in a draft that all see, proposed with its reason, approved by another, never by halves?"""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.desk.settings import drafts, policy_edit, policy_faces
from yingnuo.kit import instants
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import versions
from yingnuo.promises.models import Policy, PolicyVersion
from yingnuo.tickets.models import Ticket

HOME = "/settings/policies/default/"
CELL = f"{HOME}rules/urgent/first_response/"
PROMISE = {"mode": "promise", "target": "10m", "calendar": "always", "ladder": "urgent", "pauses": ""}


def at(code: str = "default") -> str:
    """What a form opened now would say it was opened on."""
    return drafts.of(code).token


def put(client: Client, where: str, posted: dict[str, Any] | None = None) -> Any:
    """One change, on top of what is there now."""
    return client.post(where, {**(posted or {}), "at": at()})


def propose(client: Client, why: str = "We measured ten minutes.", **more: str) -> Any:
    return client.post(f"{HOME}propose", {"justification": why, "at": at(), **more})


def in_force(author: Client, other: Client, why: str = "We measured ten minutes.", **more: str) -> PolicyVersion:
    """The draft, proposed by one and approved by another."""
    propose(author, why, **more)
    row = PolicyVersion.objects.get(policy__code="default", state="proposed")
    other.post(f"{HOME}{row.number}/", {"do": "approve", "note": "Good."})
    return PolicyVersion.objects.get(pk=row.pk)


def promised(number: int) -> Any:
    spec = PolicyVersion.objects.get(policy__code="default", number=number).spec
    rule = next(rule for rule in spec["rules"] if rule["code"] == "urgent")
    return rule["promises"]["first_response"]


def test_a_changed_cell_waits_in_the_draft(manager: Client) -> None:
    put(manager, CELL, PROMISE)
    page = manager.get(HOME).content.decode()
    assert "Rule urgent, First response: target: 15m → 10m" in page
    assert Policy.objects.get(code="default").current == 1


def test_colleagues_see_the_draft_and_go_on_with_it(lead: Client, admin: Client, house: House) -> None:
    put(lead, CELL, PROMISE)
    page = admin.get(HOME).content.decode()
    assert "Draft of version 2" in page
    assert "Bo" in page
    put(admin, CELL, {**PROMISE, "target": "12m"})
    draft = PolicyVersion.objects.get(state="draft")
    assert (draft.edition, draft.edited_by, draft.authors) == (2, house.root, [house.bo.pk, house.root.pk])


@pytest.mark.parametrize(
    ("where", "posted"),
    [
        (CELL, PROMISE), (f"{HOME}rules/phone/move", {"to": "up"}), (f"{HOME}rules/chat/delete", {}),
        (f"{HOME}pauses/customer/", {"do": "put", "reasons": ["appointment"]}),
    ],
)  # fmt: skip
def test_a_form_opened_before_a_colleagues_change_undoes_nothing(
    manager: Client, admin: Client, where: str, posted: dict[str, Any]
) -> None:
    opened = at()
    put(admin, f"{HOME}rules/urgent/resolution/", {**PROMISE, "target": "3h"})
    answer = manager.post(where, {**posted, "at": opened}, follow=True)
    assert "Root changed the draft after you opened it." in answer.content.decode()
    draft = PolicyVersion.objects.get(state="draft")
    assert (draft.edition, draft.edited_by and draft.edited_by.name) == (1, "Root")
    assert promised(2)["target"] == "15m"


def test_proposing_asks_for_the_reason(manager: Client) -> None:
    put(manager, CELL, PROMISE)
    answer = propose(manager, " ")
    assert answer.status_code == 422
    assert "Say in a few words why" in answer.content.decode()
    assert PolicyVersion.objects.get(number=2).state == "draft"


def test_another_person_approves_and_the_history_tells(lead: Client, manager: Client, house: House) -> None:
    put(lead, CELL, PROMISE)
    version = in_force(lead, manager)
    assert promised(2)["target"] == "10m"
    assert (version.state, version.justification) == ("in_force", "We measured ten minutes.")
    assert (version.created_by, version.decided_by) == (house.bo, house.mia)
    page = manager.get(HOME).content.decode()
    assert "approved by Mia" in page
    assert "Draft of version" not in page


def test_nobody_approves_his_own_proposal(manager: Client) -> None:
    put(manager, CELL, PROMISE)
    propose(manager)
    page = manager.get(f"{HOME}2/").content.decode()
    assert "This waits for a decision by Root." in page
    assert 'value="approve"' not in page
    answer = manager.post(f"{HOME}2/", {"do": "approve"})
    assert answer.status_code == 422
    assert "Another person decides about it" in answer.content.decode()
    assert PolicyVersion.objects.get(number=2).state == "proposed"


def test_where_nobody_else_may_the_author_does_and_it_is_said(manager: Client, house: House) -> None:
    Staff.objects.filter(pk=house.root.pk).update(active=False)
    put(manager, CELL, PROMISE)
    assert "Nobody else may approve standards here" in manager.get(f"{HOME}propose").content.decode()
    assert in_force(manager, manager).alone
    assert "approved by its author: nobody else could" in manager.get(HOME).content.decode()


def test_a_refusal_says_why_and_can_be_taken_up_again(lead: Client, manager: Client) -> None:
    put(lead, CELL, PROMISE)
    propose(lead)
    assert manager.post(f"{HOME}2/", {"do": "reject", "note": ""}).status_code == 422
    manager.post(f"{HOME}2/", {"do": "reject", "note": "Too strict at night."})
    assert "Too strict at night." in lead.get(f"{HOME}2/").content.decode()
    lead.post(f"{HOME}2/do", {"do": "redraft"})
    assert PolicyVersion.objects.get(number=3).spec == PolicyVersion.objects.get(number=2).spec


def test_a_draft_over_an_older_version_takes_its_changes_in(lead: Client, manager: Client) -> None:
    put(lead, CELL, PROMISE)
    spec = PolicyVersion.objects.get(number=1, policy__code="default").spec
    newer = policy_edit.put_cell(spec, "phone", "handoff", {"target": "2h", "calendar": "always"})
    versions.save_policy(SYSTEM, code="default", name="x", spec=newer, now=instants.now())
    assert propose(lead).status_code == 422
    page = lead.get(HOME).content.decode()
    assert "Version 3 has come in force since this draft was begun" in page
    lead.post(f"{HOME}2/do", {"do": "rebase", "at": at()})
    version = in_force(lead, manager)
    phone = next(rule for rule in version.spec["rules"] if rule["code"] == "phone")
    assert (promised(2)["target"], phone["promises"]["handoff"]["target"]) == ("10m", "2h")


def test_a_draft_is_discarded_by_who_wrote_it(lead: Client, manager: Client) -> None:
    put(manager, CELL, PROMISE)
    lead.post(f"{HOME}2/do", {"do": "withdraw"})
    assert PolicyVersion.objects.get(number=2).state == "draft"
    manager.post(f"{HOME}2/do", {"do": "withdraw"})
    assert PolicyVersion.objects.get(number=2).state == "withdrawn"


def test_a_moment_and_a_review_are_kept(lead: Client, manager: Client) -> None:
    put(lead, CELL, PROMISE)
    assert propose(lead, effective_from="tomorrow").status_code == 422
    version = in_force(lead, manager, effective_from="2126-01-01T00:00", review_on="2126-06-01", moves="follow")
    assert (version.state, version.moves_open) == ("approved", True)
    assert version.effective_from == datetime(2126, 1, 1, tzinfo=UTC)
    page = lead.get(HOME).content.decode()
    assert "is approved and comes in force" in page


def test_any_two_versions_are_compared(lead: Client, manager: Client) -> None:
    put(lead, CELL, PROMISE)
    in_force(lead, manager)
    put(lead, f"{HOME}rules/chat/delete")
    page = lead.get(f"{HOME}compare?from=1&to=3").content.decode()
    assert "Rule urgent, First response: target: 15m → 10m" in page
    assert "Rule chat is deleted" in page
    assert "Rule chat is deleted" not in lead.get(f"{HOME}compare?from=1&to=2").content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"target": "0"}, "A promise of zero cannot be kept"),
        ({"target": "soon"}, "is no length of time"),
        ({"target": "60"}, "is no length of time"),
        ({"calendar": "moon"}, "there is no service time"),
        ({"ladder": "tall"}, "is not known here"),
        ({"on_reopen": "grace"}, "extra time above zero"),
    ],
)
def test_a_bad_cell_is_told_with_its_place(manager: Client, wrong: dict[str, str], said: str) -> None:
    answer = put(manager, CELL, {**PROMISE, **wrong})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "First response" in page
    assert not PolicyVersion.objects.filter(state="draft").exists()


def test_rules_move_and_go(manager: Client) -> None:
    put(manager, f"{HOME}rules/phone/move", {"to": "up"})
    put(manager, f"{HOME}rules/chat/delete")
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
    put(manager, f"{HOME}rules/new", posted)
    rule = PolicyVersion.objects.get(number=2, policy__code="default").spec["rules"][0]
    assert rule["when"] == {"tier": ["key", "gold"], "tags": {"any": ["vip"]}}
    assert rule["promises"]["callback"]["target"] == "10m"


def test_further_conditions_are_kept(manager: Client) -> None:
    put(manager, f"{HOME}rules/urgent/", {"title": "T", "when_urgency": "urgent", "when_extra": "not: {channel: iot}"})
    rules = PolicyVersion.objects.get(number=2, policy__code="default").spec["rules"]
    assert {"urgency": "urgent", "not": {"channel": "iot"}} in [rule["when"] for rule in rules]


def test_a_rule_that_is_never_reached_is_told(manager: Client) -> None:
    put(manager, f"{HOME}rules/new", {**PROMISE, "code": "all", "milestone": "first_response"})
    assert "is never reached" in manager.get(HOME).content.decode()


def test_a_ladder_is_changed_step_by_step(manager: Client) -> None:
    posted = {
        "do": "put", "step_0": "warn", "when_0": "before", "span_0": "20m", "share_0": "40", "to_0": ["holder"],
        "by_0": ["mail"], "ack_0": "5m", "step_1": "up", "when_1": "unacknowledged", "of_1": "warn", "to_1": ["lead"],
        "by_1": ["sms"], "step_2": "", "when_2": "before",
    }  # fmt: skip
    put(manager, f"{HOME}ladders/urgent/", posted)
    ladder = PolicyVersion.objects.get(number=2, policy__code="default").spec["ladders"]["urgent"]
    assert ladder == [
        {"step": "warn", "before": 1200, "share": 0.4, "to": ["holder"], "by": ["mail"], "ack": "5m"},
        {"step": "up", "unacknowledged": "warn", "to": ["lead"], "by": ["sms"]},
    ]


def test_a_ladder_in_use_stays(manager: Client) -> None:
    answer = put(manager, f"{HOME}ladders/urgent/", {"do": "delete", "step_0": "warn"})
    assert answer.status_code == 422
    assert "is used by the rule" in answer.content.decode()


def test_a_pause_set_is_changed(manager: Client) -> None:
    put(manager, f"{HOME}pauses/customer/", {"do": "put", "reasons": ["appointment"]})
    assert PolicyVersion.objects.get(number=2, policy__code="default").spec["pause_sets"]["customer"] == ["appointment"]


def test_a_file_comes_back_as_it_went(manager: Client) -> None:
    text = manager.get(f"{HOME}export").content.decode()
    answer = manager.post("/settings/policies/load", {"text": text})
    first, second = PolicyVersion.objects.filter(policy__code="default").order_by("number")
    assert answer.status_code == 302
    assert first.spec == second.spec
    assert second.state == "draft"


def test_earlier_versions_stay_readable(lead: Client, manager: Client) -> None:
    put(lead, CELL, PROMISE)
    in_force(lead, manager)
    page = manager.get(f"{HOME}2/").content.decode()
    assert "target: 15m → 10m" in page
    assert manager.get(f"{HOME}?version=2").status_code == 302
    assert "This is an earlier version; version 2 is in force." in manager.get(f"{HOME}1/").content.decode()


def test_a_bad_file_changes_nothing_and_names_its_line(manager: Client) -> None:
    text = "code: default\nrules:\n  - code: a\n    promises: {first_response: {target: soon, calendar: office}}\n"
    answer = manager.post("/settings/policies/load", {"text": text})
    assert answer.status_code == 422
    assert "Line 4, rule “a”" in answer.content.decode()
    assert PolicyVersion.objects.count() == 1


def test_a_standard_of_its_own_is_not_in_force_before_it_is_approved(lead: Client, manager: Client) -> None:
    lead.post("/settings/policies/load", {"text": policy_faces.EXAMPLE})
    assert Policy.objects.get(code="dealers").current == 0
    home = "/settings/policies/dealers/"
    assert "No rule says anything" not in lead.get(home).content.decode()
    lead.post(f"{home}propose", {"justification": "Agreed with them.", "at": at("dealers")})
    manager.post(f"{home}1/", {"do": "approve"})
    assert Policy.objects.get(code="dealers").current == 1
    assert "Promises of our dealers" in lead.get("/settings/policies/").content.decode()


def test_a_standard_is_put_out_of_force(manager: Client) -> None:
    put(manager, f"{HOME}switch", {"to": "off"})
    assert not Policy.objects.get(code="default").active


def test_a_new_ticket_gets_what_was_approved(lead: Client, manager: Client, house: House) -> None:
    put(lead, CELL, PROMISE)
    propose(lead)
    ticket = factories.ticket(house, urgency="urgent")
    assert seconds(ticket) == 900
    manager.post(f"{HOME}2/", {"do": "approve"})
    assert seconds(factories.ticket(house, urgency="urgent")) == 600


def seconds(ticket: Ticket) -> float:
    promise = ticket.promises.get(milestone="first_response")
    assert promise.due_at is not None
    return (promise.due_at - promise.started_at).total_seconds()
