"""How does what a customer sent become an arrival: kept as it came, taken in once, however often it is sent?"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival, ArrivalKind, File
from yingnuo.channels.models import ChannelKind
from yingnuo.journey import intake
from yingnuo.journey.incoming import Incoming
from yingnuo.kit.errors import Conflict
from yingnuo.people.roles import SYSTEM, Actor
from yingnuo.tickets.models import Ticket, Via


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the form has it, checked."""

    key: str
    name: str
    email: str
    phone: str
    kind: str
    impact: tuple[str, ...]
    urgency: str
    subject: str
    text: str
    region: str = ""
    product_line: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    language: str = ""
    files: tuple[File, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Words:
    """Further words of a customer about a ticket of his."""

    key: str
    text: str
    files: tuple[File, ...] = field(default=(), repr=False)


def raw_of(sent: Asked | Words, ticket: int = 0) -> bytes:
    """What was sent, as JSON of stable order; files by name, size and digest, their bytes are kept as attachments."""
    plain = {name: getattr(sent, name) for name in sent.__dataclass_fields__ if name not in ("key", "files")}
    plain["files"] = [
        {"name": f.name, "type": f.content_type, "size": len(f.data), "sha256": hashlib.sha256(f.data).hexdigest()}
        for f in sent.files
    ]
    return json.dumps(plain | {"ticket": ticket}, ensure_ascii=False, sort_keys=True).encode()


def sent_before(sent: Asked | Words, ticket: int = 0) -> Ticket | None:
    """The ticket of the same form sent before; Conflict when the form was changed in between."""
    channel = accept.built_in(ChannelKind.PORTAL)
    try:
        earlier = accept.same_again(channel, key=sent.key, content=raw_of(sent, ticket))
    except Conflict as error:
        raise Conflict(
            _("You have sent this form already. If this is a further request, send it once more."), code="sent_already"
        ) from error
    return earlier.ticket if earlier else None


def ask(asked: Asked, *, brand: str = "", now: datetime) -> Ticket:
    """Opens a ticket for a request, or gives the one that the same form has opened; `brand`: on whose portal."""
    arrival = Arrival(
        external_id=asked.key, received_at=now, subject=asked.subject, text=asked.text, sender_name=asked.name,
        sender_address=asked.email, sender_phone=asked.phone, files=asked.files, language=asked.language,
        ticket_kind=asked.kind, urgency=asked.urgency, region=asked.region, product_line=asked.product_line,
        fields=asked.fields,
    )  # fmt: skip
    return _take(SYSTEM, asked, arrival, None, now, brand)


def add(actor: Actor, *, ticket: Ticket, words: Words, now: datetime) -> Ticket:
    """Adds words or files to a ticket; a solved one opens again."""
    arrival = Arrival(
        external_id=words.key, received_at=now, kind=ArrivalKind.REPLY, text=words.text, files=words.files,
        sender_name=ticket.contact.name, sender_address=ticket.contact.email,
    )  # fmt: skip
    return _take(actor, words, arrival, ticket, now)


def _take(
    actor: Actor, sent: Asked | Words, arrival: Arrival, ticket: Ticket | None, now: datetime, brand: str = ""
) -> Ticket:
    home = ticket.pk if ticket else 0
    earlier = sent_before(sent, home)
    if earlier is not None:
        return earlier
    raw = accept.draft(accept.built_in(ChannelKind.PORTAL), content=raw_of(sent, home), key=sent.key, received_at=now)
    contact, home_of = (ticket.contact, ticket.pk) if ticket else (None, None)
    incoming = Incoming(raw, arrival, contact, home_of, brand=brand)
    try:
        [taken] = intake.take(actor, via=Via.PORTAL, incoming=[incoming], now=now)
    except IntegrityError:
        return _winner(sent, home)
    return Ticket.objects.get(pk=taken.ticket or 0)


def _winner(sent: Asked | Words, home: int) -> Ticket:
    """The same form was sent twice at the same moment: the unique key let one of them through."""
    earlier = sent_before(sent, home)
    if earlier is None:
        raise Conflict(_("That did not work. Please send it again."), code="sent_at_once")
    return earlier
