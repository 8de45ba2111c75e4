"""Is breach risk a probability, does it rise with the time used, and is what it says what comes?"""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yingnuo.engine import risk, risk_fit
from yingnuo.engine.risk import Asked, Judge, Model
from yingnuo.engine.risk_fit import Case, Seen

CHAIN = risk.chain(milestone="first_response", urgency="urgent", kind="fault", team=1, holder=7)


def world(n: int, seed: int = 1) -> tuple[list[Case], list[Seen]]:
    """Promises whose time to be met is exponential, slower with a queue ahead: the true chance is known."""
    rng = random.Random(seed)
    cases, seen = [], []
    for at in range(n):
        holder, ahead = rng.randrange(4), float(rng.random() < 0.4)
        cells = risk.chain(milestone="m", urgency="u", kind="k", team=1, holder=holder)
        slowness = (0.3 + 0.3 * holder) * (1 + ahead)
        ends = rng.expovariate(1 / slowness)
        cases.append(Case(cells, ends, True, at))
        used = rng.random()
        if ends > used:
            seen.append(Seen(Asked(cells, used, (ahead, 0.0, 0.0, 0.0, 0.0)), ends > 1, at))
    return cases, seen


def truth(asked: Asked) -> float:
    holder = int(asked.cells[-1].rpartition("h")[2])
    return float(np.exp(-(1 - asked.used) / ((0.3 + 0.3 * holder) * (1 + asked.features[0]))))


@pytest.fixture(scope="module")
def model() -> Model:
    return risk_fit.fit(*world(12_000))


@settings(max_examples=60, deadline=None)
@given(
    cases=st.lists(st.tuples(st.floats(0, 3), st.booleans()), max_size=60),
    used=st.lists(st.floats(-1, 2), min_size=2, max_size=20),
    features=st.tuples(st.floats(0, 3), *[st.sampled_from([0.0, 1.0])] * 4),
)
def test_it_is_a_probability_and_never_falls_as_time_is_used(
    cases: list[tuple[float, bool]], used: list[float], features: tuple[float, ...]
) -> None:
    judge = Judge(risk_fit.fit([Case(CHAIN, u, met, n) for n, (u, met) in enumerate(cases)], []))
    chances = [r.probability for r in judge.judge([Asked(CHAIN, u, features) for u in sorted(used)])]
    assert all(0 <= chance <= 1 for chance in chances)
    assert chances == sorted(chances)


def test_it_never_falls_after_correction_and_calibration(model: Model) -> None:
    assert model.steps
    cells = world(1)[0][0].cells
    for features in ((0.0,) * 5, (1.0,) * 5):
        chances = [r.probability for r in Judge(model).judge([Asked(cells, u / 200, features) for u in range(201)])]
        assert chances == sorted(chances)


def test_what_is_overdue_has_broken(model: Model) -> None:
    [late] = Judge(model).judge([Asked(CHAIN, 0.2, overdue=True)])
    assert late.probability == 1


def test_without_history_the_prior_speaks() -> None:
    begun, half, end = Judge(Model()).judge([Asked(CHAIN, 0), Asked(CHAIN, 0.5), Asked(CHAIN, 1)])
    assert begun.probability == pytest.approx(risk.PRIOR_AT_START, abs=0.001)
    assert half.probability == pytest.approx(0.1 + 0.9 * 0.25, abs=0.01)
    assert (end.probability, end.comparable) == (risk.MOST, 0)


def test_a_narrow_cell_leans_on_the_broad_one_until_it_has_cases() -> None:
    good = [Case(risk.chain(milestone="m", urgency="u", kind="k", team=1, holder=1), 0.1, True, n) for n in range(200)]
    bad_chain = risk.chain(milestone="m", urgency="u", kind="k", team=1, holder=2)
    few, many = ([Case(bad_chain, 2, True, n) for n in range(count)] for count in (5, 200))
    after = [Judge(risk_fit.fit(good + bad, [])).judge([Asked(bad_chain, 0)])[0].probability for bad in (few, many)]
    assert after[0] < 0.5 < 0.85 < after[1]


def test_the_comparable_ones_are_counted() -> None:
    cases = [Case(CHAIN, 0.2, True, n) for n in range(60)] + [Case(CHAIN, 1.5, True, n) for n in range(40)]
    start, later = Judge(risk_fit.fit(cases, [])).judge([Asked(CHAIN, 0), Asked(CHAIN, 0.5)])
    assert (start.comparable, start.share) == (100, pytest.approx(0.4))
    assert (later.comparable, later.share) == (40, 1)


def test_those_last_seen_open_count_as_long_as_they_were() -> None:
    cases = [Case(CHAIN, 0.9, True, 0)] * 50 + [Case(CHAIN, 2, False, 0)] * 50 + [Case(CHAIN, 0.1, False, 0)] * 300
    [told] = Judge(risk_fit.fit(cases, [])).judge([Asked(CHAIN, 0)])
    assert told.share == pytest.approx(0.5)


def test_what_it_says_comes_true(model: Model) -> None:
    fresh = world(6_000, seed=2)[1]
    said = np.array([r.probability for r in Judge(model).judge([s.asked for s in fresh])])
    came = np.array([s.broke for s in fresh], dtype=float)
    for line in risk_fit.reliability(said, came):
        if line.n >= 150:
            assert line.came == pytest.approx(line.said, abs=0.08)
    best = np.array([truth(s.asked) for s in fresh])
    assert risk_fit.brier(said, came) < risk_fit.brier(best, came) + 0.01
    assert risk_fit.brier(said, came) < risk_fit.brier(np.full(len(came), came.mean()), came) - 0.03


def test_correction_and_calibration_help_where_a_queue_slows(model: Model) -> None:
    assert model.weights[2] > 0.3
    assert model.brier_after is not None
    assert model.brier_before is not None
    assert model.brier_base is not None
    assert model.brier_after < model.brier_before < model.brier_base


def test_from_kept_promises_alone_nothing_is_corrected() -> None:
    cases, seen = world(4_000)
    kept = [Seen(s.asked, broke=s.broke and s.at < 2_000, at=s.at) for s in seen]
    assert risk_fit.fit(cases, kept).steps == ()


def test_the_same_history_gives_the_same_model(model: Model) -> None:
    cases, seen = world(12_000)
    assert risk_fit.fit(cases[::-1], seen[::-1]).to_spec() == model.to_spec()
    assert Model.from_spec(model.to_spec()) == model


def test_pooled_means_rise_and_lose_nothing() -> None:
    rng = random.Random(3)
    x = np.sort([rng.random() for _ in range(500)])
    y = np.array([float(rng.random() < one) for one in x])
    blocks = risk_fit.pooled(x, y, least=10)
    means = [total / n for _x, total, n in blocks]
    assert means == sorted(means)
    assert sum(n for *_rest, n in blocks) == 500
    assert sum(total for _x, total, _n in blocks) == y.sum()


def test_a_worthless_feature_gets_no_weight() -> None:
    cases, seen = world(4_000)
    rng = random.Random(5)
    noisy = [Seen(Asked(s.asked.cells, s.asked.used, (0.0, float(rng.random() < 0.5), 0.0, 0.0, 0.0)), s.broke, s.at)
             for s in seen]  # fmt: skip
    assert abs(risk_fit.fit(cases, noisy).weights[3]) < 0.5
