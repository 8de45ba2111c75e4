"""Which rows does a page of a queue show, and how many are in the lists beside it?

Read by statements that are written out, one for the page and one for all counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction
from django.db.models import CharField, QuerySet
from django.db.models.expressions import RawSQL

from yingnuo.kit import reading
from yingnuo.people.roles import Actor
from yingnuo.tickets import queries
from yingnuo.tickets.models import Ticket
from yingnuo.tickets.narrowing import OPEN, Where
from yingnuo.tickets.queries import Filter


class Listed(NamedTuple):
    """What a list shows of one ticket; team and agent by id, the customer by the name he is known by."""

    id: int
    subject: str
    kind: str
    urgency: str
    via: str
    status: str
    waiting_for: str
    tier: str
    due_at: datetime | None
    risk_at: datetime | None
    risk: float | None
    risk_why: Mapping[str, str | int] | None
    next_milestone: str
    resolved_at: datetime | None
    closed_at: datetime | None
    urged: int
    team_id: int | None
    agent_id: int | None
    contact_id: int
    product_line: str
    region: str
    tags: Sequence[str]
    created_at: datetime
    updated_at: datetime
    customer: str
    more: tuple[Any, ...] = ()  # what whoever asked wanted beside it


@dataclass(frozen=True, slots=True)
class Column:
    """SQL of one value beside a row of `tickets_ticket`, and the values that fill its `%s`."""

    sql: str
    values: tuple[object, ...] = ()


CUSTOMER = """
(SELECT coalesce(nullif(c.name, ''), nullif(c.email, ''), nullif(c.phone, ''), c.handle)
FROM people_contact c WHERE c.id = tickets_ticket.contact_id)
"""
OWN = Listed._fields[:-2]
_ORDERS = {"due": "due_at, id", "newest": "id DESC", "oldest": "id", "updated": "updated_at DESC, id DESC",
           "risk": f"CASE WHEN {OPEN} THEN risk END DESC NULLS LAST, due_at, id"}  # fmt: skip


_GROUPED = {
    "urgency": "CASE urgency WHEN 'urgent' THEN 0 WHEN 'important' THEN 1 ELSE 2 END", "kind": "kind",
    "status": "CASE status WHEN 'new' THEN 0 WHEN 'open' THEN 1 ELSE 2 END",
    "team": "(SELECT g.name FROM people_team g WHERE g.id = team_id), team_id",
    "agent": "(SELECT s.name FROM people_staff s WHERE s.id = agent_id), agent_id",
    "customer": f"{CUSTOMER}, contact_id", "day": "due_at",
}  # fmt: skip


def page(
    actor: Actor, f: Filter, *, now: datetime, start: int, size: int, group: str = "", more: Sequence[Column] = ()
) -> list[Listed]:  # fmt: skip
    """`size` rows of a queue in its order from row `start` on; those of one `group` together, each with `more`.

    To group sorts all rows of the queue: ask for it only where a partial index bounds them, as among what is open.
    """
    wanted = queries.where(actor, f, now=now)
    order = _ORDERS.get(f.order, _ORDERS["due"])
    order = f"{_GROUPED[group]}, {order}" if group in _GROUPED else order
    columns = ", ".join((*OWN, CUSTOMER, *(column.sql for column in more)))
    statement = f"SELECT {columns} FROM tickets_ticket WHERE {wanted.sql} ORDER BY {order} LIMIT %s OFFSET %s"  # noqa: S608
    beside = [value for column in more for value in column.values]
    return reading.rows(listed, statement, (*beside, *wanted.values, size, start))


def by_ids(ids: Sequence[int]) -> list[Listed]:
    """The rows of these tickets, in this order; whether the reader may see them is the caller's affair."""
    columns = ", ".join((*OWN, CUSTOMER))
    statement = f"SELECT {columns} FROM tickets_ticket WHERE id = ANY(%s::bigint[])"  # noqa: S608
    found = {row.id: row for row in reading.rows(listed, statement, (list(ids),))} if ids else {}
    return [found[pk] for pk in ids if pk in found]


def listed(row: Iterable[Any]) -> Listed:
    """A row as it comes: JSON as text, what was wanted beside at its end."""
    values = tuple(row)
    found = Listed._make((*values[: len(OWN) + 1], values[len(OWN) + 1 :]))
    return found._replace(risk_why=json.loads(found.risk_why)) if isinstance(found.risk_why, str) else found


def first(tickets: QuerySet[Ticket], most: int) -> list[Listed]:
    """The first rows of any list of tickets, in its order."""
    customer = RawSQL(CUSTOMER, (), output_field=CharField())  # noqa: S611 - no values at all
    found = tickets.annotate(customer=customer).values_list(*OWN, "customer")[:most]
    return [Listed(*row) for row in found]


def counts(actor: Actor, filters: Sequence[Filter], *, now: datetime, most: int) -> dict[Filter, int]:
    """How many tickets each filter finds, up to `most`: sub-selects with a limit, in one round trip."""
    if not filters:
        return {}
    wanted = {f: queries.either(actor, f, now=now) for f in filters}
    parts = (_count(conditions, most) for conditions in wanted.values())
    values = [value for conditions in wanted.values() for where in conditions for value in where.values]
    [found] = reading.tuples(f"SELECT {', '.join(parts)}", values)
    return dict(zip(wanted, found, strict=True))


def ids(actor: Actor, f: Filter, *, now: datetime, most: int) -> list[int]:
    """The first `most` tickets of a queue, by number, in its order."""
    wanted = queries.where(actor, f, now=now)
    order = _ORDERS.get(f.order, _ORDERS["due"])
    statement = f"SELECT id FROM tickets_ticket WHERE {wanted.sql} ORDER BY {order} LIMIT %s"  # noqa: S608
    return [pk for (pk,) in reading.tuples(statement, (*wanted.values, most))]


def counts_within(
    actor: Actor, filters: Sequence[Filter], *, now: datetime, most: int, milliseconds: int
) -> dict[Filter, int]:  # fmt: skip
    """As `counts`, but {} when the database would need longer: a number beside a list is not worth a slow page."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
            found = counts(actor, filters, now=now, most=most)
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError:  # it was stopped; whatever else is wrong, the next statement will say
        return {}
    return found


def _count(conditions: Sequence[Where], most: int) -> str:
    """The count of tickets that fit one of the conditions; of each no more than `most` are looked at.

    Cut so, the union is as large as the whole wherever it is smaller than `most`.
    """
    column = "id" if len(conditions) > 1 else "1"
    parts = (f"(SELECT {column} FROM tickets_ticket WHERE {c.sql} LIMIT {most:d})" for c in conditions)  # noqa: S608
    return f"(SELECT least({most:d}, count(*)) FROM ({' UNION '.join(parts)}) AS part)"  # noqa: S608
