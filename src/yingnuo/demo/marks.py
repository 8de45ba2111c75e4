"""Which rows did the demonstration bring with it?

It is only ever loaded into an installation in which nobody works and nobody has asked, so its rows of a table are those
between the highest number before it and the highest number when it stood. What is made afterwards has higher numbers:
by the simulator for customers of the demonstration, or by people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.apps import apps
from django.db import connection, models

Marks = Mapping[str, tuple[int, int]]
_NOT_OURS = {"auth", "contenttypes", "sessions", "procrastinate", "axes"}
_KEPT = {"demo_demonstration", "kit_revision", "ledger_seal"}


def tables() -> Iterator[type[models.Model]]:
    """Our tables whose rows have numbers of their own."""
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        key = meta.pk
        numbered = isinstance(key, models.AutoField | models.BigAutoField)
        if numbered and meta.app_label not in _NOT_OURS and meta.db_table not in _KEPT and not meta.proxy:
            yield model


def highest() -> dict[str, int]:
    """The highest number in each table, 0 where it is empty."""
    found = {}
    with connection.cursor() as cursor:
        for model in tables():
            quoted = connection.ops.quote_name
            pk = model._meta.pk
            column = quoted(str(pk.column)) if pk is not None else "id"
            cursor.execute(f"SELECT coalesce(max({column}), 0) FROM {quoted(model._meta.db_table)}")  # noqa: S608
            found[model._meta.db_table] = int(cursor.fetchone()[0])
    return found


def between(before: Mapping[str, int]) -> dict[str, list[int]]:
    """The demonstration's numbers by table, as they are kept: (above, up to), where there are any."""
    return {table: [before.get(table, 0), up_to] for table, up_to in highest().items() if up_to > before.get(table, 0)}
