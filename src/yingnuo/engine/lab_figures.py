"""What do the verdicts of the lab add up to, and which promises came out otherwise than they did?

The formulas are those of `engine.kpi` and product.md "Metrics", counted over columns. Amounts are working seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yingnuo.engine import kpi
from yingnuo.engine.kpi import Share
from yingnuo.engine.lab import NEVER, Verdict, Verdicts
from yingnuo.engine.lab_history import NOBODY, Codes, History

#: By what figures are split; `milestone` first.
DIMENSIONS = ("milestone", "urgency", "kind", "channel", "team", "agent")
#: How many verdicts that changed are named one by one.
MOST_CASES = 200


@dataclass(frozen=True, slots=True)
class Line:
    """The promises of one group. `overdue` of the broken are still owed; `saved` were broken and are kept now,

    `lost` were kept and are broken now, beside what they are compared with; 0 where nothing is compared.
    """

    code: str
    promised: int
    kept: int
    broken: int
    overdue: int
    cancelled: int
    open: int
    share: Share
    mean: float | None
    p90: int | None
    longest: int | None
    saved: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """A promise that came out otherwise. Instants are epoch seconds, None while the clock stood still."""

    ticket: str
    milestone: str
    team: str
    agent: str
    was: Verdict
    now: Verdict
    due_was: int | None
    due_now: int | None
    overrun: int


def total(found: Verdicts, was: Verdicts | None = None) -> Line:
    """All promises in one line, under the code ""."""
    return _lines(found, was, np.zeros(len(found), dtype=np.int32), ("",))[0]


def split(history: History, found: Verdicts, dimension: str, was: Verdicts | None = None) -> tuple[Line, ...]:
    """A line for each value of a dimension that has promises; the code "" is not known, or nobody."""
    group, names = groups(history, dimension)
    return tuple(line for line in _lines(found, was, group, names) if line.promised)


def groups(history: History, dimension: str) -> tuple[Codes, tuple[str, ...]]:
    """The number of each promise's group, and the groups' names. ValueError for what is none of DIMENSIONS."""
    if dimension == "milestone":
        return history.milestone, history.milestones
    if dimension in ("team", "agent"):
        held, names = (history.team, history.teams) if dimension == "team" else (history.agent, history.agents)
        return np.where(held == NOBODY, len(names), held).astype(np.int32), (*names, "")
    if dimension not in DIMENSIONS:
        raise ValueError(f"{dimension} is no dimension")
    values = [str(getattr(facts, dimension)) for facts in history.facts]
    names = tuple(sorted(set(values)))
    return np.array([names.index(v) for v in values], dtype=np.int32)[history.given], names


def _lines(found: Verdicts, was: Verdicts | None, group: Codes, names: Sequence[str]) -> list[Line]:
    n = len(names)
    counts = np.bincount(group.astype(np.int64) * 5 + found.verdict, minlength=5 * n).reshape(n, 5)
    broken = found.verdict == Verdict.BROKEN
    overdue = np.bincount(group[broken & found.open], minlength=n)
    saved, lost = _moved(found, was, group, n)
    late = _lateness(found, broken, group, n)
    return [
        Line(
            name, int(counts[g, :4].sum()), int(counts[g, 0]), int(counts[g, 1]), int(overdue[g]), int(counts[g, 2]),
            int(counts[g, 3]), kpi.share(int(counts[g, 0]), int(counts[g, 0] + counts[g, 1])), *late[g],
            int(saved[g]), int(lost[g]),
        )
        for g, name in enumerate(names)
    ]  # fmt: skip


def _moved(
    found: Verdicts, was: Verdicts | None, group: Codes, n: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    if was is None:
        return np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    saved = (was.verdict == Verdict.BROKEN) & (found.verdict == Verdict.KEPT)
    lost = (was.verdict == Verdict.KEPT) & (found.verdict == Verdict.BROKEN)
    return np.bincount(group[saved], minlength=n), np.bincount(group[lost], minlength=n)


def _lateness(
    found: Verdicts, broken: npt.NDArray[np.bool_], group: Codes, n: int
) -> list[tuple[float | None, int | None, int | None]]:
    """Mean, 90th percentile (nearest rank) and longest overrun of the broken ones of each group."""
    places, late = group[broken], found.overrun[broken]
    order = np.lexsort((late, places))
    late = late[order]
    edges = np.searchsorted(places[order], np.arange(n + 1))
    return [_spread(late[edges[g] : edges[g + 1]]) for g in range(n)]


def _spread(late: npt.NDArray[np.int64]) -> tuple[float | None, int | None, int | None]:
    if not late.size:
        return None, None, None
    rank = max(1, -(-90 * late.size // 100))
    return float(late.mean()), int(late[rank - 1]), int(late[-1])


def cases(history: History, found: Verdicts, was: Verdicts, most: int = MOST_CASES) -> tuple[Case, ...]:
    """Promises kept on one side and broken on the other: the longest late first, at most `most`."""
    judged = (Verdict.KEPT, Verdict.BROKEN)
    other = np.isin(found.verdict, judged) & np.isin(was.verdict, judged) & (found.verdict != was.verdict)
    rows = np.flatnonzero(other)
    late = np.maximum(found.overrun[rows], was.overrun[rows])
    chosen = rows[np.lexsort((rows, -late))][:most]
    return tuple(_case(history, found, was, int(p)) for p in chosen)


def _case(history: History, found: Verdicts, was: Verdicts, p: int) -> Case:
    def name(names: Sequence[str], code: int) -> str:
        return "" if code == NOBODY else names[code]

    return Case(
        history.tickets[history.ticket[p]], history.milestones[history.milestone[p]],
        name(history.teams, int(history.team[p])), name(history.agents, int(history.agent[p])),
        Verdict(was.verdict[p]), Verdict(found.verdict[p]), _instant(was.due[p]), _instant(found.due[p]),
        int(max(found.overrun[p], was.overrun[p])),
    )  # fmt: skip


def _instant(at: np.int64) -> int | None:
    return None if at == NEVER else int(at)
