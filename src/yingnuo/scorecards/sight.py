"""Which rows may a reader count, and which of them did he ask for?

Conditions are written once for every table that carries a ticket's traits: `alias` is the table's name in the
statement. Names come from the fixed lists below, values go as parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db import connection

from yingnuo.people.roles import Actor

GROUPS = ("team", "milestone", "urgency", "via", "kind", "region", "tier", "agent", "product_line")
_PROMISED = ("milestone", "agreement")  # traits of promises, not of tickets
_NUMBERS = ("team", "agent")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked for; "" and None ask for everything. `agreement`: sla, ola, uc.

    `excused` "out" leaves breaches out for which an excuse was granted, where a figure is a share of kept promises.
    """

    team: int | None = None
    agent: int | None = None
    milestone: str = ""
    agreement: str = ""
    urgency: str = ""
    via: str = ""
    kind: str = ""
    region: str = ""
    tier: str = ""
    product_line: str = ""
    excused: str = ""

    @property
    def narrowed(self) -> int:
        """How many narrow the promises and tickets that are looked at."""
        return sum(bool(getattr(self, f.name)) for f in fields(self) if f.name != "excused")


@dataclass(frozen=True, slots=True)
class Where:
    """An SQL condition with its parameters."""

    sql: str
    params: tuple[object, ...] = ()

    def __and__(self, other: Where) -> Where:
        return Where(f"{self.sql} AND {other.sql}", self.params + other.params)


def of_tickets(actor: Actor, f: Filters, alias: str = "t") -> Where:
    """What may be counted of a table with a ticket's traits and holder."""
    chosen = [(n, getattr(f, n)) for n in GROUPS if n not in _PROMISED and getattr(f, n)]
    where = _seen(actor, alias)
    for name, value in chosen:
        where &= _is(alias, name, value)
    return where


def of_promises(actor: Actor, f: Filters, alias: str = "o") -> Where:
    """As `of_tickets`, of a table that carries a promise's milestone and agreement too."""
    where = of_tickets(actor, f, alias)
    for name in _PROMISED:
        if value := getattr(f, name):
            where &= _is(alias, name, value)
    return where


def _is(alias: str, name: str, value: object) -> Where:
    kind = "bigint" if name in _NUMBERS else "text"
    return Where(f"{alias}.{column(name)} = %s::{kind}", (value,))


def column(name: str) -> str:
    """The column of a trait; ValueError for what is none of the fixed names."""
    if name not in GROUPS and name not in _PROMISED:
        raise ValueError(f"{name} is no trait")
    return f"{name}_id" if name in _NUMBERS else name


def _seen(actor: Actor, alias: str) -> Where:
    if actor.teams is None:
        return Where("TRUE")
    teams = f"{alias}.team_id = ANY(%s::bigint[])"
    if actor.kind == "staff":
        return Where(f"({teams} OR {alias}.agent_id = %s::bigint)", (sorted(actor.teams), actor.id))
    return Where(teams, (sorted(actor.teams),))


def within(column_name: str, start: datetime, end: datetime) -> Where:
    """A moment in [start, end)."""
    low, high = f"{column_name} >= %s::timestamptz", f"{column_name} < %s::timestamptz"
    return Where(f"{low} AND {high}", (start, end))


def fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows of one statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
