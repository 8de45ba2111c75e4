"""How do long words become messages that a provider takes?"""

from __future__ import annotations

import re

_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[。！？!?.；;])\s*"), re.compile(r"\s+"))


def of(text: str, longest: int) -> list[str]:
    """The text in pieces of at most `longest` characters (0: one piece), cut where a reader would pause."""
    left, found = text.strip(), []
    while longest and len(left) > longest:
        at = _cut(left, longest)
        found.append(left[:at].rstrip())
        left = left[at:].lstrip()
    return [piece for piece in (*found, left) if piece]


def within(text: str, most: int) -> list[str]:
    """As `of`, for a provider that counts bytes of UTF-8."""
    left, found = text.strip(), []
    while len(given := left.encode()) > most:
        at = _cut(left, len(given[:most].decode(errors="ignore")))
        found.append(left[:at].rstrip())
        left = left[at:].lstrip()
    return [piece for piece in (*found, left) if piece]


def _cut(text: str, longest: int) -> int:
    """The last natural break in the second half of what fits, else the very end of it."""
    for pattern in _BREAKS:
        ends = [m.end() for m in pattern.finditer(text, longest // 2, longest) if m.end() <= longest]
        if ends:
            return ends[-1]
    return longest
