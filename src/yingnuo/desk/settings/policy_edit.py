"""How is a policy's specification changed at one place? Every function takes a specification and gives a new one."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import Conflict, Invalid, NotFound

Spec = dict[str, Any]


class Cell(Enum):
    """What a rule may say about a milestone besides a promise."""

    SILENT = "silent"  # nothing: the rules below decide
    NONE = "none"  # nothing is promised, and the search ends


def _copied(spec: Mapping[str, Any]) -> Spec:
    return copy.deepcopy(dict(spec))


def place_of(spec: Mapping[str, Any], rule: str) -> int:
    """The position of the rule of that code; NotFound when a colleague has deleted it."""
    for n, one in enumerate(spec.get("rules", ())):
        if one.get("code") == rule:
            return n
    raise NotFound(_("There is no rule “%(rule)s” any more."), code="rule_not_found", rule=rule)


def put_cell(spec: Mapping[str, Any], rule: str, milestone: str, promise: Mapping[str, Any] | Cell) -> Spec:
    """The rule says this about the milestone."""
    new = _copied(spec)
    promises = new["rules"][place_of(spec, rule)].setdefault("promises", {})
    if promise is Cell.SILENT:
        promises.pop(milestone, None)
    else:
        promises[milestone] = None if promise is Cell.NONE else dict(promise)
    return new


def add_rule(spec: Mapping[str, Any], rule: Mapping[str, Any]) -> Spec:
    """A further rule; it stands first, where it is sure to be asked."""
    new = _copied(spec)
    new.setdefault("rules", []).insert(0, dict(rule))
    return new


def change_rule(spec: Mapping[str, Any], rule: str, *, title: str, when: Mapping[str, Any]) -> Spec:
    """Another title and condition; its promises stay."""
    new = _copied(spec)
    new["rules"][place_of(spec, rule)] |= {"title": title, "when": dict(when)}
    return new


def move_rule(spec: Mapping[str, Any], rule: str, by: int) -> Spec:
    """The rule so many places further down (negative: up); at the ends it stays."""
    new = _copied(spec)
    at = place_of(spec, rule)
    new["rules"].insert(max(0, at + by), new["rules"].pop(at))
    return new


def drop_rule(spec: Mapping[str, Any], rule: str) -> Spec:
    """Without that rule; the last one stays."""
    new = _copied(spec)
    if len(new["rules"]) == 1:
        raise Conflict(_("A standard needs at least one rule."), code="last_rule")
    del new["rules"][place_of(spec, rule)]
    return new


def put_named(spec: Mapping[str, Any], kind: str, name: str, content: list[Any]) -> Spec:
    """A ladder (`ladders`) or a pause set (`pause_sets`) of that name."""
    new = _copied(spec)
    new.setdefault(kind, {})[name] = content
    return new


def drop_named(spec: Mapping[str, Any], kind: str, name: str) -> Spec:
    """Without that ladder or pause set; Invalid while a promise uses it."""
    key = {"ladders": "ladder", "pause_sets": "pauses"}[kind]
    used = [
        rule["code"]
        for rule in spec.get("rules", ())
        for p in rule.get("promises", {}).values()
        if p and p.get(key) == name
    ]
    if used:
        raise Invalid(
            _("“%(name)s” is used by the rule %(rule)s. Choose another there first."),
            code="in_use",
            name=name,
            rule=used[0],
        )
    new = _copied(spec)
    new.get(kind, {}).pop(name, None)
    return new


@dataclass(frozen=True, slots=True)
class Change:
    """One difference of two versions: at a rule and milestone, or at a named part; `old`, `new` as they are written."""

    kind: str  # rule_added | rule_removed | rule_changed | moved | promise | ladders | pause_sets | other
    subject: str
    milestone: str = ""
    old: object = None
    new: object = None


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """What is different, in the order of the table."""
    before = {rule["code"]: rule for rule in old.get("rules", ())}
    after = {rule["code"]: rule for rule in new.get("rules", ())}
    found = [Change("rule_removed", code) for code in before if code not in after]
    for code, rule in after.items():
        if code not in before:
            found.append(Change("rule_added", code))
            continue
        found += _rule_changes(code, before[code], rule)
    if [code for code in before if code in after] != [code for code in after if code in before]:
        found.append(Change("moved", ""))
    for kind in ("ladders", "pause_sets"):
        found += _named_changes(kind, old.get(kind) or {}, new.get(kind) or {})
    rest = ("title", "agreement", "milestones")
    return found + [
        Change("other", key, old=old.get(key), new=new.get(key)) for key in rest if old.get(key) != new.get(key)
    ]


def _rule_changes(code: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    found = [Change("rule_changed", code)] if any(old.get(k) != new.get(k) for k in ("title", "when")) else []
    before, after = old.get("promises", {}), new.get("promises", {})
    missing = object()
    for milestone in dict.fromkeys((*before, *after)):
        if before.get(milestone, missing) != after.get(milestone, missing):
            silent = Cell.SILENT.value
            found.append(
                Change("promise", code, milestone, before.get(milestone, silent), after.get(milestone, silent))
            )
    return found


def _named_changes(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    names = dict.fromkeys((*old, *new))
    return [
        Change(kind, name, old=old.get(name), new=new.get(name)) for name in names if old.get(name) != new.get(name)
    ]
