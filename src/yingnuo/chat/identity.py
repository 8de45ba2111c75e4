"""Who is a visitor: a browser that we have seen, or a person whom the site's server vouches for?

A site signs `base64url(JSON {id, name, email, exp})` with its secret: `<that>.<base64url(HMAC-SHA256 of that)>`.
Our own token of a visitor is signed by us; of one who is vouched for it lives only some hours, and his browser is not
to keep it: on a shared machine the next one must not read what he wrote.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from yingnuo.kit import secrets, texts
from yingnuo.kit.errors import NotAllowed

LONGEST_IDENTITY = 4_096
LONGEST_LIFE_S = 86_400  # a signature for longer than a day would be a password
TOKEN_DAYS, KNOWN_TOKEN_HOURS = 90, 12
_PURPOSE = "chat-visitor"


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as his site knows him."""

    id: str
    name: str = ""
    email: str = ""


def sign(secret: str, *, id: str, name: str = "", email: str = "", exp: int) -> str:
    """An identity as the site's server makes it; for tests, the demonstration and as a reference. `exp`: epoch s."""
    body = json.dumps({"id": id, "name": name, "email": email, "exp": exp}, ensure_ascii=False).encode()
    said = _encode(body)
    return f"{said}.{_encode(_mac(secret, said))}"


def verified(secret: str, given: str, *, now: datetime) -> Identity:
    """The person an identity names; NotAllowed when it is forged, over, valid for too long, or no secret is set."""
    said, _dot, mac = given.partition(".")
    if not secret or len(given) > LONGEST_IDENTITY or not hmac.compare_digest(_encode(_mac(secret, said)), mac):
        raise _refused()
    try:
        found = json.loads(_decode(said))
        exp, who = int(found["exp"]), str(found["id"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _refused() from error
    left = exp - now.timestamp()
    if not (0 < left <= LONGEST_LIFE_S and 0 < len(who) <= 100 and texts.keepable(who) == who):
        raise _refused()
    return Identity(who, str(found.get("name") or "")[:80], str(found.get("email") or "")[:254].lower())


def _refused() -> NotAllowed:
    return NotAllowed(_("The site's word about you is not valid. Load the page again."), code="identity_not_valid")


def _mac(secret: str, said: str) -> bytes:
    return hmac.new(secret.encode(), said.encode(), hashlib.sha256).digest()


def _encode(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def _decode(said: str) -> bytes:
    try:
        return base64.b64decode(said + "=" * (-len(said) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error


def token_for(site: str, key: str, *, known: bool) -> str:
    """A visitor's token, good for one site."""
    return secrets.sign(_PURPOSE, f"{site}.{'k' if known else 'a'}.{key}")


def key_in(site: str, token: str) -> tuple[str, bool]:
    """The visitor's key in a token of this site and whether he is vouched for; ("", False) when it is not good."""
    value = secrets.verify(_PURPOSE, token, max_age_s=TOKEN_DAYS * 86_400) if len(token) < 300 else None
    where, kind, key = (*(value or "").split(".", 2), "", "", "")[:3]
    if where != site or not key:
        return "", False
    if kind == "k" and secrets.verify(_PURPOSE, token, max_age_s=KNOWN_TOKEN_HOURS * 3_600) is None:
        return "", False
    return key, kind == "k"
