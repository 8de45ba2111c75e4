"""Who has a ticket open now, and who is writing there? Its other readers are told as it changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from yingnuo.kit import live, reading
from yingnuo.people.roles import Actor
from yingnuo.tickets import queries
from yingnuo.writing.models import Reader

BEAT_S = 15  # how often an open page says that it is still there
STAYS = timedelta(seconds=25)  # of whom nothing is heard for so long is gone
TYPES = timedelta(seconds=8)
KEPT_FOR = timedelta(hours=1)


class Here(NamedTuple):
    """One who has the ticket open; `left` is in how many seconds he counts as gone unless heard of again."""

    staff: int
    typing: bool
    left: int


def topic(ticket: int) -> str:
    """The live topic on which the readers of a ticket hear of each other."""
    return f"here:{ticket}"


_BEAT = """
INSERT INTO writing_reader AS r (ticket_id, staff_id, seen_at, typed_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (ticket_id, staff_id) DO UPDATE SET seen_at = excluded.seen_at,
    typed_at = coalesce(excluded.typed_at, r.typed_at)
RETURNING (SELECT seen_at > %s FROM writing_reader WHERE ticket_id = %s AND staff_id = %s) AS was_there,
    (SELECT coalesce(typed_at > %s, false) FROM writing_reader WHERE ticket_id = %s AND staff_id = %s) AS typed
"""


def beat(actor: Actor, *, ticket: int, typing: bool, now: datetime) -> None:
    """The actor is at the ticket, and perhaps writing; NotFound when it is out of his sight."""
    queries.bare_for(actor, ticket)
    who = [ticket, actor.id]
    values = [*who, now, now if typing else None, now - STAYS, *who, now - TYPES, *who]
    with transaction.atomic(durable=True):
        [(was_there, typed)] = reading.tuples(_BEAT, values)
        if not was_there or (typing and not typed):
            live.publish(topic(ticket))


def leave(actor: Actor, *, ticket: int) -> None:
    """The actor has closed the ticket."""
    with transaction.atomic(durable=True):
        if Reader.objects.filter(ticket_id=ticket, staff_id=actor.id).delete()[0]:
            live.publish(topic(ticket))


def sent(actor: Actor, *, ticket: int) -> None:
    """The actor writes no more, for his words have left."""
    Reader.objects.filter(ticket_id=ticket, staff_id=actor.id).update(typed_at=None)
    live.publish(topic(ticket))


def others(actor: Actor, *, ticket: int, now: datetime) -> list[Here]:
    """Who else has the ticket open, those writing first."""
    rows = Reader.objects.filter(ticket_id=ticket, seen_at__gt=now - STAYS).exclude(staff_id=actor.id)
    found = [Here(r.staff_id, _typing(r, now), _left(r, now)) for r in rows.order_by("seen_at")]
    return sorted(found, key=lambda here: not here.typing)


def _typing(row: Reader, now: datetime) -> bool:
    return row.typed_at is not None and row.typed_at > now - TYPES


def _left(row: Reader, now: datetime) -> int:
    return max(1, int((row.seen_at + STAYS - now).total_seconds()))


def purge(*, now: datetime) -> int:
    """Forgets readers of whom nothing was heard for KEPT_FOR."""
    return Reader.objects.filter(seen_at__lt=now - KEPT_FOR).delete()[0]
