"""How are rows read by a statement that is written out?

For what every page asks: Django's query compiler costs half a millisecond a statement, which is ten times what sending
it and reading a few rows costs. What is asked seldom, or put together by whoever asks, is a queryset's work.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection, models

T = TypeVar("T")
M = TypeVar("M", bound=models.Model)


def rows(make: Callable[[Iterable[Any]], T], statement: str, values: Sequence[Any] = ()) -> list[T]:
    """Every row of the statement; `values` fill its `%s`, `make` is a NamedTuple's `_make`: fields as the columns."""
    return list(map(make, tuples(statement, values)))


def tuples(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The same as plain tuples."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def instances(model: type[M], tail: str, values: Sequence[Any] = ()) -> list[M]:
    """Instances of a model; `tail` is what follows the table's name: WHERE …, ORDER BY …, LIMIT …"""
    table = connection.ops.quote_name(model._meta.db_table)
    columns, names, read = _shape(model, table)
    found = tuples(f"SELECT {columns} FROM {table} {tail}", values)  # noqa: S608  # names of ours
    rows = (_read(row, read) for row in found) if read else found
    return [model.from_db(connection.alias, names, row) for row in rows]


def by_id(model: type[M], ids: Iterable[int | None]) -> dict[int, M]:
    """Instances of a model by their ids; None is passed over, and nothing is asked for nothing."""
    wanted = sorted({pk for pk in ids if pk is not None})
    found = instances(model, "WHERE id = ANY(%s::bigint[])", [wanted]) if wanted else []
    return {row.pk: row for row in found}


def joined(parts: Sequence[tuple[str, type[models.Model]]], tail: str, values: Sequence[Any] = ()) -> list[list[Any]]:
    """Instances of several models side by side; `tail` begins with FROM and gives each the alias it has in `parts`.

    None where an outer join found no row.
    """
    shapes = [_shape(model, alias) for alias, model in parts]
    found = tuples(f"SELECT {', '.join(columns for columns, _names, _read in shapes)} {tail}", values)
    return [list(_side_by_side(parts, shapes, row)) for row in found]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Rows of a model that are read along with others; `tail` follows the table's name, as in `instances`."""

    model: type[models.Model]
    tail: str
    values: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """Numbers that are read along with rows; `sql` is a whole statement that gives one row of them."""

    sql: str
    values: Sequence[Any] = ()


def gathered(wanted: Mapping[str, Wanted | Sum]) -> dict[str, list[Any]]:
    """Instances of several models by name, all in one statement: what lies around one thing is asked for together.

    The order of a tail that has one is kept. Of a `Sum` come the numbers of its row.
    """
    parts = ", ".join(_gathered(w) for w in wanted.values())
    [found] = tuples(f"SELECT {parts}", [value for w in wanted.values() for value in w.values])
    return {name: _read_back(w, text) for (name, w), text in zip(wanted.items(), found, strict=True)}


def _read_back(w: Wanted | Sum, text: str | None) -> list[Any]:
    return list(json.loads(text or "{}").values()) if isinstance(w, Sum) else _made(w.model, text)


def _gathered(w: Wanted | Sum) -> str:
    if isinstance(w, Sum):
        return f"(SELECT row_to_json(part)::text FROM ({w.sql}) part)"  # noqa: S608  # statements of ours
    columns = _told(w.model)[0]
    table = connection.ops.quote_name(w.model._meta.db_table)
    return f"(SELECT json_agg(part.told)::text FROM (SELECT json_build_array({columns}) AS told FROM {table} {w.tail}) part)"  # noqa: S608, E501


def _made(model: type[models.Model], text: str | None) -> list[Any]:
    _columns, names, read = _told(model)
    rows = json.loads(text) if text else []
    for row in rows:
        for place, value_of in read:
            if row[place] is not None:
                row[place] = value_of(row[place])
    return [model.from_db(connection.alias, names, row) for row in rows]


_AS_IN_JSON = frozenset({
    "BigAutoField", "BigIntegerField", "IntegerField", "PositiveIntegerField", "PositiveSmallIntegerField",
    "SmallIntegerField", "FloatField", "BooleanField", "CharField", "TextField", "JSONField", "ForeignKey",
    "OneToOneField", "ArrayField", "EmailField", "SlugField", "AutoField",
})  # fmt: skip


_READ_AS: dict[str, Callable[[str], Any]] = {"DateTimeField": datetime.fromisoformat, "DecimalField": Decimal}


@lru_cache(maxsize=50)
def _told(model: type[models.Model]) -> tuple[str, list[str], tuple[tuple[int, Callable[[str], Any]], ...]]:
    """As `_shape`, of a row that comes as JSON; TypeError for a model with a field that JSON does not carry."""
    fields = model._meta.concrete_fields
    table = connection.ops.quote_name(model._meta.db_table)
    columns = ", ".join(
        f"{table}.{connection.ops.quote_name(str(f.column))}{'::text' * (f.get_internal_type() == 'DecimalField')}"
        for f in fields
    )
    times = tuple(
        (n, _READ_AS[f.get_internal_type()]) for n, f in enumerate(fields) if f.get_internal_type() in _READ_AS
    )
    strange = [f for f in fields if f.get_internal_type() not in _AS_IN_JSON | _READ_AS.keys()]
    if strange:
        raise TypeError(f"{strange[0]} does not come by JSON")
    return columns, [f.attname for f in fields], times


def _side_by_side(parts: Sequence[tuple[str, type[models.Model]]], shapes: Sequence[_Shape], row: Row) -> Iterator[Any]:
    start = 0
    for (_alias, model), (_columns, names, read) in zip(parts, shapes, strict=True):
        own = row[start : start + len(names)]
        start += len(names)
        yield None if own[0] is None else model.from_db(connection.alias, names, _read(own, read) if read else own)


Row = tuple[Any, ...]
Read = tuple[tuple[int, Callable[..., Any]], ...]
_Shape = tuple[str, list[str], Read]


@lru_cache(maxsize=100)
def _shape(model: type[models.Model], alias: str) -> _Shape:
    """A model's columns, its fields in that order, and by place those whose values are read from what comes."""
    fields = model._meta.concrete_fields
    quote = connection.ops.quote_name
    columns = ", ".join(f"{alias}.{quote(str(f.column))}" for f in fields)
    read = tuple((place, f.from_db_value) for place, f in enumerate(fields) if hasattr(f, "from_db_value"))
    return columns, [f.attname for f in fields], read


def _read(row: Row, read: Read) -> list[Any]:
    values = list(row)
    for place, value_of in read:
        values[place] = value_of(values[place], None, connection)
    return values
