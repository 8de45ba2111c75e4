"""What do the header fields of a mail say, read with all their usual mistakes?

RFC 2047 words (split characters, blanks inside, raw 8-bit text), RFC 2231 parameters, address lists, message ids,
dates, file names. Everything returned is clean: no control characters, no lone surrogates, bounded length.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from yingnuo.channels.adapters.mail import charsets

_LONGEST = 64 * 1024
# the inner repeat is bounded: an endless row of openings must not be scanned to the end from each of them
_WORD = re.compile(rb"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?((?:[^?]|\?(?!=)){0,2000})\?=")
_BETWEEN_WORDS = re.compile(rb"\s*\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff]")
_SPACES = re.compile(r"\s+")
# marks that change the direction of reading: a name "gpj.exe" must not be shown as "exe.jpg"
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069]")
_ID = re.compile(r"<([^<>\s]{1,250})>")
_PARAM = re.compile(r";\s*([^\s=;\"]{1,80})\s*=\s*(\"(?:[^\"\\]|\\.)*\"?|[^;]*)", re.DOTALL)
_PIECE = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?\Z")
_TOKEN = re.compile(
    r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?]{0,2000}\?=|\"(?:[^\"\\]|\\.){0,1000}\"|\((?:[^()\\]|\\.){0,1000}\)"
    r"|<[^<>]{0,500}>|[,;]|[^\"(<,;=]+|.",
    re.DOTALL,
)
_ADDRESS = re.compile(r"[^\s<>@,;:\"()]{1,128}@[^\s<>@,;:\"()]{1,255}")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address with the name written beside it; the domain is in lower case."""

    name: str
    address: str


def clean(text: str) -> str:
    """Text that a database and a page can hold: no control characters except tab and line feed."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def line(text: str, limit: int = 1000) -> str:
    """One clean line of at most `limit` characters."""
    return _SPACES.sub(" ", clean(text)).strip()[:limit]


def text(value: bytes, limit: int = 1000) -> str:
    """A header value for reading: RFC 2047 words decoded, raw 8-bit text guessed."""
    return line(decoded(value[:_LONGEST]), limit)


def decoded(value: bytes) -> str:
    """RFC 2047 decoding. Neighbouring words of one charset are joined first: senders cut characters in two."""
    if b"=?" not in value:
        return charsets.decode(value).text
    pieces: list[tuple[str, bytes]] = []  # charset ("" for plain text), bytes
    position = 0
    for match in _WORD.finditer(value):
        gap = value[position : match.start()]
        if gap and not (pieces and pieces[-1][0] and _BETWEEN_WORDS.match(gap)):
            pieces.append(("", gap))
        _append(pieces, match[1].decode("latin-1"), _word_bytes(match[2], match[3]))
        position = match.end()
    pieces.append(("", value[position:]))
    return "".join(charsets.decode(data, charset).text for charset, data in pieces)


def _append(pieces: list[tuple[str, bytes]], charset: str, data: bytes) -> None:
    if pieces and pieces[-1][0].lower() == charset.lower():
        pieces[-1] = (charset, pieces[-1][1] + data)
    else:
        pieces.append((charset, data))


def _word_bytes(encoding: bytes, data: bytes) -> bytes:
    if encoding in b"qQ":
        return binascii.a2b_qp(data.replace(b"_", b" "))
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    if len(kept) % 4 == 1:
        kept = kept[:-1]
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def params(value: bytes) -> dict[str, str]:
    """Parameters of a Content-Type or Content-Disposition value, RFC 2231 pieces joined and decoded."""
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAM.finditer(value[:_LONGEST].decode("latin-1")):
        piece = _PIECE.match(match[1])
        if piece:
            order, extended = int(piece[2] or 0), bool(piece[3])
            pieces.setdefault(piece[1].lower(), []).append((order, extended, _unquoted(match[2])))
    return {name: _joined(found) for name, found in pieces.items()}


def _unquoted(value: str) -> str:
    value = value.strip()
    if not value.startswith('"'):
        return value
    return re.sub(r"\\(.)", r"\1", value.removeprefix('"').removesuffix('"'))


def _joined(pieces: list[tuple[int, bool, str]]) -> str:
    """The value of one parameter; the extended form wins over the plain one (RFC 5987, 4.2)."""
    extended = any(piece[1] for piece in pieces)
    several = any(piece[0] for piece in pieces)
    chosen = sorted(pieces, key=lambda piece: piece[0]) if several else [p for p in pieces if p[1] == extended][:1]
    if not extended:
        return clean(decoded("".join(piece[2] for piece in chosen).encode("latin-1")))
    charset, data = "", b""
    for number, (_, percent, value) in enumerate(chosen):
        written = value
        if number == 0 and value.count("'") >= 2:
            charset, _, written = value.split("'", 2)
        data += unquote_to_bytes(written.encode("latin-1")) if percent else written.encode("latin-1")
    return clean(charsets.decode(data, charset).text)


def file_name(name: str, fallback: str) -> str:
    """A name that is safe to show and to store under: no path, no control or direction marks, at most 200 long."""
    name = _UNSEEN.sub("", line(name, 2000)).replace("\\", "/").rsplit("/", 1)[-1]
    name = re.sub(r"[<>:\"|?*\x80-\x9f]", "_", name).strip(" .")
    if len(name) > 200:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: 199 - len(ending)]}.{ending}" if dot and len(ending) <= 16 else name[:200]
    return name or fallback


def mailboxes(value: bytes) -> list[Mailbox]:
    """The addresses of a From, To or Cc value; what is no address is left out."""
    found: list[Mailbox] = []
    words: list[str] = []
    angle = ""
    for token in [*_TOKEN.findall(value[:_LONGEST].decode("latin-1")), ","]:
        if token in (",", ";"):
            found += _mailbox(words, angle)
            words, angle = [], ""
        elif token.startswith("<") and token.endswith(">"):
            angle = token[1:-1]
        else:
            words.append(token)
    return found[:500]


def _mailbox(words: list[str], angle: str) -> list[Mailbox]:
    plain = "".join(words)
    match = _ADDRESS.search(angle.rpartition(":")[2]) or _ADDRESS.search(plain)
    if match is None:
        return []
    raw_name = plain if _ADDRESS.search(angle) else plain.replace(match[0], " ").rpartition(":")[2]
    raw_name = re.sub(r"\\(.)", r"\1", raw_name.strip()).strip("\"' ")
    name = text(raw_name.encode("latin-1"), 200).strip("\"'() ")
    return [Mailbox(name, _address(match[0]))]


def _address(raw: str) -> str:
    local, _, domain = line(charsets.decode(raw.encode("latin-1")).text, 320).rpartition("@")
    return f"{local}@{domain.lower()}"


def message_ids(value: bytes) -> list[str]:
    """Message ids in angle brackets, in order; bare words with an @ are taken when there are no brackets."""
    plain = line(charsets.decode(value[:_LONGEST]).text, _LONGEST)
    found = _ID.findall(plain) or [word for word in plain.split() if "@" in word and len(word) <= 250]
    return [f"<{word.strip('<>')}>" for word in found][:200]


def date(value: bytes) -> datetime | None:
    """The moment a Date header names; None when it names none."""
    try:
        return parsedate_to_datetime(text(value, 200))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
