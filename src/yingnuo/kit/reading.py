"""How are rows read by a statement that is written out?

For what every page asks: Django's query compiler costs half a millisecond a statement, which is ten times what sending
it and reading a few rows costs. What is asked seldom, or put together by whoever asks, is a queryset's work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from django.db import connection

T = TypeVar("T")


def rows(make: Callable[[Iterable[Any]], T], statement: str, values: Sequence[Any] = ()) -> list[T]:
    """Every row of the statement; `values` fill its `%s`, `make` is a NamedTuple's `_make`: fields as the columns."""
    return list(map(make, tuples(statement, values)))


def tuples(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The same as plain tuples."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
