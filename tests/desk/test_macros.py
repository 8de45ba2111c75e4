"""Does a macro do what it says, to one ticket and to many, and can it be taken back?"""

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.automation.models import Macro
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.tickets.models import Message, Ticket


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


@pytest.fixture
def alice(house: House) -> Client:
    return factories.sign_in(Client(), house.alice)


def macro(**more: object) -> Macro:
    actions = {"urgency": "urgent", "add_tags": ["photo"], "note": "Asked for a photo", "status": "wait"}
    return Macro.objects.create(**({"name": "Photo", "actions": actions} | more))


def facts(ticket: Ticket) -> tuple[object, ...]:
    ticket.refresh_from_db()
    return ticket.urgency, ticket.tags, ticket.status, ticket.team_id, ticket.agent_id


def test_the_dialog_shows_what_it_would_do_with_its_text_filled_in(alice: Client, house: House) -> None:
    macro(actions={"send": "Dear {customer}, about {number}:"})
    ticket = factories.ticket(house)
    page = alice.get(f"/tickets/{ticket.pk}/macros").content.decode()
    assert f"Dear Chen, about YN-{ticket.pk}:" in page
    assert not Message.objects.filter(text__contains="Dear Chen, about").exists()


def test_a_macro_is_applied_and_taken_back(alice: Client, house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    before = facts(ticket)
    alice.post(f"/tickets/{ticket.pk}/macros/{macro().pk}")
    assert facts(ticket)[:3] == ("urgent", ["photo"], "waiting")
    assert "Just applied: Photo" in alice.get(f"/tickets/{ticket.pk}/macros").content.decode()
    alice.post(f"/tickets/{ticket.pk}/macros/undo")
    assert facts(ticket)[:2] + facts(ticket)[3:] == before[:2] + before[3:]
    assert ticket.status == "open"
    assert Event.objects.filter(code__in=[Code.MACRO_APPLIED, Code.MACRO_UNDONE]).count() == 2


def test_what_somebody_changed_since_is_not_taken_back(alice: Client, house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    alice.post(f"/tickets/{ticket.pk}/macros/{macro().pk}")
    alice.post(f"/tickets/{ticket.pk}/tags", {"tags": "mine"})
    after = facts(ticket)
    assert alice.post(f"/tickets/{ticket.pk}/macros/undo").status_code == 409
    assert facts(ticket) == after


def test_a_refused_action_is_said_and_the_others_are_done(alice: Client, house: House) -> None:
    found = macro(actions={"add_tags": ["x"], "status": "reopen"})
    ticket = factories.ticket(house)
    page = alice.post(f"/tickets/{ticket.pk}/macros/{found.pk}", follow=True).content.decode()
    assert "Applied in part. Refused: Status" in page
    assert facts(ticket)[1] == ["x"]


def test_a_macro_of_strangers_is_not_there(alice: Client, house: House) -> None:
    theirs = [macro(name="Own", owner=house.dee), macro(name="Team", team=house.strangers)]
    ticket = factories.ticket(house)
    before = facts(ticket)
    assert [alice.post(f"/tickets/{ticket.pk}/macros/{m.pk}").status_code for m in theirs] == [404, 404]
    assert facts(ticket) == before


def test_many_tickets_at_once_and_what_one_refuses_does_not_stop_the_others(alice: Client, house: House) -> None:
    found = macro(actions={"status": "wait"})
    tickets = [factories.ticket(house, agent=house.alice) for _n in range(2)]
    alice.post(f"/tickets/{tickets[0].pk}/close", {"reason": "spam"})
    posted = {"do": "macro", "macro": found.pk, "ids": [t.pk for t in tickets]}
    page = alice.post("/tickets/bulk", posted, follow=True).content.decode()
    assert [facts(t)[2] for t in tickets] == ["closed", "waiting"]
    assert "1 ticket done." in page
    assert "1 refused." in page
