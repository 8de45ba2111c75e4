"""How does the hotline stand now, and how well was it answered in a period?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.calls import faces as call_faces
from yingnuo.desk.calls.faces import Face
from yingnuo.desk.dashboard import asked, words
from yingnuo.engine import hotline as engine
from yingnuo.engine.hotline import Counts, Ratio, ServiceLevel
from yingnuo.kit import formats, pages, revisions
from yingnuo.scorecards.periods import Period
from yingnuo.telephony import book, queries
from yingnuo.telephony.book import Lines, Measure

FORMULAS = {
    ServiceLevel.OFFERED: gettext_lazy("answered in time ÷ (answered + lost)"),
    ServiceLevel.ANSWERED: gettext_lazy("answered in time ÷ answered"),
    ServiceLevel.WITHOUT_SHORT: gettext_lazy("answered in time ÷ (answered + lost − short)"),
    ServiceLevel.LOST_IN_TIME: gettext_lazy("(answered in time + lost in time) ÷ (answered + lost)"),
}
PERIODS = (("today", gettext_lazy("Today")), ("7d", gettext_lazy("7 days")), ("30d", gettext_lazy("30 days")),
           ("90d", gettext_lazy("90 days")))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure: its value or "no data", what it is of, and its formula."""

    word: str
    value: str
    note: str
    formula: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """One agent now."""

    name: str
    face: Face
    since: datetime
    reason: str


@require_safe
@signed_in_who_may("hotline.view")
def hotline(request: DeskRequest) -> HttpResponse:
    """Now and by period, with the formula of the reader's choice."""
    lines = book.lines.at(revisions.current())
    chosen = _chosen(request, lines.measure)
    period = asked.read(_query(request), zone=timezone.get_current_timezone(), now=request.now).period
    context = _now(request, lines) | _figures(request, lines, chosen, period)
    parts = {"hotline-now": "desk/calls/_hotline_now.html"}
    return pages.show(request, "desk/calls/hotline.html", context, parts=parts)


def _query(request: DeskRequest) -> Any:
    query = request.GET.copy()
    query.setdefault("period", "today")
    return query


def _chosen(request: DeskRequest, measure: Measure) -> Measure:
    """The company's measure with the formula and seconds that the address asks for."""
    formula = request.GET.get("formula", "")
    within = request.GET.get("within", "")
    found = replace(measure, formula=ServiceLevel(formula)) if formula in set(ServiceLevel) else measure
    good = within.isascii() and within.isdigit() and 1 <= int(within) <= 3_600
    return replace(found, answer_within=int(within)) if good else found


def _now(request: DeskRequest, lines: Lines) -> dict[str, Any]:
    found = queries.now_of(request.actor, lines, now=request.now)
    people = [_person(request, agent) for agent in found.agents]
    groups: dict[str, list[Person]] = {}
    for person in people:
        groups.setdefault(str(person.face.word), []).append(person)
    waiting = [
        (call_faces.hidden(c.number or c.caller, call_faces.WITHHELD), c, lines.queue(c.channel_id, c.queue))
        for c in found.waiting
    ]
    return {
        "waiting": waiting, "talking": len(found.talking), "groups": sorted(groups.items()), "now": request.now,
        "here": request.get_full_path(), "tab": "hotline", "may_hotline": True,
        "may_setup": request.actor.may("settings.view"),
    }  # fmt: skip


def _person(request: DeskRequest, agent: queries.Agent) -> Person:
    name = request.names.person(agent.staff) or agent.agent
    return Person(name, call_faces.AGENTS.get(agent.state, call_faces.AGENTS["gone"]), agent.since, agent.reason)


def _figures(request: DeskRequest, lines: Lines, measure: Measure, period: Period) -> dict[str, Any]:
    actor, start, end = request.actor, period.start, period.end
    whole = queries.counts(actor, measure, start=start, end=end).get("", Counts())
    by_queue = queries.counts(actor, measure, start=start, end=end, by="queue")
    by_part = queries.counts(actor, measure, start=start, end=end, by="part", edges=period.edges)
    names = {queue: name for (_channel, queue), name in lines.names.items()}
    listed = [(names.get(code, code) or _("Without a queue"), _row(c, measure)) for code, c in by_queue.items()]
    return {
        "tiles": _tiles(whole, measure), "counts": whole, "queues": listed, "chart": _chart(by_part, period),
        "formulas": [(f.value, word, f is measure.formula) for f, word in FORMULAS.items()], "measure": measure,
        "periods": [(code, word, code == period.code) for code, word in PERIODS], "period": period,
    }  # fmt: skip


