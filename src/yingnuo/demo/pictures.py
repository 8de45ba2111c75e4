"""What does the display of a broken machine look like? A small drawing in seven segments, as PNG."""

from __future__ import annotations

import struct
import zlib
from functools import cache

# Segments of each sign: a top, b and c right, d bottom, e and f left, g middle.
_SEGMENTS = {"E": "adefg", "F": "aefg", "1": "bc", "3": "abcdg", "5": "acdfg"}
_BOXES = {
    "a": (1, 0, 7, 1), "b": (7, 1, 8, 6), "c": (7, 7, 8, 12), "d": (1, 12, 7, 13), "e": (0, 7, 1, 12),
    "f": (0, 1, 1, 6), "g": (1, 6, 7, 7),
}  # fmt: skip
_LIT, _DARK = b"\xff\x5a\x36", b"\x1c\x1f\x24"
_SCALE, _MARGIN, _WIDTH, _HEIGHT = 12, 3, 8, 13


@cache
def display(code: str) -> bytes:
    """The PNG of a display that shows this code (signs E, F, 1, 3, 5)."""
    columns = _MARGIN + len(code) * (_WIDTH + _MARGIN)
    lit = {cell for n, sign in enumerate(code) for cell in _cells(sign, _MARGIN + n * (_WIDTH + _MARGIN))}
    rows = []
    for y in range(_HEIGHT + 2 * _MARGIN):
        line = b"".join((_LIT if (x, y) in lit else _DARK) * _SCALE for x in range(columns))
        rows += [b"\0" + line] * _SCALE
    size = struct.pack(">IIBBBBB", columns * _SCALE, len(rows), 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(rows), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", size) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _cells(sign: str, left: int) -> list[tuple[int, int]]:
    boxes = [_BOXES[segment] for segment in _SEGMENTS[sign]]
    return [(left + x, _MARGIN + y) for x0, y0, x1, y1 in boxes for x in range(x0, x1) for y in range(y0, y1)]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
