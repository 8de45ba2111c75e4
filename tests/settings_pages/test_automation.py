"""Are rules of automation made, tried, watched and read from a file on their pages?"""

import pytest
from django.test import Client

from tests import factories
from tests.automation.rounds import let_run, rule
from tests.factories import House
from yingnuo.automation.models import Macro, Rule

SMOKE = {
    "name": "Smoke", "event": "opened", "when_kind": "fault", "urgency": "urgent", "add_tags": "safety, 安全",
    "notify": ["lead"], "most_per_day": "5", "active": "on",
}  # fmt: skip


def test_a_rule_is_made_as_it_was_filled_in(manager: Client) -> None:
    assert manager.post("/settings/automation/new", SMOKE).status_code == 302
    row = Rule.objects.get()
    assert (row.when, row.conditions, row.most_per_day) == ({"event": "opened"}, {"kind": "fault"}, 5)
    assert row.actions == {"urgency": "urgent", "add_tags": ["safety", "安全"], "notify": ["lead"]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"event": ""}, {"event": "", "after": "soon", "since": "opened"}, {"when_extra": "moon: full"},
        {"urgency": "", "add_tags": "", "notify": []}, {"note": "{moon}"}, {"agent": "alice"}, {"most_per_day": "0"},
    ],
)  # fmt: skip
def test_a_bad_rule_is_refused_and_nothing_is_kept(manager: Client, wrong: dict[str, object]) -> None:
    assert manager.post("/settings/automation/new", {**SMOKE, **wrong}).status_code == 422
    assert not Rule.objects.exists()


def test_a_lead_may_look_and_not_change(lead: Client, house: House) -> None:
    made = rule(house, when="opened", then={"add_tags": ["x"]})
    assert lead.post("/settings/automation/new", SMOKE).status_code == 403
    assert lead.post(f"/settings/automation/{made.pk}/delete").status_code == 403
    assert lead.post("/settings/automation/load", {"text": "rules: []"}).status_code == 403
    assert list(Rule.objects.all()) == [made]


def test_a_changed_rule_keeps_its_place_and_rules_move(manager: Client, house: House) -> None:
    first, second = (rule(house, name, when="opened", then={"add_tags": ["x"]}) for name in "ab")
    manager.post(f"/settings/automation/{first.pk}/", {**SMOKE, "name": "a"})
    manager.post("/settings/automation/move", {"rule": second.pk, "to": "up"})
    assert list(Rule.objects.values_list("name", flat=True)) == ["b", "a"]
    manager.post(f"/settings/automation/{first.pk}/delete")
    assert list(Rule.objects.all()) == [second]


def test_trying_says_which_condition_does_not_fit(manager: Client, house: House) -> None:
    made = rule(house, when="opened", asks={"urgency": "urgent", "text": {"contains": ["E3"]}}, then={"note": "x"})
    ticket = factories.ticket(house)
    page = manager.get(f"/settings/automation/{made.pk}/try?ticket=YN-{ticket.pk}").content.decode()
    assert "Urgency is General; the rule asks for Urgent" in page
    assert "does not fit" in page
    ticket.refresh_from_db()
    assert ticket.version == 1


def test_the_past_tells_what_a_rule_would_have_done(manager: Client, house: House) -> None:
    factories.ticket(house, subject="Smoke!")
    factories.ticket(house)
    made = rule(house, when="opened", asks={"text": {"contains": ["smoke"]}}, then={"note": "x"})
    page = manager.get(f"/settings/automation/{made.pk}/try?days=7").content.decode()
    assert "It would have acted 1 time." in page
    assert "In 1 more case" in page
    assert not let_run()


def test_the_log_says_what_came_of_it(manager: Client, house: House) -> None:
    made = rule(house, when="opened", then={"add_tags": ["x"], "status": "reopen"})
    ticket = factories.ticket(house)
    let_run()
    page = manager.get(f"/settings/automation/{made.pk}/log").content.decode()
    assert f"YN-{ticket.pk}" in page
    assert "Status: the ticket is not in a state for that" in page


def test_a_file_that_was_written_is_read_again(manager: Client, house: House) -> None:
    manager.post("/settings/automation/new", SMOKE)
    text = manager.get("/settings/automation/export").content.decode()
    Rule.objects.all().delete()
    assert manager.post("/settings/automation/load", {"text": text, "do": "check"}).status_code == 200
    assert not Rule.objects.exists()
    manager.post("/settings/automation/load", {"text": text, "do": "load"})
    assert manager.get("/settings/automation/export").content.decode() == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules:\n  - name: A\n    when: {event: opened}\n    then: {urgency: later}\n", "Line 4, rule “A”"),
        ("rules:\n  - name: A\n    when: {event: opened}\n    then: {note: x}\n    iff: {}\n", "Line 5, rule “A”"),
        ("rules:\n  - name: A\n    when: {after: 1h, since: opened, calendar: moon}\n    then: {note: x}\n", "Line 3"),
        ("rules:\n  - name: A\n    when: {event: opened}\n    then: {note: x}\n    owner: nobody\n", "Line 5"),
        ("rules:\n  - name: A\n    when: {event: opened}\n    if: {moon: full}\n    then: {note: x}\n", "Line 4"),
        ("rules:\n  - name: A\n    when: {event: opened}\n    then: {note: x}\n    stop: 1\n", "Line 5"),
        ("rules: 5\n", "Line 1"), ("moon: 1\n", "Line 1"), ("rules:\n  - 5\n", "Line 2"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_whole_with_its_line(manager: Client, text: str, said: str) -> None:
    answer = manager.post("/settings/automation/load", {"text": text})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Rule.objects.exists()


def test_a_lead_makes_a_macro_of_his_team_and_none_for_everybody(lead: Client, house: House) -> None:
    posted = {"name": "Ask for a photo", "send": "Dear {customer}, a photo, please.", "status": "wait"}
    assert lead.post("/settings/macros/new", {**posted, "whose": str(house.front.pk)}).status_code == 302
    assert Macro.objects.get().team == house.front
    assert lead.post("/settings/macros/new", {**posted, "whose": "all"}).status_code == 422
    assert lead.post("/settings/macros/new", {**posted, "send": "{moon}", "whose": "mine"}).status_code == 422
    assert Macro.objects.count() == 1
