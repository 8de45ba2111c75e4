"""How does a message leave for the customer?

Queued in the transaction that wrote it, sent by a worker at least once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import override

from yingnuo.channels import accounts, outlets, registry, talks
from yingnuo.channels.contract import ChannelError, File, Outgoing
from yingnuo.channels.models import Channel, Conversation, Delivery, DeliveryState
from yingnuo.channels.ways import Way
from yingnuo.kit import instants
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets import links
from yingnuo.tickets.models import Author, Message, Ticket

_OURS = re.compile(r"<?yn-[0-9]{1,18}-([0-9]{1,18})@[^>]*>?")
_log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=5)  # a worker that took a delivery and is not heard of for so long is taken for dead
MOST_BYTES = 15 * 1024 * 1024  # of files in one mail; base64 makes it 20 MB, which nearly every server takes
RETRIES = (30, 120, 600, 1_800, 7_200, 21_600, 43_200)  # seconds until the next attempt; then it has failed


def queue(
    ticket: Ticket, message: Message, *, automatic: bool, way: Way | None = None, to: str = ""
) -> Delivery | None:  # fmt: skip
    """Queues a public message for the customer; None where no way is known (he reads it on his page).

    Without a way it goes by mail, as what is automatic does: to the address `to` that he named for it, or to his own.
    """
    if way is not None and way.talk is not None:
        return Delivery.objects.create(
            message=message, way=way.kind, channel=way.talk.channel, to=way.to, retry_at=message.recorded_at
        )
    to = to or ticket.contact.email
    if not to:
        return None
    return Delivery.objects.create(message=message, way="mail", to=to, retry_at=message.recorded_at)


def deliver_due(*, most: int = 50) -> int:
    """Sends what is due, each in its own short transactions around the network; returns how many were tried."""
    rows = claim(most)
    deliver(rows)
    return len(rows)


def deliver(rows: Sequence[Delivery]) -> None:
    """Sends claimed deliveries, one after the other."""
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
    rows = Delivery.objects.filter(pk__in=ids).select_related("message__ticket__contact", "message__staff", "channel")
    return list(rows.prefetch_related("message__attachments").order_by("id"))


def _deliver(row: Delivery) -> None:
    if not _still_ours(row):
        return
    try:
        external = _sent(row)
    except ChannelError as error:
        _failed(row, error, now=instants.now())
        return
    now = instants.now()
    with transaction.atomic(durable=True):
        sent = Delivery.objects.filter(pk=row.pk, state=DeliveryState.SENDING)  # its receipt may have been quicker
        sent.update(state=DeliveryState.SENT, retry_at=None)
        Delivery.objects.filter(pk=row.pk).update(sent_at=now, external_id=external[:250], problem="")
        _note(row, Code.MESSAGE_DELIVERED, {}, now)
        if row.channel_id:
            talks.spoken(row.channel_id, row.to)
            accounts.worked(row.channel_id, sent=True, now=now)


def _sent(row: Delivery) -> str:
    channel = row.channel
    if channel is None:
        return outlets.mail().send(_outgoing(row))
    if not channel.active:
        error = ChannelError("channel_off", channel.code, permanent=False)
        error.waits = True
        raise error
    _check_window(row, channel)
    return registry.adapter_of(channel.kind).send(accounts.of(channel), _words(row))


def _check_window(row: Delivery, channel: Channel) -> None:
    """What the provider would refuse is not sent: it would count against us there."""
    talk = Conversation.objects.filter(channel=channel, peer=row.to).first()
    if talk is None:
        return
    talk.channel = channel
    shut = talks.chance(talk, now=instants.now()).shut
    if shut is not None:
        raise ChannelError(shut.value, "", permanent=True)


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


def message_in(message_id: str) -> int | None:
    """The message in a Message-ID of ours, None for anybody else's."""
    found = _OURS.fullmatch(message_id.strip())
    return int(found[1]) if found else None


def _note(row: Delivery, code: Code, params: dict[str, str], now: datetime) -> None:
    message = row.message
    ledger.record(
        SYSTEM, [Entry(code, message.ticket_id, f"message:{message.pk}", {"message": message.pk, **params})], now=now
    )


def _outgoing(row: Delivery) -> Outgoing:
    message = row.message
    ticket = message.ticket
    earlier = list(Message.objects.filter(ticket=ticket, pk__lt=message.pk).exclude(message_id="").order_by("-pk")[:10])
    return Outgoing(
        key=f"message-{message.pk}",
        to=row.to,
        subject=f"Re: {ticket.subject} [{ticket.number}]",
        text=_text(ticket, message),
        message_id=message_id_of(message),
        references=tuple(m.message_id for m in earlier),
        reply_to=links.reply_address(outlets.mail_address(), ticket.pk),
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
        text=message.text,
        files=_files(message),
        automatic=message.author == Author.SYSTEM,
        language=message.ticket.language,
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


def message_id_of(message: Message) -> str:
    """Our Message-ID of a message we sent: the same on every attempt, so that a repeated delivery is recognised."""
    return f"<yn-{message.ticket_id}-{message.pk}@{outlets.mail_address().rpartition('@')[2] or 'localhost'}>"


def _text(ticket: Ticket, message: Message) -> str:
    with override(ticket.language):
        foot = _("See how your request stands: %(url)s") % {"url": links.promise_url(ticket)}
        signed = f"\n\n{message.staff.name}" if message.staff else ""
    return f"{message.text}{signed}\n\n-- \n{foot}\n"
