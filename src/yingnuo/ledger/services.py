"""How is a row written to the ledger? In the caller's transaction, so that a change and its trace are one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


def record(actor: Doer, entries: Iterable[Entry], *, now: datetime) -> list[Event]:
    """Appends rows in the order given and returns them with their ids."""
    return Event.objects.bulk_create(
        [
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
    )
