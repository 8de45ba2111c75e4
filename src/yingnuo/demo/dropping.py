"""How do many rows go with all that hangs on them, in few statements?

Django's own deletion fetches every row; the demonstration has hundreds of thousands. The graph is the models' own:
what may stand without its parent loses the reference, all other goes with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.db import connection, models
from django.db.models.fields.reverse_related import ForeignObjectRel

Model = type[models.Model]


def drop(model: Model, ids: Sequence[int]) -> None:
    """Deletes these rows and what hangs on them, in the caller's transaction."""
    if not ids:
        return
    chosen = list(ids)
    for relation in references(model):
        child, column = relation.related_model, _quoted(str(relation.field.column))
        if relation.field.null and (_loses(relation) or child is model):
            run(f"UPDATE {_table(child)} SET {column} = NULL WHERE {column} = ANY(%s)", [chosen])  # noqa: S608
        elif child is not model:
            drop(child, of(child, f"{column} = ANY(%s)", [chosen]))
    run(f"DELETE FROM {_table(model)} WHERE {_key(model)} = ANY(%s)", [chosen])  # noqa: S608


def unheld(
    model: Model, ids: Sequence[int], *, along: Collection[Model], held_by: Collection[tuple[Model, str]]
) -> list[int]:
    """Those of the ids that no row protects which stays; rows of the models `along` go along and protect nothing.

    `held_by`: further (model, field) pairs that protect, though the database would let them go.
    """
    free = list(ids)
    for relation in references(model):
        child, field = relation.related_model, relation.field
        protects = relation.on_delete is models.PROTECT and child not in along and child is not model
        if free and (protects or (child, field.name) in held_by):
            column = _quoted(str(field.column))
            held = run(f"SELECT DISTINCT {column} FROM {_table(child)} WHERE {column} = ANY(%s)", [free])  # noqa: S608
            free = sorted(set(free) - {row[0] for row in held})
    return free


def of(model: Model, where: str, values: Sequence[Any], *, most: int = 0) -> list[int]:
    """The keys of rows; `where` is SQL of ours."""
    limit = f" ORDER BY 1 LIMIT {int(most)}" if most else ""
    return [row[0] for row in run(f"SELECT {_key(model)} FROM {_table(model)} WHERE {where}{limit}", values)]  # noqa: S608


def references(model: Model) -> Iterator[ForeignObjectRel]:
    """Every foreign key that points to a model, those of tables between two included."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.field.concrete and not relation.field.many_to_many:
            yield relation


def _loses(relation: ForeignObjectRel) -> bool:
    return relation.on_delete is models.SET_NULL


def _key(model: Model) -> str:
    pk = model._meta.pk
    return _quoted(str(pk.column) if pk is not None else "id")


def _table(model: Model) -> str:
    return _quoted(model._meta.db_table)


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))


def run(sql: str, values: Sequence[Any] = ()) -> list[tuple[int, ...]]:
    """A statement of ours; its rows where it has any."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return cursor.fetchall() if cursor.description else []
