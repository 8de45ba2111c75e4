"""How is the model of `risk` made from promises that have ended, and how good is it?

In order of time: the tables from the first 60 %, the logistic step from the next 15, the calibration from the next 15;
the newest tenth only says how good that is (Brier score). Then the tables are filled anew with all there is, for the
newest cases tell most; steps 3 and 4 stay as they were fitted. With fewer than `LEAST_SEEN` observations, or too few of
either end in a part that is fitted on, there is neither step, only the tables and their prior.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from yingnuo.engine.risk import BINS, EDGES, FEATURES, Asked, Cell, Floats, Judge, Model, design, expit

LEAST_SEEN = 400
LEAST_IN_CELL = 5
LEAST_OF_EACH = 20  # broken, and not broken: from nothing but kept promises one would learn that none ever breaks
_PARTS = (0.60, 0.75, 0.90)
_PULL = 10.0  # ridge towards "the base is right as it is", in pseudo-observations of variance 1/4
_LEAST_SLOPE = 0.05  # of the base: risk must not fall as time is used
_LEAST_IN_STEP = 30  # observations: smaller steps of the calibration are joined
_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Case:
    """A promise as it ended, or stood at the end of what is known: its cells, the share of its target used by then, and
    whether it had `ended` (met, cancelled). `used` > 1: it broke, whatever came after. `at`: when that was known (epoch
    seconds)."""

    cells: tuple[str, ...]
    used: float
    ended: bool
    at: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A promise at an instant while it was open and not due, and whether it broke in the end, known `at`."""

    asked: Asked
    broke: bool
    at: int


@dataclass(frozen=True, slots=True)
class Bin:
    """One line of a reliability table: so many were given a chance between `low` and `high`, `said` on average, and
    the share `came` of them broke."""

    low: float
    high: float
    n: int
    said: float
    came: float


def fit(cases: Sequence[Case], seen: Sequence[Seen]) -> Model:
    """The model of these cases and observations, in any order."""
    ordered = sorted(seen, key=lambda s: s.at)
    full = Model(cells=tables(cases), n=len(cases))
    if len(ordered) < LEAST_SEEN:
        return full
    first, second, third = (int(part * len(ordered)) for part in _PARTS)
    if not (_telling(ordered[first:second]) and _telling(ordered[second:third])):
        return full
    early = Model(cells=tables(c for c in cases if c.at < ordered[first].at))
    leaning = replace(early, weights=_weights(Judge(early), ordered[first:second]))
    ready = replace(leaning, steps=_steps(Judge(leaning), ordered[second:third]))
    return _told_how_good(replace(full, weights=ready.weights, steps=ready.steps), early, ready, ordered, third)


def _telling(seen: Sequence[Seen]) -> bool:
    broke = sum(s.broke for s in seen)
    return min(broke, len(seen) - broke) >= LEAST_OF_EACH


def _told_how_good(model: Model, early: Model, ready: Model, ordered: Sequence[Seen], since: int) -> Model:
    rest = ordered[since:]
    broke, asked = _broke(rest), [s.asked for s in rest]
    rate = float(_broke(ordered[:since]).mean())
    return replace(
        model, brier_before=brier(Judge(early).base(asked), broke), brier_base=brier(np.full(len(rest), rate), broke),
        brier_after=brier(np.array([r.probability for r in Judge(ready).judge(asked)]), broke),
    )  # fmt: skip


def tables(cases: Iterable[Case]) -> dict[str, Cell]:
    """The cells of these cases; a cell with fewer than LEAST_IN_CELL would only repeat the broader one."""
    counts: dict[str, tuple[list[int], list[int], list[int]]] = {}
    for case in cases:
        place = max(0, min(BINS - 1, int(np.searchsorted(EDGES, case.used)) - 1))
        for key in case.cells:
            ended, left, broke = counts.setdefault(key, ([0] * BINS, [0] * BINS, [0]))
            if case.used > 1:
                broke[0] += 1
            else:
                (ended if case.ended else left)[place] += 1
    cells = {key: Cell(tuple(ended), tuple(left), broke[0]) for key, (ended, left, broke) in counts.items()}
    return {key: cell for key, cell in cells.items() if cell.n >= LEAST_IN_CELL}


