"""What did something cost, and was its limit kept?

Wall time on a shared machine says little, so the figure everywhere is processor time: that of our own process trees
and that of the database server's processes, read from /proc. The kernel scales user + system of a process to what it
really ran, in hundredths of a second; each figure is taken over enough work for that to be fine.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time

from yingnuo.kit import instants

_TICKS = os.sysconf("SC_CLK_TCK")
_UTIME, _PARENT = 11, 1  # places after the closing bracket of /proc/<pid>/stat


def cpu_of(pid: int) -> float:
    """Processor seconds of a process, its living descendants, and those of its children that it has waited for."""
    return sum(_spent(stat) for stat in _tree(pid))


def pss_mb(pid: int) -> float:
    """Memory of a process and its descendants in MiB, shared pages counted in proportion."""
    return sum(_pss_kb(int(stat[0])) for stat in _tree(pid)) / 1024


def _tree(root: int) -> list[list[str]]:
    stats = {stat[0]: stat for stat in _all_stats()}
    family, found = {str(root)}, []
    while family:
        found += [stats[pid] for pid in family if pid in stats]
        family = {pid for pid, stat in stats.items() if stat[1 + _PARENT] in family}
    return found


def _all_stats() -> Iterator[list[str]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we looked
            yield [entry.name, *text.rpartition(")")[2].split()]


def _spent(stat: Sequence[str]) -> float:
    return sum(map(int, stat[1 + _UTIME : 1 + _UTIME + 4])) / _TICKS  # own user, system; waited-for user, system


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


@dataclass(slots=True)
class Cost:
    """What a stretch of work took: processor seconds of application and database, wall seconds."""

    app_s: float = 0.0
    database_s: float = 0.0
    wall_s: float = 0.0

    @property
    def cpu_s(self) -> float:
        """Application and database together."""
        return self.app_s + self.database_s

    def per(self, count: int) -> str:
        """Milliseconds of processor time each, split: "2.10 (1.40 + 0.70)"."""
        app, database = (1000 * s / max(1, count) for s in (self.app_s, self.database_s))
        return f"{app + database:.2f} ms ({app:.2f} app + {database:.2f} db)"

    def ms(self, count: int) -> float:
        """Milliseconds of processor time each."""
        return 1000 * self.cpu_s / max(1, count)


@contextmanager
def costing(app: int, database: int) -> Iterator[Cost]:
    """The cost of the block to the process trees `app` and `database` (process ids)."""
    cost = Cost()
    before, begun = (cpu_of(app), cpu_of(database)), perf_counter()
    try:
        yield cost
    finally:
        cost.wall_s = perf_counter() - begun
        cost.app_s, cost.database_s = cpu_of(app) - before[0], cpu_of(database) - before[1]


def median_cost(runs: int, app: int, database: int, work: Callable[[], object]) -> Cost:
    """The run of median processor time out of several."""
    costs = []
    for _ in range(runs):
        with costing(app, database) as cost:
            work()
        costs.append(cost)
    return sorted(costs, key=lambda c: c.cpu_s)[len(costs) // 2]


@dataclass(slots=True)
class Report:
    """Prints figures beside their limits and remembers whether all were kept."""

    title: str
    kept: bool = True
    missed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """The head: what, when, on what."""
        load = os.getloadavg()[0]
        machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
        print(f"\n== {self.title}  ({instants.now():%Y-%m-%d %H:%M} UTC, {machine}, load {load:.1f})", flush=True)
        print(f"     yardstick {yardstick_ms():.0f} ms: what a fixed piece of Python takes now", flush=True)

    def note(self, text: str) -> None:
        """A figure without a limit."""
        print(f"     {text}", flush=True)

    def at_most(self, what: str, value: float, limit: float, unit: str = "", more: str = "") -> None:
        """A figure that must not be greater."""
        self._say(what, value, f"<= {limit:g}", value <= limit, unit, more)

    def at_least(self, what: str, value: float, limit: float, unit: str = "", more: str = "") -> None:
        """A figure that must not be smaller."""
        self._say(what, value, f">= {limit:g}", value >= limit, unit, more)

    def _say(self, what: str, value: float, limit: str, kept: bool, unit: str, more: str) -> None:
        self.kept &= kept
        if not kept:
            self.missed.append(what)
        shown = f"{value:,.2f}" if value < 100 else f"{value:,.0f}"
        tail = f"  {more}" if more else ""
        load = os.getloadavg()[0]
        print(f"{'ok  ' if kept else 'MISS'} {what}: {shown} {unit} ({limit}){tail}  [load {load:.1f}]", flush=True)

    def status(self) -> int:
        """The exit code: 1 when a limit was missed."""
        return 0 if self.kept else 1


def yardstick_ms() -> float:
    """Processor milliseconds of a fixed piece of Python, the median of five: tells a busy machine from a quiet one.

    Neighbours on the same silicon make every processor second do less work; figures of two runs are only to be compared
    when their yardsticks are alike.
    """
    return 1000 * statistics.median(_walk() for _ in range(5))


def _walk() -> float:
    begun, found = process_time(), {}
    for n in range(200_000):
        found[n % 1_000] = str(n)
    return process_time() - begun


def quick() -> bool:
    """True when only the short version was asked for: nothing at a million."""
    return "--quick" in sys.argv[1:]


def spread(values: Sequence[float]) -> str:
    """Median, 95th percentile and greatest of wall times in seconds, as milliseconds."""
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"p50 {1000 * statistics.median(ordered):.1f} / p95 {1000 * p95:.1f} / max {1000 * ordered[-1]:.1f} ms"
