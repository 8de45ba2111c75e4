"""Do the formulas give the published values?"""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingnuo.engine import kpi


def test_nothing_measured_is_none_and_not_zero() -> None:
    assert kpi.attainment(0, 0, 0, 5).share == kpi.Share(0, 0, None, None)
    assert (kpi.median([]), kpi.mean([]), kpi.percentile_nearest_rank([], 90), kpi.nps([])) == (None,) * 4
    assert kpi.overrun([]) == kpi.Overrun(0, None, None)
    assert kpi.backlog([], 9) == kpi.Backlog(0, None, None, None)
    assert kpi.csat([]).value is None


def test_attainment_counts_open_overdue_ones_as_broken_and_leaves_cancelled_out() -> None:
    result = kpi.attainment(kept=90, broken=6, open_overdue=4, cancelled=11)
    assert (result.share.value, result.share.n) == (0.9, 100)
    assert (result.broken, result.overdue, result.cancelled) == (10, 4, 11)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_values_of_newcombe_1998(hits: int, n: int, low: float, high: float) -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3."""
    interval = kpi.wilson(hits, n)
    assert interval is not None
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@given(st.integers(1, 5000), st.data())
def test_wilson_holds_the_share_and_mirrors(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    interval, mirror = kpi.wilson(hits, n), kpi.wilson(n - hits, n)
    assert interval is not None
    assert mirror is not None
    assert 0 <= interval.low <= hits / n <= interval.high <= 1
    assert math.isclose(interval.low, 1 - mirror.high, abs_tol=1e-12)


@pytest.mark.parametrize(("percent", "value"), [(0, 15), (5, 15), (30, 20), (40, 20), (50, 35), (100, 50), (99.9, 50)])
def test_percentile_is_the_nearest_rank(percent: float, value: int) -> None:
    assert kpi.percentile_nearest_rank([50, 15, 40, 20, 35], percent) == value


def test_percentile_is_exact_where_floating_point_is_not() -> None:
    assert kpi.percentile_nearest_rank(range(1, 101), 7) == 7


@pytest.mark.parametrize("percent", [-1, 101])
def test_what_is_no_percentage_is_refused(percent: float) -> None:
    with pytest.raises(ValueError, match="no percentage"):
        kpi.percentile_nearest_rank([1], percent)


def test_median_of_odd_and_even_n() -> None:
    assert (kpi.median([3, 1, 2]), kpi.median([4, 1, 3, 2])) == (2, 2.5)


def test_overrun_is_mean_and_longest() -> None:
    assert kpi.overrun([60, 120, 600]) == kpi.Overrun(3, 260, 600)


def test_backlog_ages() -> None:
    assert kpi.backlog([90, 80, 50, 0], 100) == kpi.Backlog(4, 35, 100, 100)


def test_csat_is_the_share_of_four_and_five() -> None:
    assert (kpi.csat([5, 4, 3, 1]).value, kpi.csat([5, 4, 3, 1]).n) == (0.5, 4)


def test_nps_is_promoters_minus_detractors() -> None:
    assert kpi.nps([10, 9, 8, 7, 6, 0]) == 0
    assert kpi.nps([10, 9, 9, 0]) == 50


def test_scores_outside_their_scale_are_refused() -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        kpi.csat([0])
    with pytest.raises(ValueError, match="0 to 10"):
        kpi.nps([11])
    with pytest.raises(ValueError, match="no share"):
        kpi.share(2, 1)


def test_warning_effectiveness() -> None:
    assert kpi.warning_effectiveness(30, 40).value == 0.75
