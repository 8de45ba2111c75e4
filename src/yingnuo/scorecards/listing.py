"""How is a summary written as plain rows, for files and for other programs?

Every row names its formula (`formulas.FORMULAS`), the part of it, what it is of, and its value with n and interval.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

from yingnuo.engine.kpi import Share
from yingnuo.scorecards.facts import Verdicts
from yingnuo.scorecards.queries import Summary
from yingnuo.scorecards.responses import BOUNDS, Spread

Value = int | float | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `of`: "" for the whole, "before" for the period before, else `trait:value` or `from:instant`."""

    formula: str
    part: str
    of: str
    value: Value
    unit: str  # share | seconds | count
    n: int | None = None
    low: float | None = None
    high: float | None = None


def zone(name: str) -> ZoneInfo:
    """The zone of a name."""
    return ZoneInfo(name)


def document(s: Summary) -> dict[str, object]:
    """The summary as a JSON mapping: period, filters, figures."""
    period = {
        "code": s.period.code, "start": s.period.start.isoformat(), "end": s.period.end.isoformat(),
        "zone": str(s.period.zone), "step": s.period.step, "before_start": s.period.before_start.isoformat(),
        "before_end": s.period.before_end.isoformat(),
    }  # fmt: skip
    chosen = {name: value for name, value in asdict(s.filters).items() if value}
    return {
        "period": period, "filters": chosen, "group_by": s.group_by, "figures": [asdict(f) for f in figures(s)],
    }  # fmt: skip


def figures(s: Summary) -> Iterator[Figure]:
    """Every figure of a summary, the wholes first."""
    yield from _verdicts(s.promises, "")
    yield from _verdicts(s.promises_before, "before")
    for of, given in (("", s.responses), ("before", s.responses_before)):
        yield from _spread(given.working, "working", of)
        yield from _spread(given.elapsed, "elapsed", of)
    yield from _tickets(s)
    yield from _notices(s)
    for begins, part, forgiven in zip(s.period.edges, s.course, s.course_forgiven, strict=True):
        yield _share("attainment", "kept", f"from:{begins.isoformat()}", part.share)
        yield _share("excused", "kept", f"from:{begins.isoformat()}", forgiven.share)
    for line in s.milestones:
        yield from _verdicts(line.verdicts, f"milestone:{line.code}")
    if s.group_by != "milestone":
        for line in s.groups:
            yield from _verdicts(line.verdicts, f"{s.group_by}:{line.code}")


def _share(formula: str, part: str, of: str, share: Share) -> Figure:
    low, high = (share.interval.low, share.interval.high) if share.interval else (None, None)
    return Figure(formula, part, of, share.value, "share", share.n, low, high)


def _verdicts(v: Verdicts, of: str) -> Iterator[Figure]:
    a = v.attainment
    yield _share("attainment", "kept", of, a.share)
    counts = {"kept": a.share.hits, "broken": a.broken, "overdue": a.overdue, "cancelled": a.cancelled}
    for part, n in counts.items():
        yield Figure("attainment", f"{part}_count", of, n, "count")
    yield _share("excused", "kept", of, v.forgiven.share)
    yield Figure("excused", "excused_count", of, v.excused, "count")
    yield Figure("overrun", "mean", of, v.overrun.mean, "seconds", v.overrun.n)
    yield Figure("overrun", "max", of, v.overrun.longest, "seconds", v.overrun.n)
    yield _share("warning", "kept", of, v.warning)


def _spread(s: Spread, clock: str, of: str) -> Iterator[Figure]:
    for part, value in (("median", s.median), ("p90", s.p90), ("mean", s.mean)):
        yield Figure("first_response", f"{part}_{clock}", of, value, "seconds", s.n)
    if not of:
        names = [f"{low}_to_{high}" for low, high in pairwise((0, *BOUNDS))] + [f"over_{BOUNDS[-1]}"]
        for name, count in zip(names, s.counts, strict=True):
            yield Figure("first_response", f"{name}_seconds_{clock}", of, count, "count", s.n)


def _tickets(s: Summary) -> Iterator[Figure]:
    flow, volume = s.flow, s.flow.volume
    yield _share("automation", "automatic", "", flow.dispatch.automatic)
    yield _share("reassigned", "reassigned", "", flow.dispatch.reassigned)
    yield _share("reopened", "reopened", "", flow.reopened)
    yield Figure("volume", "in", "", volume.arrived, "count")
    yield Figure("volume", "out", "", volume.resolved, "count")
    yield Figure("volume", "in", "before", volume.arrived_before, "count")
    yield Figure("volume", "out", "before", volume.resolved_before, "count")
    for begins, came, went in zip(s.period.edges, volume.arrivals, volume.resolutions, strict=True):
        yield Figure("volume", "in", f"from:{begins.isoformat()}", came, "count")
        yield Figure("volume", "out", f"from:{begins.isoformat()}", went, "count")
    b = s.backlog
    yield Figure("backlog", "count", "", b.count, "count")
    for part, value in (("median", b.median), ("p90", b.p90), ("oldest", b.oldest)):
        yield Figure("backlog", part, "", value, "seconds", b.count)


def _notices(s: Summary) -> Iterator[Figure]:
    w = s.watch
    yield _share("acknowledged", "in_time", "", w.in_time)
    yield Figure("acknowledged", "median", "", w.median, "seconds", w.in_time.n)
    yield Figure("acknowledged", "p90", "", w.p90, "seconds", w.in_time.n)
    for part, value in (("median", w.late_median), ("p90", w.late_p90), ("max", w.late_most)):
        yield Figure("lateness", part, "", value, "seconds", w.notices)
