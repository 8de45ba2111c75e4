"""What becomes of a message of ours that came back?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.alerts.models import Notice
from yingnuo.channels import accept, post
from yingnuo.channels.models import ChannelKind, Delivery, DeliveryState
from yingnuo.journey import post_in, reply
from yingnuo.journey.post_in import Told
from yingnuo.ledger.models import Event
from yingnuo.promises.models import Promise
from yingnuo.tickets import links
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
DSN = """From: MAILER-DAEMON@mx.example
To: %(to)s
Subject: %(subject)s
Message-ID: <dsn-%(status)s@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; %(recipient)s
Action: %(action)s
Status: %(status)s

--b
Content-Type: text/rfc822-headers

%(original)s
--b--
"""


@pytest.fixture
def house() -> House:
    return factories.house()


def _answered(house: House) -> tuple[Ticket, Message]:
    ticket = factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=MONDAY)
    alice = factories.actor(house.alice)
    message = reply.answer(alice, ticket_id=ticket.pk, said=reply.Said("On it."), now=MONDAY + MINUTE)
    Delivery.objects.filter(message__ticket=ticket).update(state=DeliveryState.SENT, sent_at=MONDAY + MINUTE)
    return ticket, message


def _comes(message: Message, **more: str) -> Told | None:
    values = {
        "to": "help@house.example", "subject": "Undelivered Mail Returned to Sender",
        "recipient": "Chen@Harbour.example", "action": "failed", "status": "5.1.1",
        "original": f"Message-ID: {post.message_id_of(message)}",
    } | more  # fmt: skip
    content = (DSN % values).replace("\n", "\r\n").encode()
    raw = accept.draft(accept.built_in(ChannelKind.FILES), content=content, received_at=MONDAY + 2 * MINUTE)
    raw.save()
    return post_in.take(raw, now=MONDAY + 2 * MINUTE)


def _state(message: Message) -> str:
    return Delivery.objects.get(message=message).state


def test_a_bounce_of_our_message_marks_it_and_tells_the_holder(house: House, client: Client) -> None:
    ticket, message = _answered(house)
    told = _comes(message)
    assert (told.outcome, told.ticket) == ("bounce", ticket.pk) if told else False
    delivery = Delivery.objects.get(message=message)
    assert (delivery.state, delivery.problem) == ("failed", "returned 5.1.1")
    noted = Event.objects.get(code="message.undeliverable")
    assert (noted.subject, noted.params["status"]) == (f"message:{message.pk}", "5.1.1")
    ways = Notice.objects.filter(reason="undeliverable", staff=house.alice).values_list("way", flat=True)
    assert sorted(ways) == ["in_app", "mail"]
    page = factories.sign_in(client, house.alice).get(f"/tickets/{ticket.pk}/").content.decode()
    assert "sent it back (5.1.1)" in page
    assert page.count("Not delivered") >= 2  # at the message too
    assert "A message did not reach the customer" in client.get("/notices/").content.decode()


def test_the_answer_was_given_in_time_all_the_same(house: House) -> None:
    ticket, message = _answered(house)
    _comes(message)
    assert Promise.objects.get(ticket=ticket, milestone="first_response").standing == "kept"


def test_the_same_bounce_twice_tells_once(house: House) -> None:
    _ticket, message = _answered(house)
    _comes(message)
    _comes(message, subject="Undelivered again")
    assert Event.objects.filter(code="message.undeliverable").count() == 1
    assert Notice.objects.filter(reason="undeliverable", way="mail").count() == 1


def test_a_delay_is_no_failure(house: House) -> None:
    _ticket, message = _answered(house)
    _comes(message, action="delayed", status="4.4.7")
    assert (_state(message), Notice.objects.filter(reason="undeliverable").count()) == ("sent", 0)


def test_who_does_not_know_the_address_marks_nothing(house: House) -> None:
    _ticket, message = _answered(house)
    told = _comes(message, recipient="dee@elsewhere.example")
    assert (told.ticket if told else 0) is None
    assert _state(message) == "sent"


def test_a_bounce_to_the_signed_address_is_of_what_went_last(house: House) -> None:
    ticket, message = _answered(house)
    _comes(message, to=links.reply_address("help@house.example", ticket.pk), original="Subject: Re: your request")
    assert _state(message) == "failed"


def test_a_mail_of_ours_that_waits_to_be_sent_is_not_touched(house: House) -> None:
    _ticket, message = _answered(house)
    Delivery.objects.filter(message=message).update(state=DeliveryState.PENDING, sent_at=None)
    _comes(message)
    assert _state(message) == "pending"


def test_a_ticket_to_which_nothing_is_promised_tells_its_holder_too(house: House) -> None:
    ticket, message = _answered(house)
    Promise.objects.filter(ticket=ticket).delete()
    _comes(message)
    assert Notice.objects.filter(reason="undeliverable", ticket_id=ticket.pk, staff=house.alice).exists()
