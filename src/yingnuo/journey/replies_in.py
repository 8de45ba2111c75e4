"""What happens when an arrival belongs to a ticket that exists: a customer's further words, or something automatic?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from yingnuo.channels import post
from yingnuo.channels.contract import Arrival, ArrivalKind
from yingnuo.engine import threads
from yingnuo.engine.threads import Known
from yingnuo.journey import closing, reactions
from yingnuo.journey.incoming import Incoming
from yingnuo.kit import instants
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people import identities
from yingnuo.people.roles import SYSTEM, Actor
from yingnuo.promises import services as promises
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Author, Message, Status, Ticket
from yingnuo.tickets.services import NewFile, NewMessage

_DELAYED = re.compile(r"delayed|\bretry|still trying|will be retried|延迟|延遲|重试|重試", re.IGNORECASE)
THREAD_AGE = timedelta(days=30)  # a ticket at rest for longer is not continued: a new one is opened


def threads_of(incoming: Sequence[Incoming], *, now: datetime) -> dict[int, int | None]:
    """For each arrival (by id()) the ticket it continues, None for a matter of its own. One look-up for the batch."""
    references = {r for i in incoming for r in i.arrival.references}
    by_reference = _tickets_by_reference(references)
    hints = {i.arrival.ticket_hint for i in incoming if i.arrival.ticket_hint}
    known = _known({*by_reference.values(), *hints})
    return {id(i): i.continues or _home(i.arrival, known, by_reference, now) for i in incoming}


def _tickets_by_reference(references: set[str]) -> dict[str, int]:
    if not references:
        return {}
    rows = Message.objects.filter(message_id__in=references).exclude(message_id="")
    return dict(rows.values_list("message_id", "ticket_id"))


def _known(ids: set[int]) -> dict[str, Known]:
    if not ids:
        return {}
    rows = list(Ticket.objects.filter(pk__in=ids).select_related("contact"))
    others = identities.others_of({t.contact_id for t in rows})
    return {str(t.pk): _as_known(t, others.get(t.contact_id, set())) for t in rows}


def _as_known(t: Ticket, others: set[str]) -> Known:
    rested_at = None if t.merged_into_id else t.closed_at or t.resolved_at
    people = {t.contact.email, t.contact.handle, *others} - {""}
    return Known(str(t.pk), people, instants.seconds(rested_at) if rested_at else None)


def _home(a: Arrival, known: dict[str, Known], by_reference: dict[str, int], now: datetime) -> int | None:
    found = threads.thread_of(
        hint=str(a.ticket_hint or ""),
        references=a.references[::-1],
        sender=a.sender_address,
        tickets=known,
        by_reference={r: str(t) for r, t in by_reference.items()},
        at=instants.seconds(now),
        reopen_within=int(THREAD_AGE.total_seconds()),
    )
    if not found.ticket and a.kind not in (ArrivalKind.REQUEST, ArrivalKind.REPLY):
        return int(found.related) if found.related else None
    return int(found.ticket) if found.ticket else None


def add(actor: Actor, *, via: str, incoming: Incoming, ticket_id: int, now: datetime) -> Message:
    """The customer says more: written down, clocks asked, a waiting or solved ticket wakes.

    What is said to an absorbed ticket goes to the one that absorbed it; whose customer never reads another one's words.
    """
    a = incoming.arrival
    named = _locked(ticket_id)
    ticket = _locked(_head(named)) if named.merged_into_id else named
    said = NewMessage(
        ticket=ticket.pk, author=Author.CUSTOMER, text=a.text, via=via, contact=named.contact_id, quoted=a.quoted,
        html=a.html, message_id=a.message_id, at=min(a.received_at, incoming.raw.received_at),
        public=named.contact_id == ticket.contact_id,
        files=tuple(NewFile(f.name, f.content_type, f.data, f.inline_id) for f in a.files),
    )  # fmt: skip
    [message] = tickets.say_many(actor, said=[said], now=now)
    if ticket.status in (Status.RESOLVED, Status.CLOSED):
        closing.reopen_locked(actor, ticket=ticket, at=message.at, now=now)
    elif ticket.status == Status.WAITING and ticket.waiting_for == "waiting_customer":
        closing.resume_locked(actor, ticket=ticket, at=message.at, now=now)
    promises.customer_wrote(actor, ticket=ticket, message=message.pk, at=message.at, now=now)
    return message


def _locked(ticket_id: int) -> Ticket:
    return Ticket.objects.select_for_update(of=("self",)).select_related("contact", "company").get(pk=ticket_id)


def _head(ticket: Ticket) -> int:
    """The ticket that goes on with this one: itself, or the last that absorbed it."""
    while ticket.merged_into_id:
        ticket = Ticket.objects.only("merged_into").get(pk=ticket.merged_into_id)
    return ticket.pk


def note_automatic(actor: Actor, arrival: Arrival, *, home: int | None, now: datetime) -> int | None:
    """A bounce, auto-reply or report: noted on its ticket where it has one; it never opens or answers anything."""
    if home is None:
        return None
    home = _head(Ticket.objects.only("merged_into").get(pk=home))
    note = NewMessage(
        ticket=home, author=Author.SYSTEM, text=arrival.text or arrival.subject, via="mail", public=False,
        message_id=arrival.message_id, quoted=arrival.quoted,
    )  # fmt: skip
    tickets.say_many(SYSTEM, said=[note], now=now)
    entry = Entry(Code.AUTOMATIC_RECEIVED, home, "", {"kind": arrival.kind.value})
    ledger.record(actor, [entry], now=now)
    if arrival.kind is ArrivalKind.BOUNCE:
        _came_back(arrival, home, now)
    return home


def _came_back(arrival: Arrival, home: int, now: datetime) -> None:
    """A message of ours did not reach the customer: told at the message, and to the holder. No promise is unmet by it:

    we answered in time, and what the customer has not got is owed by whoever is told now.
    """
    facts = dict(arrival.fields)
    status, recipient = facts.get("bounce_status", ""), facts.get("bounce_recipient", "")
    delivery = post.returned(arrival.references, recipient, ticket=arrival.ticket_hint)
    if not status.startswith("5") and (status or _DELAYED.search(f"{arrival.subject}\n{arrival.text[:2_000]}")):
        if delivery is not None:
            post.delayed(delivery, status=status)  # it is still being tried
        return
    if delivery is not None:
        post.undeliverable(delivery, status=status, now=now)
        reactions.undeliverable(_locked(home), message=delivery.message_id, now=now)
