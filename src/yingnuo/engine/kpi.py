"""By which formulas are kept promises, waits, backlogs and satisfaction measured?

The formulas are those of product.md "Metrics". Every figure carries its `n`; where n is 0 the figure is None, never 0
or 100 %. Amounts are seconds unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

#: The two-sided 95 % quantile of the normal distribution.
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval of a share, both ends within 0..1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """A share in 0..1 of `n` cases, `hits` of which count; `value` and `interval` are None when n is 0."""

    hits: int
    n: int
    value: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Attainment:
    """SLA attainment: `share` of kept ones; `overdue` of the broken are not met yet; `cancelled` are left out."""

    share: Share
    broken: int
    overdue: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class Overrun:
    """Lateness of broken promises in working seconds; None when none is broken."""

    n: int
    mean: float | None
    longest: int | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """Ages of what is open: count, median, 90th percentile and oldest, in seconds; None when nothing is open."""

    count: int
    median: float | None
    p90: float | None
    oldest: float | None


def share(hits: int, n: int) -> Share:
    """`hits` of `n` with its Wilson interval. ValueError unless 0 <= hits <= n."""
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share")
    return Share(hits, n, hits / n if n else None, wilson(hits, n))


def wilson(hits: int, n: int, z: float = Z95) -> Interval | None:
    """Score interval of a share; None when n is 0.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
    Statistical Association 22 (1927) 209-212, without continuity correction.
    """
    if n == 0:
        return None
    p, zz = hits / n, z * z
    middle = (p + zz / (2 * n)) / (1 + zz / n)
    half = z / (1 + zz / n) * sqrt(p * (1 - p) / n + zz / (4 * n * n))
    return Interval(0.0 if hits == 0 else max(0.0, middle - half), 1.0 if hits == n else min(1.0, middle + half))


def attainment(kept: int, broken: int, open_overdue: int, cancelled: int) -> Attainment:
    """kept / (kept + broken), where open overdue ones are broken now and cancelled ones are excluded and counted.

    `broken` are those met late. Promises that run within their limit are in none of the four. product.md "Metrics".
    """
    failed = broken + open_overdue
    return Attainment(share(kept, kept + failed), failed, open_overdue, cancelled)


def percentile_nearest_rank(values: Sequence[float], percent: float) -> float | None:
    """The smallest value such that at least `percent` % of all values are not above it; None for no values.

    Nearest-rank method: the value of rank ceil(percent / 100 * n) in ascending order (rank 1 for 0 %). It is always a
    value that occurred. ValueError unless 0 <= percent <= 100.
    """
    if not 0 <= percent <= 100:
        raise ValueError(f"{percent} is no percentage")
    if not values:
        return None
    # percent * n first: 0.07 * 100 is 7.000000000000001 in floating point and would give rank 8.
    return sorted(values)[max(1, ceil(percent * len(values) / 100)) - 1]


def median(values: Sequence[float]) -> float | None:
    """The middle value in ascending order, the mean of the two middle ones for an even n; None for no values."""
    if not values:
        return None
    ordered, half = sorted(values), len(values) // 2
    return float(ordered[half]) if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean; None for no values."""
    return sum(values) / len(values) if values else None


def overrun(late_by: Sequence[int]) -> Overrun:
    """Mean and longest lateness of broken promises, open overdue ones with what they have now. product.md "Metrics"."""
    return Overrun(len(late_by), mean(late_by), max(late_by, default=None))


def backlog(opened_at: Sequence[int], now: int) -> Backlog:
    """Ages at `now` of what was opened at these instants (epoch seconds). product.md "Metrics": backlog age."""
    ages = [now - at for at in opened_at]
    return Backlog(len(ages), median(ages), percentile_nearest_rank(ages, 90), max(ages, default=None))


def csat(scores: Sequence[int]) -> Share:
    """Share of 4 and 5 among answers of 1 to 5, with n and Wilson interval. ValueError for other scores."""
    for score in scores:
        if not 1 <= score <= 5:
            raise ValueError(f"{score} is not a score of 1 to 5")
    return share(sum(score >= 4 for score in scores), len(scores))


def nps(scores: Sequence[int]) -> float | None:
    """Net Promoter Score in -100..100: % of 9 and 10 minus % of 0 to 6. ValueError for scores outside 0 to 10.

    F. F. Reichheld, "The one number you need to grow", Harvard Business Review, December 2003.
    """
    for score in scores:
        if not 0 <= score <= 10:
            raise ValueError(f"{score} is not a score of 0 to 10")
    if not scores:
        return None
    return 100 * (sum(score >= 9 for score in scores) - sum(score <= 6 for score in scores)) / len(scores)


def warning_effectiveness(warned_kept: int, warned: int) -> Share:
    """Warned and then kept / warned. product.md "Metrics"."""
    return share(warned_kept, warned)
