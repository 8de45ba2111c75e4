"""How do tickets that another system has finished come into the books? Whole, at rest, and with no promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from yingnuo.kit import bulk
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Contact
from yingnuo.people.roles import Actor
from yingnuo.tickets import services
from yingnuo.tickets.models import Author, Message, Status, Ticket, Via
from yingnuo.tickets.services import NewMessage, NewTicket


@dataclass(frozen=True, slots=True)
class Past:
    """A ticket of the past. `status` is resolved or closed; `facts` are plain facts of the ticket."""

    key: str
    contact: Contact
    subject: str
    text: str
    facts: Mapping[str, str]
    tags: tuple[str, ...]
    team: int | None
    agent: int | None
    status: str
    created_at: datetime
    resolved_at: datetime
    closed_at: datetime | None


def keep(actor: Actor, past: Past, *, now: datetime) -> Ticket:
    """Stores it with the customer's words, in the caller's transaction; nobody's load moves and nobody is told."""
    new = NewTicket(
        subject=past.subject, contact=past.contact, via=Via.IMPORT, kind=past.facts["kind"],
        urgency=past.facts["urgency"], product_line=past.facts["product_line"], region=past.facts["region"],
        team=past.team, agent=past.agent, tags=past.tags, text=past.text, at=past.created_at,
    )  # fmt: skip
    row = services.draft(new, now=now)
    row.status, row.resolved_at, row.closed_at = past.status, past.resolved_at, past.closed_at
    [ticket] = bulk.create([row])
    ledger.record(actor, [Entry(Code.TICKET_IMPORTED, ticket.pk, "", {"key": past.key})], now=now)
    if past.text:
        said = NewMessage(
            ticket=ticket.pk, author=Author.CUSTOMER, text=past.text, via=Via.IMPORT, contact=past.contact.pk,
            at=past.created_at, indexed=True,
        )  # fmt: skip
        services.say_many(actor, said=[said], now=now)
    return ticket


def forget(ticket: Ticket) -> bool:
    """Takes a ticket of the past out again, in the caller's transaction; False when anything was done with it since."""
    if ticket.via != Via.IMPORT or ticket.status not in (Status.RESOLVED, Status.CLOSED) or ticket.version != 1:
        return False
    if Message.objects.filter(ticket=ticket).count() > 1 or ticket.promises.exists() or ticket.absorbed.exists():
        return False
    ticket.delete()
    return True
