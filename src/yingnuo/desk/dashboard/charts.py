"""What do the pictures of a period show? Each is an ECharts option with the same numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from yingnuo.desk.dashboard import words
from yingnuo.engine.kpi import Share
from yingnuo.kit import formats
from yingnuo.scorecards.queries import Summary
from yingnuo.scorecards.responses import BOUNDS

TARGET = 0.95  # the line that attainment is drawn against
MOST_BARS = 12

Option = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart: where it stands, what ECharts draws, its title, its formula, the same as a table (head first)."""

    id: str
    option: Option
    title: str
    formula: str
    rows: list[list[object]]
    nothing: bool
    css: str = ""


def of(s: Summary, name: Callable[[str], str]) -> list[Picture]:
    """The pictures of a summary; `name` gives the words for the values of the trait it is split by."""
    return [attainment(s), volume(s), groups(s, name), responses(s), arrivals(s)]


def _percent(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 1)


def _percent_axis(low: float) -> Option:
    return {"type": "value", "min": low, "max": 100, "axisLabel": {"formatter": "{value} %"}}


def _floor(shares: Sequence[Share]) -> float:
    """Where the axis begins: a multiple of ten below every drawn value; the whole scale when one is below a half."""
    lowest = min((100 * s.value for s in shares if s.value is not None), default=0.0)
    return 0.0 if lowest < 50 else float(min(90, 10 * int(lowest // 10)))


def attainment(s: Summary) -> Picture:
    """Attainment for each part of the period, with the target line."""
    names = [words.part(at, s.period) for at in s.period.edges]
    line = {
        "type": "line", "name": _("SLA attainment"), "data": [_percent(a.share.value) for a in s.judged_course],
        "color": "yn:green", "connectNulls": True, "showSymbol": len(names) <= 45,
        "markLine": {
            "silent": True, "symbol": "none", "lineStyle": {"color": "yn:orange", "type": "dashed"},
            "label": {
                "formatter": _("Target %(n)s %%") % {"n": round(100 * TARGET)}, "position": "insideStartTop",
                "color": "yn:orange-ink",
            },
            "data": [{"yAxis": 100 * TARGET}],
        },
    }  # fmt: skip
    shares = [a.share for a in s.judged_course]
    option = {"xAxis": {"type": "category", "data": names}, "yAxis": _percent_axis(_floor(shares)), "series": [line]}
    head: list[object] = [_step(s), _("Attainment"), _("Interval"), _("Kept"), _("Broken"), _("Cancelled")]
    rows = [
        [name, words.percent(a.share.value), words.interval(a.share), a.share.hits, a.broken, a.cancelled]
        for name, a in zip(names, s.judged_course, strict=True)
    ]
    nothing = not s.promises.judged(s.filters).share.n
    return Picture("attainment-option", option, _title(s), "attainment", [head, *rows], nothing)


def _title(s: Summary) -> str:
    named = {"hour": _("Attainment by hour"), "day": _("Attainment by day"), "week": _("Attainment by week")}
    return named[s.period.step]


def _step(s: Summary) -> str:
    return {"hour": _("Hour"), "day": _("Day"), "week": _("Week from")}[s.period.step]


def volume(s: Summary) -> Picture:
    """Tickets in and out for each part of the period."""
    v, names = s.flow.volume, [words.part(at, s.period) for at in s.period.edges]
    bar: Option = {"type": "bar", "barMaxWidth": 18}
    series = [
        bar | {"name": _("In"), "data": list(v.arrivals), "color": "yn:blue"},
        bar | {"name": _("Out"), "data": list(v.resolutions), "color": "yn:teal"},
    ]
    option = {
        "xAxis": {"type": "category", "data": names}, "yAxis": {"type": "value", "minInterval": 1}, "series": series,
        **_legend(),
    }  # fmt: skip
    head: list[object] = [_step(s), _("In"), _("Out")]
    rows = [list(row) for row in zip(names, v.arrivals, v.resolutions, strict=True)]
    nothing = not (v.arrived + v.resolved)
    return Picture("volume-option", option, _("Tickets in and out"), "volume", [head, *rows], nothing)


def _legend() -> Option:
    return {"legend": {"top": 0, "right": 0}, "grid": {"top": 32, "left": 8, "right": 12, "bottom": 4}}


def groups(s: Summary, name: Callable[[str], str]) -> Picture:
    """Attainment of each group with its interval, the largest groups."""
    lines = [line for line in s.groups if line.verdicts.judged(s.filters).share.n][:MOST_BARS]
    names = [name(line.code) for line in lines]
    shares = [line.verdicts.judged(s.filters).share for line in lines]
    low = [_percent(share.interval.low if share.interval else 0) or 0.0 for share in shares]
    wide = [round(100 * ((share.interval.high - share.interval.low) if share.interval else 0), 1) for share in shares]
    bar: Option = {"type": "bar", "stack": "interval", "barMaxWidth": 14, "silent": True}
    series = [
        bar | {"data": low, "color": "transparent", "tooltip": {"show": False}},
        bar | {"name": _("Interval (width)"), "data": wide, "color": "yn:blue", "itemStyle": {"opacity": 0.25}},
        {
            "type": "scatter", "name": _("Attainment"), "data": [_percent(x.value) for x in shares],
            "color": "yn:blue", "symbolSize": 9,
        },
    ]  # fmt: skip
    axis = {"type": "category", "data": names, "inverse": True, "axisLabel": {"width": 110, "overflow": "truncate"}}
    option = {
        "yAxis": axis, "xAxis": _percent_axis(10 * (min(low, default=0) // 10)), "series": series,
        "tooltip": {"trigger": "item"},
    }  # fmt: skip
    title = _("Attainment by %(trait)s, with interval") % {"trait": str(words.TRAITS[s.group_by]).lower()}
    rows = [_row(share, text) for share, text in zip(shares, names, strict=True)]
    head: list[object] = [str(words.TRAITS[s.group_by]), _("Attainment"), _("Interval"), "n"]
    return Picture("groups-option", option, title, "attainment", [head, *rows], not lines)


def _row(share: Share, name: str) -> list[object]:
    return [name, words.percent(share.value), words.interval(share), share.n]


def bounds() -> list[str]:
    """The names of the bins of waits."""
    named = [f"≤ {formats.duration(bound)}" for bound in BOUNDS]
    return [*named, f"> {formats.duration(BOUNDS[-1])}"]


def responses(s: Summary) -> Picture:
    """How the waits for the first response are spread."""
    names, working, elapsed = bounds(), s.responses.working, s.responses.elapsed
    bar: Option = {"type": "bar", "barMaxWidth": 22}
    series = [
        bar | {"name": _("Working time"), "data": list(working.counts), "color": "yn:green"},
        bar | {"name": _("Elapsed time"), "data": list(elapsed.counts), "color": "yn:gray"},
    ]
    option = {
        "xAxis": {"type": "category", "data": names, "axisLabel": {"hideOverlap": True}},
        "yAxis": {"type": "value", "minInterval": 1}, "series": series, **_legend(),
    }  # fmt: skip
    head: list[object] = [_("Wait"), _("Working time"), _("Elapsed time")]
    rows = [list(row) for row in zip(names, working.counts, elapsed.counts, strict=True)]
    return Picture("responses-option", option, _("First response time"), "first_response", [head, *rows], not working.n)


def arrivals(s: Summary) -> Picture:
    """When tickets come: hour by weekday."""
    heat, days = s.flow.volume.heat, words.weekdays()
    hours = [f"{hour:02}" for hour in range(24)]
    cells = [[hour, day, n] for day, row in enumerate(heat) for hour, n in enumerate(row)]
    most = max((n for row in heat for n in row), default=0)
    option = {
        "xAxis": {"type": "category", "data": hours, "splitArea": {"show": False}},
        "yAxis": {"type": "category", "data": days, "inverse": True},
        "visualMap": {
            "show": False, "min": 0, "max": most or 1, "inRange": {"color": ["yn:inset", "yn:blue-wash", "yn:blue"]},
        },
        "tooltip": {"trigger": "item"},
        "series": [{
            "type": "heatmap", "name": _("Tickets"), "data": cells,
            "itemStyle": {"borderWidth": 1, "borderColor": "yn:surface"},
        }],
    }  # fmt: skip
    rows = [[day, *row] for day, row in zip(days, heat, strict=True)]
    head: list[object] = [_("Day"), *hours]
    title = _("When tickets come: hour by weekday")
    return Picture("arrivals-option", option, title, "volume", [head, *rows], not most, css="dash-across")
