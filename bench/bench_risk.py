"""How good is breach risk on a real log: does what it says come, and is it better than simpler guesses?

Run `python -m bench.bench_risk LOG.csv.gz MAPPING`; without arguments the log that the replay's bench makes up is
used, in which little can be foretold but the passing of time. The log's promises are kept by the engine alone. Up to
the cut (70 % of the tickets opened) the model learns what was known by then; after it, every four hours, each promise
that is open and not due is judged, as the lead's list would, and the end is compared. Cancelled unbroken is an end that
is no breach; what is open when the log ends is left out.

Brier score: the mean square of what was said less what came; 0 is perfect. The limit is the base rate's, that of a
guess that always says the share that broke before the cut. Exits with 1 when missed.
"""

from __future__ import annotations

import sys
import tempfile
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np

from bench.bench_replay import made_up
from bench.measuring import Report, quick
from yingnuo.engine import clock, risk, risk_fit
from yingnuo.engine.clock import MarkKind, State
from yingnuo.engine.risk import Asked, Floats, Judge
from yingnuo.engine.risk_fit import Case, Seen
from yingnuo.replay import by_engine, grouping, mapping, standard, story
from yingnuo.replay.by_engine import Owed
from yingnuo.replay.rows import Sheet, Tally
from yingnuo.replay.standard import Standard
from yingnuo.replay.story import Story, Verb

EVERY_S, CUT = 4 * 3600, 0.7
LEAST_PER_SECOND = 5_000


@dataclass(slots=True)
class Tracked:
    """A promise of the log, its whole story known, and when its ticket was in which group."""

    owed: Owed
    final: State
    story: Story
    groups: list[tuple[int, int]]
    siblings: list[int]  # when other promises of the ticket broke

    @property
    def until(self) -> int:
        """When it was no longer open and unbroken."""
        ends = [at for at in (self.final.ended_at, self.final.breached_at) if at is not None]
        return min(ends, default=self.final.at)

    @property
    def judged(self) -> bool:
        """Whether it came to an end."""
        return self.final.broken or self.final.ended_at is not None

    def group(self, at: int) -> int:
        """The group that held its ticket."""
        return self.groups[max(0, bisect_right(self.groups, (at, 10**9)) - 1)][1]

    def state(self, at: int, ready: Standard) -> State:
        """How it stood then, by what was known then."""
        return clock.fold(self.owed.first_terms, [m for m in self.owed.marks if m.at <= at], at, ready.calendar)

    def cells(self, at: int) -> tuple[str, ...]:
        """Its cells; the log's groups are teams, its kinds and people are not known."""
        urgency = next((c.value for c in reversed(self.story.commands) if c.verb is Verb.GRADED and c.at <= at), "")
        return risk.chain(
            milestone=self.owed.milestone, urgency=urgency or self.story.facts.urgency, kind=self.story.facts.kind,
            team=self.group(at), holder=None,
        )  # fmt: skip


def tracked(log: Path, name: str) -> tuple[list[Tracked], Standard]:
    """Every promise of the log, as the engine alone keeps it."""
    chosen = mapping.load(name)
    pack = standard.cut(standard.load(None, chosen.service, range(1995, 2051)), chosen.milestones)
    ready = standard.compiled(pack)
    told = [story.tell(t, chosen) for t in grouping.by_ticket(Sheet(log, chosen).rows(Tally()), chosen.log.order)]
    end = max(s.until for s in told)
    return [t for s in told for t in _of_ticket(s, by_engine.judge(s, chosen, ready), end, ready)], ready


def _of_ticket(s: Story, owed: list[Owed], end: int, ready: Standard) -> Iterator[Tracked]:
    groups = [(s.commands[0].at, _number(s.first_group))]
    groups += [(c.at, _number(c.value)) for c in s.commands if c.verb is Verb.MOVED]
    states = [o.state(end, ready) for o in owed]
    for o, state in zip(owed, states, strict=True):
        if any(m.kind is MarkKind.REOPENED for m in o.marks):
            continue  # ended twice: there is no one end to foretell
        late = [other.breached_at for other in states if other is not state and other.breached_at is not None]
        yield Tracked(o, state, s, groups, late)


def _number(group: str) -> int:
    return int(group) if group.isdigit() else 0


class Queues:
    """Who waits longer than whom in a group, at any instant."""

    def __init__(self, promises: Iterable[Tracked]) -> None:
        self._starts: dict[tuple[int, str], list[int]] = defaultdict(list)
        self._open: list[tuple[int, str, int, int]] = []
        for p in promises:
            self._open.append((p.groups[-1][1], p.owed.milestone, p.final.started, p.until))
        self._by: dict[tuple[int, str], tuple[np.ndarray, np.ndarray]] = {}
        for key in {(group, milestone) for group, milestone, *_times in self._open}:
            mine = sorted((start, end) for g, m, start, end in self._open if (g, m) == key)
            self._by[key] = (np.array([s for s, _e in mine]), np.array([e for _s, e in mine]))
        self._usual = {key: self._mean(*both) for key, both in self._by.items()}

    @staticmethod
    def _mean(starts: np.ndarray, ends: np.ndarray) -> float:
        """How many are open on average: all their open time over the time they span."""
        return float((ends - starts).sum() / max(1, ends.max() - starts.min()))

    def ahead(self, p: Tracked, at: int) -> float:
        """Those that wait longer in the same group, as a share of what it usually carries."""
        key = (p.group(at), p.owed.milestone)
        if key not in self._by:
            return 0.0
        starts, ends = self._by[key]
        older = bisect_left(starts, p.final.started)
        return min(risk.MOST_AHEAD, float((ends[:older] > at).sum()) / max(1.0, self._usual[key]))


