"""What does a ladder's step say to the customer?

A mail, or an SMS to who has no mail address, in the customer's language and on his clock, that names the promise and
leads to its page. It is automatic: no clock is met by it, no machine answers it. It comes once for each step of a
promise, goes only to whose ticket it is, and to nobody oftener than receipts do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yingnuo.alerts import wording
from yingnuo.channels import post, ways
from yingnuo.channels.ways import Way
from yingnuo.journey import receipts
from yingnuo.kit import instants
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Author, Ticket, Via
from yingnuo.tickets.services import NewMessage


@dataclass(frozen=True, slots=True)
class Word:
    """What the customer is to be told: a promise of his ticket may run out, or is `broken`. `due`: epoch seconds."""

    promise: int
    ticket: int
    step: str
    milestone: str
    due: int | None
    broken: bool


def tell(words: Sequence[Word], *, now: datetime) -> list[Entry | None]:
    """Queues them in the caller's transaction; for each None, or the ledger's row about why it is not written."""
    if not words:
        return []
    rows = Ticket.objects.select_related("contact", "agent", "team").defer("search")
    known = rows.in_bulk({w.ticket for w in words})
    return [_tell(w, known[w.ticket], now) for w in words]


def _tell(w: Word, ticket: Ticket, now: datetime) -> Entry | None:
    code = wording.CUSTOMER_BROKEN if w.broken else wording.CUSTOMER_WARNING
    way = ways.automatic(ticket, code)
    if why := _silent(ticket, way, now):
        params = {"step": w.step, "milestone": w.milestone, "reason": why}
        return Entry(Code.NOTICE_SKIPPED, w.ticket, f"promise:{w.promise}", params)
    due = instants.instant_or_none(w.due)
    text = wording.to_customer(ticket, w.milestone, due, broken=w.broken)
    via = way.via if way else Via.MAIL
    said = NewMessage(ticket=ticket.pk, author=Author.SYSTEM, text=text, via=via, indexed=True, at=now)
    [message] = tickets.say_many(SYSTEM, said=[said], now=now)
    post.queue(ticket, message, automatic=True, way=way, values=wording.customers_values(ticket, w.milestone, due))
    return None


def _silent(ticket: Ticket, way: Way | None, now: datetime) -> str:
    """Why nothing is said: the ticket went into another one, there is no way to him, he hears from us too often."""
    if ticket.merged_into_id:
        return "merged"
    if way is None:
        return "no_address"
    return "often" if receipts.often(ticket, now) else ""
