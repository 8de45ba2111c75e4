"""What do people say to each other, and how does the same matter sound different each time?

Scenes stand in `data/scenes.yaml`. `{a/b}` is a choice, `{word}` a fact; both may be nested.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from yingnuo.demo.told import told

_INNERMOST = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Scene:
    """One matter a customer may have. `texts` maps what is said (open, ask, told …) to its wordings."""

    code: str
    weight: int
    way: str
    language: str
    line: str
    kind: str
    urgency: str
    only: str
    at_work: bool
    promotion: bool
    texts: Mapping[str, tuple[str, ...]]


@cache
def all_scenes() -> tuple[Scene, ...]:
    """Every scene, completed by what is common in its language."""
    data = told("scenes")
    return tuple(_scene(s, data["common"][s.get("lang", "zh")]) for s in data["scenes"])


def _scene(given: Mapping[str, Any], common: Mapping[str, list[str]]) -> Scene:
    own = {name: given[name] for name in ("subject", "open", *common) if name in given}
    return Scene(
        code=given["code"], weight=given["weight"], way=given["way"], language=given.get("lang", "zh"),
        line=given.get("line", ""), kind=given.get("kind", ""), urgency=given.get("urgency", ""),
        only=given.get("only", ""), at_work=given.get("work", False), promotion=given.get("promo", False),
        texts={name: tuple(texts) for name, texts in {**common, **own}.items()},
    )  # fmt: skip


def say(scene: Scene, what: str, facts: Mapping[str, str], chance: Random) -> str:
    """One wording of what is said, choices made and facts filled in."""
    text = chance.choice(scene.texts[what])
    while (found := _INNERMOST.search(text)) is not None:
        text = text[: found.start()] + _filled(found[1], facts, chance) + text[found.end() :]
    return text


def _filled(inside: str, facts: Mapping[str, str], chance: Random) -> str:
    if "/" in inside:
        return chance.choice(inside.split("/"))
    return str(chance.randint(2, 8)) if inside == "n" else facts[inside]
