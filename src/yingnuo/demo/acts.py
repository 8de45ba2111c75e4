"""What can a customer or a member of staff do in the demonstration? The journey's functions, at a given moment.

Where the journey offers an act inside a transaction of the caller's, that one is taken: history wakes no jobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from yingnuo.alerts import services as alerts
from yingnuo.alerts.models import Notice
from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival, ArrivalKind, File
from yingnuo.channels.models import Channel, ChannelKind, Delivery, DeliveryState
from yingnuo.journey import closing, intake, reply
from yingnuo.journey.incoming import Incoming
from yingnuo.journey.reply import Said
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Contact
from yingnuo.people.roles import SYSTEM, Actor
from yingnuo.tickets import queries

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


def answer(actor: Actor, *, ticket: int, text: str, then: str, qualified: bool, now: datetime) -> None:
    """A public answer in the past: it is taken for delivered two seconds later, and nothing is sent."""
    with transaction.atomic(), ledger.together():
        row = queries.lock_for(actor, ticket, may="ticket.reply")
        message = reply.answer_locked(actor, ticket=row, said=Said(text, qualified=qualified, then=then), now=now)
        posted(message.pk, ticket, at=now + POSTED_AFTER)


def posted(message: int, ticket: int, *, at: datetime) -> None:
    """A message of history counts as delivered at `at`."""
    sent = Delivery.objects.filter(message_id=message, state=DeliveryState.PENDING)
    if sent.update(state=DeliveryState.SENT, attempts=1, sent_at=at, retry_at=None):
        entry = Entry(Code.MESSAGE_DELIVERED, ticket, f"message:{message}", {"message": message})
        ledger.record(SYSTEM, [entry], now=at)


def close(actor: Actor, *, ticket: int, reason: str, now: datetime) -> None:
    """Nothing more is owed."""
    with transaction.atomic(), ledger.together():
        row = queries.lock_for(actor, ticket, may="ticket.close")
        closing.close_locked(actor, ticket=row, reason=reason, at=now, now=now)


def take_up(actor: Actor, *, notice: Notice, now: datetime) -> None:
    """Somebody acknowledges a warning."""
    alerts.acknowledge(actor, notice=notice.pk, now=now)
