"""How long did customers wait for the first qualified response, in working and in elapsed time?

Medians and percentiles are taken where the rows are: `percentile_cont(0.5)` is the mean of the two middle values for an
even n, `percentile_disc(0.9)` the nearest rank, which are the engine's own definitions (a test compares them).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from yingnuo.people.roles import Actor
from yingnuo.scorecards import sight
from yingnuo.scorecards.periods import Period
from yingnuo.scorecards.sight import Filters

BOUNDS = (300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400)  # upper ends of the histogram, seconds, inclusive


@dataclass(frozen=True, slots=True)
class Spread:
    """How a set of waits is spread; seconds, None when there is none. `counts`: one for each of BOUNDS and one above."""

    n: int
    median: float | None
    p90: float | None
    mean: float | None
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Responses:
    """First responses given in a period."""

    working: Spread
    elapsed: Spread


_KEPT_OR_LATE = """
    SELECT o.worked, o.elapsed FROM promises_outcome o
    WHERE o.milestone = 'first_response' AND o.standing = 'kept' AND {moments} AND {where}
    UNION ALL
    SELECT o.worked, o.elapsed FROM promises_outcome o JOIN promises_promise p ON p.id = o.promise_id
    WHERE o.milestone = 'first_response' AND o.standing = 'broken' AND p.met_at IS NOT NULL AND {moments} AND {where}
"""


def first_responses(actor: Actor, start: datetime, end: datetime, filters: Filters) -> Responses:
    """First responses given in [start, end), late ones too; those that were cancelled were never given."""
    moments, where = sight.within("o.ended_at", start, end), sight.of_promises(actor, filters)
    facts = _KEPT_OR_LATE.format(moments=moments.sql, where=where.sql)
    sql = (
        f"WITH facts AS MATERIALIZED ({facts}) SELECT {_spread('worked')}, {_spread('elapsed')} FROM facts"  # noqa: S608
    )
    bins = list(BOUNDS)
    [row] = sight.fetch(sql, [*moments.params, *where.params, *moments.params, *where.params, bins, bins])
    half = len(row) // 2
    return Responses(_read(row[:half]), _read(row[half:]))


def of_period(actor: Actor, period: Period, filters: Filters) -> tuple[Responses, Responses]:
    """Those of the period and those of the one before."""
    now = first_responses(actor, period.start, period.end, filters)
    return now, first_responses(actor, period.before_start, period.before_end, filters)


def _spread(name: str) -> str:
    # width_bucket counts a threshold into the bucket above it; one second less makes the upper end inclusive.
    return (
        f"count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY {name}), "
        f"percentile_disc(0.9) WITHIN GROUP (ORDER BY {name}), avg({name}), "
        f"array_agg(width_bucket({name} - 1, %s::bigint[])::int)"
    )


def _read(row: tuple[object, ...]) -> Spread:
    n, median, p90, mean, bins = row
    counts = [0] * (len(BOUNDS) + 1)
    for place in bins or ():  # type: ignore[attr-defined]
        counts[place] += 1
    return Spread(int(n), median, p90, float(mean) if mean is not None else None, tuple(counts))  # type: ignore[arg-type,call-overload]
