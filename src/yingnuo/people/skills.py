"""How are skills with their levels written in one field: `pump:3, boiler`?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_WRITTEN = re.compile(r"^(.+?)\s*[:：]\s*(\d{1,2})$")


def shown(skills: Iterable[str], levels: Mapping[str, int]) -> list[str]:
    """Each skill as the field shows it."""
    return [f"{skill}:{levels[skill]}" if skill in levels else skill for skill in skills]


def read(words: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    """The skills that are written so, each once, and the levels of those that have one."""
    found = [_WRITTEN.match(word) for word in words]
    names = [m.group(1) if m else word for m, word in zip(found, words, strict=True)]
    return list(dict.fromkeys(names)), {m.group(1): int(m.group(2)) for m in found if m}


def told(data: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a form with its skills and their levels apart."""
    names, levels = read(data["skills"])
    return dict(data) | {"skills": tuple(names), "levels": levels}
