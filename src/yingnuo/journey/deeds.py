"""What is recorded of a ticket that the product cannot see itself: arrived, called back, refunded, a date promised?"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from yingnuo.engine.milestones import DEEDS, Event
from yingnuo.journey import call_tickets, reactions, reply, work
from yingnuo.kit import revisions, texts
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.promises import services as promises
from yingnuo.promises.standards import standards
from yingnuo.tickets import queries
from yingnuo.tickets.models import Ticket

FURTHEST = timedelta(days=730)


def record(
    actor: Actor, *, ticket_id: int, deed: str, at: datetime | None = None, words: str = "", now: datetime
) -> Ticket:
    """Something was so at `at` (None: now): the promises it concerns are met, begun, stopped, also in hindsight.

    `words` become an internal note. Invalid for a deed that neither the product nor a standard in force knows, and for
    a moment that is not between the ticket's opening and now.
    """
    moment = at or now
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.record")
        _check(ticket, deed, moment, now)
        params = {"deed": deed, "happened": moment.isoformat()}
        ledger.record(actor, [Entry(Code.TICKET_RECORDED, ticket.pk, "", params)], now=now)
        promises.recorded(actor, ticket=ticket, deed=deed, at=moment, now=now)
        if deed == Event.CALLED_BACK:
            call_tickets.made_by_hand(actor, ticket=ticket, at=moment, now=now)
        if words.strip():
            reply.note_locked(actor, ticket=ticket, text=texts.keepable(words), now=now)
        reactions.changed([ticket.pk])
    return ticket


def _check(ticket: Ticket, deed: str, at: datetime, now: datetime) -> None:
    if deed not in known_deeds():
        raise Invalid(_("This value cannot be used."), fields={"deed": _("Choose from the list.")})
    if at > now:
        raise Invalid(_("What is recorded has happened already."), fields={"at": _("Choose a moment in the past.")})
    if ticket.merged_into_id:
        raise Conflict(_("The ticket was merged; go on in the other one."), code="ticket_merged")
    if at < ticket.created_at:
        problem = _("Choose a moment after its opening.")
        raise Invalid(_("That was before the ticket was opened."), fields={"at": problem})


def known_deeds() -> tuple[str, ...]:
    """What can be recorded: the product's own deeds and those that the standards in force declare."""
    book = standards.at(revisions.current())
    own = [code for policy in book.policies for code in policy.deeds]
    return (*(str(deed) for deed in DEEDS if deed != Event.DATE_PROMISED), *own)


def promise_date(actor: Actor, *, ticket_id: int, due: datetime, words: str = "", now: datetime) -> Ticket:
    """Promises the customer a date, which no pause will move; `words` go to him as an answer.

    Invalid unless the date lies in the future, at most two years away; Conflict for a ticket at rest.
    """
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.edit")
        if not now + timedelta(minutes=1) <= due <= now + FURTHEST:
            raise Invalid(_("Choose a moment in the future."), fields={"due": _("At most two years from now.")})
        if not ticket.is_open:
            raise Conflict(_("The ticket is closed; reopen it first."), code="ticket_closed")
        promises.date_promised(actor, ticket=ticket, due=due, now=now)
        if words.strip():
            require(actor, "ticket.reply")
            reply.answer_locked(actor, ticket=ticket, said=reply.Said(texts.keepable(words)), now=now)
        reactions.changed([ticket.pk])
    return ticket
