"""How are many new rows of one model stored at a fraction of the cost of `bulk_create`?

By COPY, with ids drawn from the model's sequence first. A handful still goes by INSERT, which needs fewer messages to
the server. Values go in as they stand in the instances: no `pre_save`, no database defaults, no conflict handling.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)
FEW = 20


def create(rows: Sequence[M]) -> Sequence[M]:
    """Stores unsaved instances of one model in the caller's transaction and gives them their ids, in order."""
    if len(rows) < FEW:
        return type(rows[0])._default_manager.bulk_create(rows) if rows else rows
    meta = rows[0]._meta
    fields = [f for f in meta.concrete_fields if not f.primary_key]
    names = [f.attname for f in fields]
    written = [(place, _WRITTEN[type(f)]) for place, f in enumerate(fields, 1) if type(f) in _WRITTEN]
    with connection.cursor() as cursor, connection.wrap_database_errors:
        for row, pk in zip(rows, _ids(cursor, meta.db_table, len(rows)), strict=True):
            row.pk, row._state.adding, row._state.db = pk, False, connection.alias
        with cursor.copy(_copy(meta.db_table, ["id", *(str(f.column) for f in fields)])) as copy:
            for row in rows:
                own = row.__dict__
                values = [row.pk, *[own[name] for name in names]]
                for place, write in written:
                    values[place] = write(values[place])
                copy.write_row(values)
    return rows


_WRITTEN: dict[type, Callable[[Any], str]] = {models.JSONField: json.dumps}


def _ids(cursor: Any, table: str, count: int) -> list[int]:
    cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s::int)", [table, count])
    return [row[0] for row in cursor.fetchall()]


def _copy(table: str, columns: Sequence[str]) -> str:
    quoted = ", ".join(connection.ops.quote_name(column) for column in columns)
    return f"COPY {connection.ops.quote_name(table)} ({quoted}) FROM STDIN"
