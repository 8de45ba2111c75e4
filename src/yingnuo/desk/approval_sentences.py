"""What do the ledger's rows about approvals say?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from yingnuo.desk.choices import Names
from yingnuo.desk.settings import words
from yingnuo.ledger.codes import Code

Params = Mapping[str, Any]
Say = Callable[[Params, Names], str]


def _words(p: Params, n: Names) -> dict[str, str]:
    name = str(p.get("name") or "—")
    return {
        "name": f"{name} ({p['amount']})" if p.get("amount") else name, "who": n.person(p.get("agent")) or "—",
        "people": ", ".join(filter(None, (n.person(pk) for pk in p.get("people") or ()))) or "—",
        "other": n.person(p.get("stood_for")) or "—",
    }  # fmt: skip


def _named(sentence: Callable[[], str]) -> Say:
    return lambda p, n: sentence() % _words(p, n)


def _agreed(p: Params, n: Names) -> str:
    if p.get("stood_for"):
        return _("%(who)s agreed in the place of %(other)s: %(name)s") % _words(p, n)
    return _("%(who)s agreed: %(name)s") % _words(p, n)


def _refused(p: Params, n: Names) -> str:
    if p.get("stood_for"):
        return _("%(who)s declined in the place of %(other)s: %(name)s") % _words(p, n)
    return _("%(who)s declined: %(name)s") % _words(p, n)


def _decided(p: Params, n: Names) -> str:
    if p.get("outcome") == "approved":
        return _("Approved: %(name)s") % _words(p, n)
    return _("Declined: %(name)s") % _words(p, n)


def _withdrawn(p: Params, n: Names) -> str:
    if p.get("reason") == "closed":
        return _("Approval withdrawn with the closing: %(name)s") % _words(p, n)
    return _("Approval withdrawn: %(name)s") % _words(p, n)


def _void(p: Params, n: Names) -> str:
    fact = fact_word(str(p.get("fact") or ""))
    return _("Approval void: %(name)s. Changed since: %(fact)s") % {**_words(p, n), "fact": fact}


def fact_word(fact: str) -> str:
    """A fact for which an approval became void, in a word."""
    known = {"contact": _("Customer"), "merged": _("merged")} | {k: str(v) for k, v in words.facts().items()}
    return known.get(fact, fact)


def _left_open(p: Params, n: Names) -> str:
    said = {"rule": p.get("rule") or "—", "steps": ", ".join(p.get("steps") or ())}
    return _("Solved by itself with required steps of “%(rule)s” open: %(steps)s") % said


SAYINGS: dict[str, tuple[Say, str, str, bool]] = {
    Code.APPROVAL_ASKED: (_named(lambda: _("Approval asked of %(people)s: %(name)s")), "user-question", "blue", False),
    Code.APPROVAL_AGREED: (_agreed, "check", "green", True),
    Code.APPROVAL_REFUSED: (_refused, "ban", "orange", True),
    Code.APPROVAL_STEP: (_named(lambda: _("Now %(people)s decide: %(name)s")), "arrow-right", "blue", True),
    Code.APPROVAL_QUESTION: (
        _named(lambda: _("Asked back about the approval: %(name)s")), "user-question", "orange", False
    ),
    Code.APPROVAL_ANSWERED: (_named(lambda: _("Answered about the approval: %(name)s")), "messages", "gray", True),
    Code.APPROVAL_DECIDED: (_decided, "circle-check", "green", False),
    Code.APPROVAL_WITHDRAWN: (_withdrawn, "arrow-back-up", "gray", False),
    Code.APPROVAL_VOID: (_void, "alert-triangle", "orange", False),
    Code.STEPS_LEFT_OPEN: (_left_open, "alert-triangle", "orange", False),
}  # fmt: skip
