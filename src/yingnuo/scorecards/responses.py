"""How long did customers wait for the first qualified response, in working and in elapsed time?

Medians and percentiles are taken where the rows are: `percentile_cont(0.5)` is the mean of the two middle values for an
even n, `percentile_disc(0.9)` the nearest rank, which are the engine's own definitions (a test compares them).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from yingnuo.people.roles import Actor
from yingnuo.scorecards import sight
from yingnuo.scorecards.periods import Period
from yingnuo.scorecards.sight import Filters, Where

BOUNDS = (300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400)  # upper ends of the histogram, seconds, inclusive


@dataclass(frozen=True, slots=True)
class Spread:
    """How waits are spread; seconds, None when there is none. `counts`: one for each of BOUNDS and one more."""

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


_GIVEN = """
    SELECT o.ended_at >= %s::timestamptz AS is_now, o.worked, o.elapsed FROM promises_outcome o
    WHERE o.milestone = 'first_response' AND o.standing = 'kept' AND {moments} AND {where}
    UNION ALL
    SELECT o.ended_at >= %s::timestamptz, o.worked, o.elapsed
    FROM promises_outcome o JOIN promises_promise p ON p.id = o.promise_id
    WHERE o.milestone = 'first_response' AND o.standing = 'broken' AND p.met_at IS NOT NULL AND {moments} AND {where}
"""


def first_responses(actor: Actor, period: Period, filters: Filters) -> tuple[Responses, Responses]:
    """First responses given in the period, late ones too, and those of the period before; one statement.

    Responses that were cancelled were never given.
    """
    beside = Where("(o.ended_at < %s::timestamptz OR o.ended_at >= %s::timestamptz)", (period.before_end, period.start))
    moments = sight.within("o.ended_at", period.before_start, period.end) & beside
    where = sight.of_promises(actor, filters)
    given = _GIVEN.format(moments=moments.sql, where=where.sql)
    half = [period.start, *moments.params, *where.params]
    sql = f"SELECT is_now, {_spread('worked')}, {_spread('elapsed')} FROM ({given}) AS given GROUP BY is_now"  # noqa: S608
    rows = {bool(row[0]): _both(row[1:]) for row in sight.fetch(sql, [*half, *half])}
    return rows.get(True, _NONE), rows.get(False, _NONE)


_EMPTY = Spread(0, None, None, None, (0,) * (len(BOUNDS) + 1))
_NONE = Responses(_EMPTY, _EMPTY)


def _both(row: tuple[Any, ...]) -> Responses:
    half = len(row) // 2
    return Responses(_read(row[:half]), _read(row[half:]))


def _spread(name: str) -> str:
    upto = ", ".join(f"count(*) FILTER (WHERE {name} <= {bound})" for bound in BOUNDS)
    return (
        f"count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY {name}), "
        f"percentile_disc(0.9) WITHIN GROUP (ORDER BY {name}), avg({name}), {upto}"
    )


def _read(row: tuple[Any, ...]) -> Spread:
    n, median, p90, mean, *upto = row
    counts = tuple(high - low for low, high in pairwise([0, *upto, n]))
    return Spread(n, median, p90, float(mean) if mean is not None else None, counts)
