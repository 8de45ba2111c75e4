"""What does a signed identity say, and is it signed by one of an app's keys? (JWT, RFC 7519: HS256 and EdDSA alone.)

The algorithm is that of the key, never the one the token claims; unknown headers that must be understood are refused.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from yingnuo.customer_apps.models import Algorithm

LONGEST = 4_096  # signs
LIVES_AT_MOST = timedelta(minutes=10)
LEEWAY = timedelta(seconds=60)


class Forged(Exception):
    """It is no identity of this app, or not any more. `code` says why, for the app's makers."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is using the app, as its server says. `verified_…`: the app has checked that it is his."""

    subject: str
    jti: str
    ends_at: datetime
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    verified_email: bool = False
    verified_phone: bool = False


def key_id(token: str) -> str:
    """The `kid` of a token, not to be believed before `read`; Forged where there is none."""
    return _text(_head(token), "kid", 60)


def _head(token: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(token) > LONGEST or len(parts) != 3 or not token.isascii():
        raise Forged("malformed")
    head = _json(parts[0])
    if "crit" in head:
        raise Forged("malformed")
    return head


def _json(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(part))
    except ValueError as error:
        raise Forged("malformed") from error
    if not isinstance(found, dict):
        raise Forged("malformed")
    return found


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise Forged("malformed") from error


def _text(given: dict[str, Any], name: str, most: int) -> str:
    value = given.get(name, "")
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        raise Forged("malformed")
    return value


def read(token: str, *, algorithm: str, key: str, audience: str, now: datetime) -> Identity:
    """The identity; Forged with bad_signature, wrong_audience, expired, not_yet, too_long or malformed."""
    if _head(token).get("alg") != algorithm:
        raise Forged("wrong_algorithm")
    signed, _dot, signature = token.rpartition(".")
    if not _is_signed(signed.encode(), _bytes(signature), algorithm, key):
        raise Forged("bad_signature")
    claims = _json(signed.partition(".")[2])
    audiences = claims.get("aud")
    if audience not in (audiences if isinstance(audiences, list) else [audiences]):
        raise Forged("wrong_audience")
    return _identity(claims, _end(claims, now))


def _is_signed(signed: bytes, signature: bytes, algorithm: str, key: str) -> bool:
    if algorithm == Algorithm.HS256:
        return hmac.compare_digest(hmac.new(key.encode(), signed, hashlib.sha256).digest(), signature)
    try:
        public_key(key).verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def public_key(pem: str) -> Ed25519PublicKey:
    """An Ed25519 public key; ValueError for anything else."""
    found = load_pem_public_key(pem.strip().encode())
    if not isinstance(found, Ed25519PublicKey):
        raise ValueError("not an Ed25519 public key")
    return found


def _end(claims: dict[str, Any], now: datetime) -> datetime:
    ends, begins = _moment(claims.get("exp")), claims.get("nbf", claims.get("iat"))
    if ends + LEEWAY <= now:
        raise Forged("expired")
    if ends > now + LIVES_AT_MOST + LEEWAY:
        raise Forged("too_long")
    if begins is not None and _moment(begins) > now + LEEWAY:
        raise Forged("not_yet")
    return ends


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**33:
        raise Forged("malformed")
    return datetime.fromtimestamp(value, UTC)


def _identity(claims: dict[str, Any], ends: datetime) -> Identity:
    subject, jti = _text(claims, "sub", 200).strip(), _text(claims, "jti", 120)
    if not subject or not jti:
        raise Forged("malformed")
    return Identity(
        subject, jti, ends, _text(claims, "name", 120).strip(), _text(claims, "email", 254).strip().lower(),
        _text(claims, "phone_number", 30).strip(), _text(claims, "locale", 10).lower(),
        claims.get("email_verified") is True, claims.get("phone_number_verified") is True,
    )  # fmt: skip
