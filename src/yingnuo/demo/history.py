"""How does the older history come in while people are at work already?

Warnings of the past must not be fired by the worker of the present, nor half a story be seen. So the history is played
in a schema of its own, in which the tables that it writes stand before the real ones, and is moved over in one
transaction when it is complete. The numbers below those of the recent tickets were kept free for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, models, transaction

from yingnuo.alerts.models import Notice
from yingnuo.channels.models import Delivery, Raw
from yingnuo.kit import live, revisions
from yingnuo.ledger import seals
from yingnuo.ledger.models import Event
from yingnuo.people.models import Staff
from yingnuo.promises import standards
from yingnuo.promises.models import Mark, Outcome, Promise, TermsCopy
from yingnuo.tickets.models import Attachment, Message, MessageWords, Ticket, TicketLink

SCHEMA = "yingnuo_demo_history"
# In the order in which they refer to each other.
MOVED: tuple[type[models.Model], ...] = (
    Ticket, TicketLink, Message, Attachment, Raw, Delivery, Promise, Mark, Outcome, Notice, Event,
)  # fmt: skip
# Moved after them; they have no numbers of their own.
_BESIDE: tuple[type[models.Model], ...] = (MessageWords,)
# Written while history is played, and so in the schema too.
_OWN: tuple[type[models.Model], ...] = (*MOVED, *_BESIDE, TermsCopy, Staff)
_ROWS_A_TICKET = 200  # more rows of one table than this belong to no ticket
_FIRST_ROW = 10_001  # a fresh installation has written some ledger rows already
_TERMS = ("first_terms_id", "terms_id")


def keep_room(*, tickets: int) -> None:
    """Keeps numbers free for the rows of about so many older tickets; called before anything is written."""
    for model in MOVED[1:]:
        _next_number(model, max(_FIRST_ROW + tickets * _ROWS_A_TICKET, _drawn(model) + 1))


def _drawn(model: type[models.Model]) -> int:
    """The highest number drawn so far: a sequence that went back would give the numbers of rows that are there."""
    table = model._meta.db_table
    [(last,)] = _run("SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, 'id')::regclass)", [table])
    return int(last or 0)


def keep_numbers(*, tickets: int) -> None:
    """Keeps exactly the ticket numbers from 1 to `tickets` free."""
    _next_number(Ticket, tickets + 1)


def _next_number(model: type[models.Model], first: int, schema: str = "") -> None:
    table = f"{schema}.{model._meta.db_table}" if schema else model._meta.db_table
    _run("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", [table, first])


@contextmanager
def alone() -> Iterator[None]:
    """While the history is played nobody removes the demonstration, and the other way round."""
    _run("SELECT pg_advisory_lock(hashtext('yingnuo.demo.history'))")
    try:
        yield
    finally:
        if not connection.needs_rollback:
            _run("SELECT pg_advisory_unlock(hashtext('yingnuo.demo.history'))")


@contextmanager
def apart() -> Iterator[None]:
    """What is written inside is seen by nobody, and moved over at the end; nothing of it is left after an error."""
    home = _run("SELECT current_schema()")[0][0]
    _make_schema(home)
    try:
        yield
        with transaction.atomic():
            _move(home)
            live.publish("tickets")
    finally:
        _leave(home)


def _run(sql: str, values: Sequence[str | int | datetime] = ()) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall() if cursor.description else []


def _make_schema(home: str) -> None:
    _run(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    _run(f"CREATE SCHEMA {SCHEMA}")
    for table in (m._meta.db_table for m in _OWN):
        _run(f"CREATE TABLE {SCHEMA}.{table} (LIKE {home}.{table} INCLUDING ALL)")
    for model in MOVED[1:]:
        _next_number(model, _FIRST_ROW, SCHEMA)
    staff = Staff._meta.db_table
    _run(f"INSERT INTO {SCHEMA}.{staff} SELECT * FROM {home}.{staff}")  # noqa: S608
    _run(f"UPDATE {SCHEMA}.{staff} SET load = 0, last_assigned_at = NULL")  # noqa: S608
    _run(f"SET search_path TO {SCHEMA}, {home}")
    _forget()


def _leave(home: str) -> None:
    if connection.in_atomic_block and connection.needs_rollback:
        return  # the schema goes with the transaction that made it
    _run(f"SET search_path TO {home}")
    _run(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    _forget()


def _forget() -> None:
    """What is remembered by number is not the same here and there."""
    standards.forget()
    revisions.forget()


def _move(home: str) -> None:
    seals.begin_anew()  # rows come in below ids that may be sealed already
    terms, staff = TermsCopy._meta.db_table, Staff._meta.db_table
    _run(
        f"INSERT INTO {home}.{terms} (digest, spec) SELECT digest, spec FROM {SCHEMA}.{terms} ON CONFLICT DO NOTHING"  # noqa: S608
    )
    for model in (*MOVED, *_BESIDE):
        table = model._meta.db_table
        columns = [str(f.column) for f in model._meta.local_concrete_fields]
        chosen = ", ".join(_translated(home, column) for column in columns)
        _run(f'INSERT INTO {home}.{table} ("{_joined(columns)}") SELECT {chosen} FROM {SCHEMA}.{table} h')  # noqa: S608
    _run(
        f"UPDATE {home}.{staff} s SET load = s.load + h.load FROM {SCHEMA}.{staff} h "  # noqa: S608
        "WHERE h.id = s.id AND h.load <> 0"
    )


def _joined(columns: Sequence[str]) -> str:
    return '", "'.join(columns)


def _translated(home: str, column: str) -> str:
    """The column, copies of terms by their number at home."""
    if column not in _TERMS:
        return f'h."{column}"'
    terms = TermsCopy._meta.db_table
    same = f"JOIN {home}.{terms} b ON b.digest = a.digest"
    return f"(SELECT b.id FROM {SCHEMA}.{terms} a {same} WHERE a.id = h.{column})"  # noqa: S608


def settle_notices(*, before: datetime) -> None:
    """Notices of the past count as sent at their time and as seen soon after; nothing of them leaves the house."""
    table = Notice._meta.db_table
    _run(
        f"UPDATE {table} SET state = 'sent', attempts = 1, retry_at = NULL, sent_at = at + interval '2 seconds' "  # noqa: S608
        "WHERE state = 'pending' AND at < %s",
        [before],
    )
    _run(
        f"UPDATE {table} SET seen_at = COALESCE(acked_at, at + interval '4 minutes') "  # noqa: S608
        "WHERE way = 'in_app' AND seen_at IS NULL AND at < %s - interval '3 hours'",
        [before],
    )
