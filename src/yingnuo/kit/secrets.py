"""How are secrets kept and links signed?

Secrets at rest are Fernet tokens under a key derived from the installation's SECRET_KEY; links carry a signature, an
age limit and a version, so that they expire and can be revoked.
"""

from __future__ import annotations

import base64
import hashlib
import secrets as random
from datetime import UTC, datetime

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core import signing


def _fernet() -> Fernet:
    digest = hashlib.sha256(b"yingnuo.secrets" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def seal(plain: str) -> str:
    """Encrypts a secret for storing; "" stays ""."""
    return _fernet().encrypt(plain.encode()).decode() if plain else ""


def unseal(token: str) -> str:
    """The secret that was sealed; ValueError when the installation's key is another one."""
    if not token:
        return ""
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise ValueError("sealed under another SECRET_KEY") from error


def sign(purpose: str, value: str) -> str:
    """A URL-safe signed value with its time, valid for this purpose only."""
    return signing.TimestampSigner(salt=f"yingnuo.{purpose}").sign(value)


def verify(purpose: str, token: str, *, max_age_s: int) -> str | None:
    """The value that was signed for this purpose; None when forged or older than `max_age_s` seconds."""
    try:
        return signing.TimestampSigner(salt=f"yingnuo.{purpose}").unsign(token, max_age=max_age_s)
    except signing.BadSignature:
        return None


def signed_at(purpose: str, token: str) -> tuple[str, datetime] | None:
    """What was signed for this purpose, and when; None when forged. Whether it is too old is for the asker to say."""
    try:
        value, _colon, stamp = signing.Signer(salt=f"yingnuo.{purpose}").unsign(token).rpartition(":")
        return value, datetime.fromtimestamp(signing.b62_decode(stamp), UTC)
    except (signing.BadSignature, ValueError, OverflowError):
        return None


def new_token() -> str:
    """A fresh bearer token, 43 URL-safe characters."""
    return random.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored of a bearer token: its SHA-256, hex."""
    return hashlib.sha256(token.encode()).hexdigest()
