"""How likely is an open promise to break, judged by what became of those like it?

Four steps, each of which can be told to a person:

1. **Comparable ones**: ended promises in cells from broad (all) to narrow (milestone, urgency, kind, team, holder). In
   each a product-limit (Kaplan-Meier, in its actuarial form) estimate of the share still open after each share of the
   target. Cancelled is an end that is no breach, like met; only those still open when the model is made count until
   then and no further. A narrow cell leans on the broader one as if that were `LEAN` of
   its own cases, and the broadest on a stated prior, so that little history means little opinion.
2. **Given that it is still open** after the share used so far: P = S(target) / S(used). It never falls as time is used.
3. **What is special about it now** (`FEATURES`): one ridge-regularised logistic step on the logit of 2.
4. **Calibration** by pool-adjacent-violators, on promises that 1 and 3 have not seen.

Deterministic, no clock reading. Shares of the target are working time; a promise whose moment has passed has broken: 1.
How the model is made is in `risk_fit`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BINS = 40
#: Shares of the target at which survival is known; close together at the beginning, where most answers fall.
EDGES: Floats = (np.arange(BINS + 1) / BINS) ** 2
LEAN = 20.0
#: Without any history: the chance of one that has just begun, rising with the square of the share used to 1.
PRIOR_AT_START = 0.1
#: What is special now: others of the milestone that wait longer with the same holder, as a share of his capacity; he
#: (or the whole team, where nobody holds it) is away; the customer urged; another promise of the ticket is broken;
#: its clock stands still, which lasts while others wait and often ends with the matter itself.
FEATURES = ("ahead", "away", "urged", "broken_link", "paused")
MOST_AHEAD = 3.0
LEAST, MOST = 0.005, 0.995
#: A cell speaks for itself from so many cases on; below, the next broader one is told.
TOLD_FROM = 20
EVERYTHING = "*"


def chain(*, milestone: str, urgency: str, kind: str, team: int | None, holder: int | None) -> tuple[str, ...]:
    """The cells of a promise, broad first."""
    keys, key = [EVERYTHING], ""
    for part in (milestone, urgency, kind, f"t{team or 0}", f"h{holder or 0}"):
        key = f"{key}/{part}" if key else part
        keys.append(key)
    return tuple(keys)


@dataclass(frozen=True, slots=True)
class Cell:
    """Promises of one sort: how many ended unbroken (met, cancelled), and how many were open when last seen, in each
    bin of `EDGES`; how many broke."""

    ended: tuple[int, ...]
    left: tuple[int, ...]
    broke: int

    @property
    def n(self) -> int:
        """How many there are."""
        return sum(self.ended) + sum(self.left) + self.broke


@dataclass(frozen=True, slots=True)
class Model:
    """What is kept of a fit. `weights`: intercept, the logit's own, then one per feature. `steps`: points of the
    calibration, rising. Brier scores are of the newest tenth, which nothing was fitted on; None: too few to tell."""

    cells: Mapping[str, Cell] = field(default_factory=dict)
    weights: tuple[float, ...] = (0.0, 1.0, *(0.0 for _ in FEATURES))
    steps: tuple[tuple[float, float], ...] = ()
    n: int = 0
    brier_before: float | None = None
    brier_after: float | None = None
    brier_base: float | None = None

    def to_spec(self) -> dict[str, Any]:
        """Plain mapping; `from_spec(to_spec())` is equal."""
        cells = {key: [list(c.ended), list(c.left), c.broke] for key, c in sorted(self.cells.items())}
        return {
            "cells": cells, "weights": list(self.weights), "steps": [list(s) for s in self.steps], "n": self.n,
            "brier": [self.brier_before, self.brier_after, self.brier_base],
        }  # fmt: skip

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any]) -> Model:
        """Reads what `to_spec` wrote."""
        cells = {key: Cell(tuple(ended), tuple(left), broke) for key, (ended, left, broke) in spec["cells"].items()}
        before, after, base = spec["brier"]
        return cls(
            cells, tuple(spec["weights"]), tuple((x, y) for x, y in spec["steps"]), spec["n"], before, after, base
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """An open promise as it stands: its cells, the share of its target used (working time), what is special about it
    (in the order of FEATURES), and whether its moment has passed."""

    cells: tuple[str, ...]
    used: float
    features: tuple[float, ...] = (0.0,) * len(FEATURES)
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Risk:
    """`probability` that it breaks; `comparable` like it were still open after as long, and `share` of those broke."""

    probability: float
    share: float
    comparable: int


class Judge:
    """A model made ready: judges thousands of open promises at once."""

    def __init__(self, model: Model) -> None:
        self.model = model
        survivals, at_risk, alone = compiled(model.cells)
        self._rows = {key: row for row, key in enumerate(survivals)}
        self._log = np.array(list(survivals.values()))
        self._at_risk = np.array([at_risk[key] for key in survivals])
        self._alone = np.array([alone[key] for key in survivals])

    def judge(self, asked: Sequence[Asked]) -> list[Risk]:
        """The risk of each, in order."""
        if not asked:
            return []
        used = np.array([min(1.0, max(0.0, a.used)) for a in asked])
        rows = np.array([self._narrowest(a.cells) for a in asked])
        chance = self.corrected(given_open(self._log[rows], used), np.array([a.features for a in asked], dtype=float))
        chance = np.where([a.overdue for a in asked], 1.0, np.clip(chance, LEAST, MOST))
        bins = bin_of(used)
        told = np.array([self._told(a.cells, at) for a, at in zip(asked, bins, strict=True)])
        shares, counts = self._alone[told, bins], self._at_risk[told, bins]
        return [Risk(*each) for each in zip(chance.tolist(), shares.tolist(), counts.tolist(), strict=True)]

    def base(self, asked: Sequence[Asked]) -> Floats:
        """By the comparable ones alone, before anything special and uncalibrated."""
        rows = np.array([self._narrowest(a.cells) for a in asked])
        return given_open(self._log[rows], np.array([min(1.0, max(0.0, a.used)) for a in asked]))

    def corrected(self, base: Floats, features: Floats) -> Floats:
        """Steps 3 and 4."""
        steps = self.model.steps
        leaning = expit(design(base, features) @ np.array(self.model.weights))
        return np.interp(leaning, [x for x, _y in steps], [y for _x, y in steps]) if steps else leaning

    def _narrowest(self, cells: Sequence[str]) -> int:
        return next((self._rows[key] for key in reversed(cells) if key in self._rows), 0)

    def _told(self, cells: Sequence[str], at: int) -> int:
        """The narrowest cell with enough cases still open by then."""
        rows = (self._rows[key] for key in reversed(cells) if key in self._rows)
        return next((row for row in rows if self._at_risk[row, at] >= TOLD_FROM), 0)


def design(base: Floats, features: Floats) -> Floats:
    """The columns of the logistic step: one, logit of the base, features."""
    clipped = np.clip(base, LEAST, MOST)
    return np.column_stack([np.ones(len(base)), np.log(clipped / (1 - clipped)), features])


def expit(x: Floats) -> Floats:
    """1 / (1 + e^-x) without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(x / 2)))


