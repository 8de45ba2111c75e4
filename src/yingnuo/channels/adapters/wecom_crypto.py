"""How are the callbacks of 企业微信 and 公众号 signed and encrypted?

A call carries the SHA-1 of token, time, nonce and cipher text, sorted and joined. The text is AES-256-CBC under the
43 characters of EncodingAESKey: sixteen random bytes, the length, the message, and whom it is for.
Source: developer.work.weixin.qq.com/document/path/90968
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from yingnuo.channels.contract import Rejected
from yingnuo.kit import instants

_BLOCK = 32  # bytes that the padding fills up to
_HEAD = 16  # random bytes in front
LATEST_S = 900  # seconds by which a call's time may be off
_DECLARATION = re.compile(rb"<!(?!\[CDATA\[)")


def signature(*parts: str) -> str:
    """The SHA-1 of the parts, sorted and joined."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def check_time(told: str, received_at: datetime) -> None:
    """Rejected for a call whose time is not about now."""
    if not told.isdecimal() or abs(int(told[:12]) - instants.seconds(received_at)) > LATEST_S:
        raise Rejected("stale")


def read(body: bytes) -> Mapping[str, str]:
    """The texts of an XML message by the names of their elements; ValueError for what is none, or declares entities."""
    if _DECLARATION.search(body):
        raise ValueError("an XML message that declares something")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314  # no declarations, so no entities
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise ValueError(f"no XML: {error}") from error
    return {child.tag: (child.text or "").replace("\x00", "") for child in root if isinstance(child.tag, str)}


@dataclass(frozen=True, slots=True)
class Crypto:
    """One callback's token and key; `receiver` is the corp id or app id, "" to take any."""

    token: str
    aes_key: str
    receiver: str = ""

    def opened(self, query: Mapping[str, str], encrypted: str) -> bytes:
        """The message of a call; Rejected for what was not signed, or not encrypted, by the other side."""
        signed = signature(self.token, query.get("timestamp", ""), query.get("nonce", ""), encrypted)
        if not self.token or not hmac.compare_digest(signed, query.get("msg_signature", "").lower()):
            raise Rejected("bad_signature")
        try:
            return self.decrypted(encrypted)
        except ValueError as error:
            raise Rejected("malformed") from error

    def sealed(self, message: bytes, *, timestamp: str, nonce: str) -> tuple[str, str]:
        """Cipher text and signature, as the other side makes them; for answers and for tests."""
        plain = secrets.token_bytes(_HEAD) + len(message).to_bytes(4, "big") + message + self.receiver.encode()
        fill = _BLOCK - len(plain) % _BLOCK
        cipher = self._cipher().encryptor()
        encrypted = base64.b64encode(cipher.update(plain + bytes([fill]) * fill) + cipher.finalize()).decode()
        return encrypted, signature(self.token, timestamp, nonce, encrypted)

    def decrypted(self, encrypted: str) -> bytes:
        """The message in a cipher text; ValueError when it is none of ours."""
        plain = self._plain(encrypted)
        fill = plain[-1] if plain else 0
        if not 1 <= fill <= _BLOCK or len(plain) < _HEAD + 4 + fill:
            raise ValueError("no message under this key")
        content = plain[_HEAD:-fill]
        end = 4 + int.from_bytes(content[:4], "big")
        if end > len(content) or (self.receiver and content[end:] != self.receiver.encode()):
            raise ValueError("a message for somebody else")
        return content[4:end]

    def _plain(self, encrypted: str) -> bytes:
        try:
            given = base64.b64decode(encrypted, validate=True)
        except binascii.Error as error:
            raise ValueError("no cipher text") from error
        cipher = self._cipher().decryptor()
        return cipher.update(given) + cipher.finalize()

    def _cipher(self) -> Cipher[modes.CBC]:
        try:
            key = base64.b64decode(self.aes_key + "=", validate=True)
        except binascii.Error as error:
            raise ValueError("EncodingAESKey is no base64") from error
        return Cipher(algorithms.AES(key), modes.CBC(key[:_HEAD]))
