"""Who carries what at this moment, and how much room has he?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connection

WEIGHTS = {"urgent": 3, "important": 2, "general": 1}
"""What one open ticket of an urgency weighs; a load of 1 is an ordinary ticket."""


class Carried(NamedTuple):
    """One person now. `chat_room` 0: takes none; `next_due` is the earliest of his open tickets."""

    id: int
    name: str
    presence: str
    reason: str
    since: datetime | None
    calendar: str
    load: int
    capacity: int
    skills: list[str]
    chats: int
    chat_room: int
    calls: int
    on_leave: bool
    urgent: int
    important: int
    general: int
    overdue: int
    next_due: datetime | None

    @property
    def weight(self) -> int:
        """Open tickets weighted by urgency."""
        return sum(getattr(self, name) * weight for name, weight in WEIGHTS.items())


_CARRIED = """
SELECT s.id, s.name, s.presence, s.presence_reason, s.presence_since, s.calendar, s.load, s.capacity, s.skills,
    (SELECT count(*) FROM chat_chat c JOIN tickets_ticket t ON t.id = c.ticket_id
        WHERE c.stage IN ('waiting', 'active') AND t.agent_id = s.id),
    coalesce((SELECT e.capacity FROM chat_seat e WHERE e.staff_id = s.id), 3),
    (SELECT count(*) FROM telephony_call c JOIN telephony_agentline l
        ON l.channel_id = c.channel_id AND l.extension = c.agent
        WHERE l.staff_id = s.id AND c.state IN ('talking', 'held') AND c.began_at > %(now)s - interval '1 day'),
    EXISTS (SELECT 1 FROM people_absence a WHERE a.staff_id = s.id AND a.starts_at <= %(now)s AND a.ends_at > %(now)s),
    coalesce(w.urgent, 0), coalesce(w.important, 0), coalesce(w.general, 0), coalesce(w.overdue, 0), w.next_due
FROM people_staff s LEFT JOIN (
    SELECT agent_id, count(*) FILTER (WHERE urgency = 'urgent') AS urgent,
        count(*) FILTER (WHERE urgency = 'important') AS important,
        count(*) FILTER (WHERE urgency = 'general') AS general,
        count(*) FILTER (WHERE due_at < %(now)s) AS overdue, min(due_at) AS next_due
    FROM tickets_ticket WHERE status IN ('new', 'open', 'waiting') AND agent_id = ANY(%(ids)s::bigint[])
    GROUP BY agent_id
) w ON w.agent_id = s.id
WHERE s.active AND s.id = ANY(%(ids)s::bigint[]) ORDER BY s.name, s.id
"""


def of(staff: Iterable[int], *, now: datetime) -> dict[int, Carried]:
    """What each of these carries; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_CARRIED, {"ids": sorted(set(staff)), "now": now})
        return {row[0]: Carried._make(row) for row in cursor.fetchall()}
