"""What was promised to this ticket and how does each promise stand at this moment?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from yingnuo.desk import explain, faces, happenings
from yingnuo.desk.choices import Names
from yingnuo.desk.happenings import Line
from yingnuo.engine import clock
from yingnuo.engine import promise as engine_promise
from yingnuo.engine.clock import MarkKind, State
from yingnuo.engine.promise import Explanation
from yingnuo.engine.terms import Terms, When
from yingnuo.journey import timeline
from yingnuo.journey.timeline import Happening
from yingnuo.kit import formats, instants
from yingnuo.promises import marking
from yingnuo.promises.models import Mark, Promise
from yingnuo.promises.standards import calendar, terms_of


@dataclass(frozen=True, slots=True)
class Strip:
    """One promise as the side card shows it. `guide` is the operating rule of what is still owed, "" else; `checks` are
    the items of its checklist with the moment at which the customer was told each."""

    id: int
    milestone: str
    label: str
    standing: str
    share: float
    note: str
    due: datetime | None
    started: datetime
    warn: datetime | None
    remaining: int
    open: bool
    guide: str
    checks: tuple[tuple[str, datetime | None], ...]


def of_ticket(promises: Sequence[Promise], *, now: datetime, rows: Sequence[Mark] | None = None) -> list[Strip]:
    """A ticket's promises, those still owed first, the next due one leading.

    `rows` are their marks; where nobody has read them, one query for those to which something has happened.
    """
    owed = [p for p in promises if p.ended_at is None]
    marks = _marks(owed) if rows is None else marking.marks_from(owed, rows)
    at = instants.seconds(now)
    strips = [_running(p, clock.fold(terms_of(p.first_terms_id), marks[p.pk], at, calendar), now) for p in owed]
    strips.sort(key=lambda s: (s.due is None, s.due or now))
    return strips + [_ended(p) for p in promises if p.ended_at is not None]


def _marks(owed: Sequence[Promise]) -> dict[int, list[clock.Mark]]:
    """The marks of these promises; to one of the first generation nothing has happened but its start."""
    found = {p.pk: [clock.Mark(MarkKind.STARTED, instants.seconds(p.started_at))] for p in owed if p.generation == 1}
    older = [p for p in owed if p.generation > 1]
    return found | marking.marks_of(older) if older else found


def _running(p: Promise, state: State, now: datetime) -> Strip:
    terms = state.terms
    due = instants.instant_or_none(state.due)
    warn = _warn(p, state)
    standing = state.standing.value
    if standing == "running" and warn is not None and warn <= now:
        standing = "at_risk"
    return Strip(
        id=p.pk, milestone=p.milestone, label=faces.milestone(p.milestone), standing=standing,
        share=state.worked / state.target, note=_note(state), due=due, started=p.started_at, warn=warn,
        remaining=state.remaining, open=True, guide=terms.guide, checks=_checks(p, terms.checklist),
    )  # fmt: skip


def _checks(p: Promise, checklist: Sequence[str]) -> tuple[tuple[str, datetime | None], ...]:
    return tuple((item, instants.instant_or_none(p.checked.get(item))) for item in checklist)


def _warn(p: Promise, state: State) -> datetime | None:
    if state.due is None:
        return None
    leads = [s.lead(state.target) for s in state.terms.ladder if s.when is When.BEFORE]
    return instants.instant(calendar(state.terms.calendar).back(state.due, max(leads))) if leads else None


def _note(state: State) -> str:
    terms = state.terms
    parts = [_("Target %(target)s") % {"target": faces.target(terms)}, _calendar(terms.calendar)]
    if state.paused_since is not None:
        parts.append(faces.reason(state.pause_reason))
    elif state.pauses:
        parts.append(_("paused %(n)s times") % {"n": len(state.pauses)})
    return " · ".join(parts)


def _calendar(key: str) -> str:
    code = key.partition("@")[0]
    return {"always": _("round the clock"), "office": _("office hours"), "hotline": _("hotline hours")}.get(code, code)


def _ended(p: Promise) -> Strip:
    terms = terms_of(p.terms_id)
    target = terms.target_from(instants.seconds(p.started_at), calendar(terms.calendar))
    standing = "cancelled" if p.met_at is None and p.broken_at is None else p.standing
    if p.standing == "broken":
        note = _("%(late)s late") % {"late": formats.duration(p.overrun)}
    elif standing == "kept":
        note = _("in %(worked)s of %(target)s") % {
            "worked": formats.duration(p.worked), "target": faces.target(terms),
        }  # fmt: skip
    else:
        note = ""
    return Strip(
        id=p.pk, milestone=p.milestone, label=faces.milestone(p.milestone), standing=standing,
        share=p.worked / target, note=note, due=p.due_at, started=p.started_at, warn=None, remaining=0, open=False,
        guide="", checks=(),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One promise explained: sentence, picture of days, what happened in its order, and the terms in force."""

    explanation: Explanation
    sentence: str
    days: list[explain.Day]
    happened: list[Line]
    terms: Terms
    hours: str
    zone: str


def told(p: Promise, names: Names, *, now: datetime) -> Told:
    """The explanation of one promise as it stands at `now`; four queries."""
    state = marking.state_of(p, now=now)
    broken_at = instants.instant_or_none(state.breached_at)
    return told_of(state, timeline.of_promise(p, broken_at=broken_at, now=now), names)


def told_of(state: State, happened: Sequence[Happening], names: Names) -> Told:
    """The same from what has been read already."""
    working = calendar(state.terms.calendar)
    e = engine_promise.explain(state.terms, state, working)
    lines = [happenings.line(h, names, state.terms.milestone) for h in happened]
    return Told(
        e, explain.sentence(e, working), explain.picture(e, working, happened), lines, state.terms,
        explain.hours(working), working.timezone,
    )  # fmt: skip
