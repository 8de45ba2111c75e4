"""How is a row written to the ledger? In the caller's transaction, so that a change and its trace are one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event

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


_together: ContextVar[list[Event] | None] = ContextVar("ledger_together", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Rows recorded inside are written in one statement at the end, in order; not at all when it ends in an error."""
    if _together.get() is not None:
        yield
        return
    rows: list[Event] = []
    token = _together.set(rows)
    try:
        yield
    finally:
        _together.reset(token)
    Event.objects.bulk_create(rows)


def record(actor: Doer, entries: Iterable[Entry], *, now: datetime) -> None:
    """Appends rows in the order given: at once, or at the end of the `together` it stands in."""
    rows = [
        Event(
            at=now,
            code=e.code.value,
            actor_kind=actor.kind,
            actor_id=actor.id,
            ticket_id=e.ticket or None,
            subject=e.subject,
            params=dict(e.params),
        )
        for e in entries
    ]
    pending = _together.get()
    if pending is None:
        Event.objects.bulk_create(rows)
    else:
        pending += rows
