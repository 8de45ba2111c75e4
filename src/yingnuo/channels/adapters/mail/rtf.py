"""What does a body in Rich Text say? Decompression (MS-OXRTFCP) and the plain text of RTF, nothing more."""

from __future__ import annotations

import re

from yingnuo.channels.adapters.mail import charsets

_PREBUILT = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n"
    b"\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_LONGEST = 8 * 1024 * 1024
_COMPRESSED, _PLAIN = b"LZFu", b"MELA"

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_SKIPPED = {
    b"fonttbl",
    b"colortbl",
    b"stylesheet",
    b"info",
    b"pict",
    b"object",
    b"header",
    b"footer",
    b"themedata",
    b"mmathPr",
    b"datastore",
}
_BREAKS = {b"par": "\n", b"line": "\n", b"tab": "\t", b"cell": "\t", b"row": "\n", b"emdash": "—", b"endash": "–"}
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"{": "{", b"}": "}", b"\\": "\\", b"\n": "\n", b"\r": "\n"}


def decompress(data: bytes) -> bytes:
    """The RTF inside a PidTagRtfCompressed value; b"" when it is none. At most 8 MiB come out."""
    size, mark = int.from_bytes(data[4:8], "little"), data[8:12]
    if mark == _PLAIN:
        return data[16 : 16 + min(size, _LONGEST)]
    if mark != _COMPRESSED:
        return b""
    return _unpack(data, 16, min(size, _LONGEST))


def _unpack(data: bytes, position: int, size: int) -> bytes:
    """LZ77 over a ring of 4096 bytes that starts with a fixed text."""
    ring = bytearray(_PREBUILT.ljust(4096, b"\0"))
    write, out = len(_PREBUILT), bytearray()
    while position < len(data) and len(out) < size:
        flags = data[position]
        position += 1
        for bit in range(8):
            piece, position = _piece(data, position, ring, write, reference=flags >> bit & 1)
            if not piece:
                return bytes(out[:size])
            for byte in piece:
                ring[write] = byte
                write = (write + 1) % 4096
            out += piece
    return bytes(out[:size])


def _piece(data: bytes, position: int, ring: bytearray, write: int, *, reference: int) -> tuple[bytes, int]:
    """The next literal or back-reference; b"" at the end."""
    if not reference:
        return data[position : position + 1], position + 1
    token = int.from_bytes(data[position : position + 2], "big")
    start, length = token >> 4, (token & 15) + 2
    if start == write or position + 2 > len(data):
        return b"", position
    # a reference may run into what it is just writing: take it modulo the distance already there
    distance = (write - start) % 4096
    return bytes(ring[(start + step % distance) % 4096] for step in range(length)), position + 2


def text(data: bytes) -> str:
    """The readable text of RTF. Formatting, pictures and hidden groups are left out."""
    reader = _Text()
    for match in _TOKEN.finditer(data):
        reader.take(match)
    reader.flush()
    return "".join(reader.out).replace("\0", "").strip()


class _Text:
    """The state of reading: nesting, what is skipped, code page, characters still to be decoded."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.pending = bytearray()
        self.codepage = "cp1252"
        self.depth, self.skip_from = 0, 0
        self.after_unicode = 0

    def take(self, match: re.Match[bytes]) -> None:
        word, number, hexadecimal, symbol, brace, plain = match.groups()
        if brace:
            self._brace(brace)
        elif word:
            self._word(word, int(number or 0), has_number=number is not None)
        elif symbol == b"*":
            self.skip_from = self.skip_from or self.depth
        elif not self.skip_from:
            self._characters(hexadecimal, symbol, plain)

    def flush(self) -> None:
        if self.pending:
            self.out.append(charsets.decode(bytes(self.pending), self.codepage).text)
            self.pending.clear()

    def _brace(self, brace: bytes) -> None:
        if brace == b"{":
            self.depth += 1
            return
        if self.skip_from == self.depth:
            self.skip_from = 0
        self.depth = max(0, self.depth - 1)

    def _word(self, word: bytes, number: int, *, has_number: bool) -> None:
        if word in _SKIPPED:
            self.skip_from = self.skip_from or self.depth
        elif word == b"ansicpg" and has_number:
            self.codepage = f"cp{number}"
        elif self.skip_from:
            return
        elif word in _BREAKS:
            self.flush()
            self.out.append(_BREAKS[word])
        elif word == b"u" and has_number:
            self.flush()
            self.out.append(_character(number))
            self.after_unicode = 1

    def _characters(self, hexadecimal: bytes | None, symbol: bytes | None, plain: bytes | None) -> None:
        if symbol:
            self.flush()
            self.out.append(_SYMBOLS.get(symbol, ""))
            return
        data = bytes.fromhex(hexadecimal.decode()) if hexadecimal else plain or b""
        # one replacement character follows each \u for readers that know no Unicode
        self.pending += data[self.after_unicode :]
        self.after_unicode = 0


def _character(number: int) -> str:
    code = number % 65536
    return "" if 0xD800 <= code <= 0xDFFF else chr(code)
