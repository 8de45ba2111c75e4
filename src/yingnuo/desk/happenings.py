"""What does each thing that happened to a promise say, in its reader's language?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from yingnuo.alerts.models import NoticeState
from yingnuo.desk import explain, faces, sentences
from yingnuo.desk.choices import Names
from yingnuo.journey.timeline import Happening, Holder, Way
from yingnuo.kit import formats
from yingnuo.ledger.codes import Code
from yingnuo.promises.runs import RunKind


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a promise's story: what, by whom, how it went on (`more`); `shape` is its sign in the picture."""

    at: datetime
    what: str
    who: str
    more: tuple[str, ...]
    icon: str
    tone: str
    shape: str


def line(h: Happening, names: Names, milestone: str) -> Line:
    """The line of one happening; a kind of a newer version is shown as it is."""
    say, icon, tone = _SAYINGS.get(h.kind, (lambda h, n, m: h.kind, "point", "gray"))
    who = "" if h.kind in ("told", "broken", "skipped") else sentences.doer(h.actor_kind, h.actor, names)
    more = tuple(_way(w, h.at) for w in h.ways)
    return Line(h.at, say(h, names, milestone), who, more, icon, tone, explain.SHAPES.get(h.kind, ""))


def _way(w: Way, given: datetime) -> str:
    """How one notice went: "by mail: sent 10:03, read 10:07"."""
    steps = [
        word % {"time": _time(at, given)}
        for word, at in (
            (_("sent %(time)s"), w.sent_at),
            (_("read %(time)s"), w.read_at),
            (_("taken up %(time)s"), w.taken_up_at),
        )
        if at
    ]
    failed = {NoticeState.FAILED.value: _("failed"), NoticeState.SKIPPED.value: _("not sent")}.get(w.state)
    steps += [failed] if failed else [] if w.sent_at else [_("waiting to be sent")]
    return _("%(way)s: %(steps)s") % {"way": faces.way(w.way), "steps": ", ".join(steps)}


def _time(at: datetime, given: datetime) -> str:
    local, day = timezone.localtime(at), timezone.localtime(given).date()
    return f"{local:%H:%M}" if local.date() == day else f"{local:%m-%d %H:%M}"


def _word(h: Happening, _names: Names, _milestone: str) -> str:
    return faces.mark(h.kind).capitalize()


def _because(h: Happening, names: Names, milestone: str) -> str:
    said = _word(h, names, milestone)
    return _("%(what)s: %(reason)s") % {"what": said, "reason": faces.reason(h.reason)} if h.reason else said


def _started(h: Happening, names: Names, milestone: str) -> str:
    said = _word(h, names, milestone)
    return _("%(what)s, by rule %(rule)s") % {"what": said, "rule": h.rule} if h.rule else said


def _retargeted(h: Happening, _names: Names, _milestone: str) -> str:
    words = {"rule": h.rule or "—", "due": formats.stamp(h.due) if h.due else _("not running")}
    if h.reason == RunKind.CALENDAR:
        return _("New terms, due %(due)s: the service time has changed") % words
    return _("New terms by rule %(rule)s, due %(due)s") % words


def _broken(h: Happening, names: Names, _milestone: str) -> str:
    return _("Broken, held by %(holder)s") % {"holder": _held(h.holder, names)}


def _held(holder: Holder | None, names: Names) -> str:
    parts = (names.team(holder.team), names.person(holder.agent)) if holder else ()
    return " · ".join(filter(None, parts)) or _("nobody")


def _told(h: Happening, names: Names, _milestone: str) -> str:
    words = {"why": faces.step(h.reason).capitalize(), "person": names.person(h.staff) or _("Staff")}
    return _("%(why)s, told: %(person)s") % words


def _handed(h: Happening, names: Names, _milestone: str) -> str:
    if h.before is None:
        return _("Sent to %(holder)s") % {"holder": _held(h.holder, names)}
    words = {"holder": _held(h.holder, names), "before": _held(h.before, names)}
    return _("Given to %(holder)s, before: %(before)s") % words


def _changed(h: Happening, names: Names, _milestone: str) -> str:
    params = {"field": h.field, "old": h.old, "new": h.new, "reason": h.reason}
    return sentences.said(Code.TICKET_CHANGED, params, names)


def _skipped(h: Happening, names: Names, _milestone: str) -> str:
    return sentences.said(Code.NOTICE_SKIPPED, {"step": h.reason}, names)


def _corrected(h: Happening, names: Names, milestone: str) -> str:
    happened = h.due.isoformat() if h.due else ""
    params = {"milestone": milestone, "was": h.old, "is": h.new, "happened": happened}
    return sentences.said(Code.PROMISE_CORRECTED, params, names)


_SAYINGS: dict[str, tuple[Callable[[Happening, Names, str], str], str, str]] = {
    "started": (_started, "player-play", "gray"), "paused": (_because, "player-pause", "gray"),
    "resumed": (_because, "player-play", "blue"), "met": (_word, "check", "green"),
    "cancelled": (_because, "ban", "gray"), "reopened": (_because, "rotate", "orange"),
    "reset": (_because, "rotate", "blue"), "retargeted": (_retargeted, "target-arrow", "blue"),
    "broken": (_broken, "alert-triangle", "red"), "told": (_told, "bell", "orange"),
    "skipped": (_skipped, "bell-off", "gray"), "handed_over": (_handed, "users", "purple"),
    "changed": (_changed, "edit", "gray"), "corrected": (_corrected, "history", "blue"),
}  # fmt: skip
