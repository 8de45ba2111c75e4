"""How many SMS does a text become?

A text of GSM's own alphabet (3GPP TS 23.038) has 160 septets, any other 70 UTF-16 units. A longer one is cut into parts
of 153 or 67, for each carries a header of its place; a character that takes two never falls between two parts.
"""

from __future__ import annotations

from collections.abc import Iterable

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_GSM = _BASIC | _EXTENDED
ALONE, JOINED = {True: 160, False: 70}, {True: 153, False: 67}  # by whether it is GSM's alphabet


def is_gsm(text: str) -> bool:
    """Whether every character is in GSM's alphabet or its extension."""
    return _GSM.issuperset(text)


def parts(text: str) -> int:
    """How many SMS carry the text; an empty one is one."""
    gsm = is_gsm(text)
    sizes = [_septets(c) if gsm else _units(c) for c in text]
    return 1 if sum(sizes) <= ALONE[gsm] else _packed(sizes, JOINED[gsm])


def _packed(sizes: Iterable[int], room: int) -> int:
    count, used = 1, 0
    for size in sizes:
        if used + size > room:
            count, used = count + 1, 0
        used += size
    return count


def _septets(character: str) -> int:
    return 2 if character in _EXTENDED else 1


def _units(character: str) -> int:
    return 2 if ord(character) > 0xFFFF else 1
