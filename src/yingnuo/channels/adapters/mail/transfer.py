"""What bytes does an encoded body hold? Base64, quoted-printable and uuencode, read leniently and in linear time."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_MOST_PIECES = 1000
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Uuencoded:
    """A file found between text lines: its raw name, its bytes, and the range it took in the body."""

    name: bytes
    data: bytes
    start: int
    end: int


def decode(body: bytes, encoding: str) -> tuple[bytes, bool]:
    """(bytes, damaged) of a body in the named Content-Transfer-Encoding; an unknown one leaves the body as it is."""
    name = encoding.strip().strip("\"'").lower().replace("_", "-")
    if name.startswith("base64"):
        return _base64(body)
    if name.startswith("quoted"):
        return binascii.a2b_qp(body), False
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        files = uuencoded(body)
        return (files[0].data, False) if files else (body, True)
    return body, name not in ("", "7bit", "8bit", "binary", "7-bit", "8-bit")


def _base64(body: bytes) -> tuple[bytes, bool]:
    """Python's decoder stops at the first padding; bodies glued together from several pieces go on after it."""
    padded_within = b"=" in body.rstrip(b"= \t\r\n")
    if not padded_within:
        try:
            return binascii.a2b_base64(body), False
        except binascii.Error:
            pass  # decoded leniently below, and reported as damaged
    kept = body.translate(None, _NOT_BASE64)
    pieces = re.split(rb"=+", kept, maxsplit=_MOST_PIECES)
    return b"".join(_whole(piece.replace(b"=", b"")) for piece in pieces), True


def _whole(piece: bytes) -> bytes:
    if len(piece) % 4 == 1:
        piece = piece[:-1]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))


def uuencoded(body: bytes) -> list[Uuencoded]:
    """The uuencoded files standing in a text body, in order; at most 100."""
    found: list[Uuencoded] = []
    position = 0
    while len(found) < 100 and (match := _UU_BEGIN.search(body, position)):
        data, position = _uu_lines(body, match.end())
        if data is not None:
            found.append(Uuencoded(match[1].strip(), data, match.start(), position))
    return found


def _uu_lines(body: bytes, position: int) -> tuple[bytes | None, int]:
    """The bytes up to the "end" line, and the position after it; None when the lines are no uuencoding."""
    pieces: list[bytes] = []
    while position < len(body):
        after = body.find(b"\n", position) + 1 or len(body)
        row = body[position:after].rstrip(b"\r\n")
        position = after
        if row == b"end":
            return b"".join(pieces), position
        piece = _uu_row(row)
        if piece is None:
            return (b"".join(pieces) if pieces else None), position
        pieces.append(piece)
    return (b"".join(pieces) if pieces else None), position


def _uu_row(row: bytes) -> bytes | None:
    if not row.strip(b" `"):
        return b""
    try:
        return binascii.a2b_uu(row)
    except binascii.Error:
        # some writers add junk after the counted length: cut to what the first character announces
        length = (((row[0] - 32) & 63) * 4 + 5) // 3
        try:
            return binascii.a2b_uu(row[:length])
        except binascii.Error:
            return None
