"""How many tickets came in and went out, when do they come, how many came back, and how did they find their person?"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from yingnuo.engine import kpi
from yingnuo.kit import instants
from yingnuo.ledger.codes import Code
from yingnuo.people.roles import Actor
from yingnuo.scorecards import sight
from yingnuo.scorecards.periods import Period
from yingnuo.scorecards.sight import Filters, Where

_SLACK = 10_000  # the ledger is read from the first ticket's first row on, less this: transactions run side by side
_OPEN = "t.status IN ('new', 'open', 'waiting')"


@dataclass(frozen=True, slots=True)
class Volume:
    """Tickets in and out: wholes, the same of the period before, and one number for each part of the period.

    `heat` has seven rows, Monday first, of 24 hours in the reader's zone.
    """

    arrived: int
    resolved: int
    arrived_before: int
    resolved_before: int
    arrivals: tuple[int, ...]
    resolutions: tuple[int, ...]
    heat: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Of the period's arrivals: those assigned with no human touch, and those given on to somebody else."""

    automatic: kpi.Share
    reassigned: kpi.Share


@dataclass(frozen=True, slots=True)
class Flow:
    """Everything about the tickets of a period. `reopened` is of arrivals that were resolved at least once."""

    volume: Volume
    reopened: kpi.Share
    dispatch: Dispatch


def measure(actor: Actor, period: Period, filters: Filters) -> Flow:
    """Three statements: arrivals, resolutions, and the ledger rows of the arrivals' way to their person."""
    where = sight.of_tickets(actor, filters)
    hours, again, solved, first = _arrivals(period, where)
    out = _resolutions(period, where)
    return Flow(_volume(period, hours, out), kpi.share(again, solved), _dispatch(period, where, first))


_Bins = dict[datetime, int]  # beginning of an hour (a quarter where the zone is no whole hours off) -> tickets


def _arrivals(period: Period, where: Where) -> tuple[_Bins, int, int, int | None]:
    """Arrivals by bin, how many of the period's were reopened and resolved at all, and the smallest ticket id."""
    moments, now = _both("t.created_at", period), "t.created_at >= %s::timestamptz"
    sql = (
        f"SELECT {_bin('t.created_at', period)}, count(*), count(*) FILTER (WHERE {now} AND t.reopened > 0), "  # noqa: S608
        f"count(*) FILTER (WHERE {now} AND (t.resolved_at IS NOT NULL OR t.reopened > 0)), "
        f"min(t.id) FILTER (WHERE {now}) FROM tickets_ticket t WHERE {moments.sql} AND {where.sql} GROUP BY 1"
    )
    rows = sight.fetch(sql, [*[period.start] * 3, *moments.params, *where.params])
    firsts = [row[4] for row in rows if row[4] is not None]
    bins = {row[0]: row[1] for row in rows}
    return bins, sum(row[2] for row in rows), sum(row[3] for row in rows), min(firsts, default=None)


def _bin(column: str, period: Period) -> str:
    width = "1 hour" if period.start.minute == 0 else "15 minutes"
    return f"date_bin('{width}', {column}, 'epoch'::timestamptz)"  # quicker than date_trunc with a zone by far


def _both(column: str, period: Period) -> Where:
    """A moment in the period or in the one before it, not between the two."""
    beside = Where(f"({column} < %s::timestamptz OR {column} >= %s::timestamptz)", (period.before_end, period.start))
    return sight.within(column, period.before_start, period.end) & beside


def _resolutions(period: Period, where: Where) -> _Bins:
    moments = _both("t.resolved_at", period)
    sql = (
        f"SELECT {_bin('t.resolved_at', period)}, count(*) FROM tickets_ticket t "  # noqa: S608
        f"WHERE t.resolved_at IS NOT NULL AND {moments.sql} AND {where.sql} GROUP BY 1"
    )
    return dict(sight.fetch(sql, [*moments.params, *where.params]))


def _volume(period: Period, arrived: _Bins, resolved: _Bins) -> Volume:
    heat = [[0] * 24 for _day in range(7)]
    for begins, n in arrived.items():
        local = begins.astimezone(period.zone)
        heat[local.weekday()][local.hour] += n if begins >= period.start else 0
    (before_in, arrivals), (before_out, resolutions) = _course(period, arrived), _course(period, resolved)
    return Volume(
        sum(arrivals), sum(resolutions), before_in, before_out, arrivals, resolutions, tuple(map(tuple, heat))
    )


def _course(period: Period, bins: _Bins) -> tuple[int, tuple[int, ...]]:
    """The number before the period, then one for each of its parts."""
    parts = [0] * (len(period.edges) + 1)
    for begins, n in bins.items():
        parts[bisect_right(period.edges, begins)] += n
    return parts[0], tuple(parts[1:])


_PATH = """
    SELECT count(*) FILTER (WHERE assigned), count(*) FILTER (WHERE assigned AND NOT touched),
        count(*) FILTER (WHERE moved)
    FROM (
        SELECT bool_or((e.params->>'agent') IS NOT NULL) AS assigned,
            bool_or(e.code = %s AND e.actor_kind = 'staff') AS touched,
            bool_or(e.code = %s AND (e.params->>'from_agent') IS NOT NULL AND (e.params->>'agent') IS NOT NULL) AS moved
        FROM ledger_event e JOIN tickets_ticket t ON t.id = e.ticket_id
        WHERE e.code IN (%s, %s)
            AND e.id >= (SELECT coalesce(min(id), 0) FROM ledger_event WHERE ticket_id = %s::bigint) - %s::bigint
            AND {moments} AND {where}
        GROUP BY e.ticket_id
    ) AS ways
"""


def _dispatch(period: Period, where: Where, first: int | None) -> Dispatch:
    """Which of the period's arrivals got an agent, who gave them to him, and who had to give them on."""
    if first is None:
        return Dispatch(kpi.share(0, 0), kpi.share(0, 0))
    moments = sight.within("t.created_at", period.start, period.end)
    sql = _PATH.format(moments=moments.sql, where=where.sql)
    assigned, routed = Code.TICKET_ASSIGNED.value, Code.TICKET_ROUTED.value
    codes = (assigned, assigned, routed, assigned)
    [row] = sight.fetch(sql, [*codes, first, _SLACK, *moments.params, *where.params])
    n, untouched, moved = row
    return Dispatch(kpi.share(untouched, n), kpi.share(moved, n))


_AGES = """
    SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM %s::timestamptz - t.created_at)),
        percentile_disc(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM %s::timestamptz - t.created_at)),
        extract(epoch FROM %s::timestamptz - min(t.created_at))
    FROM tickets_ticket t WHERE {open} AND {where}
"""


def backlog(actor: Actor, filters: Filters, *, now: datetime) -> kpi.Backlog:
    """Ages at `now` of every open ticket within sight; the engine's definitions, taken where the rows are."""
    where = sight.of_tickets(actor, filters)
    at = instants.instant(instants.seconds(now))
    [row] = sight.fetch(_AGES.format(open=_OPEN, where=where.sql), [at, at, at, *where.params])
    n, *ages = row
    median, p90, oldest = (float(age) if age is not None else None for age in ages)
    return kpi.Backlog(int(n), median, p90, oldest)
