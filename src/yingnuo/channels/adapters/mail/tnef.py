"""What lies in a winmail.dat (MS-OXTNEF)?

Own and compact: the one Python reader there is (tnefparse 1.4, 2021) is no longer kept. Only what a mail needs is
read: attachments with their names, the body as text, HTML or RTF, and mails embedded in it. Damage ends the reading;
what was read before it is kept.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from yingnuo.channels.adapters.mail import charsets, rtf

SIGNATURE = b"\x78\x9f\x3e\x22"
_MAX_DEPTH = 4
_MAX_FILES = 500

_ATT_RENDER, _ATT_TITLE, _ATT_DATA, _ATT_PROPS = 0x9002, 0x8010, 0x800F, 0x9005
_BODY, _MESSAGE_PROPS, _CODEPAGE = 0x800C, 0x9003, 0x9007

_LONG_NAME, _SHORT_NAME, _DISPLAY_NAME = 0x3707, 0x3704, 0x3001
_DATA, _MIME, _CONTENT_ID = 0x3701, 0x370E, 0x3712
_TEXT_BODY, _RTF_BODY, _HTML_BODY = 0x1000, 0x1009, 0x1013

_STRING8, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_EMBEDDED_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")


@dataclass(slots=True)
class Item:
    """One attachment."""

    name: str = ""
    data: bytes = b""
    content_type: str = ""
    content_id: str = ""


@dataclass(slots=True)
class Opened:
    """What was found. `damaged` tells that the reading ended early."""

    items: list[Item] = field(default_factory=list)
    text: str = ""
    html: str = ""
    rtf: bytes = b""
    damaged: bool = False
    codepage: str = ""


class _Broken(Exception):
    """The stream ends or contradicts itself."""


class _Reader:
    """A position in bytes; every read beyond the end raises _Broken."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise _Broken
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "little")

    def padded(self) -> bytes:
        """A length-prefixed value, padded to four bytes; the last padding of a stream may be missing."""
        length = self.number(4)
        value = self.take(length)
        self.at = min(len(self.data), self.at + (-length % 4))
        return value

    @property
    def left(self) -> int:
        return len(self.data) - self.at


def open_tnef(data: bytes, depth: int = 0) -> Opened:
    """Read a TNEF stream. Never raises; a stream that is none gives an empty, damaged result."""
    opened = Opened()
    reader = _Reader(data)
    try:
        if reader.take(4) != SIGNATURE:
            raise _Broken
        reader.take(2)
        while reader.left >= 9 and len(opened.items) < _MAX_FILES:
            _attribute(reader, opened, depth)
    except (_Broken, struct.error):
        opened.damaged = True
    return opened


def _attribute(reader: _Reader, opened: Opened, depth: int) -> None:
    level = reader.number(1)
    if level not in (1, 2):
        raise _Broken
    identity = reader.number(2)
    reader.take(2)
    value = reader.take(reader.number(4))
    reader.take(min(2, reader.left))  # the checksum tells nothing that the structure does not
    if level == 1:
        _message_attribute(identity, value, opened)
    else:
        _attachment_attribute(identity, value, opened, depth)


def _message_attribute(identity: int, value: bytes, opened: Opened) -> None:
    if identity == _CODEPAGE and len(value) >= 4:
        opened.codepage = f"cp{int.from_bytes(value[:4], 'little')}"
    elif identity == _BODY:
        opened.text = charsets.decode(value.rstrip(b"\0"), opened.codepage).text
    elif identity == _MESSAGE_PROPS:
        for tag, kind, content in _properties(value, opened):
            _message_property(tag, kind, content, opened)


def _message_property(tag: int, kind: int, content: bytes, opened: Opened) -> None:
    if tag == _TEXT_BODY:
        opened.text = _string(kind, content, opened)
    elif tag == _HTML_BODY:
        opened.html = _string(kind, content, opened) if kind != _BINARY else charsets.decode(content).text
    elif tag == _RTF_BODY:
        opened.rtf = rtf.decompress(content)


def _attachment_attribute(identity: int, value: bytes, opened: Opened, depth: int) -> None:
    if identity == _ATT_RENDER or not opened.items:
        opened.items.append(Item())
    item = opened.items[-1]
    if identity == _ATT_TITLE:
        item.name = item.name or charsets.decode(value.split(b"\0", 1)[0], opened.codepage).text
    elif identity == _ATT_DATA:
        item.data = value
    elif identity == _ATT_PROPS:
        names: dict[int, str] = {}
        for tag, kind, content in _properties(value, opened):
            _attachment_property(tag, kind, content, opened, names, depth)
        chosen = names.get(_LONG_NAME) or item.name or names.get(_SHORT_NAME) or names.get(_DISPLAY_NAME) or ""
        item.name = chosen


def _attachment_property(
    tag: int, kind: int, content: bytes, opened: Opened, names: dict[int, str], depth: int
) -> None:
    item = opened.items[-1]
    if tag in (_LONG_NAME, _SHORT_NAME, _DISPLAY_NAME):
        names[tag] = _string(kind, content, opened)
    elif tag == _MIME:
        item.content_type = _string(kind, content, opened)
    elif tag == _CONTENT_ID:
        item.content_id = _string(kind, content, opened).strip("<>")
    elif tag == _DATA and content.startswith(_EMBEDDED_MESSAGE) and depth < _MAX_DEPTH:
        inner = open_tnef(content[16:], depth + 1)
        item.data = (inner.text or inner.html).encode() or inner.rtf
        item.content_type = "text/plain" if inner.text else "text/html" if inner.html else "application/rtf"
        opened.items[-1:] = [*inner.items, item]
    elif tag == _DATA and content:
        item.data = item.data or content[16 if kind == _OBJECT else 0 :]


def _string(kind: int, content: bytes, opened: Opened) -> str:
    if kind == _UNICODE:
        return content.decode("utf-16-le", "replace").rstrip("\0")
    return charsets.decode(content.rstrip(b"\0"), opened.codepage).text


def _properties(data: bytes, opened: Opened) -> Iterator[tuple[int, int, bytes]]:
    """(property id, type, value) of the MAPI properties; of several values the first one."""
    reader = _Reader(data)
    try:
        for _ in range(reader.number(4)):
            kind, tag = reader.number(2), reader.number(2)
            if tag >= 0x8000:
                _skip_property_name(reader)
            values = _values(reader, kind)
            if values:
                yield tag, kind & 0x0FFF, values[0]
    except _Broken:
        opened.damaged = True


def _skip_property_name(reader: _Reader) -> None:
    reader.take(16)
    if reader.number(4) == 0:
        reader.take(4)
    else:
        reader.padded()


def _values(reader: _Reader, kind: int) -> list[bytes]:
    base, several = kind & 0x0FFF, bool(kind & 0x1000)
    if base in (_STRING8, _UNICODE, _OBJECT, _BINARY):
        count = reader.number(4)
        if count > reader.left:
            raise _Broken
        return [reader.padded() for _ in range(count)]
    if base not in _SIZES:
        raise _Broken
    count = reader.number(4) if several else 1
    if count > reader.left:
        raise _Broken
    width = _SIZES[base] if not several or base not in (0x02, 0x0B) else 4
    return [reader.take(width) for _ in range(count)]
