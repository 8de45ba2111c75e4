"""What do the ledger's rows about tasks and steps of operating rules say?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yingnuo.desk.choices import Names
from yingnuo.kit import formats
from yingnuo.ledger.codes import Code

Params = Mapping[str, Any]
Say = Callable[[Params, Names], str]


def _words(p: Params, n: Names) -> dict[str, str]:
    due = p.get("due")
    return {
        "name": str(p.get("name") or "—"), "team": n.team(p.get("team")) or "—", "who": n.person(p.get("agent")) or "—",
        "due": formats.stamp(datetime.fromisoformat(due)) if due else _("not running"),
        "from": f"YN-{p.get('from') or 0}",
    }  # fmt: skip


def _asked(p: Params, n: Names) -> str:
    words = _words(p, n)
    if p.get("agent"):
        return _("Task for %(who)s, %(team)s: %(name)s (until %(due)s)") % words
    return _("Task for %(team)s: %(name)s (until %(due)s)") % words


def _withdrawn(p: Params, n: Names) -> str:
    if p.get("reason") == "closed":
        return _("Task withdrawn with the closing: %(name)s") % _words(p, n)
    return _("Task withdrawn: %(name)s") % _words(p, n)


def _named(sentence: Callable[[], str]) -> Say:
    return lambda p, n: sentence() % _words(p, n)


def _step(p: Params) -> dict[str, str]:
    chinese = (get_language() or "").startswith("zh")
    names = [str(p.get("zh") or ""), str(p.get("en") or "")]
    return {"step": next(filter(None, names if chinese else reversed(names)), "—")}


def _passed_on(p: Params, n: Names) -> str:
    words = _words(p, n) | {"why": str(p.get("why") or "—")}
    if p.get("agent"):
        return _("Task passed on to %(who)s, %(team)s: %(name)s (%(why)s)") % words
    return _("Task passed on to %(team)s: %(name)s (%(why)s)") % words


SAYINGS: dict[str, tuple[Say, str, str, bool]] = {
    Code.TASK_ASKED: (_asked, "checklist", "blue", False),
    Code.TASK_ACCEPTED: (_named(lambda: _("Task taken by %(who)s: %(name)s")), "user-check", "blue", True),
    Code.TASK_PASSED_ON: (_passed_on, "arrow-right", "blue", False),
    Code.TASK_QUESTION: (_named(lambda: _("Asked back about the task: %(name)s")), "user-question", "orange", False),
    Code.TASK_ANSWERED: (_named(lambda: _("Answered about the task: %(name)s")), "messages", "gray", True),
    Code.TASK_DONE: (_named(lambda: _("Task done: %(name)s")), "circle-check", "green", False),
    Code.TASK_REFUSED: (_named(lambda: _("Task refused: %(name)s")), "ban", "orange", False),
    Code.TASK_WITHDRAWN: (_withdrawn, "arrow-back-up", "gray", False),
    Code.STEP_DONE: (lambda p, n: _("Step done: %(step)s") % _step(p), "circle-check", "green", True),
    Code.STEP_UNDONE: (lambda p, n: _("Step open again: %(step)s") % _step(p), "circle", "gray", True),
    Code.TASK_MOVED: (_named(lambda: _("Task came along from %(from)s: %(name)s")), "arrow-merge", "gray", False),
}
