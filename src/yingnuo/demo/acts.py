"""What can a customer or a member of staff do in the demonstration? The journey's functions, at a given moment.

`Past` plays history: nothing leaves the house, and no job is left for a worker. `Present` does what a door does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival, ArrivalKind, File
from yingnuo.channels.models import Channel, ChannelKind, Delivery, DeliveryState
from yingnuo.journey import closing, intake, reply, work
from yingnuo.journey.incoming import Incoming
from yingnuo.journey.reply import Said
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Contact
from yingnuo.people.roles import SYSTEM, Actor
from yingnuo.tickets import queries
from yingnuo.tickets.models import Author, Message

_DOOR = {"portal": ChannelKind.PORTAL, "mail": ChannelKind.FILES}
POSTED_AFTER = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Words:
    """What a customer says, and what his form or device states with it."""

    text: str
    subject: str = ""
    kind: str = ""
    urgency: str = ""
    line: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[File, ...] = ()


def ask(contact: Contact, *, via: str, words: Words, channels: Mapping[str, Channel], now: datetime) -> int:
    """The customer asks; the ticket that became of it."""
    return _take(contact, via, words, channels, None, now)


def say_more(
    contact: Contact, *, via: str, ticket: int, words: Words, channels: Mapping[str, Channel], now: datetime
) -> int:
    """The customer writes again; the ticket, which may be the one it was merged into."""
    return _take(contact, via, words, channels, ticket, now)


def _take(
    contact: Contact, via: str, words: Words, channels: Mapping[str, Channel], continues: int | None, now: datetime
) -> int:
    raw = accept.draft(channels[_DOOR.get(via, ChannelKind.API)], content=words.text.encode(), received_at=now)
    arrival = Arrival(
        external_id=raw.key, received_at=now, kind=ArrivalKind.REPLY if continues else ArrivalKind.REQUEST,
        subject=words.subject, text=words.text, sender_name=contact.name, sender_address=contact.email,
        sender_phone=contact.phone, files=words.files, language=words.language, ticket_kind=words.kind,
        message_id=f"<{raw.key}@mail.example>" if via == "mail" else "",
        urgency=words.urgency, product_line=words.line, tags=words.tags, fields=words.fields,
    )  # fmt: skip
    [taken] = intake.take(SYSTEM, via=via, incoming=[Incoming(raw, arrival, contact, continues)], now=now)
    return taken.ticket or 0


class Hand(Protocol):
    """Who carries out what the past and the present do differently."""

    def asked(self, ticket: int, *, now: datetime) -> None:
        """A customer's matter has become a ticket."""

    def answer(self, actor: Actor, *, ticket: int, text: str, then: str, now: datetime) -> None:
        """A public answer that counts; `then` as in `journey.reply.Said`."""

    def resolve(self, actor: Actor, *, ticket: int, now: datetime) -> None:
        """The matter is solved, without a word."""

    def close(self, actor: Actor, *, ticket: int, reason: str, now: datetime) -> None:
        """Nothing more is owed."""


class Past:
    """History: a message counts as delivered two seconds later, and nothing is sent."""

    def asked(self, ticket: int, *, now: datetime) -> None:
        """The receipt, where there was one, is delivered."""
        receipt = Message.objects.filter(ticket=ticket, author=Author.SYSTEM, public=True).last()
        if receipt:
            _posted(receipt.pk, ticket, at=now + POSTED_AFTER)

    def answer(self, actor: Actor, *, ticket: int, text: str, then: str, now: datetime) -> None:
        """An answer and its delivery, in one transaction."""
        with work.unit():
            row = queries.lock_for(actor, ticket, may="ticket.reply")
            message = reply.answer_locked(actor, ticket=row, said=Said(text, then=then), now=now)
            _posted(message.pk, ticket, at=now + POSTED_AFTER)

    def resolve(self, actor: Actor, *, ticket: int, now: datetime) -> None:
        """The matter is solved."""
        with work.unit():
            row = queries.lock_for(actor, ticket, may="ticket.resolve")
            closing.resolve_locked(actor, ticket=row, at=now, now=now)

    def close(self, actor: Actor, *, ticket: int, reason: str, now: datetime) -> None:
        """Nothing more is owed."""
        with work.unit():
            row = queries.lock_for(actor, ticket, may="ticket.close")
            closing.close_locked(actor, ticket=row, reason=reason, at=now, now=now)


class Present:
    """What happens now goes the way everything goes."""

    def asked(self, ticket: int, *, now: datetime) -> None:
        """The receipt waits for the worker."""

    def answer(self, actor: Actor, *, ticket: int, text: str, then: str, now: datetime) -> None:
        """An answer, delivered by the worker."""
        reply.answer(actor, ticket_id=ticket, said=Said(text, then=then), now=now)

    def resolve(self, actor: Actor, *, ticket: int, now: datetime) -> None:
        """The matter is solved."""
        closing.resolve(actor, ticket_id=ticket, now=now)

    def close(self, actor: Actor, *, ticket: int, reason: str, now: datetime) -> None:
        """Nothing more is owed."""
        closing.close(actor, ticket_id=ticket, reason=reason, now=now)


def _posted(message: int, ticket: int, *, at: datetime) -> None:
    sent = Delivery.objects.filter(message_id=message, state=DeliveryState.PENDING)
    if sent.update(state=DeliveryState.SENT, attempts=1, sent_at=at, retry_at=None):
        entry = Entry(Code.MESSAGE_DELIVERED, ticket, f"message:{message}", {"message": message})
        ledger.record(SYSTEM, [entry], now=at)
