"""Does a message's head say whether it is from whom it says, and where ours is, without crying wolf?"""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.channels.models import Delivery, Provenance
from yingnuo.journey import reply
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
LOOKED = {"by": "mx.example", "domain": "harbour.example", "dmarc": "fail", "spf": "none"}


@pytest.fixture
def house() -> House:
    return factories.house()


@pytest.fixture
def ticket(house: House) -> Ticket:
    return factories.ticket(house, agent=house.alice, at=MONDAY)


def _page(client: Client, house: House, ticket: Ticket) -> str:
    return factories.sign_in(client, house.alice).get(f"/tickets/{ticket.pk}/").content.decode()


@pytest.mark.parametrize(
    ("verdict", "word"),
    [("verified", "Sender verified"), ("failed", "Sender doubtful"), ("unknown", "Sender not verified")],
)
def test_the_verdict_stands_at_the_message(
    client: Client, house: House, ticket: Ticket, verdict: str, word: str
) -> None:
    message = Message.objects.get(ticket=ticket, author="customer")
    Provenance.objects.create(message=message, verdict=verdict, checks=LOOKED)
    page = _page(client, house, ticket)
    assert f"{word}</span></span>" in page  # as a badge, not as escaped text
    assert "checked by mx.example" in page


def test_where_nobody_looked_nothing_is_said(client: Client, house: House, ticket: Ticket) -> None:
    message = Message.objects.get(ticket=ticket, author="customer")
    Provenance.objects.create(message=message, verdict="unknown", checks={})
    assert "Sender" not in _page(client, house, ticket)


@pytest.mark.parametrize(
    ("state", "problem", "word"),
    [("sent", "", "Sent"), ("sent", "delayed 4.4.1", "Delayed"), ("pending", "smtp_auth", "Waiting to be sent"),
     ("failed", "smtp_550: no", "Not delivered"), ("read", "", "Read")],
)  # fmt: skip
def test_where_our_message_is(
    client: Client, house: House, ticket: Ticket, state: str, problem: str, word: str
) -> None:  # fmt: skip
    said = reply.Said("On it.")
    message = reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=said, now=MONDAY)
    Delivery.objects.filter(message=message).update(state=state, problem=problem)
    page = _page(client, house, ticket)
    warned = problem and state != "failed"  # a word in a badge; else a tick with the word behind it
    told = f"{word}: {problem}" if problem else word
    assert (f"{word}</span></span>" if warned else f'data-got="{state}" title="{told}"') in page
