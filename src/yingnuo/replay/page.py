"""How is a replay told to people: one printable page, in their language, without scripts?

Figures come from `results`, words from the catalogue of translations. Times are shown in the log's own time zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from zoneinfo import ZoneInfo

from django.template import Context, Template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from yingnuo.engine import promise
from yingnuo.engine.clock import Calendars, State
from yingnuo.engine.promise import Explanation
from yingnuo.journey.closing import PAUSE_REASONS
from yingnuo.kit import formats, instants
from yingnuo.promises import naming
from yingnuo.replay.mapping import Mapping
from yingnuo.replay.report import Head
from yingnuo.replay.results import DIMENSIONS, Figures, Totals
from yingnuo.replay.rows import Tally, told
from yingnuo.replay.story import Story

LANGUAGES = ("en", "zh-hans", "zh-hant")
_MOST_VALUES = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: what it is about and its figures as text; `share` is the bar in percent, "" without one."""

    name: str
    promised: int
    kept: int
    broken: int
    cancelled: int
    open: int
    share: str
    interval: str
    median: str
    p90: str
    mean: str
    longest: str


@dataclass(frozen=True, slots=True)
class Table:
    """Lines under one heading; `left_out` counts values beyond the most frequent ones."""

    title: str
    lines: Sequence[Line]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Flag:
    """Tickets of one priority and one value of the log's own flag, by how their resolution stands here."""

    priority: str
    flag: str
    kept: int
    broken: int
    cancelled: int


_OURS = ("kept", "broken", "cancelled")


@dataclass(frozen=True, slots=True)
class Case:
    """One promise explained in a sentence."""

    ticket: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Cases:
    """The worst promises of one milestone."""

    title: str
    cases: Sequence[Case]


def render(
    head: Head, totals: Totals, tally: Tally, mapping: Mapping, calendars: Calendars, *, language: str
) -> str:  # fmt: skip
    """The page as HTML."""
    with override(language), timezone.override(ZoneInfo(mapping.log.zone)):
        overall = [_line(milestone(m), f) for m, f in totals.milestones().items()]
        context = {
            "language": language, "layout": _template("table.html"), "head": head, "totals": totals, "tally": tally,
            "milestones": [milestone(m) for m in head.milestones],
            "begun": _day(totals.first_at), "ended": _day(totals.last_at), "zone": mapping.log.zone,
            "overall": overall, "tables": _tables(totals),
            "worst": [
                Cases(milestone(m), [_case(story, state, calendars) for story, state in found])
                for m, found in totals.worst().items()
            ],
            "flags": _flags(totals), "flag_column": mapping.columns.flag,
            "bad_rows": [told(bad) for bad in tally.examples],
        }  # fmt: skip
        return str(_template("report.html").render(Context(context)))


def _template(name: str) -> Template:
    return Template(resources.files("yingnuo.replay").joinpath("templates", name).read_text(encoding="utf-8"))


def milestone(code: str) -> str:
    """The word for a milestone."""
    return naming.milestone(code)


def _day(at: int | None) -> str:
    return formats.day(instants.instant(at)) if at is not None else "—"


def _tables(totals: Totals) -> list[Table]:
    titles = {
        "priority": _("%(milestone)s by priority"), "group": _("%(milestone)s by group"),
        "channel": _("%(milestone)s by channel"),
    }  # fmt: skip
    return [_table(titles[d] % {"milestone": milestone(m)}, by) for d in DIMENSIONS for m, by in totals.by(d).items()]


def _table(title: str, by: dict[str, Figures]) -> Table:
    often = sorted(by, key=lambda value: (-by[value].promised, value))[:_MOST_VALUES]
    shown = sorted(often) if len(by) <= 12 else often
    return Table(title, [_line(value or _("none"), by[value]) for value in shown], len(by) - len(often))


def _line(name: str, f: Figures) -> Line:
    reached, interval = f.attainment.value, f.attainment.interval
    return Line(
        name=name, promised=f.promised, kept=f.kept, broken=f.late + f.overdue, cancelled=f.cancelled, open=f.open,
        share="" if reached is None else f"{100 * reached:.1f}",
        interval=f"{100 * interval.low:.1f}–{100 * interval.high:.1f}" if interval else "—",
        median=_amount(f.median), p90=_amount(f.p90), mean=_amount(f.overrun.mean), longest=_amount(f.overrun.longest),
    )  # fmt: skip


def _amount(seconds: float | None) -> str:
    return "—" if seconds is None else formats.duration(round(seconds))


def _flags(totals: Totals) -> list[Flag]:
    pairs = sorted({(priority, flag) for priority, flag, _ours in totals.flags})
    return [
        Flag(priority or _("none"), flag, *(totals.flags[priority, flag, ours] for ours in _OURS))
        for priority, flag in pairs
    ]


def _case(story: Story, state: State, calendars: Calendars) -> Case:
    return Case(story.id, sentence(promise.explain(state.terms, state, calendars(state.terms.calendar)), state.met))


def sentence(told_: Explanation, met: int | None) -> str:
    """Why a promise was due when it was, and when it was met, in one or two sentences."""
    parts = [
        _("%(target)s of the calendar “%(calendar)s” from %(start)s.")
        % {
            "target": formats.duration(told_.target_seconds), "calendar": told_.calendar.partition("@")[0],
            "start": _stamp(told_.started),
        }
    ]  # fmt: skip
    parts += [_pause(line.reason, line.since, line.until, line.open_seconds) for line in told_.pauses]
    if told_.due is not None:
        parts.append(_("Due %(due)s.") % {"due": _stamp(told_.due)})
    parts.append(_ending(told_, met))
    return " ".join(parts)


def _pause(reason: str, since: int, until: int | None, open_seconds: int) -> str:
    word = _("closed") if reason == "closed" else str(PAUSE_REASONS.get(reason, reason))
    if until is None:
        return _("Paused since %(since)s (%(reason)s).") % {"since": _stamp(since), "reason": word}
    return _("Paused %(span)s from %(since)s (%(reason)s).") % {
        "span": formats.duration(open_seconds), "since": _stamp(since), "reason": word,
    }  # fmt: skip


def _ending(told_: Explanation, met: int | None) -> str:
    late = formats.duration(told_.overrun)
    if met is not None:
        return _("Met %(met)s, %(late)s too late in working time.") % {"met": _stamp(met), "late": late}
    if told_.code == "overdue":
        return _("Not met when the log ends, %(late)s too late in working time.") % {"late": late}
    return _("It ended without being met, %(late)s too late in working time.") % {"late": late}


def _stamp(at: int) -> str:
    moment: datetime = instants.instant(at)
    return formats.stamp(moment)
