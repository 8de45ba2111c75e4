"""Why is a promise due at that moment: as one sentence, as a picture of days, with what was tried before its rule?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from yingnuo.desk import faces
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.calendar_days import DayLine
from yingnuo.engine.conditions import Reason
from yingnuo.engine.policy import Match
from yingnuo.engine.promise import Explanation, PauseLine
from yingnuo.journey.timeline import Happening
from yingnuo.kit import formats, instants

DAY_SECONDS = 86_400
MOST_DAYS = 62


def hours(calendar: Calendar) -> str:
    """The weekly hours in words: "Mon–Fri 09:00–12:00, 13:30–18:00"; "round the clock" where it never closes."""
    if never_closes(calendar):
        return _("round the clock")
    week = calendar.summary()
    return "; ".join(f"{_days(line.days)} {', '.join('–'.join(w) for w in line.windows)}" for line in week)


def never_closes(calendar: Calendar) -> bool:
    """Whether every day of the week is open from midnight to midnight."""
    week = calendar.summary()
    return len(week) == 1 and len(week[0].days) == 7 and week[0].windows == (("00:00", "24:00"),)


_ORDER = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _days(days: Sequence[str]) -> str:
    names = dict(zip(_ORDER, (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")), strict=True))
    places = [_ORDER.index(day) for day in days]
    if len(places) > 2 and places == list(range(places[0], places[-1] + 1)):
        return f"{names[days[0]]}–{names[days[-1]]}"
    return ", ".join(names[day] for day in days)


def sentence(e: Explanation, calendar: Calendar) -> str:
    """The due moment in one sentence: target, hours, start and pauses."""
    target = faces.amount(e.target_days, e.target_seconds)
    of = _("%(target)s round the clock") if never_closes(calendar) else _("%(target)s of %(hours)s")
    parts = [of % {"target": target, "hours": hours(calendar)}]
    parts.append(_("started %(start)s") % {"start": _weekday(e.started)})
    parts += [_pause(line) for line in e.pauses]
    return f"{_lead(e)}: {', '.join(parts)}"


def _lead(e: Explanation) -> str:
    due = _weekday(e.due) if e.due is not None else ""
    late = formats.duration(e.overrun)
    told = {
        "running": _("Due %(due)s"),
        "paused": _("Standing still, %(left)s left"),
        "kept": _("Kept; it was due %(due)s"),
        "overdue": _("Broken since %(due)s, %(late)s over"),
        "broken": _("Met %(late)s after %(due)s"),
        "cancelled": _("No longer owed; it would have been due %(due)s"),
    }
    return told[e.code] % {"due": due, "left": formats.duration(e.remaining), "late": late}


def _pause(line: PauseLine) -> str:
    reason = faces.reason(line.reason)
    if line.until is None:
        return _("standing still since %(since)s (%(reason)s)") % {"since": _weekday(line.since), "reason": reason}
    return _("paused %(span)s (%(reason)s)") % {"span": formats.duration(line.open_seconds), "reason": reason}


def _weekday(at: int | None) -> str:
    """A moment with its weekday in the reader's zone; the year only when it is not this one."""
    if at is None:
        return "—"
    local = timezone.localtime(instants.instant(at))
    return f"{date_format(local, 'D')} {local:%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a day's bar, in percent of 24 hours."""

    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Sign:
    """Where on a day's bar something happened, in percent of 24 hours, and by which shape it is shown."""

    x: str
    shape: str


@dataclass(frozen=True, slots=True)
class Day:
    """One line of the picture: a local date of the calendar, what of it was open, and how long that is.

    `still` are the stretches in which the clock stood still; `more` days are left out before this one.
    """

    label: str
    name: str
    bars: tuple[Bar, ...]
    still: tuple[Bar, ...]
    signs: tuple[Sign, ...]
    seconds: int
    open: bool
    more: int = 0


#: What has a sign on the bars, the most telling last, for it is drawn over the others; pauses are hatched stretches.
SHAPES = {
    "told": "warned", "handed_over": "handed", "retargeted": "terms", "started": "start", "reopened": "start",
    "reset": "start", "met": "met", "cancelled": "ended", "broken": "broken",
}  # fmt: skip
_LAYER = {kind: n for n, kind in enumerate(SHAPES)}