def bin_of(used: Floats) -> npt.NDArray[np.int64]:
    """In which bin a share of the target lies; an edge belongs to the bin that it opens, 1 to the last."""
    return np.clip(np.searchsorted(EDGES, used, side="right") - 1, 0, BINS - 1).astype(np.int64)


def given_open(log_survival: Floats, used: Floats) -> Floats:
    """S(1) / S(used), row by row; between two edges the logarithm of S is a straight line."""
    at = bin_of(used)
    part = (used - EDGES[at]) / (EDGES[at + 1] - EDGES[at])
    rows = np.arange(len(used))
    here = log_survival[rows, at] * (1 - part) + log_survival[rows, at + 1] * part
    return np.asarray(np.exp(log_survival[:, -1] - here))


def compiled(cells: Mapping[str, Cell]) -> tuple[dict[str, Floats], dict[str, Floats], dict[str, Floats]]:
    """Of each cell, broad before narrow: log S at the edges, leaning on the broader one; how many were open at each
    bin's beginning; and, by the cell alone, the share of those that broke."""
    hazards: dict[str, Floats] = {"": prior_hazards()}
    survivals: dict[str, Floats] = {}
    at_risk: dict[str, Floats] = {}
    alone: dict[str, Floats] = {}
    known = cells if EVERYTHING in cells else {EVERYTHING: Cell((0,) * BINS, (0,) * BINS, 0), **cells}
    for key in sorted(known, key=lambda key: (key != EVERYTHING, key.count("/"), key)):
        cell = known[key]
        ended, left = np.array(cell.ended, dtype=float), np.array(cell.left, dtype=float)
        gone = np.concatenate([[0.0], np.cumsum(ended + left)[:-1]])
        at_risk[key] = cell.n - gone
        exposed = at_risk[key] - left / 2
        hazards[key] = (ended + LEAN * hazards[_broader(key, hazards)]) / (exposed + LEAN)
        survivals[key] = np.concatenate([[0.0], np.cumsum(np.log1p(-np.minimum(hazards[key], 1 - 1e-9)))])
        by_itself = np.divide(ended, exposed, out=np.zeros(BINS), where=exposed > 0)
        alone[key] = np.cumprod((1 - by_itself)[::-1])[::-1]
    return survivals, at_risk, alone


def _broader(key: str, known: Mapping[str, Floats]) -> str:
    if key == EVERYTHING:
        return ""
    while "/" in key:
        key = key.rpartition("/")[0]
        if key in known:
            return key
    return EVERYTHING


def prior_hazards() -> Floats:
    """What is thought before anything is known: P(breaks | open at u) = p + (1 - p) u^2 with p = PRIOR_AT_START."""
    chance = PRIOR_AT_START + (1 - PRIOR_AT_START) * EDGES**2
    return np.asarray(1 - chance[:-1] / chance[1:])
