"""What do the ledger's rows about rules that act by themselves, and about macros, say?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from yingnuo.desk import automation_words
from yingnuo.desk.choices import Names
from yingnuo.ledger.codes import Code

Params = Mapping[str, Any]
Say = Callable[[Params, Names], str]


def _told(p: Params) -> dict[str, str]:
    labels = automation_words.actions()
    done, refused = (", ".join(labels.get(a, a) for a in p.get(name) or ()) for name in ("done", "refused"))
    return {"name": str(p.get("name") or "—"), "done": done or "—", "refused": refused}


def _ran(p: Params, n: Names) -> str:
    words = _told(p)
    if words["refused"]:
        return _("The rule “%(name)s” acted: %(done)s; refused: %(refused)s") % words
    return _("The rule “%(name)s” acted: %(done)s") % words


def _applied(p: Params, n: Names) -> str:
    words = _told(p)
    if words["refused"]:
        return _("Applied the macro “%(name)s”: %(done)s; refused: %(refused)s") % words
    return _("Applied the macro “%(name)s”: %(done)s") % words


def _off(p: Params, n: Names) -> str:
    return _("The rule “%(name)s” switched itself off after ten failures") % _told(p)


def _undone(p: Params, n: Names) -> str:
    return _("Took the macro “%(name)s” back") % _told(p)


SAYINGS: dict[str, tuple[Say, str, str, bool]] = {
    Code.AUTOMATION_RAN: (_ran, "bolt", "purple", False),
    Code.AUTOMATION_OFF: (_off, "bolt", "red", False),
    Code.MACRO_APPLIED: (_applied, "wand", "purple", False),
    Code.MACRO_UNDONE: (_undone, "arrow-back-up", "gray", False),
}
