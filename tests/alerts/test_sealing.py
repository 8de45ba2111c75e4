"""Is a push message sealed as RFC 8291 says, and signed as RFC 8292 says?"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests import factories
from yingnuo.alerts import sealing
from yingnuo.kit import instants

ENDPOINT = "https://push.example/v2/made-up"


def test_the_example_of_the_standard_comes_out_byte_by_byte() -> None:
    keys = sealing.keys_from(
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    number = int.from_bytes(sealing.decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    ours = ec.derive_private_key(number, ec.SECP256R1())
    salt = sealing.decoded("DGv6ra1nlYgDCS1FRnbzlw")
    sealed = sealing.seal(b"When I grow up, I want to be a watermelon", keys, ours=ours, salt=salt)
    assert sealing.encoded(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def verified(header: str) -> dict[str, object]:
    """The claims of a VAPID header, checked as a push service checks them."""
    token, key = (part.partition("=")[2] for part in header.removeprefix("vapid ").split(", "))
    said, _dot, signature = token.rpartition(".")
    raw = sealing.decoded(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sealing.decoded(key))
    whole = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(whole, said.encode(), ec.ECDSA(hashes.SHA256()))
    found: dict[str, object] = json.loads(sealing.decoded(said.partition(".")[2]))
    return found


def test_the_sender_is_signed_for_this_service_alone_and_not_for_long() -> None:
    private, now = sealing.new_private(), instants.seconds(factories.MONDAY)
    header = sealing.authorization(ENDPOINT, private, contact="mailto:desk@yingnuo.example", now=now)
    claims = verified(header)
    assert (claims["aud"], claims["sub"]) == ("https://push.example", "mailto:desk@yingnuo.example")
    assert isinstance(claims["exp"], int)
    assert 0 < claims["exp"] - now <= timedelta(hours=24).total_seconds()
    assert header.endswith(f"k={sealing.public_of(private)}")


def test_another_word_in_the_token_is_found_out() -> None:
    header = sealing.authorization(ENDPOINT, sealing.new_private(), contact="mailto:a@b.example", now=0)
    head, _dot, rest = header.partition(".")
    with pytest.raises(InvalidSignature):
        verified(f"{head}.{sealing.encoded(b'{}')}.{rest.partition('.')[2]}")


@pytest.mark.parametrize(("p256dh", "auth"), [
    ("", ""), ("AAAA", "BTBZMqHH6r4Tts7J_aSIgg"), (sealing.encoded(b"\x04" + b"\x01" * 64), "BTBZMqHH6r4Tts7J_aSIgg"),
    (sealing.public_of(sealing.new_private()), "short"), ("é", "é"),
], ids=["nothing", "too short", "off the curve", "short secret", "no base64"])  # fmt: skip
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whatever the library says
        sealing.keys_from(p256dh, auth)


def test_what_would_not_fit_is_refused_here() -> None:
    keys = sealing.keys_from(sealing.public_of(sealing.new_private()), sealing.encoded(b"\x01" * 16))
    with pytest.raises(ValueError, match="too long"):
        sealing.seal(b"x" * 3_001, keys)
