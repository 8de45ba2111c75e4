"""What stands beside a ticket: its parent, its sub-tickets, and others it has to do with? Read in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from yingnuo.kit import reading
from yingnuo.people.roles import Actor
from yingnuo.tickets import lists
from yingnuo.tickets.linking import TURNED
from yingnuo.tickets.lists import Listed
from yingnuo.tickets.models import LinkKind
from yingnuo.tickets.narrowing import OPEN

SIZE = 20  # of each relation on one page


@dataclass(frozen=True, slots=True)
class Beside:
    """One ticket beside another. `seen`: whether the reader may know more of it than that it is there."""

    link: int
    relation: str
    seen: bool
    told: Listed


@dataclass(frozen=True, slots=True)
class Group:
    """Those of one relation: what is shown of them, how many there are, and for how many work is owed."""

    relation: str
    shown: tuple[Beside, ...]
    total: int
    open: int


_COLUMNS = ", ".join(f"tickets_ticket.{name}" for name in lists.OWN)
_FOUND = f"""
WITH beside AS (
  SELECT id AS link, kind, true AS near, other_id AS pk FROM tickets_ticketlink WHERE ticket_id = %s
  UNION ALL SELECT id, kind, false, ticket_id FROM tickets_ticketlink WHERE other_id = %s),
asked AS (
  SELECT *, CASE WHEN near OR kind = 'related' THEN kind ELSE '!' || kind END AS relation FROM beside)
SELECT link, relation, total, open, place, {", ".join(lists.OWN)}, customer FROM (
  SELECT link, relation, count(*) OVER same AS total, count(*) FILTER (WHERE {OPEN}) OVER same AS open,
    row_number() OVER (PARTITION BY relation ORDER BY {OPEN} DESC, due_at NULLS LAST, tickets_ticket.id) AS place,
    {_COLUMNS}, {lists.CUSTOMER} AS customer
  FROM asked JOIN tickets_ticket ON tickets_ticket.id = asked.pk
  WINDOW same AS (PARTITION BY relation)) AS found
WHERE place > CASE WHEN relation = %s THEN %s ELSE 0 END
  AND place <= CASE WHEN relation = %s THEN %s ELSE 0 END + {SIZE}
ORDER BY relation, place
"""  # noqa: S608  # made of names of ours
_CHILDREN = f"!{LinkKind.CHILD_OF.value}"


def of_ticket(actor: Actor, ticket: int, *, page: int = 1) -> Mapping[str, Group]:
    """Everything beside a ticket by relation, work that is owed first; `page` is that of its sub-tickets."""
    start = (page - 1) * SIZE
    values = [ticket, ticket, _CHILDREN, start, _CHILDREN, start]
    rows = reading.tuples(_FOUND, values)
    return {name: _group(name, list(same), actor) for name, same in groupby(rows, key=lambda row: _relation(row[1]))}


def _relation(said: str) -> str:
    return TURNED[said[1:]] if said.startswith("!") else said


def _group(relation: str, rows: list[Iterable[Any]], actor: Actor) -> Group:
    found = [list(row) for row in rows]
    shown = tuple(_beside(row, relation, actor) for row in found)
    return Group(relation, shown, found[0][2], found[0][3])


def _beside(row: list[Any], relation: str, actor: Actor) -> Beside:
    told = lists.listed(row[5:])
    seen = actor.sees(team=told.team_id, agent=told.agent_id, contact=told.contact_id)
    return Beside(row[0], relation, seen, told)
