"""How are skills with their levels written in one field: `pump:3, boiler`?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_WRITTEN = re.compile(r"^(.+?)\s*[:：]\s*(\d{1,2})$")


def shown(skills: Iterable[str], levels: Mapping[str, int]) -> list[str]:
    """Each skill as the field shows it."""
    return [f"{skill}:{levels[skill]}" if skill in levels else skill for skill in skills]


def told(data: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a form with its skills and their levels apart."""
    found = [_WRITTEN.match(word) for word in data["skills"]]
    names = [m.group(1) if m else word for m, word in zip(found, data["skills"], strict=True)]
    levels = {m.group(1): int(m.group(2)) for m in found if m}
    return dict(data) | {"skills": tuple(dict.fromkeys(names)), "levels": levels}
