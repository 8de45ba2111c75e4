"""How does today stand beside yesterday up to the same time of day?

From facts alone: when tickets came and were resolved, and how promises ended. Promises that are broken and still owed
are no outcome yet; the wall shows them as overdue.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from yingnuo.people.roles import Actor, require
from yingnuo.scorecards import periods, sight
from yingnuo.scorecards.sight import Filters, Where

_COUNTED = """
SELECT count(*) FILTER (WHERE t.{moment} >= %s) AS today, count(*) FILTER (WHERE t.{moment} < %s) AS before
FROM tickets_ticket t WHERE t.{moment} >= %s AND t.{moment} < %s AND {seen}
"""
_ENDED = """
SELECT o.ended_at >= %s AS today,
  count(*) FILTER (WHERE o.standing = 'kept') AS kept, count(*) FILTER (WHERE o.standing = 'broken') AS broken,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY o.worked) FILTER (WHERE o.milestone = 'first_response') AS median
FROM promises_outcome o
WHERE o.ended_at >= %s AND o.ended_at < %s AND NOT (o.ended_at >= %s AND o.ended_at < %s) AND {seen} GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Day:
    """One day up to a time of day. `response_s`: median service seconds to the first response, None without any."""

    received: int = 0
    resolved: int = 0
    kept: int = 0
    broken: int = 0
    response_s: float | None = None

    @property
    def share(self) -> float | None:
        """Kept ÷ (kept + broken) of the promises that ended; None for none."""
        return self.kept / (self.kept + self.broken) if self.kept + self.broken else None


@dataclass(frozen=True, slots=True)
class Span:
    """Today from midnight until now, and yesterday from midnight until the same time of day."""

    start: datetime
    end: datetime
    start_before: datetime
    end_before: datetime


def span(zone: ZoneInfo, *, now: datetime) -> Span:
    """The two spans in a reader's zone. Yesterday's never reaches into today, where a day has 25 hours."""
    today = now.astimezone(zone).date()
    start = periods.midnight(today, zone)
    before = periods.midnight(today - timedelta(days=1), zone)
    return Span(start, now, before, min(start, before + (now - start)))


def beside(actor: Actor, of: Span) -> tuple[Day, Day]:
    """Today, and yesterday up to now, of what the actor may see; one statement."""
    require(actor, "wall.view")
    parts = (_counted("created_at", of, actor), _counted("resolved_at", of, actor), _ended(of, actor))
    rows = sight.fetch(_BESIDE.format(*(part.sql for part in parts)), [v for part in parts for v in part.params])
    ended = {bool(row[4]): row[5:] for row in rows if row[4] is not None}
    came, came_before, resolved, resolved_before = rows[0][:4]
    return (
        Day(came, resolved, *ended.get(True, (0, 0, None))),
        Day(came_before, resolved_before, *ended.get(False, (0, 0, None))),
    )


#: The counts stand in every row beside one row for each day in which a promise ended.
_BESIDE = "SELECT * FROM ({}) AS came CROSS JOIN ({}) AS resolved LEFT JOIN ({}) AS ended ON true"


def _counted(moment: str, of: Span, actor: Actor) -> Where:
    seen = sight.of_tickets(actor, Filters())
    times = (of.start, of.end_before, of.start_before, of.end)
    return Where(_COUNTED.format(moment=moment, seen=seen.sql), (*times, *seen.params))


def _ended(of: Span, actor: Actor) -> Where:
    seen = sight.of_promises(actor, Filters())
    times = (of.start, of.start_before, of.end, of.end_before, of.start)
    return Where(_ENDED.format(seen=seen.sql), (*times, *seen.params))
