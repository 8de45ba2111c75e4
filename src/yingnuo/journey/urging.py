"""What does it change that a customer urges?

Holder and lead are told at once, from the second time on the head of the department too. And the next warning of the
promise that matters most is given now instead of at its own moment, one level up from the second time on: whoever takes
it up is waited for as always, and it does not come again. How often a customer may urge is for `upkeep.urge` to say.
"""

from __future__ import annotations

from datetime import datetime

from yingnuo.alerts.services import NewNotice
from yingnuo.alerts.telling import disturbs
from yingnuo.engine import ladder
from yingnuo.engine.clock import State
from yingnuo.engine.terms import Step, When
from yingnuo.journey import summons
from yingnuo.journey.summons import Summons
from yingnuo.kit import instants
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry, Value
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import deriving, happenings, marking
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import calendar, terms_of
from yingnuo.tickets.models import Ticket

_WAYS = ("in_app", "mail", "sms")


def tell(ticket: Ticket, promise: Promise, *, now: datetime) -> None:
    """Tells those concerned of a (locked) ticket that was urged; `promise` is the one its notices name."""
    above = ("department_head",) if ticket.urged > 1 else ()
    warned = _warn_now(ticket, above, now)
    # who gets the warning by mail or SMS needs no second one
    what = Summons(
        "urged", f"urged-{ticket.urged}", ("holder", "lead", *above), _WAYS, told={(n.staff, n.way) for n in warned}
    )
    summons.send(ticket, promise, what, now=now)


def _warn_now(ticket: Ticket, above: tuple[str, ...], now: datetime) -> list[NewNotice]:
    """Gives the next warning that has not been given."""
    owed = [p for p in happenings.open_of(ticket) if p.due_at is not None and p.due_at > now]
    if not owed:
        return []
    promise = min(owed, key=_pressing)
    state = marking.state_of(promise, now=now)
    found = _next_warning(promise, state)
    if found is None:
        return []
    at, step = found
    told = _give(ticket, promise, step, above, now)
    # dated at its own moment, so that it counts as given when that comes
    promise.fired[step.code] = max(at, instants.seconds(now))
    deriving.arm(promise, terms_of(promise.terms_id), state)
    deriving.store([promise])
    return told


def _pressing(p: Promise) -> tuple[float, int]:
    return p.due_at.timestamp() if p.due_at else float("inf"), p.pk


def _next_warning(p: Promise, state: State) -> tuple[int, Step] | None:
    terms = terms_of(p.terms_id)
    working, due = calendar(terms.calendar), instants.seconds(p.due_at) if p.due_at else 0
    found = [
        (ladder.moment(step, due, state.target, working) or due, step)
        for step in terms.ladder
        if step.when is When.BEFORE and step.code not in p.fired
    ]
    return min(found, key=lambda pair: pair[0], default=None)


def _give(ticket: Ticket, p: Promise, step: Step, above: tuple[str, ...], now: datetime) -> list[NewNotice]:
    ack_by = instants.seconds(now) + step.ack_seconds if step.ack_seconds else None
    audience = (*step.audience, *(role for role in above if role not in step.audience))
    what = Summons("warning", step.code, audience, step.ways, ack_by, through=disturbs(step))
    told = summons.send(ticket, p, what, now=now)
    if ack_by is not None and told:
        p.ack_due[step.code] = ack_by
    params: dict[str, Value] = {
        "step": step.code, "milestone": p.milestone, "reason": "warning",
        "people": list(dict.fromkeys(n.staff for n in told)), "late": 0,
    }  # fmt: skip
    ledger.record(SYSTEM, [Entry(Code.NOTICE_GIVEN, ticket.pk, f"promise:{p.pk}", params)], now=now)
    return told
