"""How may a list of tickets look: list or table, which columns, how dense, grouped by what?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LAYOUTS = ("list", "table")
DENSITIES = ("comfortable", "compact")
GROUPS = ("", "urgency", "status", "kind", "team", "agent", "customer", "day")
COLUMNS = (
    "number", "subject", "customer", "due", "status", "urgency", "agent", "team", "kind", "tier", "risk", "channel",
    "line", "region", "tags", "created", "updated",
)  # fmt: skip
USUAL = ("number", "subject", "customer", "due", "status", "urgency", "agent", "team")


@dataclass(frozen=True, slots=True)
class Look:
    """How one person sees one list."""

    layout: str = "list"
    density: str = "comfortable"
    group: str = ""
    columns: tuple[str, ...] = USUAL


PLAIN = Look()


def read(spec: object) -> Look:
    """The look a stored mapping tells; what is not known (any more) is as usual."""
    told = spec if isinstance(spec, Mapping) else {}
    listed = told.get("columns")
    wanted = listed if isinstance(listed, list) else []
    columns = tuple(code for code in dict.fromkeys(wanted) if code in COLUMNS)
    return Look(
        _one(told, "layout", LAYOUTS), _one(told, "density", DENSITIES), _one(told, "group", GROUPS), columns or USUAL
    )


def _one(told: Mapping[str, object], name: str, known: tuple[str, ...]) -> str:
    value = told.get(name)
    return value if isinstance(value, str) and value in known else known[0]


def spec_of(look: Look) -> dict[str, object]:
    """The mapping it is written as."""
    return {"layout": look.layout, "density": look.density, "group": look.group, "columns": list(look.columns)}