def _percent(ratio: Ratio) -> str:
    return _("no data") if ratio.value is None else f"{100 * ratio.value:.1f} %"


def _seconds(ratio: Ratio) -> str:
    return _("no data") if ratio.value is None else formats.duration(round(ratio.value))


def _of(ratio: Ratio) -> str:
    return _("%(part)s of %(whole)s") % {"part": ratio.part, "whole": ratio.whole}


def _tiles(c: Counts, m: Measure) -> list[Tile]:
    level, open_line, rate = engine.service_level(c, m.formula), engine.availability(c), engine.answer_rate(c)
    gone, asa, aht = engine.abandonment(c), engine.speed_of_answer(c), engine.handle_time(c)
    tone = "" if level.value is None else "green" if 100 * level.value >= m.goal else "red"
    named = _("Service level %(goal)s/%(seconds)s") % {"goal": m.goal, "seconds": m.answer_within}
    short = _("lost below %(n)s s: %(count)s, left out") % {"n": m.short, "count": c.short}
    return [
        Tile(_("Line availability"), _percent(open_line), _of(open_line), _("1 − blocked ÷ attempts")),
        Tile(_("Answer rate"), _percent(rate), _of(rate), _("answered by a person ÷ asked for a person")),
        Tile(named, _percent(level), _of(level), str(FORMULAS[m.formula]), tone),
        Tile(_("Abandonment"), _percent(gone), short, _("(lost − short) ÷ (answered + lost − short)")),
        Tile(_("Speed of answer (ASA)"), _seconds(asa), _longest(c), _("waits of answered calls ÷ answered")),
        Tile(_("Handle time (AHT)"), _seconds(aht), _parts(c), _("(talk + hold + wrap-up) ÷ answered and over")),
    ]  # fmt: skip


def _longest(c: Counts) -> str:
    return _("longest wait %(time)s") % {"time": formats.duration(c.longest)} if c.asked else ""


def _parts(c: Counts) -> str:
    if not c.handled:
        return ""
    each = [formats.duration(round(n / c.handled)) for n in (c.talked, c.held, c.wrapup)]
    return _("talk %(talk)s · hold %(hold)s · wrap-up %(wrap)s") % dict(
        zip(("talk", "hold", "wrap"), each, strict=True)
    )


def _row(c: Counts, m: Measure) -> dict[str, Any]:
    return {
        "attempts": c.attempts, "answered": c.answered, "lost": c.lost, "blocked": c.blocked,
        "rate": _percent(engine.answer_rate(c)), "level": _percent(engine.service_level(c, m.formula)),
        "asa": _seconds(engine.speed_of_answer(c)), "aht": _seconds(engine.handle_time(c)),
    }  # fmt: skip


def _chart(parts: dict[str, Counts], period: Period) -> dict[str, Any]:
    """Answered and lost calls of each part, as a picture and as a table."""
    found = [parts.get(str(n + 1), Counts()) for n in range(len(period.edges))]
    names = [words.part(at, period) for at in period.edges]
    series: Sequence[tuple[str, list[int], str]] = (
        (_("Answered"), [c.answered for c in found], "yn:green"), (_("Lost"), [c.lost for c in found], "yn:red"),
        (_("Blocked"), [c.blocked for c in found], "yn:gray"),
    )  # fmt: skip
    option = {
        "xAxis": {"type": "category", "data": names}, "yAxis": {"type": "value", "minInterval": 1},
        "series": [{"type": "bar", "stack": "calls", "name": n, "data": d, "color": color} for n, d, color in series],
        "legend": {"top": 0, "right": 0}, "grid": {"top": 32, "left": 8, "right": 12, "bottom": 4},
        "tooltip": {"trigger": "axis"},
    }  # fmt: skip
    rows = [[_("Time"), *(n for n, _d, _c in series)], *zip(names, *(d for _n, d, _c in series), strict=True)]
    return {"option": option, "rows": rows, "nothing": not any(c.attempts for c in found)}
