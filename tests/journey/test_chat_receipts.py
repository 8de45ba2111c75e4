"""Does a visitor's page tell us what it has and what he read, whatever comes first?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests import factories
from tests.chat import talking
from tests.factories import House
from yingnuo.channels import post
from yingnuo.channels.models import Delivery
from yingnuo.chat.models import Chat, Visitor
from yingnuo.journey import chat_ending, chat_handling
from yingnuo.kit import live
from yingnuo.kit.errors import Conflict, Invalid, TooMany
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def house(db: None) -> House:
    return factories.house(now=NOW)


@pytest.fixture
def visitor(house: House) -> Visitor:
    """One whom Alice has answered once."""
    site = talking.site()
    found = talking.visitor(site, now=NOW)
    chat = talking.says(site, found, now=NOW)
    chat_handling.answer(factories.actor(house.alice), chat_id=chat.pk, text="Unplug it.", now=NOW + SECOND)
    return found


def test_sending_tells_his_pages(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, object]] = []
    monkeypatch.setattr(live, "publish", lambda topic, id="": told.append((topic, id)))
    post.deliver_due()
    delivery = Delivery.objects.get()
    assert (f"chat:{visitor.key}", "message") in told
    assert (delivery.state, delivery.external_id) == ("sent", f"message-{delivery.message_id}")


def test_got_and_read_are_receipts(visitor: Visitor) -> None:
    post.deliver_due()
    message = Delivery.objects.get().message_id
    chat_ending.seen(visitor, got=message, read=0, now=NOW + 2 * SECOND)
    assert Delivery.objects.get().state == "delivered"
    chat_ending.seen(visitor, got=message, read=message, now=NOW + 3 * SECOND)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.read_at) == ("read", NOW + 3 * SECOND)


def test_what_was_read_before_the_worker_sent_it_is_read(visitor: Visitor) -> None:
    message = Delivery.objects.get().message_id
    chat_ending.seen(visitor, got=message, read=message, now=NOW + SECOND)
    assert post.deliver_due() == 0
    assert Delivery.objects.get().state == "read"


def test_marks_of_what_is_not_his_change_nothing(house: House, visitor: Visitor) -> None:
    site = talking.sites.of(visitor.channel)
    other = talking.visitor(site, now=NOW)
    talking.says(site, other, "Mine", now=NOW)
    chat_ending.seen(other, got=1 << 60, read=1 << 60, now=NOW)
    assert Delivery.objects.get().state == "pending"


def test_the_chat_goes_by_mail_to_an_address_of_his(visitor: Visitor) -> None:
    chat_handling.reply.note(factories.actor(_alice()), ticket_id=Ticket.objects.get().pk, text="Secret", now=NOW)
    chat_ending.transcript(visitor, email="somebody@example.com", now=NOW + 2 * SECOND)
    delivery = Delivery.objects.get(way="mail")
    assert delivery.to == "somebody@example.com"
    assert "Chen: It shows E3." in delivery.message.text
    assert "Alice: Unplug it." in delivery.message.text
    assert "Secret" not in delivery.message.text


def _alice() -> object:
    return Ticket.objects.select_related("agent").get().agent


def test_it_is_mailed_a_few_times_only(visitor: Visitor) -> None:
    for _time in range(3):
        chat_ending.transcript(visitor, email="somebody@example.com", now=NOW)
    with pytest.raises(TooMany):
        chat_ending.transcript(visitor, email="somebody@example.com", now=NOW)
    assert Delivery.objects.filter(way="mail").count() == 3


def test_nobody_mails_words_of_his_own_to_strangers(house: House) -> None:
    site = talking.site()
    visitor = talking.visitor(site, now=NOW)
    talking.says(site, visitor, "Buy this!", now=NOW)
    with pytest.raises(Invalid):
        chat_ending.transcript(visitor, email="stranger@example.com", now=NOW)
    assert not Delivery.objects.exists()
    assert Message.objects.count() == 1


def test_a_chat_is_rated_once_it_is_over(visitor: Visitor) -> None:
    with pytest.raises(Conflict):
        chat_ending.rate(visitor, score=5, words="", now=NOW)
    chat_ending.end(visitor, now=NOW + 2 * SECOND)
    with pytest.raises(Invalid):
        chat_ending.rate(visitor, score=6, words="", now=NOW)
    chat_ending.rate(visitor, score=4, words="Quick", now=NOW + 3 * SECOND)
    chat = Chat.objects.get()
    assert (chat.score, chat.score_words) == (4, "Quick")
