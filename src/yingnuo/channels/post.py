"""How does a message leave for the customer?

Queued in the transaction that wrote it, sent by a worker at least once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from yingnuo.brands import books as brands
from yingnuo.channels import accounts, departures, mail_words, outlets, outside, registry, sms_out, talks, templates
from yingnuo.channels.abilities import Counts
from yingnuo.channels.contract import ChannelError, File, Outgoing
from yingnuo.channels.models import Channel, Conversation, Delivery, DeliveryState
from yingnuo.channels.sms_models import Purpose
from yingnuo.channels.ways import Way
from yingnuo.kit import instants, marks
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets import links
from yingnuo.tickets.models import Author, Message, Ticket

_OURS = re.compile(r"<?yn-[0-9]{1,18}-([0-9]{1,18})@[^>]*>?")
_log = structlog.get_logger(__name__)
MAIL_TROUBLE = ("smtp_", "oauth_")  # of a mailbox's problems, those that a sent mail disproves
DELAYED = "delayed"  # how the problem of a delivery begins that is still on its way
LEASE = timedelta(minutes=5)  # a worker that took a delivery and is not heard of for so long is taken for dead
MOST_BYTES = 15 * 1024 * 1024  # of files in one mail; base64 makes it 20 MB, which nearly every server takes
RETRIES = (30, 120, 600, 1_800, 7_200, 21_600, 43_200)  # seconds until the next attempt; then it has failed


def queue(
    ticket: Ticket, message: Message, *, automatic: bool, way: Way | None = None,
    values: Mapping[str, str] | None = None, to: str = "",
) -> Delivery | None:  # fmt: skip
    """Queues a public message for the customer; None where no way is known (he reads it on his page).

    Without a way it goes by mail, as what is automatic does: to the address `to` that he named for it, or to his own.
    Conflict where the way takes approved templates only and has none; `values` are what its template names beyond the
    message's own.
    """
    if way is not None and way.channel is not None:
        if way.template:
            templates.require_approved(way.channel, way.template, ticket.language)
        return Delivery.objects.create(
            message=message, way=way.kind, channel=way.channel, to=way.to, retry_at=message.recorded_at,
            template=way.template, values=dict(values or {}),
        )  # fmt: skip
    to = to or ticket.contact.email
    if not to:
        return None
    box = outlets.mailbox_of(ticket.pk) or outlets.mailbox_of_brand(ticket.brand)
    return Delivery.objects.create(message=message, way="mail", channel=box, to=to, retry_at=message.recorded_at)


def queue_mails(mails: Sequence[tuple[str, Message, Channel | None]]) -> None:
    """Queues messages for these addresses, each by its mailbox; for many at once, in the caller's transaction."""
    rows = [
        Delivery(message=message, way="mail", channel=box, to=to, retry_at=message.recorded_at)
        for to, message, box in mails
    ]
    Delivery.objects.bulk_create(rows)


def deliver_due(*, most: int = 50) -> int:
    """Sends what is due, each in its own short transactions around the network; returns how many were tried."""
    rows = claim(most)
    deliver(rows)
    return len(rows)


def deliver(rows: Sequence[Delivery]) -> None:
    """Sends claimed deliveries, one after the other, in the words of their brands as they are now."""
    brands.now()
    for row in rows:
        try:
            _deliver(row)
        except (LookupError, ValueError) as error:  # one bad message must not hold up the others
            _log.exception("message.cannot_be_sent", message=row.message_id)
            _failed(row, ChannelError("unsendable", str(error), permanent=True), now=instants.now())


def claim(most: int, *, busy: Collection[int] = ()) -> list[Delivery]:
    """Takes what is due under a lease, but for channels that are `busy` or whose circuit is open."""
    waiting = Q(state__in=[DeliveryState.PENDING, DeliveryState.SENDING], retry_at__lte=Now())
    free = Q(channel=None) | Q(channel__retry_at=None) | Q(channel__retry_at__lte=Now())
    if 0 in busy:
        free &= Q(channel__isnull=False)
    with transaction.atomic(durable=True):
        ids = list(
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(waiting & free)
            .exclude(channel__in=[pk for pk in busy if pk])
            .order_by("retry_at")
            .values_list("pk", flat=True)[:most]
        )
        Delivery.objects.filter(pk__in=ids).update(
            state=DeliveryState.SENDING, attempts=F("attempts") + 1, retry_at=instants.now() + LEASE
        )
    rows = Delivery.objects.filter(pk__in=ids).select_related(
        "message__ticket__contact", "message__ticket__team", "message__staff__team", "channel"
    )
    return list(rows.prefetch_related("message__attachments").order_by("id"))