def _broke(seen: Sequence[Seen]) -> Floats:
    return np.array([s.broke for s in seen], dtype=float)


def _features(seen: Sequence[Seen]) -> Floats:
    return np.array([s.asked.features for s in seen], dtype=float).reshape(len(seen), len(FEATURES))


def _weights(judge: Judge, seen: Sequence[Seen]) -> tuple[float, ...]:
    """The logistic step by iteratively reweighted least squares, pulled towards leaving the base alone."""
    columns, broke = design(judge.base([s.asked for s in seen]), _features(seen)), _broke(seen)
    start = np.array([0.0, 1.0, *(0.0 for _ in FEATURES)])
    pull, weights = np.full(len(start), _PULL / 4), start.copy()
    for _ in range(_ROUNDS):
        said = expit(columns @ weights)
        slope = columns.T @ (broke - said) - pull * (weights - start)
        bend = (columns * (said * (1 - said))[:, None]).T @ columns + np.diag(pull)
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if float(np.abs(step).max()) < 1e-8:
            break
    weights[1] = max(_LEAST_SLOPE, weights[1])
    return tuple(round(float(w), 6) for w in weights)


def _steps(judge: Judge, seen: Sequence[Seen]) -> tuple[tuple[float, float], ...]:
    """Calibration: pooled adjacent violators, each step shown by its middle and drawn a little to the whole."""
    said = judge.corrected(judge.base([s.asked for s in seen]), _features(seen))
    broke = _broke(seen)
    order = np.argsort(said, kind="stable")
    whole = float(broke.mean())
    blocks = pooled(said[order], broke[order])
    middles = [(x, (total + whole) / (n + 1)) for x, total, n in blocks]
    rising = np.maximum.accumulate([y for _x, y in middles])
    return tuple((round(x, 6), round(float(y), 6)) for (x, _y), y in zip(middles, rising, strict=True))


def pooled(x: Floats, y: Floats, least: int = _LEAST_IN_STEP) -> list[tuple[float, float, int]]:
    """Pool adjacent violators over values in order of `x`: (mean of x, sum of y, count) of blocks whose means rise.

    No block has fewer than `least` values, unless all together have.
    """
    blocks: list[list[float]] = []  # sum of x, sum of y, count
    for one, two in zip(x.tolist(), y.tolist(), strict=True):
        if blocks and blocks[-1][2] < least:
            blocks[-1] = [blocks[-1][0] + one, blocks[-1][1] + two, blocks[-1][2] + 1]
        else:
            blocks.append([one, two, 1])
        _join_falling(blocks, least)
    if len(blocks) > 1 and blocks[-1][2] < least:
        _join_last(blocks)
        _join_falling(blocks, 0)
    return [(sx / n, sy, int(n)) for sx, sy, n in blocks]


def _join_falling(blocks: list[list[float]], least: int) -> None:
    while len(blocks) > 1 and blocks[-1][2] >= least and blocks[-2][1] / blocks[-2][2] >= blocks[-1][1] / blocks[-1][2]:
        _join_last(blocks)


def _join_last(blocks: list[list[float]]) -> None:
    last = blocks.pop()
    blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]


def brier(said: Floats, came: Floats) -> float:
    """Mean square of what was said less what came (0 or 1): 0 is perfect, a constant half gives 0.25."""
    return float(np.mean((said - came) ** 2)) if len(came) else 0.0


def reliability(said: Floats, came: Floats, bins: int = 10) -> list[Bin]:
    """How often it came where so much was said; bins of equal width, empty ones left out."""
    place = np.clip((said * bins).astype(int), 0, bins - 1)
    return [
        Bin(b / bins, (b + 1) / bins, int(n), float(said[place == b].mean()), float(came[place == b].mean()))
        for b in range(bins)
        if (n := (place == b).sum())
    ]
