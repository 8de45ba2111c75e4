"""How is a push message sealed so that only one browser can read it, and signed so that its push service takes it?

RFC 8291 (message encryption, `aes128gcm` of RFC 8188, one record) and RFC 8292 (VAPID), over the primitives of
`cryptography`: what there is of libraries is under the MPL or has not been built for years, and it is forty lines.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MOST_BYTES = 3_000  # services take 4,096 with what encryption adds
_RECORD = 4_096
_TOKEN_FOR_S = 12 * 3_600
_POINT = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
_CURVE = ec.SECP256R1()


@dataclass(frozen=True, slots=True)
class Keys:
    """What a browser gave us to write to it: its public key (65 bytes) and its secret (16 bytes)."""

    p256dh: bytes
    auth: bytes


def new_private() -> str:
    """A fresh key that names this installation to push services, as PEM."""
    found = ec.generate_private_key(_CURVE).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return found.decode("ascii")


def public_of(private: str) -> str:
    """The public half as browsers want it: a point, in URL-safe base64."""
    return encoded(_private(private).public_key().public_bytes(*_POINT))


def keys_from(p256dh: str, auth: str) -> Keys:
    """The keys of a browser as it writes them; ValueError when they are none."""
    try:
        found = Keys(decoded(p256dh), decoded(auth))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("no base64") from error
    ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, found.p256dh)
    if len(found.auth) != 16 or len(found.p256dh) != 65:
        raise ValueError("of another length")
    return found


def seal(plain: bytes, keys: Keys, *, ours: ec.EllipticCurvePrivateKey | None = None, salt: bytes = b"") -> bytes:
    """The body of a push message; `ours` and `salt` are fresh for each message and given by tests only."""
    if len(plain) > MOST_BYTES:
        raise ValueError("too long for a push message")
    ours, salt = ours or ec.generate_private_key(_CURVE), salt or os.urandom(16)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, keys.p256dh)
    point = ours.public_key().public_bytes(*_POINT)
    shared = _derived(ours.exchange(ec.ECDH(), theirs), keys.auth, b"WebPush: info\x00" + keys.p256dh + point, 32)
    key = _derived(shared, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(shared, salt, b"Content-Encoding: nonce\x00", 12)
    head = salt + _RECORD.to_bytes(4, "big") + bytes([len(point)]) + point
    return head + AESGCM(key).encrypt(nonce, plain + b"\x02", None)


def authorization(endpoint: str, private: str, *, contact: str, now: int) -> str:
    """The header that says who sends: a token for this push service alone, and our public key."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": now + _TOKEN_FOR_S, "sub": contact}
    said = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
    r, s = decode_dss_signature(_private(private).sign(said.encode("ascii"), ec.ECDSA(hashes.SHA256())))
    return f"vapid t={said}.{encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}, k={public_of(private)}"


def encoded(data: bytes) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decoded(text: str) -> bytes:
    """What `encoded` wrote, with or without padding."""
    return base64.urlsafe_b64decode(text.encode("ascii").rstrip(b"=") + b"=" * (-len(text.rstrip("=")) % 4))


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _json(value: object) -> str:
    return encoded(json.dumps(value, separators=(",", ":")).encode())


def _private(pem: str) -> ec.EllipticCurvePrivateKey:
    found = serialization.load_pem_private_key(pem.encode("ascii"), password=None)
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise TypeError("no key of this curve")
    return found
