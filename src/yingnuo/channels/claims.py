"""How do several processes share the stored arrivals without taking one in twice?

A lock of the database on the raw row's number; it lives with the connection, so a killed process frees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, connection

_LOCKS = 0x594E << 40  # our part of the database's advisory locks
_TRY_MANY = "SELECT pk, pg_try_advisory_lock(%s | pk) FROM unnest(%s::bigint[]) AS pk"
_FREE_MANY = "SELECT pg_advisory_unlock(%s | pk)::text FROM unnest(%s::bigint[]) AS pk"
_WAIT, _TRY = "SELECT pg_advisory_lock(%s)::text", "SELECT pg_try_advisory_lock(%s)"


@contextmanager
def claimed(pk: int, *, wait: bool = False) -> Iterator[bool]:
    """The raw row's lock while the block runs; False inside when another process has it and we do not wait."""
    with connection.cursor() as cursor:
        cursor.execute(_WAIT if wait else _TRY, [_LOCKS | pk])
        mine = cursor.fetchone()[0] is not False
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCKS | pk])


@contextmanager
def claimed_of(pks: Sequence[int]) -> Iterator[list[int]]:
    """The locks of those raw rows that no other process has, while the block runs; two statements for all."""
    with connection.cursor() as cursor:
        cursor.execute(_TRY_MANY, [_LOCKS, list(pks)])
        mine = [pk for pk, taken in cursor.fetchall() if taken]
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_unlock(%s | pk)::text FROM unnest(%s::bigint[]) AS pk", [_LOCKS, mine]
                )


def is_away(error: Exception) -> bool:
    """Whether the database is at fault. What is too much for it (SQLSTATE 54) comes as an OperationalError too, but
    with the arrival: tried for ever at the head of the line, it would hold up all behind it."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return isinstance(error, (OperationalError, InterfaceError)) and not state.startswith("54")
