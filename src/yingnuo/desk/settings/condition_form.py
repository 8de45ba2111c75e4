"""How is a condition filled in as boxes to tick, without losing what boxes cannot say?

Plain "is one of" tests and tags become boxes; whatever else a condition holds stays as text under "further conditions".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yingnuo.desk.settings import words
from yingnuo.desk.settings.files import read_yaml
from yingnuo.desk.settings.shown import Part
from yingnuo.engine.errors import EngineError
from yingnuo.kit.errors import Invalid

POLICY_FACTS = ("kind", "urgency", "channel", "tier", "product_line", "region", "team", "team_tier")
DISPATCH_FACTS = ("kind", "urgency", "channel", "tier", "product_line", "region", "language")
AUTOMATION_FACTS = (
    "kind", "urgency", "status", "held", "channel", "tier", "product_line", "team", "region", "language", "by",
)  # fmt: skip
_NUMBERS = ("team_tier",)


@dataclass(frozen=True, slots=True)
class Boxes:
    """One fact: its name and its values with whether each is chosen."""

    fact: str
    label: str
    values: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """The whole condition as a form shows it."""

    boxes: tuple[Boxes, ...]
    tags: str
    extra: str


def fields_of(when: Mapping[str, Any], facts: Sequence[str]) -> Fields:
    """The form for a stored condition."""
    rest = dict(when)
    lexicon, labels = words.lexicon(), words.facts()
    boxes = []
    for fact in facts:
        chosen = _chosen(rest, fact)
        known = dict(lexicon.values.get(fact, {})) | {v: lexicon.value(fact, v) for v in chosen}
        if known:
            boxes.append(Boxes(fact, labels[fact], tuple((v, str(w), v in chosen) for v, w in known.items())))
    tags = _tags(rest)
    extra = yaml.safe_dump(rest, allow_unicode=True, sort_keys=False) if rest else ""
    return Fields(tuple(boxes), ", ".join(tags), extra)


def _chosen(rest: dict[str, Any], fact: str) -> list[str]:
    value = rest.get(fact)
    listed = value if isinstance(value, list) else [value]
    if value is None or not all(isinstance(one, str | int) for one in listed):
        return []
    del rest[fact]
    return [str(one) for one in listed]


def _tags(rest: dict[str, Any]) -> list[str]:
    value = rest.get("tags")
    asked = value.get("any") if isinstance(value, Mapping) and set(value) == {"any"} else value
    listed = [asked] if isinstance(asked, str) else asked
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        return []
    del rest["tags"]
    return listed


def part_of(when: Mapping[str, Any], facts: Sequence[str]) -> Part:
    """A stored condition as the part of a form, for two who have it open."""
    fields = fields_of(when, facts)
    now = {f"when_{boxes.fact}": [value for value, _word, chosen in boxes.values if chosen] for boxes in fields.boxes}
    shown = {**now, "when_tags": [fields.tags], "when_extra": [fields.extra]}

    def word(said: QueryDict) -> str:
        try:
            return words.condition(when_from(said, facts), words.lexicon())
        except (Invalid, EngineError):  # as it was typed
            return said.get("when_extra", "")

    return Part("when_", _("For which tickets"), shown, word)


def when_from(posted: QueryDict, facts: Sequence[str]) -> dict[str, Any]:
    """The condition that was filled in; Invalid when the further conditions cannot be read."""
    extra = posted.get("when_extra", "").strip()
    when: dict[str, Any] = read_yaml(extra) if extra else {}
    for fact in facts:
        values: list[Any] = list(dict.fromkeys(posted.getlist(f"when_{fact}")))
        if fact in _NUMBERS:
            values = [int(v) for v in values if v.isascii() and v.isdigit() and len(v) < 4]
        if values:
            when[fact] = values[0] if len(values) == 1 else values
    tags = [tag.strip() for tag in posted.get("when_tags", "").replace("，", ",").split(",") if tag.strip()]
    return when | ({"tags": {"any": tags}} if tags else {})
