"""Does a colleague's forwarded mail open the ticket of its first writer, with evidence, and can that be undone?"""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from django.test import Client

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.channels.models import Channel, Provenance, Raw
from yingnuo.journey import origins, post_in
from yingnuo.kit.errors import Conflict, NotAllowed
from yingnuo.ledger.models import Event
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
BODY = """Please take care of this.

---------- Forwarded message ---------
From: Chen <chen@harbour.example>
Date: Mon, 2 Mar 2026 at 10:12
Subject: Dryer is cold
To: <alice@yingnuo.example>

It does not get warm.
"""


@pytest.fixture
def house() -> House:
    return factories.house()


@pytest.fixture
def box(house: House) -> Channel:
    return Channel.objects.create(
        code="help", name="Help", kind="mail", settings={"address": "help@house.example", "trusted": "mx.example"}
    )


def _comes(box: Channel, *, sender: str, body: str = BODY, attached: bytes = b"", top: bytes = b"") -> Raw:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "help@house.example", "Fwd: Dryer is cold"
    mail["Message-ID"] = "<f1@yingnuo.example>"
    mail.set_content(body)
    if attached:
        mail.add_attachment(attached, maintype="application", subtype="octet-stream", filename="x.eml")
        mail.get_payload()[1].replace_header("Content-Type", "message/rfc822")  # type: ignore[union-attr, index]
    raw = Raw.objects.create(
        channel=box, key="f1", received_at=MONDAY, content=top + bytes(mail), size=len(bytes(mail))
    )
    post_in.take(raw, now=MONDAY)
    raw.refresh_from_db()
    return raw


def test_the_first_writer_is_the_customer(house: House, box: Channel) -> None:
    raw = _comes(box, sender="Alice <alice@yingnuo.example>")
    ticket = Ticket.objects.get(pk=raw.ticket_id)
    assert (ticket.contact, ticket.subject) == (house.chen, "Dryer is cold")
    message = ticket.messages.get(author="customer")
    assert message.text == "It does not get warm."
    assert message.provenance.forwarded["address"] == "alice@yingnuo.example"
    assert message.provenance.forwarded["words"] == "Please take care of this."
    assert bytes(raw.content).find(b"Please take care") > 0  # the mail as it came is kept


def test_a_strangers_forwarded_mail_is_his_own(house: House, box: Channel) -> None:
    raw = _comes(box, sender="Zoe <zoe@elsewhere.example>")
    assert Ticket.objects.get(pk=raw.ticket_id).contact.email == "zoe@elsewhere.example"
    assert Provenance.objects.get().forwarded == {}


def test_a_mailbox_may_believe_everybody(house: House, box: Channel) -> None:
    box.settings = {**box.settings, "forwards": True}
    box.save()
    raw = _comes(box, sender="Zoe <zoe@elsewhere.example>")
    assert Ticket.objects.get(pk=raw.ticket_id).contact == house.chen


def test_a_forged_colleague_is_not_believed(house: House, box: Channel) -> None:
    forged = b"Authentication-Results: mx.example; dmarc=fail (p=reject) header.from=yingnuo.example\r\n"
    raw = _comes(box, sender="Alice <alice@yingnuo.example>", top=forged)
    assert Ticket.objects.get(pk=raw.ticket_id).contact != house.chen


def test_a_mail_forwarded_as_a_file_counts_too(house: House, box: Channel) -> None:
    inner = b"From: Chen <chen@harbour.example>\nSubject: Dryer is cold\nMessage-ID: <o1@x>\n\nIt stays cold.\n"
    raw = _comes(box, sender="alice@yingnuo.example", body="See the mail.", attached=inner)
    ticket = Ticket.objects.get(pk=raw.ticket_id)
    assert (ticket.contact, ticket.messages.get(author="customer").text) == (house.chen, "It stays cold.")


def test_it_can_be_undone_once(house: House, box: Channel, client: Client) -> None:
    raw = _comes(box, sender="Alice <alice@yingnuo.example>")
    alice = factories.sign_in(client, house.alice)
    page = alice.get(f"/tickets/{raw.ticket_id}/").content.decode()
    assert "Alice &lt;alice@yingnuo.example&gt; forwarded this" in page
    alice.post(f"/tickets/{raw.ticket_id}/not-forwarded")
    ticket = Ticket.objects.get(pk=raw.ticket_id)
    assert ticket.contact.email == "alice@yingnuo.example"
    assert Event.objects.get(code="ticket.changed").params["field"] == "customer"
    assert "forwarded this" not in alice.get(f"/tickets/{raw.ticket_id}/").content.decode()
    with pytest.raises(Conflict):
        origins.not_forwarded(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY)


def test_who_may_not_edit_may_not_undo(house: House, box: Channel) -> None:
    raw = _comes(box, sender="Alice <alice@yingnuo.example>")
    partner = factories.staff("paul", role="partner", team=house.front)
    with pytest.raises(NotAllowed):
        origins.not_forwarded(factories.actor(partner), ticket_id=raw.ticket_id or 0, now=MONDAY)
    assert Ticket.objects.get(pk=raw.ticket_id).contact == house.chen
