"""How are two people's changes to one specification brought together? Place by place, from what both began with.

Where only one of the two changed a place, his change stands. Where both did, the draft's stands, and the place is told.
Rules of a policy and steps of a ladder are places by their code, whatever their position.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

_GONE = object()
_NAMES = ("code", "step")


@dataclass(frozen=True, slots=True)
class Merged:
    """What came out, and the places that both had changed."""

    spec: dict[str, Any]
    both: tuple[str, ...]


def merge(base: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> Merged:
    """`mine` on top of `theirs`, both having begun from `base`."""
    both: list[str] = []
    spec = _value(dict(base), dict(theirs), dict(mine), "", both)
    return Merged(cast("dict[str, Any]", spec), tuple(both))


def _value(base: Any, theirs: Any, mine: Any, place: str, both: list[str]) -> Any:
    if mine in (base, theirs):
        return theirs
    if theirs == base:
        return mine
    if isinstance(theirs, dict) and isinstance(mine, dict):
        return _mapping(base if isinstance(base, dict) else {}, theirs, mine, place, both)
    named = [_named(one) for one in (base, theirs, mine)]
    if named[1] is not None and named[2] is not None:
        merged = _mapping(named[0] or {}, named[1], named[2], place, both)
        return [merged[name] for name in _order(named[0] or {}, named[1], named[2]) if name in merged]
    both.append(place)
    return mine


def _mapping(
    base: dict[str, Any], theirs: dict[str, Any], mine: dict[str, Any], place: str, both: list[str]
) -> dict[str, Any]:
    merged = {
        key: _value(
            base.get(key, _GONE), theirs.get(key, _GONE), mine.get(key, _GONE), f"{place}.{key}".lstrip("."), both
        )
        for key in {**theirs, **mine}
    }
    return {key: value for key, value in merged.items() if value is not _GONE}


def _named(value: Any) -> dict[str, Any] | None:
    """A list of named things by their names; None when it is no such list, or a name comes twice."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return None
    names = [next((str(item[key]) for key in _NAMES if key in item), "") for item in value]
    return dict(zip(names, value, strict=True)) if all(names) and len(set(names)) == len(names) else None


def _order(base: dict[str, Any], theirs: dict[str, Any], mine: dict[str, Any]) -> list[str]:
    """The order of whoever changed it, the draft's where both did; what the other added keeps its neighbour."""
    kept = [name for name in base if name in theirs and name in mine]
    mine_moved = [name for name in mine if name in kept] != kept
    first, second = (mine, theirs) if mine_moved else (theirs, mine)
    order = list(first)
    before = ""
    for name in second:
        if name not in order:
            order.insert(order.index(before) + 1 if before in order else 0, name)
        before = name
    return order
