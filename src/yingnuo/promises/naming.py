"""By which word does a reader know a milestone or a deed, the product's own or one that a standard declares?"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import revisions
from yingnuo.promises.models import MilestoneCode
from yingnuo.promises.standards import standards

_MILESTONES: Mapping[str, str | Promise] = dict(MilestoneCode.choices)
DEEDS: Mapping[str, Promise] = {
    "call_waiting": _("A call waits to be answered"),
    "call_answered": _("The call was answered by a person"),
    "call_abandoned": _("The caller hung up before he was answered"),
    "callback_asked": _("The customer asked to be called back"),
    "called_back": _("Called back"),
    "workaround_given": _("A workaround was given"),
    "visit_agreed": _("A visit was agreed"),
    "arrived": _("Arrived on site"),
    "refund_agreed": _("A refund was agreed"),
    "refunded": _("The money went back"),
    "date_met": _("What was promised for the date is done"),
}


def milestone(code: str) -> str:
    """The word for a milestone; its code where nothing in force names it."""
    word = _MILESTONES.get(code)
    return str(word) if word is not None else declared().get(code, code)


def deed(code: str) -> str:
    """The word for what somebody records; its code where nothing in force names it."""
    word = DEEDS.get(code)
    return str(word) if word is not None else declared().get(code, code)


def declared() -> Mapping[str, str]:
    """The titles of milestones and deeds that the standards in force declare, by code."""
    return standards.at(revisions.current()).titles
