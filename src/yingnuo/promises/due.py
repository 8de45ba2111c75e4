"""Which promises must somebody look at now, and how is it stored that somebody did?

The sweep's own narrow way to the table: thousands may fall due in one second, and a model instance for each would cost
more than everything else about them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.db import connection

from yingnuo.engine import promise as engine_promise
from yingnuo.engine.clock import State
from yingnuo.engine.terms import Terms
from yingnuo.kit import columns
from yingnuo.promises.models import StandingCode
from yingnuo.promises.standards import calendar

Situation: TypeAlias = tuple[str, str, int | None, int | None]


@dataclass(slots=True)
class Due:
    """A claimed promise, locked until the transaction ends. Instants are epoch seconds.

    `holder` held the promise; `situation` is its ticket's kind, product line, team and agent; of a
    task team and person are those who were asked.
    """

    id: int
    ticket: int
    milestone: str
    first_terms: int
    terms: int
    holder: int | None
    generation: int
    started: int
    due: int | None
    broken: int | None
    fired: dict[str, int]
    ack_due: dict[str, int]
    situation: Situation
    next: int | None = None

    def break_at(self, breached_at: int | None) -> bool:
        """The due moment passed unmet; True when that is news."""
        news = self.broken is None and breached_at is not None
        self.broken = breached_at if news else self.broken
        return news

    def arm(self, terms: Terms, state: State) -> None:
        """Sets the next moment of interest, None when nothing can happen by itself."""
        moment = engine_promise.next_moment(terms, state, self.fired, self.ack_due, calendar)
        self.next = moment.wake_at if moment else None


def peek(now: datetime | None) -> tuple[datetime, bool]:
    """The moment that judges (`now`, or the database's own) and whether any promise is due at it; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_PEEK, [now])
        at, any_due = cursor.fetchone()
    return at, bool(any_due)


# min() is one step down the index whatever the planner believes; EXISTS might become a walk over the table
_PEEK = """
SELECT m.at, (SELECT min(next_at) FROM promises_promise WHERE next_at IS NOT NULL) <= m.at
FROM (SELECT COALESCE(%s::timestamptz, now()) AS at) m
"""
_CLAIM = """
SELECT p.id, p.ticket_id, p.milestone, p.first_terms_id, p.terms_id, p.agent_id, p.generation,
    floor(date_part('epoch', p.started_at))::bigint, floor(date_part('epoch', p.due_at))::bigint,
    floor(date_part('epoch', p.broken_at))::bigint, p.fired::text, p.ack_due::text,
    t.kind, t.product_line, CASE WHEN p.milestone = 'task' THEN p.team_id ELSE t.team_id END,
    CASE WHEN p.milestone = 'task' THEN p.agent_id ELSE t.agent_id END
FROM promises_promise p JOIN tickets_ticket t ON t.id = p.ticket_id
WHERE p.next_at <= %s ORDER BY p.next_at, p.id LIMIT %s FOR UPDATE OF p SKIP LOCKED
"""
_FIRED, _SITUATION = 10, 12  # places in _CLAIM


def claim(now: datetime, most: int) -> list[Due]:
    """Locks the promises that are due at `now`, the earliest first; what another worker holds is left to him."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now, most])
        return [_due(row) for row in cursor.fetchall()]


def _due(row: Sequence[Any]) -> Due:
    fired, ack_due = (json.loads(text) if text != "{}" else {} for text in row[_FIRED:_SITUATION])
    values = [*row[:_FIRED], fired, ack_due, row[_SITUATION:]]
    return Due(*values)


_COLUMNS = (
    ("id", "bigint"), ("broken", "bigint"), ("next", "bigint"), ("fired", "jsonb"), ("ack_due", "jsonb"),
)  # fmt: skip
_STORE = f"""
UPDATE promises_promise p SET broken_at = to_timestamp(d.broken), next_at = to_timestamp(d.next), fired = d.fired,
    standing = CASE WHEN d.broken IS NULL THEN p.standing ELSE '{StandingCode.BROKEN.value}' END,
    remaining = CASE WHEN d.broken IS NULL THEN p.remaining ELSE 0 END, ack_due = d.ack_due
FROM {columns.source(_COLUMNS)} WHERE p.id = d.id
"""  # noqa: S608  # made of the names above


def store(rows: Sequence[Due]) -> None:
    """Writes what a look at claimed promises may change, in one statement. The generation stays: no fact was added."""
    values: tuple[list[object], ...] = (
        [r.id for r in rows], [r.broken for r in rows], [r.next for r in rows], [r.fired for r in rows],
        [r.ack_due for r in rows],
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_STORE, columns.pack(_COLUMNS, values))
