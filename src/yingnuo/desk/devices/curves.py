"""What does the picture of a machine's values show: the line, the limit, and when an alarm was on?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from yingnuo.devices import readings, wording
from yingnuo.devices.models import Alarm, AlarmRule
from yingnuo.devices.readings import Line
from yingnuo.kit import formats, instants

Option = dict[str, Any]
MOST_ROWS = 60  # lines of the table beside a picture
AROUND = timedelta(minutes=30)  # what is shown before an alarm and after it
LONGEST = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Shown:
    """An alarm's time in the picture; `until` None: it is still on."""

    since: datetime
    until: datetime | None
    word: str


@dataclass(frozen=True, slots=True)
class Curve:
    """One picture. `id` changes with what it shows, so that an open page draws it anew."""

    id: str
    title: str
    option: Option
    rows: list[list[object]]
    last: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The time that is shown, the limits of each metric, and the alarms in it."""

    since: datetime
    until: datetime
    limits: Mapping[str, Sequence[float]]
    alarms: Sequence[Shown]


def of_alarms(alarms: Sequence[Alarm]) -> list[Shown]:
    """Alarms as the picture has them."""
    return [Shown(a.opened_at, a.cleared_at, a.code or a.name) for a in alarms]


def around(alarms: Sequence[Alarm], *, now: datetime) -> tuple[datetime, datetime]:
    """From when to when the picture of a ticket goes: around its alarms, the newest two days at most."""
    first = min(a.opened_at for a in alarms) - AROUND
    last = max((a.cleared_at or now) for a in alarms)
    until = min(now, last + AROUND)
    return max(first, until - LONGEST), until


def limits(rules: Iterable[AlarmRule]) -> dict[str, list[float]]:
    """The limits of plain metrics; of an expression there is no line to draw it at."""
    found: dict[str, list[float]] = {}
    for rule in rules:
        for term in rule.spec.get("all") or ():
            ends = [term.get("limit"), *([term.get("upper")] if term.get("op") == "outside" else [])]
            found.setdefault(str(term.get("of", "")).strip(), []).extend(e for e in ends if isinstance(e, int | float))
    return found


def draw(device: int, names: Sequence[str], frame: Frame, *, most: int = 4) -> list[Curve]:
    """A picture for each metric that has values in the frame; faults stand in all of them."""
    plain = [name for name in names if not name.startswith(readings.FAULT)]
    faults = [name for name in names if name.startswith(readings.FAULT)]
    found = readings.lines(device, [*plain[:most], *faults], since=frame.since, until=frame.until)
    told = [line for line in found if line.metric.startswith(readings.FAULT)]
    lines = [line for line in found if line not in told]
    if not lines and told:
        return [_curve(device, Line(_("Faults"), (), 0), told, frame)]
    return [_curve(device, line, told, frame) for line in lines]


def _curve(device: int, line: Line, faults: Sequence[Line], frame: Frame) -> Curve:
    last = line.points[-1] if line.points else (0, 0.0)
    stamp = f"{device}-{line.metric}-{last[0]}-{sum(f.count for f in faults)}-{len(frame.alarms)}"
    open_ones = sum(alarm.until is None for alarm in frame.alarms)
    return Curve(
        id="curve-" + "".join(c if c.isalnum() else "-" for c in f"{stamp}-{open_ones}"), title=line.metric,
        option=_option(line, faults, frame), rows=_rows(line), last=wording.number(last[1]) if line.points else "",
    )  # fmt: skip


def _option(line: Line, faults: Sequence[Line], frame: Frame) -> Option:
    shift = _shift(frame.until)
    series: Option = {
        "type": "line", "name": line.metric, "data": [[at + shift, value] for at, value in line.points],
        "color": "yn:blue",
        "showSymbol": len(line.points) < 30, "step": False, "markArea": _areas(frame), "markLine": _limits(line, frame),
    }  # fmt: skip
    marks = [[at + shift, f.metric[1:]] for f in faults for at, value in f.points if value]
    more: list[Option] = []
    if marks:
        low = min((v for _at, v in line.points), default=0.0)
        more = [{
            "type": "scatter", "name": _("Fault"), "symbol": "triangle", "symbolSize": 9, "color": "yn:red",
            "data": [[at, low, code] for at, code in marks], "encode": {"x": 0, "y": 1, "tooltip": [2]},
        }]  # fmt: skip
    start, end = _ms(frame.since) + shift, _ms(frame.until) + shift
    return {
        "useUTC": True,
        "xAxis": {"type": "time", "min": start, "max": end, "axisLabel": {"hideOverlap": True}},
        "yAxis": {"type": "value", "scale": True}, "series": [series, *more],
    }  # fmt: skip


def _areas(frame: Frame) -> Option:
    shift = _shift(frame.until)
    spans = [
        [
            {"xAxis": _ms(max(a.since, frame.since)) + shift},
            {"xAxis": _ms(min(a.until or frame.until, frame.until)) + shift},
        ]
        for a in frame.alarms
    ]
    return {"silent": True, "itemStyle": {"color": "yn:red", "opacity": 0.12}, "data": spans}


def _limits(line: Line, frame: Frame) -> Option:
    return {
        "silent": True, "symbol": "none", "lineStyle": {"color": "yn:orange", "type": "dashed"},
        "label": {"position": "insideStartTop", "color": "yn:orange-ink", "formatter": "{c}"},
        "data": [{"yAxis": value} for value in frame.limits.get(line.metric, ())],
    }  # fmt: skip


def _rows(line: Line) -> list[list[object]]:
    """The newest values as a table, for those who cannot see the line."""
    head: list[object] = [_("Time"), line.metric]
    newest = list(line.points[-MOST_ROWS:])[::-1]
    body: list[list[object]] = [
        [formats.stamp(instants.instant(at // 1000)), wording.number(value)] for at, value in newest
    ]
    return [head, *body] if body else []


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _shift(at: datetime) -> int:
    """Pictures are drawn in the reader's zone, whatever the browser's is: as if his local time were UTC."""
    offset = timezone.localtime(at).utcoffset()
    return round(offset.total_seconds() * 1000) if offset else 0
