"""How does a program hand in a customer's words, exactly once?

The body is kept raw in the same transaction as the ticket it becomes. Under an idempotency key the raw row's unique key
settles every race: whoever comes second waits for the first, finds his row, and gets the first one's ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, connection
from django.utils.translation import gettext_lazy as _

from yingnuo.api.asked import FileIn, MessageIn, TicketIn
from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival, ArrivalKind, File
from yingnuo.channels.models import Channel, ChannelKind, Raw
from yingnuo.journey import intake
from yingnuo.journey.incoming import Incoming
from yingnuo.journey.intake import Taken
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.kit.revisions import Book
from yingnuo.people.roles import Actor
from yingnuo.people.services import normal_phone
from yingnuo.tickets.models import Ticket, Via

_channel: Book[Channel] = Book(lambda: accept.built_in(ChannelKind.API))  # never removed: raw rows point at it
_KNOWN = f"SELECT 1 FROM {Raw._meta.db_table} WHERE channel_id = %s AND key = %s"  # noqa: S608  a name of ours
ONCE = "raw_once"  # the constraint that settles who was first


def open_ticket(actor: Actor, *, body: TicketIn, raw: bytes, key: str, now: datetime) -> Taken | int:
    """What this request opened; the ticket's id alone when an earlier request under the key had done it."""
    _check_contact(body)
    return _once(actor, via=body.via, arrival=_arrival(body, now), raw=raw, key=key, continues=None, now=now)


def add_words(
    actor: Actor, *, ticket: Ticket, body: MessageIn, raw: bytes, key: str, now: datetime
) -> tuple[int, bool]:
    """The id of the customer's message this request added to the ticket; True when an earlier one had done it."""
    arrival = Arrival("", now, ArrivalKind.REPLY, text=body.text, files=_files(body.files))
    done = _once(actor, via=Via.API, arrival=arrival, raw=raw, key=key, continues=ticket.pk, now=now)
    return (done, True) if isinstance(done, int) else (done.message or 0, False)


def _once(
    actor: Actor, *, via: str, arrival: Arrival, raw: bytes, key: str, continues: int | None, now: datetime
) -> Taken | int:
    channel = _channel.at(0)
    scoped = f"{actor.id}:{'message' if continues else 'ticket'}:{key}" if key else ""
    content = raw + f"\n#{continues}".encode() if continues else raw
    if scoped and _is_known(channel, scoped):
        return _of(_the_first(channel, scoped, content), continues)
    row = accept.draft(channel, content=content, key=scoped, received_at=now)
    incoming = Incoming(row, arrival, continues=continues)
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


def _arrival(body: TicketIn, now: datetime) -> Arrival:
    c = body.contact
    return Arrival(
        external_id="",
        received_at=now,
        subject=body.subject,
        text=body.text,
        sender_name=c.name,
        sender_address=c.email or c.handle,
        sender_phone=c.phone,
        files=_files(body.files),
        language=body.language or "",
        ticket_kind=body.kind or "",
        urgency=body.urgency or "",
        region=body.region,
        product_line=body.product_line,
        tags=body.tags,
        fields=tuple(body.fields.items()),
    )


def _files(given: Sequence[FileIn]) -> tuple[File, ...]:
    return tuple(File(f.name, f.content_type, f.data) for f in given)
