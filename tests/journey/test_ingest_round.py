"""Does an answer reach the customer by a real SMTP server, and his answer the same ticket?"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.conf import LazySettings

from tests import factories
from yingnuo.channels import accept, post, sinks
from yingnuo.channels.models import Channel, ChannelKind, Delivery, Simulated
from yingnuo.channels.sinks import MailSink
from yingnuo.commands import ingest
from yingnuo.commands.ingest import Line
from yingnuo.journey import reply
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import Message, Ticket

ASKED = (
    b"From: Chen <chen@customer.example>\r\nTo: help@house.example\r\nSubject: Press stops\r\n"
    b"Message-ID: <a1@customer.example>\r\n\r\nThe press stops.\r\n"
)


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def house(transactional_db: None) -> factories.House:
    """The company."""
    return factories.house()


@pytest.fixture
def sink(house: factories.House, settings: LazySettings) -> Iterator[MailSink]:
    """A mail server that keeps everything, set up as the outgoing one."""
    sink = MailSink(free_port())
    sink.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.controller.port
    settings.YINGNUO = replace(settings.YINGNUO, mail_security="none")
    Channel.objects.create(code="help", name="Help", kind="mail", settings={"address": "help@house.example"})
    yield sink
    sink.stop()


def take(tmp_path: Path, content: bytes, name: str) -> Line:
    """What is told about one mail that came to the mailbox."""
    (tmp_path / name).write_bytes(content)
    [line] = ingest.lines(tmp_path / name, Channel.objects.get(code="help"))
    return line


def newest(sink: MailSink) -> EmailMessage:
    """The newest mail that the sink took."""
    return message_from_bytes(sink.latest[-1], policy=policy.default)


def test_the_receipt_says_that_a_machine_wrote_it(sink: MailSink, tmp_path: Path) -> None:
    line = take(tmp_path, ASKED, "asked.eml")
    assert post.deliver_due() == 1
    mail = newest(sink)
    assert (mail["To"], mail["Auto-Submitted"]) == ("chen@customer.example", "auto-replied")
    assert f"YN-{line.ticket}" in mail["Subject"]
    assert "/portal/" in mail.get_body(("plain",)).get_content()
    assert Delivery.objects.get().state == "sent"


def test_an_answer_goes_out_and_its_answer_comes_back(sink: MailSink, tmp_path: Path) -> None:
    line = take(tmp_path, ASKED, "asked.eml")
    post.deliver_due()
    reply.answer(SYSTEM, ticket_id=line.ticket or 0, said=Said("We come at once."), now=instants.now())
    assert post.deliver_due() == 1
    mail = newest(sink)
    assert mail["Message-ID"].startswith(f"<yn-{line.ticket}-")
    assert mail["In-Reply-To"] == "<a1@customer.example>"
    assert mail["References"] == "<a1@customer.example>"
    assert mail["Auto-Submitted"] is None
    assert mail["Reply-To"].startswith(f"help+{line.ticket}-")
    back = _answer_to(mail, sender="colleague@customer.example")
    told = take(tmp_path, back, "back.eml")
    assert (told.outcome, told.ticket, told.why) == ("reply", line.ticket, "reply_address")
    assert told.text == "Thank you, we wait."
    assert Ticket.objects.count() == 1


def test_an_answer_that_lost_our_address_is_found_by_our_message_id(
    sink: MailSink, house: factories.House, tmp_path: Path
) -> None:
    ticket = factories.ticket(house, text="It squeaks")
    reply.answer(SYSTEM, ticket_id=ticket.pk, said=Said("We look."), now=instants.now())
    while post.deliver_due():
        pass
    mail = newest(sink)
    del mail["Reply-To"]
    del mail["Subject"]
    told = take(tmp_path, _answer_to(mail, sender=str(mail["To"])), "back.eml")
    assert (told.outcome, told.ticket, told.why) == ("reply", ticket.pk, "own_message_id")


def _answer_to(mail: EmailMessage, *, sender: str) -> bytes:
    answer = EmailMessage(policy=policy.SMTP)
    answer["From"] = sender
    answer["To"] = str(mail["Reply-To"] or mail["From"])
    answer["Subject"] = f"Re: {mail['Subject'] or ''}"
    answer["Message-ID"] = "<b1@customer.example>"
    answer["In-Reply-To"] = str(mail["Message-ID"])
    answer["References"] = f"{mail['References'] or ''} {mail['Message-ID']}".strip()
    quoted = "".join(f"> {row}\n" for row in mail.get_body(("plain",)).get_content().splitlines())
    answer.set_content(f"Thank you, we wait.\n\nOn Monday, Help wrote:\n{quoted}")
    return answer.as_bytes()


def test_the_sink_counts_a_repeated_delivery(sink: MailSink, tmp_path: Path) -> None:
    take(tmp_path, ASKED, "asked.eml")
    post.deliver_due()
    Delivery.objects.update(state="pending", retry_at=instants.now())  # as after a crash before "sent" was written
    assert post.deliver_due() == 1
    row = Simulated.objects.get(way="mail")
    assert (row.to, row.repeats) == ("chen@customer.example", 1)
    assert row.key.startswith("<yn-")


def test_a_machines_answer_to_our_receipt_gets_none(sink: MailSink, tmp_path: Path) -> None:
    line = take(tmp_path, ASKED, "asked.eml")
    post.deliver_due()
    vacation = _answer_to(newest(sink), sender="chen@customer.example")
    told = take(tmp_path, b"Auto-Submitted: auto-replied\r\n" + vacation, "vacation.eml")
    assert (told.outcome, told.ticket) == ("auto_reply", line.ticket)
    assert post.deliver_due() == 0
    assert Message.objects.filter(ticket_id=line.ticket, author="system", public=True).count() == 1


def test_old_mail_from_files_is_not_acknowledged(sink: MailSink, tmp_path: Path) -> None:
    (tmp_path / "old.eml").write_bytes(ASKED)
    [line] = ingest.lines(tmp_path, accept.built_in(ChannelKind.FILES))
    assert line.outcome == "ticket"
    assert post.deliver_due() == 0


def test_the_sink_starts_and_stops_with_one_call(transactional_db: None) -> None:
    port = free_port()
    stop = sinks.start_sink(port)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        assert line.recv(100).startswith(b"220")
    stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