def seen(
    promises: Sequence[Tracked], queues: Queues, instants: range, ready: Standard, known: int | None
) -> list[Seen]:
    """Every open promise at each instant with its end; only ends known by `known` where that is given."""
    found = []
    for p in promises:
        if not p.judged or (known is not None and p.until > known):
            continue
        for at in instants[max(0, bisect_left(instants, p.final.started)) : bisect_left(instants, p.until)]:
            state = p.state(at, ready)
            late = float(any(other <= at for other in p.siblings))
            features = (queues.ahead(p, at), 0.0, 0.0, late, float(state.paused_since is not None))
            asked = Asked(p.cells(at), state.worked / state.terms.target_seconds, features)
            found.append(Seen(asked, p.final.broken, p.until))
    return found


def cases(promises: Sequence[Tracked], cut: int, ready: Standard) -> list[Case]:
    """What was known of each promise at the cut."""
    found = []
    for p in promises:
        if p.final.started >= cut:
            continue
        state = p.state(min(cut, p.final.ended_at or cut), ready)
        used = state.worked / state.terms.target_seconds
        cells = p.cells(min(cut, p.until))
        found.append(
            Case(cells, max(used, 1.01) if state.broken else min(used, 1.0), state.ended_at is not None, p.until)
        )
    return found


def main() -> int:
    """Learn, judge, print; 1 when a guess without any thought is as good."""
    given = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    report = Report("breach risk" + ("" if given else " (made-up log)"))
    with tempfile.TemporaryDirectory() as folder:
        log, name = (Path(given[0]), given[1]) if given[1:] else (made_up(Path(folder)), "servicenow-incidents")
        promises, ready = tracked(log, name)
    starts = sorted(p.final.started for p in promises)
    cut, end = starts[int(CUT * len(starts))], starts[int(0.99 * len(starts))]
    every = EVERY_S * (4 if quick() else 1)
    queues = Queues(promises)
    began = process_time()
    before = seen(promises, queues, range(starts[0], cut, every), ready, cut)
    model = risk_fit.fit(cases(promises, cut, ready), before)
    report.note(f"{len(promises):,} promises; learnt from {model.n:,} and {len(before):,} sights of them in "
                f"{process_time() - began:.1f} s; {len(model.cells)} cells")  # fmt: skip
    after = seen(promises, queues, range(cut, end, every), ready, None)
    _compare(report, model, before, after)
    return report.status()


def _compare(report: Report, model: risk.Model, before: list[Seen], after: list[Seen]) -> None:
    asked, came = [s.asked for s in after], np.array([s.broke for s in after], dtype=float)
    judge = Judge(model)
    began = process_time()
    said = np.array([r.probability for r in judge.judge(asked)])
    speed = len(asked) / max(1e-9, process_time() - began)
    rate = float(np.mean([s.broke for s in before]))
    used = np.array([min(1.0, s.asked.used) for s in after])
    report.note(f"{len(after):,} sights after the cut, {came.mean():.1%} of them broke; before it {rate:.1%}")
    base = risk_fit.brier(np.full(len(came), rate), came)
    for what, guess in (
        ("base rate", np.full(len(came), rate)), ("share of time used", used),
        ("share of time used, calibrated", _calibrated(before, used)), ("comparable ones alone", judge.base(asked)),
    ):  # fmt: skip
        report.note(f"Brier {risk_fit.brier(guess, came):.4f}  {what}")
    report.note(f"weights: intercept, base, {', '.join(risk.FEATURES)}: {model.weights}")
    brier = risk_fit.brier(said, came)
    report.at_most("Brier of breach risk", brier, round(base, 4), more=f"{brier:.4f}; the base rate's is the limit")
    report.at_least("judged per second of processor time", speed, LEAST_PER_SECOND)
    for line in risk_fit.reliability(said, came):
        report.note(f"said {line.low:.1f}–{line.high:.1f}: {line.n:>7,} times, {line.said:.3f} on average; "
                    f"{line.came:.3f} came")  # fmt: skip


def _calibrated(before: list[Seen], used: Floats) -> Floats:
    """The best that the share used can say by itself: isotonic on what was seen before the cut."""
    ordered = sorted((min(1.0, s.asked.used), float(s.broke)) for s in before)
    blocks = risk_fit.pooled(np.array([u for u, _b in ordered]), np.array([b for _u, b in ordered]))
    return np.interp(used, [x for x, _t, _n in blocks], [total / n for _x, total, n in blocks])


if __name__ == "__main__":
    sys.exit(main())
