"""Does the composer say by which way an answer goes, until when, and does the page show how it arrived?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.channels import registry, talks
from yingnuo.channels.adapters.telegram import Telegram
from yingnuo.channels.models import Channel, Conversation, Delivery
from yingnuo.engine.windows import Window
from yingnuo.kit import instants
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
_PROFILE = Telegram.profile


class _Windowed(Telegram):
    """A provider that takes two messages within an hour of the customer's words."""

    profile = type(_PROFILE)(kind="telegram", name="Talk", group="messaging", via="social", window=Window(3_600, 2))


@pytest.fixture
def talked(monkeypatch: pytest.MonkeyPatch) -> tuple[House, Ticket, Conversation]:
    """Wang has a ticket, and a talk on a channel with a window."""
    monkeypatch.setattr(registry, "adapter_of", lambda kind: _Windowed())
    house = factories.house()
    channel = Channel.objects.create(code="talk", name="Talk", kind="telegram")
    ticket = factories.ticket(house, contact=house.wang, agent=house.alice)
    talk = talks.meet(house.wang, channel, "peer")
    Conversation.objects.filter(pk=talk.pk).update(ticket=ticket, last_in_at=instants.now())
    Message.objects.filter(ticket=ticket).update(via="social")
    Delivery.objects.all().delete()
    talk.refresh_from_db()
    return house, ticket, talk


def _page(client: Client, ticket: Ticket) -> str:
    return client.get(f"/tickets/{ticket.pk}/").content.decode()


def test_both_ways_are_offered_with_their_window(client: Client, talked: tuple[House, Ticket, Conversation]) -> None:
    house, ticket, talk = talked
    factories.sign_in(client, house.alice)
    page = _page(client, ticket)
    assert f'value="talk-{talk.pk}"' in page
    assert 'value="mail"' in page
    assert "2 messages left" in page


def test_an_answer_goes_the_chosen_way(client: Client, talked: tuple[House, Ticket, Conversation]) -> None:
    house, ticket, talk = talked
    factories.sign_in(client, house.alice)
    client.post(f"/tickets/{ticket.pk}/say", {"side": "reply", "text": "By talk", "way": f"talk-{talk.pk}"})
    client.post(f"/tickets/{ticket.pk}/say", {"side": "reply", "text": "By mail", "way": "mail"})
    rows = Delivery.objects.order_by("pk").values_list("way", "to", "message__via")
    assert list(rows) == [("telegram", "peer", "social"), ("mail", house.wang.email, "mail")]


def test_a_closed_window_is_said_before_one_types(client: Client, talked: tuple[House, Ticket, Conversation]) -> None:
    house, ticket, _talk = talked
    factories.sign_in(client, house.alice)
    Conversation.objects.update(sent_since=2)
    assert "are used up until the customer writes again" in _page(client, ticket)
    Conversation.objects.update(sent_since=0, last_in_at=instants.now() - timedelta(hours=2))
    assert "is over until the customer writes again" in _page(client, ticket)


@pytest.mark.parametrize(
    ("state", "word"),
    [("pending", "Waiting to be sent"), ("delivered", "Delivered"), ("read", "Read"), ("failed", "Not delivered")],
)
def test_a_message_tells_how_far_it_came(
    client: Client, talked: tuple[House, Ticket, Conversation], state: str, word: str
) -> None:
    house, ticket, talk = talked
    factories.sign_in(client, house.alice)
    client.post(f"/tickets/{ticket.pk}/say", {"side": "reply", "text": "By talk", "way": f"talk-{talk.pk}"})
    Delivery.objects.update(state=state)
    assert f'data-got="{state}" title="{word}"' in _page(client, ticket)
