"""What happens when a customer writes on a messaging channel: one ticket, a receipt, files?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine

from tests import factories
from tests.channels.provider import Provider, Says, serving
from tests.factories import MONDAY
from yingnuo.channels import accounts, missing_files, post
from yingnuo.channels.models import Channel, Conversation, Delivery, MissingFile, Raw
from yingnuo.journey import heard
from yingnuo.tickets.models import Attachment, Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(Provider()) as provider:
        provider.on("/bot1:x/sendMessage", {"ok": True, "result": {"message_id": 9}})
        yield provider


@pytest.fixture
def channel(provider: Provider) -> Channel:
    factories.house(now=MONDAY)
    secret = accounts.sealed({"token": "1:x", "hook_secret": "y"})
    settings = {"api": provider.url, "mode": "hook"}
    row = Channel.objects.create(code="bot", name="Bot", kind="telegram", settings=settings, secret=secret)
    return factories.lawful(row)


def says(channel: Channel, number: int, at: datetime = MONDAY, **message: object) -> None:
    """Chen writes."""
    base = {"message_id": number, "chat": {"id": 7, "type": "private"}, "date": int(at.timestamp()), "text": "Hello"}
    body = json.dumps({"update_id": number, "message": {**base, **message}}).encode()
    Raw.objects.create(channel=channel, key=f"u{number}", content=body, size=1, received_at=at)
    heard.take_waiting(now=at)


def test_the_receipt_names_number_and_page(channel: Channel, provider: Provider) -> None:
    with time_machine.travel(MONDAY, tick=False):
        says(channel, 1)
        says(channel, 2)
        post.deliver_due()
    ticket = Ticket.objects.get()
    [asked] = provider.to("/bot1:x/sendMessage")
    assert ticket.number in asked.json["text"]
    assert "/portal/p/" in asked.json["text"]
    assert Message.objects.get(author="system").qualified is False
    assert Conversation.objects.get().sent_since == 1


def test_a_channel_may_send_none(channel: Channel) -> None:
    Channel.objects.update(settings={**channel.settings, "receipt": False})
    says(channel, 1)
    assert not Delivery.objects.exists()


def test_words_after_a_solution_join_it_for_a_day(channel: Channel) -> None:
    says(channel, 1)
    ticket = Ticket.objects.get()
    Ticket.objects.update(status="resolved", resolved_at=MONDAY)
    says(channel, 2, MONDAY + timedelta(hours=23))
    assert Message.objects.filter(ticket=ticket, author="customer").count() == 2
    ticket.refresh_from_db()
    assert ticket.status != "resolved"


def test_later_they_are_a_matter_of_their_own(channel: Channel) -> None:
    says(channel, 1)
    Ticket.objects.update(status="closed", resolved_at=MONDAY, closed_at=MONDAY)
    says(channel, 2, MONDAY + timedelta(hours=25))
    assert Ticket.objects.count() == 2
    assert Conversation.objects.get().ticket == Ticket.objects.latest("pk")


def test_a_file_follows_its_words(channel: Channel, provider: Provider) -> None:
    says(channel, 1, photo=[{"file_id": "f1"}], caption="The panel")
    assert Message.objects.get(author="customer").text == "Hello"
    assert missing_files.fetch_due() == 1
    row = MissingFile.objects.get()
    assert (row.attempts, bool(row.problem)) == (1, True)
    provider.on("/bot1:x/getFile", {"ok": True, "result": {"file_path": "photos/1.jpg"}})
    provider.on("/file/bot1:x/", Says(b"\xff\xd8\xff", content_type="image/jpeg"))
    MissingFile.objects.update(retry_at=MONDAY - timedelta(days=900))
    missing_files.fetch_due()
    assert Attachment.objects.get().message == Message.objects.get(author="customer")
    assert not MissingFile.objects.exists()


def test_a_body_that_cannot_be_read_does_not_stop_what_is_sent(channel: Channel) -> None:
    Raw.objects.create(channel=channel, key="odd", content=b"nonsense", size=1, received_at=MONDAY)
    for _round in range(9):
        heard.take_waiting(now=MONDAY)
        heard.take_waiting(state="failed", now=MONDAY)
    channel.refresh_from_db()
    assert (channel.failures, channel.retry_at) == (0, None)
    assert "not understood" in channel.problem
    assert Ticket.objects.count() == 1
