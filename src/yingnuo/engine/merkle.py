"""How does one digest stand for many rows, so that a single row can be shown to be among them without the others?

The tree of RFC 6962 §2.1: a leaf is SHA-256(0x00 · text), a node SHA-256(0x01 · left · right), and what is left over at
the end of a level goes up as it is. The path of a leaf are its neighbours from the bottom up; who has the leaf and the
path finds the root again.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

LEAF, NODE = b"\x00", b"\x01"
SIZE = 32


def leaf(text: str) -> bytes:
    """The leaf of a row's text."""
    return sha256(LEAF + text.encode()).digest()


def split(leaves: bytes) -> list[bytes]:
    """Leaves that were strung together, one by one."""
    return [leaves[at : at + SIZE] for at in range(0, len(leaves), SIZE)]


def root(leaves: Sequence[bytes]) -> bytes:
    """The digest of all leaves in their order; that of nothing for none."""
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else sha256().digest()


def _above(level: Sequence[bytes]) -> list[bytes]:
    pairs = range(0, len(level) - 1, 2)
    nodes = [sha256(NODE + level[n] + level[n + 1]).digest() for n in pairs]
    return nodes + ([level[-1]] if len(level) % 2 else [])


def path(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """The neighbours of the leaf at `place` (from 0), from the bottom up. IndexError where there is no such leaf."""
    level, found = list(leaves), list[bytes]()
    if not 0 <= place < len(level):
        raise IndexError(place)
    while len(level) > 1:
        if (place ^ 1) < len(level):
            found.append(level[place ^ 1])
        level, place = _above(level), place // 2
    return found


def climb(start: bytes, place: int, count: int, neighbours: Sequence[bytes]) -> bytes | None:
    """The root to which a leaf at `place` of `count` leads; None when that many neighbours do not fit."""
    node, left = start, list(neighbours)
    if not 0 <= place < count:
        return None
    while count > 1:
        if (place ^ 1) < count:
            if not left:
                return None
            other = left.pop(0)
            node = sha256(NODE + (other + node if place % 2 else node + other)).digest()
        place, count = place // 2, (count + 1) // 2
    return None if left else node


class Link(NamedTuple):
    """One link of a chain of such digests; `sealed` in microseconds since 1970, `previous` the digest before it."""

    number: int
    table: str
    after_id: int
    last_id: int
    rows: int
    root: str
    previous: str
    sealed: int

    def digest(self) -> str:
        """SHA-256 (hex) of everything in the link."""
        return sha256("|".join(map(str, self)).encode()).hexdigest()