def picture(e: Explanation, calendar: Calendar, happened: Sequence[Happening]) -> list[Day]:
    """The days from start to due; of more than MOST_DAYS the first and the last ones."""
    pen = _Pen(e, ZoneInfo(calendar.timezone), happened)
    left_out = len(e.days) - MOST_DAYS
    if left_out <= 0:
        return [pen.day(line) for line in e.days]
    head, tail = e.days[: MOST_DAYS // 2], e.days[-(MOST_DAYS - MOST_DAYS // 2) :]
    shown = [pen.day(line) for line in (*head, *tail)]
    shown[len(head)] = replace(shown[len(head)], more=left_out)
    return shown


def legend(days: Sequence[Day]) -> list[tuple[str, str]]:
    """What the shapes in these days mean, in a fixed order; those that are not there are left out."""
    there = {sign.shape for day in days for sign in day.signs} | ({"still"} if any(d.still for d in days) else set())
    words = {
        "still": _("stands still"), "start": _("started"), "handed": _("handed over"), "terms": _("new terms"),
        "warned": _("somebody was told"), "broken": _("broken"), "met": _("met"), "ended": _("cancelled"),
    }  # fmt: skip
    return [(shape, word) for shape, word in words.items() if shape in there]


class _Pen:
    """Draws the days of one explanation; all instants in epoch seconds."""

    def __init__(self, e: Explanation, zone: ZoneInfo, happened: Sequence[Happening]) -> None:
        self.zone = zone
        self.still = [(p.since, e.at if p.until is None else p.until) for p in e.pauses]
        signs = sorted((h for h in happened if h.kind in SHAPES), key=lambda h: _LAYER[h.kind])
        self.signs = [(instants.seconds(h.at), SHAPES[h.kind]) for h in signs if not _first_holder(h)]

    def day(self, line: DayLine) -> Day:
        date = line.day
        midnight = int(datetime(date.year, date.month, date.day, tzinfo=self.zone).timestamp())
        bars = tuple(_bar(a.timestamp() - midnight, b.timestamp() - midnight) for a, b in line.windows)
        still = tuple(
            _bar(a - midnight, b - midnight) for a, b in self.still if midnight < b and a < midnight + DAY_SECONDS
        )
        today = ((at - midnight, shape) for at, shape in self.signs)
        signs = tuple(Sign(_percent(at), shape) for at, shape in today if 0 <= at < DAY_SECONDS)
        label = f"{date:%m-%d} {date_format(date, 'D')}"
        kinds = {"holiday": _("holiday"), "special": _("special day"), "closed": _("closed")}
        return Day(label, line.name or kinds.get(line.kind, ""), bars, still, signs, line.seconds, bool(line.windows))


def _first_holder(h: Happening) -> bool:
    """Dispatch at the beginning hands nothing over."""
    return h.kind == "handed_over" and h.before is None


def _bar(start: float, end: float) -> Bar:
    left, right = max(0.0, min(start, DAY_SECONDS)), max(0.0, min(end, DAY_SECONDS))
    return Bar(_percent(left), f"{max(0.4, (right - left) / DAY_SECONDS * 100):.2f}")


def _percent(seconds: float) -> str:
    return f"{seconds / DAY_SECONDS * 100:.2f}"


@dataclass(frozen=True, slots=True)
class Passed:
    """A rule that was tried before and why it did not fit."""

    rule: str
    reasons: tuple[str, ...]


def passed_over(match: Match | None) -> list[Passed]:
    """The rules tried before the one that decided, each with what stood in its way."""
    if match is None:
        return []
    return [Passed(t.rule, tuple(_reason(r) for r in t.reasons)) for t in match.tried]


def _reason(r: Reason) -> str:
    actual = r.actual if r.actual not in ("", None, ()) else "—"
    asked = ", ".join(str(a) for a in r.asked)
    return _("%(fact)s is %(actual)s, not %(asked)s") % {"fact": r.fact, "actual": _text(actual), "asked": asked or "—"}


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
