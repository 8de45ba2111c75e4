"""How is a row written to the ledger? In the caller's transaction, so that a change and its trace are one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol, TypeAlias

from django.db import connection, transaction

from yingnuo.kit import columns
from yingnuo.ledger.codes import Code

Value: TypeAlias = str | int | float | list[str] | list[int] | Mapping[str, str | int | None] | None


class Doer(Protocol):
    """Whoever does something: the people floor's Actor."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> int: ...


class Entry(NamedTuple):
    """One thing that happened, before it is a row. `ticket` 0: about no ticket."""

    code: Code
    ticket: int = 0
    subject: str = ""
    params: Mapping[str, Value] = {}


_COLUMNS = (
    ("at", "bigint"), ("code", "text"), ("actor_kind", "text"), ("actor_id", "bigint"), ("ticket_id", "bigint"),
    ("subject", "text"), ("params", "jsonb"),
)  # fmt: skip
_INSERT = (
    f"INSERT INTO ledger_event ({', '.join(name for name, _kind in _COLUMNS)}) "  # noqa: S608  # the names above
    "SELECT to_timestamp(d.at / 1000000::float8), d.code, d.actor_kind, d.actor_id, d.ticket_id, d.subject, d.params "
    f"FROM {columns.source(_COLUMNS)}"
)
_Row: TypeAlias = tuple[int, Code, str, int, int | None, str, Mapping[str, Value]]  # as _COLUMNS
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_together: ContextVar[list[_Row] | None] = ContextVar("ledger_together", default=None)
_chain: ContextVar[tuple[int, ...]] = ContextVar("ledger_chain", default=())
_alongside: ContextVar[Callable[[], None] | None] = ContextVar("ledger_alongside", default=None)


@contextmanager
def alongside(write: Callable[[], None]) -> Iterator[None]:
    """`write` is called in every transaction inside that leaves a trace, so that both come to be or neither.

    It writes rows and waits for no answer: it may be called where answers are only read at the commit.
    """
    token = _alongside.set(write)
    try:
        yield
    finally:
        _alongside.reset(token)


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


@contextmanager
def caused_by(chain: Sequence[int]) -> Iterator[None]:
    """Rows recorded inside say in `chain` which rules of automation led to them, the first one first."""
    token = _chain.set(tuple(chain))
    try:
        yield
    finally:
        _chain.reset(token)


@contextmanager
def attempt() -> Iterator[None]:
    """A part of a transaction that may fail by itself: its rows and its trace are gone then, the rest stays."""
    pending = _together.get()
    length = len(pending or ())
    try:
        with transaction.atomic():
            yield
    except BaseException:
        if pending is not None:
            del pending[length:]
        raise


def record(actor: Doer, entries: Iterable[Entry], *, now: datetime) -> None:
    """Appends rows in the order given: at once, or at the end of the `together` it stands in."""
    at, kind, who = (now - _EPOCH) // _MICROSECOND, actor.kind, actor.id
    rows = [(at, e.code, kind, who, e.ticket or None, e.subject, e.params) for e in entries]
    if chain := _chain.get():
        rows = [(*row[:-1], {**row[-1], "chain": list(chain)}) for row in rows]
    pending = _together.get()
    if pending is None:
        _insert(rows)
    else:
        pending += rows


def _insert(rows: list[_Row]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, columns.pack(_COLUMNS, zip(*rows, strict=True)))
        if (write := _alongside.get()) is not None:
            write()
