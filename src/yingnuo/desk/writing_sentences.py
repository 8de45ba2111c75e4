"""What do the ledger's rows about replies that wait say?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.desk.choices import Names
from yingnuo.kit import instants
from yingnuo.ledger.codes import Code

Params = Mapping[str, Any]
Say = Callable[[Params, Names], str]
_WHY: dict[str, Promise] = {
    "customer_wrote": gettext_lazy("the customer has written meanwhile"),
    "not_allowed": gettext_lazy("its writer may not answer here any more"),
    "left_the_house": gettext_lazy("its writer works here no more"),
    "ticket_not_found": gettext_lazy("the ticket is out of its writer’s sight"),
    "ticket_merged": gettext_lazy("the ticket was merged into another"),
    "file_unreadable": gettext_lazy("one of its files cannot be read"),
    "sms_budget": gettext_lazy("the budget for SMS is used up"),
}


def why(code: str) -> str:
    """Why a reply did not leave, in words."""
    return str(_WHY.get(code) or gettext_lazy("it was refused when it was to leave"))


def moment(params: Params) -> str:
    """The moment that a row names, on the reader's clock."""
    at = instants.instant_or_none(int(params["leaves"]) if params.get("leaves") else None)
    return date_format(timezone.localtime(at), "n-j H:i") if at else "—"


def _scheduled(p: Params, n: Names) -> str:
    return _("Wrote a reply that leaves at %(moment)s") % {"moment": moment(p)}


def _taken_back(p: Params, n: Names) -> str:
    return _("Took back the reply that would have left at %(moment)s") % {"moment": moment(p)}


def _stopped(p: Params, n: Names) -> str:
    return _("A reply did not leave: %(reason)s") % {"reason": why(str(p.get("why")))}


SAYINGS: dict[str, tuple[Say, str, str, bool]] = {
    Code.REPLY_SCHEDULED: (_scheduled, "clock", "blue", False),
    Code.REPLY_TAKEN_BACK: (_taken_back, "arrow-back-up", "gray", True),
    Code.REPLY_STOPPED: (_stopped, "hand-stop", "orange", False),
}
