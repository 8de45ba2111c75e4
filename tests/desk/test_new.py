"""Does a call become a ticket like everything that comes in, with its promise seen beforehand?"""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.people.models import Contact, Role
from yingnuo.tickets.models import Ticket


def _said(**more: object) -> dict[str, object]:
    return {"via": "phone", "kind": "fault", "subject": "It smokes", "text": "Since noon", "mine": "1", **more}


def test_a_call_of_a_known_customer(house: House, alice: Client) -> None:
    answer = alice.post("/tickets/new", _said(contact=house.chen.pk, impact=["danger"]))
    ticket = Ticket.objects.get()
    assert answer["Location"] == f"/tickets/{ticket.pk}/"
    assert (ticket.contact_id, ticket.via, ticket.kind, ticket.urgency) == (house.chen.pk, "phone", "fault", "urgent")
    assert ticket.agent_id == house.alice.pk
    assert ticket.promises.filter(milestone="first_response").exists()


def test_a_call_of_somebody_new(house: House, alice: Client) -> None:
    alice.post("/tickets/new", _said(name="Zhou", phone="138 0000 9999"))
    assert Ticket.objects.get().contact == Contact.objects.get(phone="+8613800009999", name="Zhou")


@pytest.mark.parametrize(
    "said", [_said(), _said(name="Zhou", subject="", text=""), _said(email="nonsense"), _said(phone="12")]
)
def test_what_is_missing_is_said_and_nothing_opened(house: House, alice: Client, said: dict[str, object]) -> None:
    answer = alice.post("/tickets/new", said)
    assert answer.status_code == 422
    assert b"invalid-feedback" in answer.content
    assert not Ticket.objects.exists()


def test_the_promise_is_seen_before(house: House, alice: Client) -> None:
    general = alice.post("/tickets/new/preview", {"via": "mail", "kind": "enquiry"}).content.decode()
    urgent = alice.post("/tickets/new/preview", {"via": "mail", "kind": "fault", "impact": "danger"}).content.decode()
    assert "rule general" in general
    assert "rule urgent" in urgent
    assert "15 min" in urgent
    assert not Ticket.objects.exists()


def test_a_partner_opens_none(house: House, client: Client) -> None:
    partner = factories.sign_in(client, factories.staff("pat", role=Role.PARTNER, team=house.front))
    assert partner.get("/tickets/new").status_code == 403
    assert partner.post("/tickets/new", _said(name="Zhou")).status_code == 403
    assert not Ticket.objects.exists()


def test_customers_are_offered_while_typing(house: House, alice: Client) -> None:
    assert f"?contact={house.chen.pk}" in alice.get("/tickets/new/people", {"who": "che"}).content.decode()
    assert "Chen" in alice.get("/tickets/new", {"contact": house.chen.pk}).content.decode()
