"""How does a program hand in a customer's words, exactly once?

The body is kept raw in the same transaction as the ticket it becomes. Under an idempotency key the raw row's unique key
settles every race: whoever comes second waits for the first, finds his row, and gets the first one's ticket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection
from django.utils.translation import gettext_lazy as _

from yingnuo.api.asked import FileIn, TicketIn
from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival, ArrivalKind, File
from yingnuo.channels.models import Channel, ChannelKind, Raw
from yingnuo.journey import intake
from yingnuo.journey.incoming import Incoming
from yingnuo.journey.intake import Taken
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.kit.revisions import Book
from yingnuo.people.models import Contact
from yingnuo.people.roles import Actor
from yingnuo.people.services import normal_phone
from yingnuo.tickets import fields
from yingnuo.tickets.models import Ticket, Via

_channel: Book[Channel] = Book(lambda: accept.built_in(ChannelKind.API))  # never removed: raw rows point at it
_KNOWN = f"SELECT 1 FROM {Raw._meta.db_table} WHERE channel_id = %s AND key = %s"  # noqa: S608  a name of ours
ONCE = "raw_once"  # the constraint that settles who was first


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it came: its body, its idempotency key ("" for none) and whose key that is."""

    raw: bytes
    key: str
    owner: str


def open_ticket(actor: Actor, *, body: TicketIn, sent: Sent, now: datetime) -> Taken | int:
    """What this request opened; the ticket's id alone when an earlier request under the key had done it."""
    _check_contact(body)
    filled = filled_in(actor, body.kind or "", body.fields)
    return take_once(actor, via=body.via, arrival=_arrival(body, filled, now), sent=sent, now=now)


def filled_in(
    actor: Actor, kind: str, said: Mapping[str, object], *, portal: bool = False
) -> tuple[tuple[str, str], ...]:
    """Custom fields of a new ticket, checked; without any no statement is spent on them."""
    known = fields.book() if said else fields.kept()
    return fields.new(actor, kind=kind, said=said, portal=portal, known=known)


def add_words(
    actor: Actor, *, ticket: Ticket, text: str, files: Sequence[FileIn], sent: Sent, via: str = Via.API, now: datetime
) -> tuple[int, bool]:
    """The id of the customer's message this request added to the ticket; True when an earlier one had done it."""
    arrival = Arrival("", now, ArrivalKind.REPLY, text=text, files=files_of(files))
    done = take_once(actor, via=via, arrival=arrival, sent=sent, continues=ticket.pk, now=now)
    return (done, True) if isinstance(done, int) else (done.message or 0, False)


def take_once(
    actor: Actor, *, via: str, arrival: Arrival, sent: Sent, contact: Contact | None = None,
    continues: int | None = None, now: datetime,
) -> Taken | int:  # fmt: skip
    """Takes an arrival in; the ticket's (or message's) id alone when an earlier request under the key had done it."""
    channel = _channel.at(0)
    scoped = f"{sent.owner}:{'message' if continues else 'ticket'}:{sent.key}" if sent.key else ""
    content = sent.raw + f"\n#{continues}".encode() if continues else sent.raw
    if scoped and _is_known(channel, scoped):
        return _of(_the_first(channel, scoped, content), continues)
    row = accept.draft(channel, content=content, key=scoped, received_at=now)
    incoming = Incoming(row, arrival, contact, continues)
    try:
        [taken] = intake.take(actor, via=via, incoming=[incoming], now=now)
    except IntegrityError as error:
        if not scoped or ONCE not in str(error):
            raise
        return _of(_the_first(channel, scoped, content), continues)
    return taken


def _is_known(channel: Channel, key: str) -> bool:
    """One plain statement: nearly every request is the first of its key, and the ORM would cost five times as much."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [channel.pk, key])
        return cursor.fetchone() is not None


def _the_first(channel: Channel, key: str, content: bytes) -> Raw:
    row = accept.same_again(channel, key=key, content=content)
    if row is None:
        raise Conflict(_("The same request is being worked on. Send it again."), code="in_progress")
    return row


def _of(row: Raw, continues: int | None) -> int:
    found = row.message_id if continues else row.ticket_id
    if found is None:
        raise Conflict(_("What this request once made was removed. Use a new key."), code="idempotency_key_stale")
    return found


def _check_contact(body: TicketIn) -> None:
    c = body.contact
    if c.phone and not normal_phone(c.phone):
        raise Invalid(_("This is no phone number."), fields={"contact.phone": _("Write it as +86 138 0000 0000.")})
    if not (c.email or c.phone or c.handle.strip()):
        text = _("Say who asks: an e-mail address, a phone number or a handle.")
        raise Invalid(text, fields={"contact": text})


def _arrival(body: TicketIn, filled: tuple[tuple[str, str], ...], now: datetime) -> Arrival:
    c = body.contact
    return Arrival(
        external_id="",
        received_at=now,
        subject=body.subject,
        text=body.text,
        sender_name=c.name,
        sender_address=c.email or c.handle,
        sender_phone=c.phone,
        files=files_of(body.files),
        language=body.language or "",
        ticket_kind=body.kind or "",
        urgency=body.urgency or "",
        region=body.region,
        product_line=body.product_line,
        tags=body.tags,
        fields=filled,
    )


def files_of(given: Sequence[FileIn]) -> tuple[File, ...]:
    """Files of a body as files of an arrival."""
    return tuple(File(f.name, f.content_type, f.data) for f in given)
