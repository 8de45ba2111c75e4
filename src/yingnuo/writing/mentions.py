"""How is a colleague named in a note? Typed as @Name, kept as @[id], shown by the name he has now."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

_CODE = re.compile(r"@\[(\d{1,18})\]")


class Colleague(NamedTuple):
    """One who can be named. `words`: what after the @ means him, his name first."""

    staff: int
    words: tuple[str, ...]


def coded(text: str, colleagues: Iterable[Colleague]) -> str:
    """The text with every @Name of these colleagues as a code; the longest name that fits counts."""
    known = {word.casefold(): c.staff for c in reversed(list(colleagues)) for word in c.words if word}
    if "@" not in text or not known:
        return text
    longest_first = sorted(known, key=len, reverse=True)
    named = re.compile("@(" + "|".join(_whole(word) for word in longest_first) + ")", re.IGNORECASE)
    return named.sub(lambda found: f"@[{known[found[1].casefold()]}]", text)


def _whole(word: str) -> str:
    """An ASCII name does not end within a longer word."""
    return re.escape(word) + (r"(?![A-Za-z0-9_])" if word[-1].isascii() else "")


def ids(text: str) -> frozenset[int]:
    """Who is named in a coded text."""
    return frozenset(int(pk) for pk in _CODE.findall(text))


def named(text: str, name_of: Callable[[int], str]) -> str:
    """A coded text with names; somebody who is gone is @?."""
    return _CODE.sub(lambda found: f"@{name_of(int(found[1])) or '?'}", text) if "@[" in text else text
