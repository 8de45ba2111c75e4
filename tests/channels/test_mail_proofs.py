"""Is a mail called verified, doubtful or unknown as its domain's records say, and never by a forger's word?"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from yingnuo.channels.adapters.mail import dns, proofs
from yingnuo.channels.adapters.mail.proofs import Envelope

MAIL = b"From: Chen <chen@%s>\r\nTo: help@house.example\r\nSubject: E3\r\n\r\nIt stops.\r\n"
GOOD, BAD = "192.0.2.1", "203.0.113.9"


@functools.cache
def _key() -> tuple[bytes, bytes]:
    """(private key in PEM, public key as a DKIM record)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization
    pem = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.TraditionalOpenSSL, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    return pem, b"v=DKIM1; k=rsa; p=" + b"".join(public.split(b"\n")[1:-2])


def _signed(domain: str, by: str = "") -> bytes:
    raw = MAIL % domain.encode()
    return dkim.sign(raw, b"s1", (by or domain).encode(), _key()[0]) + raw


def _zone(**more: bytes) -> dns.Resolver:
    records = {
        ("shop.example", "TXT"): [b"v=spf1 ip4:192.0.2.1 -all"],
        ("_dmarc.shop.example", "TXT"): [b"v=DMARC1; p=reject"],
        ("s1._domainkey.shop.example", "TXT"): [_key()[1]],
        ("lax.example", "TXT"): [b"v=spf1 ip4:192.0.2.1 ~all"],
        ("_dmarc.lax.example", "TXT"): [b"v=DMARC1; p=none"],
        ("s1._domainkey.plain.example", "TXT"): [_key()[1]],
        ("mass.example", "TXT"): [b"v=spf1 ip4:192.0.2.1 -all"],
    }
    return lambda name, kind: records.get((name, kind), ())


def _look(raw: bytes, ip: str, sender: str, resolver: dns.Resolver | None = None) -> proofs.Proof:
    envelope = Envelope(ip, "mx.sender.example", sender)
    return proofs.looked_at(raw, envelope, by="house.example", resolver=resolver or _zone())


@pytest.mark.parametrize(
    ("domain", "ip", "envelope", "verdict"),
    [
        ("shop.example", GOOD, "chen@shop.example", "verified"),  # SPF, aligned
        ("shop.example", BAD, "chen@shop.example", "failed"),  # its policy is to refuse
        ("mail.shop.example", GOOD, "chen@shop.example", "verified"),  # a subdomain, relaxed alignment
        ("shop.example", GOOD, "bounce@mass.example", "failed"),  # SPF of another domain proves nothing
        ("lax.example", BAD, "chen@lax.example", "unknown"),  # fails, but its policy is none
        ("plain.example", BAD, "chen@plain.example", "unknown"),  # publishes nothing
        ("plain.example", BAD, "", "unknown"),
    ],
)
def test_the_verdict_follows_the_domains_records(domain: str, ip: str, envelope: str, verdict: str) -> None:
    assert _look(MAIL % domain.encode(), ip, envelope).verdict == verdict


def test_a_signature_proves_a_forwarded_mail() -> None:
    proof = _look(_signed("shop.example"), BAD, "list@elsewhere.example")
    assert (proof.verdict, proof.checks["dkim"], proof.checks["dmarc"]) == ("verified", "pass", "pass")


def test_a_changed_mail_has_no_signature_that_holds() -> None:
    proof = _look(_signed("shop.example").replace(b"stops", b"burns"), BAD, "x@elsewhere.example")
    assert (proof.verdict, proof.checks["dkim"]) == ("failed", "fail")


def test_a_signature_without_a_policy_proves_its_own_domain_only() -> None:
    assert _look(_signed("plain.example"), BAD, "x@elsewhere.example").verdict == "verified"
    other = _look(_signed("shop.example", by="plain.example"), BAD, "x@elsewhere.example")
    assert other.verdict == "failed"


def test_name_servers_that_do_not_answer_prove_nothing() -> None:
    asked: list[str] = []

    def silent(name: str, kind: str) -> Sequence[object]:
        asked.append(name)
        raise dns.Trouble("timeout")

    assert _look(_signed("shop.example"), BAD, "chen@shop.example", silent).verdict == "unknown"
    assert len(asked) <= 2  # and nobody waits for them long


def test_a_record_that_refers_to_itself_ends() -> None:
    loop = {
        ("a.example", "TXT"): [b"v=spf1 include:b.example -all"],
        ("b.example", "TXT"): [b"v=spf1 include:a.example -all"],
    }
    proof = _look(MAIL % b"a.example", BAD, "x@a.example", lambda n, k: loop.get((n, k), ()))
    assert (proof.verdict, proof.checks["spf"]) == ("unknown", "permerror")


@pytest.mark.parametrize(
    "raw", [b"", b"\x00", b"From: a@x, b@y\r\n\r\n", b"From: chen\r\n\r\n", b"DKIM-Signature: v=1\r\n\r\n"]
)
def test_no_mail_is_too_broken(raw: bytes) -> None:
    assert _look(raw, BAD, "a@shop.example").verdict == "unknown"


def test_our_own_look_is_read_back_as_it_was() -> None:
    for raw, ip in ((MAIL % b"shop.example", GOOD), (MAIL % b"shop.example", BAD), (_signed("plain.example"), BAD)):
        proof = _look(raw, ip, "chen@shop.example")
        told = proofs.told_by(proofs.as_header(proof) + raw, "house.example")
        assert (told.verdict, dict(told.checks)) == (proof.verdict, dict(proof.checks))


TOLD = b"Authentication-Results: %s\r\n"


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        (b"mx.example; dmarc=pass header.from=shop.example", "verified"),
        (b"mx.example; spf=pass smtp.mailfrom=x@shop.example", "verified"),
        (b"mx.example; dkim=pass header.d=elsewhere.example", "unknown"),
        (b"mx.example; dmarc=fail (p=REJECT sp=NONE dis=NONE) header.from=shop.example", "failed"),
        (b"mx.example; dmarc=fail (p=NONE sp=REJECT) header.from=shop.example", "unknown"),
        (b"mx.example; dmarc=fail header.from=shop.example policy.dmarc=quarantine", "failed"),
        (b"forger.example; dmarc=pass", "unknown"),
        (b"mx.example; none", "unknown"),
        (b"@@@ ;;; dmarc", "unknown"),
    ],
)
def test_only_the_trusted_server_is_believed(results: bytes, verdict: str) -> None:
    assert proofs.told_by(TOLD % results + MAIL % b"shop.example", "mx.example").verdict == verdict


def test_the_topmost_word_of_the_trusted_server_counts() -> None:
    forged = TOLD % b"mx.example; dmarc=pass"
    real = TOLD % b"mx.example; dmarc=fail (p=reject)"
    assert proofs.told_by(real + forged + MAIL % b"shop.example", "mx.example").verdict == "failed"


def test_without_a_trusted_server_nothing_is_known() -> None:
    assert proofs.told_by(TOLD % b"mx.example; dmarc=pass" + MAIL % b"shop.example", "").verdict == "unknown"
