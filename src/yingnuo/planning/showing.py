"""How is a sheet of the lab told, side by side, in the reader's language?

Rows and cells as text, for the page of the desk and for the report alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from yingnuo.engine.kpi import Share
from yingnuo.engine.lab import Verdict
from yingnuo.engine.lab_figures import Case, Line
from yingnuo.kit import formats, instants
from yingnuo.planning import ready
from yingnuo.planning.sheet import Column, Sheet, TeamPlan
from yingnuo.promises.models import MilestoneCode
from yingnuo.tickets.models import Kind, Urgency, Via

#: The words for a code of a dimension ("team", "agent" …).
Name = Callable[[str, str], str]
MOST_ROWS = 25
MOST_CASES = 30
_HOLDERS = ("team", "agent")
_WORDS = {
    "milestone": dict(MilestoneCode.choices), "urgency": dict(Urgency.choices), "kind": dict(Kind.choices),
    "channel": dict(Via.choices),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of one column, `head`; `share` is a bar 0 to 100, "" without one. `saved`, `lost` stand under it."""

    value: str
    share: str = ""
    interval: str = ""
    n: int = 0
    saved: int = 0
    lost: int = 0
    head: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What it is about, and a cell for each column."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows under one heading; `left_out` counts those beyond the largest."""

    title: str
    first: str
    rows: tuple[Row, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """A promise that came out otherwise."""

    ticket: str
    milestone: str
    holder: str
    was: str
    now: str
    due_was: str
    due_now: str
    late: str
    saved: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """Those of one column, the latest first; `more` counts the others."""

    name: str
    saved: int
    lost: int
    cases: tuple[Moved, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Crew:
    """A team's line of the queue model."""

    team: str
    answers: int
    handling: str
    recorded: str
    modelled: str
    gap: str
    far: bool
    people: str
    shift: str
    today: str
    then: str
    waited: str
    needed: str
    cost_was: str
    cost_then: str
    cost_needed: str


@dataclass(frozen=True, slots=True)
class Crews:
    """The queue model under one standard, all teams added up at the end."""

    name: str
    lines: tuple[Crew, ...]
    left_out: int
    people: int
    people_then: int
    needed: str
    costs: tuple[str, str, str]


def names(sheet: Sheet) -> list[str]:
    """The heads of the columns."""
    return [head(column) or _("What was") for column in sheet.columns]


def head(column: Column) -> str:
    """A ready-made trial keeps a code in place of a name; what was has none."""
    return str(ready.HEADS.get(column.name, column.name))


def plain(dimension: str, code: str) -> str:
    """Words where the code is one of ours, else the code itself."""
    words = _WORDS.get(dimension, {})
    nothing = _("nobody") if dimension in _HOLDERS else _("none")
    return str(words.get(code, code)) or nothing


def overall(sheet: Sheet, name: Name) -> Grid:
    """Kept share of each milestone, and of all."""
    every = _row(sheet, _("All promises"), [_share(column.total) for column in sheet.columns])
    grid = _grid(sheet, "milestone", _("Kept, by milestone"), name)
    return Grid(grid.title, grid.first, (every, *grid.rows))


def splits(sheet: Sheet, name: Name) -> list[Grid]:
    """Kept share by urgency, kind and channel."""
    titles = {
        "urgency": _("Kept, by urgency"), "kind": _("Kept, by kind"), "channel": _("Kept, by channel"),
    }  # fmt: skip
    return [_grid(sheet, dimension, title, name) for dimension, title in titles.items()]


def holders(sheet: Sheet, name: Name) -> list[Grid]:
    """Who breaches: teams and people by how many they broke."""
    titles = {"team": _("Broken, by team"), "agent": _("Broken, by person")}
    grids = [_grid(sheet, d, title, name, _broken, by_broken=True) for d, title in titles.items()]
    return [grid for grid in grids if len(grid.rows) > 1 or (grid.rows and grid.rows[0].name != _("nobody"))]


def lateness(sheet: Sheet, name: Name) -> Grid:
    """Mean, 90th percentile and longest overrun of each milestone."""
    return _grid(sheet, "milestone", _("How late the broken ones were, in working time"), name, _late)


_FIRST = {
    "milestone": lambda: _("Milestone"), "urgency": lambda: _("Urgency"), "kind": lambda: _("Kind"),
    "channel": lambda: _("Channel"), "team": lambda: _("Team"), "agent": lambda: _("Person"),
}  # fmt: skip


def _grid(
    sheet: Sheet, dimension: str, title: str, name: Name, cell: Callable[[Line], Cell] | None = None, *,
    by_broken: bool = False,
) -> Grid:  # fmt: skip
    lines = [{line.code: line for line in column.split(dimension)} for column in sheet.columns]
    codes = list(dict.fromkeys(code for some in lines for code in some))
    if by_broken:
        codes = [c for c in codes if any(some[c].broken for some in lines if c in some)]
        codes.sort(key=lambda c: (-max(some[c].broken for some in lines if c in some), c))
    draw = cell or _share
    rows = [
        _row(sheet, name(dimension, c), [draw(some[c]) if c in some else Cell("—") for some in lines]) for c in codes
    ]  # fmt: skip
    return Grid(title, _FIRST[dimension](), tuple(rows[:MOST_ROWS]), max(0, len(rows) - MOST_ROWS))


def _row(sheet: Sheet, name: str, cells: Iterable[Cell]) -> Row:
    return Row(name, tuple(replace(cell, head=words) for cell, words in zip(cells, names(sheet), strict=True)))


def percent(share: float | None) -> str:
    """`85.2 %`, a dash for nothing."""
    return "—" if share is None else f"{100 * share:.1f} %"


def interval(share: Share) -> str:
    """`84.1–86.3`, a dash for nothing."""
    return f"{100 * share.interval.low:.1f}–{100 * share.interval.high:.1f}" if share.interval else "—"


def _share(line: Line) -> Cell:
    value = line.share.value
    bar = "" if value is None else f"{100 * value:.1f}"
    return Cell(percent(value), bar, interval(line.share), line.share.n, line.saved, line.lost)


def _broken(line: Line) -> Cell:
    value = None if line.share.value is None else 1 - line.share.value
    return Cell(f"{line.broken:,}", "", percent(value), line.share.n, line.saved, line.lost)


def _late(line: Line) -> Cell:
    if line.mean is None:
        return Cell("—")
    parts = (formats.duration(round(line.mean)), formats.duration(line.p90 or 0), formats.duration(line.longest or 0))
    return Cell(" · ".join(parts), n=line.broken)


# What came out otherwise


def changed(sheet: Sheet, name: Name) -> list[Changed]:
    """For each standard laid over, the promises that came out otherwise."""
    return [_changed(column, name) for column in sheet.columns[1:]]


def _changed(column: Column, name: Name) -> Changed:
    shown = tuple(_moved(case, name) for case in column.cases[:MOST_CASES])
    total = column.total.saved + column.total.lost
    return Changed(
        str(ready.HEADS.get(column.name, column.name)), column.total.saved, column.total.lost, shown, total - len(shown)
    )


def _moved(case: Case, name: Name) -> Moved:
    holder = " · ".join(name(d, c) for d, c in (("team", case.team), ("agent", case.agent)) if c)
    return Moved(
        case.ticket, name("milestone", case.milestone), holder or _("nobody"), verdict(case.was), verdict(case.now),
        _stamp(case.due_was), _stamp(case.due_now), formats.duration(case.overrun), case.now == Verdict.KEPT,
    )  # fmt: skip


def verdict(code: Verdict) -> str:
    """The word for a verdict."""
    words = {
        Verdict.KEPT: _("kept"), Verdict.BROKEN: _("broken"), Verdict.CANCELLED: _("cancelled"),
        Verdict.OPEN: _("open"), Verdict.NOT_PROMISED: _("not promised"),
    }  # fmt: skip
    return words[code]


def _stamp(at: int | None) -> str:
    return "—" if at is None else formats.stamp(instants.instant(at))


# People


def crews(sheet: Sheet, name: Name, shift: Callable[[str], str] = str) -> list[Crews]:
    """The queue model under each column; none where no team has a queue."""
    return [_crews(column, words, name, shift) for column, words in zip(sheet.columns, names(sheet), strict=True)
            if column.teams]  # fmt: skip


def _crews(column: Column, words: str, name: Name, shift: Callable[[str], str]) -> Crews:
    plans = column.teams
    needed = [plan.needed for plan in plans]
    costs = (
        _money(sum(p.cost_was for p in plans)), _money(sum(p.cost_then for p in plans)),
        _money(sum(p.cost_needed for p in plans if p.cost_needed is not None)) if all(needed) else "—",
    )  # fmt: skip
    return Crews(
        words, tuple(_crew(plan, name, shift) for plan in plans[:MOST_ROWS]), column.left_out,
        sum(p.people for p in plans), sum(p.people_then for p in plans),
        str(sum(n for n in needed if n)) if all(needed) else "—", costs,
    )  # fmt: skip


def _crew(plan: TeamPlan, name: Name, shift: Callable[[str], str]) -> Crew:
    return Crew(
        name("team", plan.team), plan.answers, formats.duration(plan.handling), percent(plan.recorded),
        percent(plan.modelled), f"{100 * plan.gap:+.1f}", abs(plan.gap) > 0.05,
        _pair(str(plan.people), str(plan.people_then)), _pair(shift(plan.shift), shift(plan.shift_then)),
        percent(plan.today), percent(plan.then),
        _pair(formats.duration(plan.waited_was), formats.duration(plan.waited_then)),
        "—" if plan.needed is None else str(plan.needed), _money(plan.cost_was), _money(plan.cost_then),
        "—" if plan.cost_needed is None else _money(plan.cost_needed),
    )  # fmt: skip


def _pair(was: str, then: str) -> str:
    return was if was == then else f"{was} → {then}"


def _money(amount: float) -> str:
    return f"{amount:,.0f}"


# Words about the method


def unjudged(sheet: Sheet, name: Name) -> list[str]:
    """Milestones that a standard promises and of which the events say nothing."""
    codes = dict.fromkeys(code for column in sheet.columns for code in column.unjudged)
    return [name("milestone", code) for code in codes]
