"""Does each way get of marks what it can show?"""

from __future__ import annotations

import pytest

from tests import factories
from yingnuo.channels import post
from yingnuo.channels.contract import Outgoing
from yingnuo.channels.models import Delivery
from yingnuo.journey import reply
from yingnuo.journey.reply import Said
from yingnuo.kit import instants


@pytest.fixture
def sent(db: None) -> Delivery:
    """A reply with marks, on its way by mail."""
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice)
    said = Said("**Now** see [this](https://a.example/b) <i>")
    message = reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=said, now=instants.now())
    return Delivery.objects.get(message=message)


def test_a_mail_has_a_plain_and_a_safe_html_part(sent: Delivery) -> None:
    out: Outgoing = post._outgoing(sent, None)
    assert "Now see this (https://a.example/b) <i>" in out.text
    assert "<strong>Now</strong>" in out.html
    assert "&lt;i&gt;" in out.html


def test_a_messaging_channel_gets_words_alone(sent: Delivery) -> None:
    assert post._words(sent).text == "Now see this (https://a.example/b) <i>"
