"""How quickly are warnings taken up, and how late was the sweep that gave them?"""

from __future__ import annotations

from dataclasses import dataclass

from yingnuo.engine import kpi
from yingnuo.people.roles import Actor
from yingnuo.scorecards import sight
from yingnuo.scorecards.periods import Period
from yingnuo.scorecards.sight import Filters


@dataclass(frozen=True, slots=True)
class Watch:
    """Warnings of a period that asked to be acknowledged, and the lateness of all notices; seconds.

    `in_time`: acknowledged by the moment that was set. `median` and `p90` are of those acknowledged at all.
    """

    in_time: kpi.Share
    median: float | None
    p90: float | None
    notices: int
    late_median: float | None
    late_p90: float | None
    late_most: float | None


_NOTICES = """
    WITH given AS MATERIALIZED (
        SELECT n.promise_id, n.step, min(n.at) AS at, min(n.moment) AS moment, min(n.ack_by) AS ack_by,
            min(n.acked_at) AS acked_at
        FROM alerts_notice n JOIN tickets_ticket t ON t.id = n.ticket_id
        WHERE {moments} AND n.reason <> 'urged' AND {where} GROUP BY n.promise_id, n.generation, n.step
    )
    SELECT count(*) FILTER (WHERE ack_by IS NOT NULL),
        count(*) FILTER (WHERE ack_by IS NOT NULL AND acked_at <= ack_by),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM acked_at - at))
            FILTER (WHERE ack_by IS NOT NULL AND acked_at IS NOT NULL),
        percentile_disc(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM acked_at - at))
            FILTER (WHERE ack_by IS NOT NULL AND acked_at IS NOT NULL),
        count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM at - moment)),
        percentile_disc(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM at - moment)),
        max(extract(epoch FROM at - moment))
    FROM given
"""


def measure(actor: Actor, period: Period, filters: Filters) -> Watch:
    """One statement. A step told to several people by several ways is one warning."""
    moments, where = sight.within("n.at", period.start, period.end), sight.of_tickets(actor, filters)
    [row] = sight.fetch(_NOTICES.format(moments=moments.sql, where=where.sql), [*moments.params, *where.params])
    asked, in_time, median, p90, n, *late = row
    late_median, late_p90, late_most = (float(value) if value is not None else None for value in late)
    return Watch(
        kpi.share(in_time, asked), median, float(p90) if p90 is not None else None, n, late_median, late_p90, late_most
    )
