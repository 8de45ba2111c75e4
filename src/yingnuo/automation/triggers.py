"""Which ledger rows set which rules off, and which make a rule of time begin or cease to count?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from yingnuo.ledger.codes import Code

#: event of a rule → code of the ledger, and what its params must hold
_EVENTS: Mapping[str, tuple[tuple[Code, ...], Mapping[str, str]]] = MappingProxyType({
    "opened": ((Code.TICKET_OPENED,), {}),
    "customer_wrote": ((Code.MESSAGE_RECEIVED,), {}),
    "answered": ((Code.MESSAGE_SENT,), {}),
    "noted": ((Code.MESSAGE_NOTED,), {}),
    "assigned": ((Code.TICKET_ASSIGNED, Code.TICKET_ROUTED), {}),
    "urgency_changed": ((Code.TICKET_CHANGED,), {"field": "urgency"}),
    "kind_changed": ((Code.TICKET_CHANGED,), {"field": "kind"}),
    "tags_changed": ((Code.TICKET_CHANGED,), {"field": "tags"}),
    "waiting": ((Code.TICKET_WAITING,), {}),
    "resumed": ((Code.TICKET_RESUMED,), {}),
    "resolved": ((Code.TICKET_RESOLVED,), {}),
    "closed": ((Code.TICKET_CLOSED,), {}),
    "reopened": ((Code.TICKET_REOPENED,), {}),
    "urged": ((Code.TICKET_URGED,), {}),
    "rated": ((Code.TICKET_RATED,), {}),
    "promise_warned": ((Code.NOTICE_GIVEN,), {"reason": "warning"}),
    "promise_broken": ((Code.PROMISE_BROKEN,), {}),
    "promise_kept": ((Code.PROMISE_KEPT,), {}),
    "approval_asked": ((Code.APPROVAL_ASKED,), {}),
    "approval_granted": ((Code.APPROVAL_DECIDED,), {"outcome": "approved"}),
    "approval_declined": ((Code.APPROVAL_DECIDED,), {"outcome": "declined"}),
})  # fmt: skip
#: moment of a rule of time → the code at which it begins to count (anew), and those at which it counts no more
_SINCE: Mapping[str, tuple[Code, tuple[Code, ...]]] = MappingProxyType({
    "opened": (Code.TICKET_OPENED, ()),
    "customer_wrote": (Code.MESSAGE_RECEIVED, (Code.MESSAGE_SENT, Code.TICKET_CLOSED)),
    "answered": (Code.MESSAGE_SENT, (Code.MESSAGE_RECEIVED, Code.TICKET_CLOSED)),
    "waiting": (Code.TICKET_WAITING, (Code.TICKET_RESUMED, Code.TICKET_RESOLVED, Code.TICKET_CLOSED)),
    "resolved": (Code.TICKET_RESOLVED, (Code.TICKET_REOPENED, Code.TICKET_CLOSED)),
})  # fmt: skip


def sets_off(event: str, code: str, params: Mapping[str, Any]) -> bool:
    """Whether a ledger row is this event of a rule."""
    codes, asked = _EVENTS[event]
    return code in codes and all(params.get(name) == value for name, value in asked.items())


def begins(since: str, code: str) -> bool:
    """Whether a rule of time counts from this row on."""
    return code == _SINCE[since][0]


def ends(since: str, code: str) -> bool:
    """Whether what a rule of time counted from is over with this row: another such moment, or what it waited for."""
    return code == _SINCE[since][0] or code in _SINCE[since][1]


def codes(event: str, since: str) -> tuple[Code, ...]:
    """The codes that a rule must hear of."""
    if event:
        return _EVENTS[event][0]
    first, others = _SINCE[since]
    return first, *others


def code_of_event(event: str) -> Code:
    """The first of an event's codes."""
    return _EVENTS[event][0][0]