def _deliver(row: Delivery) -> None:
    if not _still_ours(row):
        return
    try:
        external, count = _sent(row)
    except ChannelError as error:
        _failed(row, error, now=instants.now())
        return
    now = instants.now()
    with transaction.atomic(durable=True):
        sent = Delivery.objects.filter(pk=row.pk, state=DeliveryState.SENDING)  # its receipt may have been quicker
        sent.update(state=DeliveryState.SENT, retry_at=None)
        Delivery.objects.filter(pk=row.pk).update(sent_at=now, external_id=external[:250], problem="")
        _note(row, Code.MESSAGE_DELIVERED, {}, now)
        if row.channel is not None and row.channel_id:
            if row.channel.kind in sms_out.kinds():  # a number he may never have written from
                talks.about(row.channel, row.to, row.message.ticket)
            talks.spoken(row.channel_id, row.to, count=count)
            accounts.worked(row.channel_id, sent=True, only=MAIL_TROUBLE if row.way == "mail" else (), now=now)


def _sent(row: Delivery) -> tuple[str, int]:
    """The provider's id, and how many messages it became there."""
    channel = row.channel
    if row.way == "mail":
        box = channel if channel and channel.active else None
        name = brands.kept().of(row.message.ticket.brand).sender
        sender = outlets.mail_by(box, name=name, now=instants.now()) if box else outlets.mail(name)
        return sender.send(_outgoing(row, box)), 1
    if channel is None or not channel.active:
        error = ChannelError("channel_off", channel.code if channel else "", permanent=False)
        error.waits = True
        raise error
    adapter, out = registry.adapter_of(channel.kind), _words(row)
    count = adapter.count(out) if isinstance(adapter, Counts) else 1
    shut = _shut(row, channel, count)
    if shut and outside.goes(channel, shut):
        out, count = outside.instead(channel, row, out), 0
    elif shut:  # what the provider would refuse is not sent: it would count against us there
        raise ChannelError(shut, "", permanent=True)
    automatic = row.message.author == Author.SYSTEM
    return departures.send(channel, out, purpose=Purpose.AUTOMATIC if automatic else Purpose.ANSWER), count


def _shut(row: Delivery, channel: Channel, count: int) -> str:
    """Why these words may not go now, "" when they may."""
    if row.template and registry.adapter_of(channel.kind).profile.window.templates:
        return ""
    talk = Conversation.objects.filter(channel=channel, peer=row.to).first()
    if talk is None:
        return ""
    talk.channel = channel
    chance = talks.chance(talk, now=instants.now())
    if chance.shut is not None:
        return chance.shut.value
    return "window_too_small" if 0 <= chance.left < count else ""


def _still_ours(row: Delivery) -> bool:
    """Takes the lease anew: behind a slow server the rows of one claim may wait longer than it holds."""
    mine = Delivery.objects.filter(pk=row.pk, state=DeliveryState.SENDING, attempts=row.attempts)
    return bool(mine.update(retry_at=instants.now() + LEASE))


def _failed(row: Delivery, error: ChannelError, *, now: datetime) -> None:
    final = error.permanent or (row.attempts > len(RETRIES) and not error.waits)
    pause = max(error.after_s, RETRIES[min(row.attempts, len(RETRIES)) - 1])
    if row.channel_id and not error.permanent and not error.waits:
        accounts.failed(row.channel_id, str(error), now=now)
    with transaction.atomic(durable=True):
        Delivery.objects.filter(pk=row.pk).update(
            state=DeliveryState.FAILED if final else DeliveryState.PENDING,
            retry_at=None if final else now + timedelta(seconds=pause),
            problem=str(error)[:250],
        )
        if final:
            _note(row, Code.MESSAGE_UNDELIVERABLE, {"problem": error.code}, now)


