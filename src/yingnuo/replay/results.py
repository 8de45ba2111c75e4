"""How did each ticket's promises come out, and what do they add up to?

Formulas are those of product.md "Metrics", computed by `engine.kpi`. Memory: about 16 bytes a promise and one small
record for each combination of priority, group and channel.
"""

from __future__ import annotations

import heapq
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from yingnuo.engine import kpi
from yingnuo.engine.clock import Standing, State
from yingnuo.replay.story import Story

WORST = 10
DIMENSIONS = ("priority", "group", "channel")


@dataclass(frozen=True, slots=True)
class Result:
    """One ticket: its story and how its promises stand, in the order in which they were given."""

    story: Story
    states: tuple[State, ...]


def standing(state: State) -> str:
    """As the product stores it: whatever ended it, what was broken stays broken."""
    return Standing.BROKEN.value if state.broken else state.standing.value


def as_line(result: Result) -> dict[str, object]:
    """A ticket as the JSON report has it. Instants are epoch seconds UTC, amounts are working seconds."""
    story = result.story
    return {
        "id": story.id, "priority": story.priority, "group": story.group, "channel": story.channel,
        "promises": [
            {
                "milestone": str(s.terms.milestone), "rule": s.terms.rule, "calendar": s.terms.calendar,
                "target": s.terms.target_seconds, "started": s.started, "due": s.due, "met": s.met,
                "standing": standing(s), "open": s.open, "worked": s.worked, "overrun": s.overrun,
            }
            for s in result.states
        ],
    }  # fmt: skip


@dataclass(slots=True)
class Cell:
    """Counts of one milestone in one corner of the log. `late`: met or ended late; `overdue`: late and still open."""

    kept: int = 0
    late: int = 0
    overdue: int = 0
    cancelled: int = 0
    open: int = 0
    worked: array[int] = field(default_factory=lambda: array("q"))  # of those met, in time or late
    overruns: array[int] = field(default_factory=lambda: array("q"))

    def count(self, state: State) -> None:
        """Takes one promise in."""
        if state.broken:
            self.overruns.append(state.overrun)
            self.late += not state.open
            self.overdue += state.open
        elif state.open:
            self.open += 1
        elif state.standing is Standing.CANCELLED:
            self.cancelled += 1
        else:
            self.kept += 1
        if state.met is not None:
            self.worked.append(state.worked)

    def add(self, other: Cell) -> None:
        """Takes another cell's counts in."""
        self.kept += other.kept
        self.late += other.late
        self.overdue += other.overdue
        self.cancelled += other.cancelled
        self.open += other.open
        self.worked.extend(other.worked)
        self.overruns.extend(other.overruns)


@dataclass(frozen=True, slots=True)
class Figures:
    """One milestone in one corner of the log, worked out. Amounts are working seconds; None where nothing is."""

    promised: int
    kept: int
    late: int
    overdue: int
    cancelled: int
    open: int
    attainment: kpi.Share
    median: float | None
    p90: float | None
    overrun: kpi.Overrun

    def as_mapping(self) -> dict[str, object]:
        """As the JSON report has it."""
        interval = self.attainment.interval
        return {
            "promised": self.promised, "kept": self.kept, "broken": self.late + self.overdue, "overdue": self.overdue,
            "cancelled": self.cancelled, "open": self.open, "attainment": self.attainment.value,
            "interval": [interval.low, interval.high] if interval else None, "worked_median": self.median,
            "worked_p90": self.p90, "overrun_mean": self.overrun.mean, "overrun_max": self.overrun.longest,
        }  # fmt: skip


def figures(cell: Cell) -> Figures:
    """The figures of one cell."""
    reached = kpi.attainment(cell.kept, cell.late, cell.overdue, cell.cancelled)
    return Figures(
        promised=cell.kept + cell.late + cell.overdue + cell.cancelled + cell.open,
        kept=cell.kept, late=cell.late, overdue=cell.overdue, cancelled=cell.cancelled, open=cell.open,
        attainment=reached.share,
        median=kpi.median(cell.worked), p90=kpi.percentile_nearest_rank(cell.worked, 90),
        overrun=kpi.overrun(cell.overruns),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Corner:
    milestone: str
    priority: str
    group: str
    channel: str


@dataclass(slots=True)
class Totals:
    """What all results add up to; `take` one by one, then ask."""

    tickets: int = 0
    events: int = 0
    unsure: int = 0
    first_at: int | None = None
    last_at: int | None = None
    cells: dict[_Corner, Cell] = field(default_factory=lambda: defaultdict(Cell))
    flags: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # priority, the log's flag, our resolution
    _worst: dict[str, list[tuple[int, str, Story, State]]] = field(default_factory=lambda: defaultdict(list))

    def take(self, result: Result) -> None:
        """Counts one ticket."""
        story = result.story
        self.tickets += 1
        self.events += story.events
        self.unsure += not story.sure
        opened = story.commands[0].at
        self.first_at = opened if self.first_at is None else min(self.first_at, opened)
        self.last_at = story.until if self.last_at is None else max(self.last_at, story.until)
        for state in result.states:
            self._take(story, state)

    def _take(self, story: Story, state: State) -> None:
        milestone = str(state.terms.milestone)
        self.cells[_Corner(milestone, story.priority, story.group, story.channel)].count(state)
        if milestone == "resolution" and story.flag:
            self.flags[story.priority, story.flag, standing(state)] += 1
        if state.broken:
            worst = self._worst[milestone]
            heapq.heappush(worst, (state.overrun, story.id, story, state))
            if len(worst) > WORST:
                heapq.heappop(worst)

    def milestones(self) -> dict[str, Figures]:
        """Figures of each milestone over the whole log."""
        return {m: by[""] for m, by in self._gathered(lambda corner: "").items()}

    def by(self, dimension: str) -> dict[str, dict[str, Figures]]:
        """Per milestone and per value of `dimension` (one of DIMENSIONS), the figures."""
        return self._gathered(lambda corner: str(getattr(corner, dimension)))

    def worst(self) -> dict[str, list[tuple[Story, State]]]:
        """Per milestone the promises that were broken longest, the worst first."""
        ordered = {m: sorted(found, key=_by_overrun) for m, found in sorted(self._worst.items())}
        return {m: [(story, state) for _overrun, _id, story, state in found] for m, found in ordered.items()}

    def _gathered(self, key: Callable[[_Corner], str]) -> dict[str, dict[str, Figures]]:
        sums: dict[str, dict[str, Cell]] = {}
        for corner in sorted(self.cells, key=lambda c: (c.milestone, c.priority, c.group, c.channel)):
            sums.setdefault(corner.milestone, {}).setdefault(key(corner), Cell()).add(self.cells[corner])
        return {m: {value: figures(cell) for value, cell in sorted(by.items())} for m, by in sums.items()}


def _by_overrun(item: tuple[int, str, Story, State]) -> tuple[int, str]:
    return -item[0], item[1]


def total(results: Iterable[Result], heard: Callable[[Result], None]) -> Totals:
    """Adds results up; `heard` is told of each on the way (to write it down, say)."""
    totals = Totals()
    for result in results:
        totals.take(result)
        heard(result)
    return totals


def differences(ours: Mapping[str, dict[str, object]], theirs: Mapping[str, dict[str, object]]) -> list[str]:
    """Ids of tickets that two replays judge differently, or that only one knows."""
    return sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))
