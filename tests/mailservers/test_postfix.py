"""Do mails go out through a real Postfix and come back in as they should: answers, bounces, absences, loops?"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from tests.mailservers.private import Postfix, free_port, postfix
from yingnuo.channels import post, smtp_in
from yingnuo.channels.models import Channel, Delivery, Raw
from yingnuo.journey import post_in, reply
from yingnuo.kit import instants
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house() -> House:
    return factories.house()


@pytest.fixture
def server(house: House) -> Iterator[Postfix]:
    """Postfix, our own SMTP server behind it, and a mailbox whose answers leave by it."""
    port = free_port()
    controller = smtp_in.server("127.0.0.1", port, resolver=lambda n, k: ())
    controller.start()
    with postfix(port) as running:
        settings = {
            "address": "help@house.example", "by_smtp": True, "sender_name": "应诺客服", "smtp_host": "127.0.0.1",
            "smtp_port": running.port, "smtp_security": "none", "smtp_auth": "none",
            "words": {"zh-hans": {"signature": "{{ staff }}, Harbour service"}},
        }  # fmt: skip
        Channel.objects.create(code="help", name="Help", kind="mail", settings=settings)
        yield running
    controller.stop()


def _until(true: Callable[[], bool], server: Postfix) -> None:
    for _ in range(300):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError(server.log()[-2_000:])


def _arrives(server: Postfix, raw: str, *, sender: str, count: int) -> None:
    """Sent to Postfix, which hands it to us; taken in."""
    with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
        client.sendmail(sender, ["help@house.example"], raw.replace("\n", "\r\n").encode())
    _until(lambda: Raw.objects.count() == count, server)
    post_in.take_waiting(now=instants.now())


def _mail(sender: str, **more: str) -> str:
    fields = {"From": sender, "To": "help@house.example", "Subject": "E3", "Message-ID": "<1@mx.test.example>"} | more
    return "".join(f"{name}: {value}\n" for name, value in fields.items()) + "\nIt stops.\n"


def _answered(server: Postfix, house: House, sender: str) -> Message:
    _arrives(server, _mail(sender), sender=sender, count=1)
    ticket = Ticket.objects.get()
    Delivery.objects.all().delete()  # the receipt is another story
    said = reply.Said("We come on Monday.")
    message = reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=said, now=instants.now())
    assert post.deliver_due() == 1
    return message


def test_a_bounce_of_our_answer_is_shown_at_the_message(server: Postfix, house: House, client: Client) -> None:
    message = _answered(server, house, "nobody-there@mx.test.example")
    assert Delivery.objects.get(message=message).state == "sent"
    _until(lambda: Raw.objects.count() == 2, server)
    post_in.take_waiting(now=instants.now())
    delivery = Delivery.objects.get(message=message)
    assert (delivery.state, delivery.problem) == ("failed", "returned 5.1.1")
    assert Ticket.objects.count() == 1  # it opened nothing
    page = factories.sign_in(client, house.alice).get(f"/tickets/{message.ticket_id}/").content.decode()
    assert "Not delivered" in page


def test_an_answer_carries_the_mailboxs_name_words_and_signed_address(server: Postfix, house: House) -> None:
    message = _answered(server, house, "nobody-there@mx.test.example")
    _until(lambda: Raw.objects.count() == 2, server)
    came_back = bytes(Raw.objects.latest("id").content).decode()
    assert f"<yn-{message.ticket_id}-{message.pk}@house.example>" in came_back
    assert f"help+{message.ticket_id}-" in came_back
    sent = post._outgoing(Delivery.objects.get(message=message), Channel.objects.get())
    assert "Alice, Harbour service" in sent.text


def test_an_absence_notice_opens_and_answers_nothing(server: Postfix, house: House) -> None:
    message = _answered(server, house, "nobody-there@mx.test.example")
    _until(lambda: Raw.objects.count() == 2, server)
    absence = _mail(
        "nobody-there@mx.test.example",
        **{"Auto-Submitted": "auto-replied", "In-Reply-To": post.message_id_of(message), "Message-ID": "<2@mx>"},
    )
    before = Delivery.objects.count()
    _arrives(server, absence, sender="", count=3)
    assert Raw.objects.latest("id").outcome == "auto_reply"
    assert (Ticket.objects.count(), Delivery.objects.count()) == (1, before)


def test_two_machines_do_not_talk_for_ever(server: Postfix, house: House) -> None:
    """A machine that answers each of our receipts as a person would gets a few of them and no more."""
    for number in range(8):
        raw = _mail("robot@mx.test.example", **{"Message-ID": f"<{number}@robot>", "Subject": f"Echo {number}"})
        _arrives(server, raw, sender="robot@mx.test.example", count=number + 1)
    assert Message.objects.filter(author="system", public=True).count() == 4


def test_our_own_mail_that_comes_back_opens_nothing(server: Postfix, house: House) -> None:
    _arrives(server, _mail("help@house.example"), sender="help@house.example", count=1)
    assert (Ticket.objects.count(), Delivery.objects.count()) == (0, 0)


def test_while_we_are_away_nothing_is_lost(house: House, settings: Any) -> None:
    port = free_port()
    with postfix(port) as server:
        Channel.objects.create(code="help", name="Help", kind="mail", settings={"address": "help@house.example"})
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            client.sendmail("chen@mx.test.example", ["help@house.example"], _mail("chen@mx.test.example").encode())
        _until(lambda: "Connection refused" in server.log(), server)
        controller = smtp_in.server("127.0.0.1", port, resolver=lambda n, k: ())
        controller.start()
        _until(lambda: Raw.objects.count() == 1, server)
        controller.stop()
