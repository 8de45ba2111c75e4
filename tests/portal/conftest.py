"""What do the portal's tests begin with? The company, a browser with CSRF checks, and a form filled in as people do."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.factories import House
from yingnuo.channels.models import Raw
from yingnuo.ledger.models import Event
from yingnuo.portal.models import Use
from yingnuo.tickets import links
from yingnuo.tickets.models import Message, Ticket

ASK = "/portal/ask/"
AWAY = "203.0.113.9"  # not loopback, which is not counted


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


@pytest.fixture
def ticket(house: House) -> Ticket:
    return factories.ticket(house, agent=house.alice)


def filled(client: Client, **more: Any) -> dict[str, Any]:
    """The ask form as Chen fills it in; its key is ten seconds old, as with a person."""
    with time_machine.travel(_ago(10)):
        page = client.get(ASK).content.decode()
    form = {
        "key": _key(page), "homepage": "", "kind": "fault", "impact": ["not_working"], "text": "It shows E3.",
        "subject": "Washer", "name": "Chen", "email": "chen@harbour.example", "phone": "",
    }  # fmt: skip
    return form | more


def words(client: Client, ticket: Ticket, **more: Any) -> dict[str, Any]:
    """The form for further words, ten seconds old."""
    with time_machine.travel(_ago(10)):
        page = client.get(page_of(ticket)).content.decode()
    return {"key": _key(page), "homepage": "", "text": "Any news?"} | more


def _ago(seconds: int) -> float:
    return time.time() - seconds


def _key(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return found[1]


def page_of(ticket: Ticket, name: str = "promise", *more: object) -> str:
    """An address below the promise link of a ticket."""
    return reverse(f"portal:{name}", args=[links.promise_token(ticket), *more])


def counts() -> tuple[int, ...]:
    """What a refused request must leave as it was."""
    return Ticket.objects.count(), Message.objects.count(), Raw.objects.count(), Event.objects.count()


def uses() -> int:
    """How many windows of use are counted."""
    return Use.objects.count()
