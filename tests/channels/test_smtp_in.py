"""Is mail by SMTP taken for our own addresses only, stored before it is answered, once, and looked at?"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.db import OperationalError

from tests import factories
from tests.mailservers.private import free_port
from yingnuo.channels import accept, smtp_in
from yingnuo.channels.models import Channel, Provenance, Raw
from yingnuo.journey import post_in
from yingnuo.kit import instants
from yingnuo.tickets import links
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)
MAIL = (
    b"From: Chen <chen@shop.example>\r\nTo: help@house.example\r\nSubject: E3\r\n"
    b"Message-ID: <1@shop.example>\r\n\r\nIt stops.\r\n"
)
OURS = ["help@house.example", "HELP@House.example", "support@house.example", "help+x@house.example"]
OTHERS = ["dee@elsewhere.example", "nobody@house.example", "help@house.example.evil.example", "help"]
ZONE = {
    ("shop.example", "TXT"): [b"v=spf1 ip4:127.0.0.1 -all"], ("_dmarc.shop.example", "TXT"): [b"v=DMARC1; p=reject"],
    ("forged.example", "TXT"): [b"v=spf1 -all"], ("_dmarc.forged.example", "TXT"): [b"v=DMARC1; p=reject"],
}  # fmt: skip


@pytest.fixture
def box() -> Channel:
    settings = {"address": "help@house.example", "aliases": ["support@house.example"], "by_smtp": True}
    return Channel.objects.create(code="help", name="Help", kind="mail", settings=settings)


@pytest.fixture
def port(box: Channel) -> Iterator[int]:
    """A running server of ours."""
    number = free_port()
    controller = smtp_in.server("127.0.0.1", number, resolver=lambda n, k: ZONE.get((n, k), ()))
    controller.start()
    yield number
    controller.stop()


def _send(port: int, to: str = "help@house.example", raw: bytes = MAIL, sender: str = "chen@shop.example") -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.sendmail(sender, [to], raw)


@pytest.mark.parametrize(
    "to", ["help@house.example", "HELP@House.example", "support@house.example", "help+x@house.example"]
)
def test_mail_to_our_addresses_is_stored_raw(port: int, to: str) -> None:
    _send(port, to)
    raw = Raw.objects.get()
    assert bytes(raw.content).endswith(MAIL)
    assert (raw.state, raw.key[:5]) == ("stored", "smtp:")


@pytest.mark.parametrize(
    "to", ["dee@elsewhere.example", "nobody@house.example", "help@house.example.evil.example", "help"]
)
def test_we_pass_nothing_on(port: int, to: str) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        _send(port, to)
    assert next(iter(refused.value.recipients.values()))[0] == 550
    assert not Raw.objects.exists()


def test_a_mailbox_that_is_off_takes_nothing(port: int, box: Channel) -> None:
    Channel.objects.update(active=False)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        _send(port)
    assert not Raw.objects.exists()


def test_the_same_mail_again_is_stored_once(port: int) -> None:
    _send(port)
    _send(port)
    assert Raw.objects.count() == 1


def test_two_mailboxes_each_get_it(port: int) -> None:
    Channel.objects.create(code="sales", name="Sales", kind="mail", settings={"address": "sales@house.example"})
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("chen@shop.example", ["help@house.example", "sales@house.example"], MAIL)
    assert sorted(Raw.objects.values_list("channel__code", flat=True)) == ["help", "sales"]


def test_what_is_too_large_is_refused(port: int, settings: Any) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        assert int(client.esmtp_features["size"]) == settings.YINGNUO.max_upload_mb * 1024 * 1024
        code, _said = client.docmd(f"MAIL FROM:<a@b.example> SIZE={10**10}")
    assert code == 552


def test_nothing_is_promised_while_the_database_is_away(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_given: object, **_more: object) -> None:
        raise OperationalError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(accept, "keep", away)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            _send(port)
    assert refused.value.smtp_code == 451  # the sender keeps it and tries again
    _send(port)
    assert Raw.objects.count() == 1


@pytest.mark.parametrize(("domain", "verdict"), [("shop.example", "verified"), ("forged.example", "failed")])
def test_a_mail_is_looked_at_and_the_verdict_kept(port: int, domain: str, verdict: str) -> None:
    factories.house()
    _send(port, raw=MAIL.replace(b"shop.example", domain.encode()), sender=f"chen@{domain}")
    post_in.take_waiting(now=instants.now())
    kept = Provenance.objects.get()
    assert (kept.verdict, kept.checks["domain"], kept.channel.code if kept.channel else "") == (verdict, domain, "help")


def test_a_forged_word_about_the_sender_is_not_believed(port: int) -> None:
    factories.house()
    forged = b"Authentication-Results: house.example; dmarc=pass\r\n" + MAIL.replace(b"shop", b"forged")
    _send(port, raw=forged, sender="x@forged.example")
    post_in.take_waiting(now=instants.now())
    assert Provenance.objects.get().verdict == "failed"


def test_the_signed_address_finds_its_ticket(port: int) -> None:
    house = factories.house()
    ticket = factories.ticket(house)
    address = links.reply_address("help@house.example", ticket.pk)
    _send(port, address, MAIL.replace(b"help@house.example", address.encode()))
    post_in.take_waiting(now=instants.now())
    assert Ticket.objects.count() == 1
    assert ticket.messages.filter(author="customer").count() == 2


def test_the_envelope_alone_finds_the_ticket(port: int) -> None:
    """As by blind copy: the header names somebody else."""
    house = factories.house()
    ticket = factories.ticket(house)
    _send(port, links.reply_address("help@house.example", ticket.pk))
    post_in.take_waiting(now=instants.now())
    assert Ticket.objects.count() == 1


def test_a_second_process_waits_for_the_port(box: Channel, settings: Any) -> None:
    settings.YINGNUO = replace(settings.YINGNUO, smtp_port=free_port())
    first, second = smtp_in.Round(), smtp_in.Round()
    first.step()
    second.step()
    assert (first.listens, second.listens) == (True, False)
    first.stop()
    second.step()
    assert second.listens
    _send(settings.YINGNUO.smtp_port)
    second.stop()
    assert Raw.objects.count() == 1


def test_starttls_by_the_given_certificate(box: Channel, settings: Any, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = instants.now()
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = tmp_path / "both.pem"
    path.write_bytes(plain + made.sign(key, SHA256()).public_bytes(Encoding.PEM))
    settings.YINGNUO = replace(settings.YINGNUO, smtp_certificate=str(path))
    port = free_port()
    controller = smtp_in.server("127.0.0.1", port, resolver=lambda n, k: ())
    controller.start()
    with smtplib.SMTP("localhost", port, timeout=10) as client:
        client.starttls(context=ssl.create_default_context(cafile=str(path)))
        client.sendmail("chen@shop.example", ["help@house.example"], MAIL)
    controller.stop()
    assert b" with ESMTPS; " in bytes(Raw.objects.get().content)