def returned(references: Sequence[str], recipient: str, *, ticket: int | None = None) -> Delivery | None:
    """The delivery that a bounce is about: our Message-ID, and the address we sent to, which no stranger knows of.

    Where it names no Message-ID, what went last to that address from the `ticket` whose signed address it came to.
    """
    sent = Delivery.objects.filter(state=DeliveryState.SENT, to__iexact=recipient).select_related("message")
    ours = [pk for r in references if (pk := message_in(r))]
    named = sent.filter(message_id__in=ours).first() if recipient and ours else None
    if named is not None or ticket is None or not recipient:
        return named
    return sent.filter(message__ticket=ticket).order_by("-sent_at", "-pk").first()


def undeliverable(row: Delivery, *, status: str, now: datetime) -> None:
    """It came back: in the caller's transaction the delivery has failed after all, for the reason of RFC 3463."""
    Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.FAILED, problem=f"returned {status}".strip())
    _note(row, Code.MESSAGE_UNDELIVERABLE, {"problem": "returned", "status": status}, now)


def delayed(row: Delivery, *, status: str) -> None:
    """A server on the way tells that it is still trying: shown at the message until it arrives or comes back."""
    Delivery.objects.filter(pk=row.pk, state=DeliveryState.SENT).update(problem=f"{DELAYED} {status}".strip())


def message_in(message_id: str) -> int | None:
    """The message in a Message-ID of ours, None for anybody else's."""
    found = _OURS.fullmatch(message_id.strip())
    return int(found[1]) if found else None


def _note(row: Delivery, code: Code, params: dict[str, str], now: datetime) -> None:
    message = row.message
    ledger.record(
        SYSTEM, [Entry(code, message.ticket_id, f"message:{message.pk}", {"message": message.pk, **params})], now=now
    )


def _outgoing(row: Delivery, box: Channel | None) -> Outgoing:
    message = row.message
    ticket = message.ticket
    earlier = list(Message.objects.filter(ticket=ticket, pk__lt=message.pk).exclude(message_id="").order_by("-pk")[:10])
    words = mail_words.of_message(box, ticket, message)
    marked = message.author == Author.STAFF and marks.has(message.text)
    return Outgoing(
        key=f"message-{message.pk}",
        to=row.to,
        subject=f"Re: {ticket.subject} [{ticket.number}]",
        text=marks.plain(words) if marked else words,
        html=marks.shown(words) if marked else "",
        message_id=message_id_of(message, box),
        references=tuple(m.message_id for m in earlier),
        reply_to=links.reply_address(outlets.mail_address(box), ticket.pk),
        files=_files(message),
        automatic=message.author == Author.SYSTEM,
    )


def _words(row: Delivery) -> Outgoing:
    """The message as a messaging channel takes it: words and files, without a mail's head and foot."""
    message = row.message
    return Outgoing(
        key=f"message-{message.pk}",
        to=row.to,
        subject=message.ticket.subject,
        text=marks.plain(message.text) if message.author == Author.STAFF else message.text,
        files=_files(message),
        automatic=message.author == Author.SYSTEM,
        language=message.ticket.language,
        template=row.template,
        values=tuple((templates.values_of(message) | row.values).items()) if row.template else (),
        owed=message.author != Author.SYSTEM,
    )


def _files(message: Message) -> tuple[File, ...]:
    """The message's files as far as mail servers take them; what is too much stays on the customer's page."""
    found, size = [], 0
    for a in message.attachments.all():
        size += a.size
        if size > MOST_BYTES:
            break
        try:
            with default_storage.open(a.path) as opened:
                found.append(File(a.name, a.content_type, opened.read()))
        except OSError as error:  # the disk is away: the mail waits, rather than leaves without what it speaks of
            raise ChannelError("file_unreadable", type(error).__name__, permanent=False) from error
    return tuple(found)


def message_id_of(message: Message, box: Channel | None = None) -> str:
    """Our Message-ID of a message we sent: the same on every attempt, so that a repeated delivery is recognised."""
    return f"<yn-{message.ticket_id}-{message.pk}@{outlets.mail_address(box).rpartition('@')[2] or 'localhost'}>"
