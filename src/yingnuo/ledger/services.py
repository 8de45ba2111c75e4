"""How is a row written to the ledger? In the caller's transaction, so that a change and its trace are one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from django.db import connection

from yingnuo.kit import columns
from yingnuo.ledger.codes import Code

Value: TypeAlias = str | int | float | list[str] | list[int] | Mapping[str, str | int | None] | None


class Doer(Protocol):
    """Whoever does something: the people floor's Actor."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, before it is a row. `ticket` 0: about no ticket."""

    code: Code
    ticket: int = 0
    subject: str = ""
    params: Mapping[str, Value] = field(default_factory=dict)


_COLUMNS = (
    ("at", "timestamptz"), ("code", "text"), ("actor_kind", "text"), ("actor_id", "bigint"), ("ticket_id", "bigint"),
    ("subject", "text"), ("params", "jsonb"),
)  # fmt: skip
_INSERT = (
    f"INSERT INTO ledger_event ({', '.join(name for name, _kind in _COLUMNS)}) "  # noqa: S608  # the names above
    f"SELECT d.* FROM {columns.source(_COLUMNS)}"
)
_Row: TypeAlias = tuple[str, str, str, int, int | None, str, str]  # as _COLUMNS, instants and params written out
_together: ContextVar[list[_Row] | None] = ContextVar("ledger_together", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Rows recorded inside are written in one statement at the end, in order; not at all when it ends in an error."""
    if _together.get() is not None:
        yield
        return
    rows: list[_Row] = []
    token = _together.set(rows)
    try:
        yield
    finally:
        _together.reset(token)
    _insert(rows)


def record(actor: Doer, entries: Iterable[Entry], *, now: datetime) -> None:
    """Appends rows in the order given: at once, or at the end of the `together` it stands in."""
    at, kind, who = str(now), actor.kind, actor.id
    rows = [(at, e.code.value, kind, who, e.ticket or None, e.subject, json.dumps(e.params)) for e in entries]
    pending = _together.get()
    if pending is None:
        _insert(rows)
    else:
        pending += rows


def _insert(rows: list[_Row]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, [columns.pack(column) for column in zip(*rows, strict=True)])
