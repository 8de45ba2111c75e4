"""Does the preview say what would be promised, by which rule, who would be told, and store nothing?"""

from django.test import Client

from tests.factories import House
from yingnuo.people.models import Staff
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Ticket

ASK = {"kind": "fault", "urgency": "urgent", "channel": "mail", "start": "2026-03-02T10:00", "text": "It burns"}


def asked(client: Client, **more: str) -> str:
    return client.get("/settings/preview/", {**ASK, **more}).content.decode()


def test_the_due_moment_is_exact(manager: Client) -> None:
    page = asked(manager)
    assert "2026-03-02 10:15" in page
    assert "Rule urgent of 默认承诺 Default promises" in page


def test_it_says_why_earlier_rules_did_not_fit(manager: Client) -> None:
    assert "Channel is Mail; the rule asks for Phone" in asked(manager)


def test_it_names_who_would_be_told(manager: Client, house: House) -> None:
    Staff.objects.filter(pk=house.alice.pk).update(presence="online")
    page = asked(manager)
    assert "Alice (whoever holds it), Bo (the team’s lead)" in page
    assert "holds 0/20 tickets" in page


def test_the_ladder_is_dated(manager: Client) -> None:
    assert "2026-03-02 10:07" in asked(manager)  # half of fifteen minutes before the due moment


def test_it_stores_nothing(manager: Client) -> None:
    asked(manager)
    assert (Ticket.objects.count(), Promise.objects.count()) == (0, 0)


def test_the_draft_can_be_tried_before_it_is_proposed(manager: Client) -> None:
    cell = {"mode": "promise", "target": "10m", "calendar": "always", "ladder": "urgent", "at": "v1"}
    manager.post("/settings/policies/default/rules/urgent/first_response/", cell)
    assert "2026-03-02 10:10" in asked(manager, policy="default")
    assert "2026-03-02 10:10" not in asked(manager)


def test_a_bad_moment_is_told(manager: Client) -> None:
    assert "is no date" in asked(manager, start="yesterday")
