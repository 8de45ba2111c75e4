"""When does a new ticket get an automatic acknowledgement, and what does it say?

A receipt names the promise and links to its page. It never counts as a response, goes only to a mail address, never
answers a machine, and at most a few times an hour to the same person, so that no loop can live.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from yingnuo.brands import books as brands
from yingnuo.channels import mail_words, outlets, post, registry, talks, ways
from yingnuo.channels.contract import Arrival
from yingnuo.channels.models import Channel, ChannelKind, Conversation
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Author, Message, Ticket, Via
from yingnuo.tickets.services import NewMessage

MOST_PER_HOUR = 4
ANSWERED = (Via.MAIL, Via.PORTAL)


def queue(
    *, tickets: Sequence[Ticket], via: str, arrivals: Sequence[Arrival], due: Mapping[int, datetime], now: datetime
) -> None:
    """Queues receipts for new tickets that came by mail or portal from a mail address.

    `due`: by when a person answers, by ticket, as far as that was promised.
    """
    if via not in ANSWERED:
        return
    wanted = [t for t, a in zip(tickets, arrivals, strict=True) if t.contact.email and not _silent & set(a.notes)]
    had = _recent([t.contact_id for t in wanted], now)
    chosen = []
    for ticket in wanted:
        if had[ticket.contact_id] < MOST_PER_HOUR:
            had[ticket.contact_id] += 1
            chosen.append(ticket)
    _queue(chosen, due, now)


def by_talk(ticket: Ticket, talk: Conversation, *, now: datetime) -> None:
    """Queues the receipt of a ticket that was opened on a messaging channel, in that conversation."""
    if not _wanted(talk.channel) or often(ticket, now):
        return
    text = mail_words.automatic("receipt_talk", ticket, {})
    said = NewMessage(ticket=ticket.pk, author=Author.SYSTEM, text=text, via=ticket.via, indexed=True, at=now)
    [message] = tickets.say_many(SYSTEM, said=[said], now=now)
    way = next((way for way in ways.of(ticket) if way.talk == talk), None)
    if way is not None:
        post.queue(ticket, message, automatic=True, way=way)


def _wanted(channel: Channel) -> bool:
    """Where a message costs nothing; the talk of a chat shows its number and its promise anyway."""
    messaging = talks.can_send(channel) and registry.adapter_of(channel.kind).profile.group == "messaging"
    return messaging and channel.kind != ChannelKind.CHAT and bool(channel.settings.get("receipt", True))


def of_part(ticket: Ticket, *, now: datetime) -> None:
    """Queues the receipt of a ticket that was cut off another one: its customer learns its number and its page."""
    brands.now()
    if ticket.via in ANSWERED and ticket.contact.email and not often(ticket, now):
        _queue([ticket], {}, now)


_silent = {"loop", "imported"}  # imported: old mail from files, whose writer expects nothing now


def often(ticket: Ticket, now: datetime) -> bool:
    """Whether his customer has had as many automatic messages within the hour as he may have."""
    return _recent([ticket.contact_id], now)[ticket.contact_id] >= MOST_PER_HOUR


def _recent(contacts: Sequence[int], now: datetime) -> Counter[int]:
    """How many automatic messages each of these customers had within the hour."""
    if not contacts:
        return Counter()
    rows = Message.objects.filter(
        ticket__contact__in=contacts, author=Author.SYSTEM, public=True, at__gt=now - timedelta(hours=1)
    )
    return Counter(rows.values_list("ticket__contact_id", flat=True))


def _queue(chosen: Sequence[Ticket], due: Mapping[int, datetime], now: datetime) -> None:
    if not chosen:
        return
    boxes = outlets.mailboxes_of([t.pk for t in chosen])
    boxes |= {t.pk: box for t in chosen if t.pk not in boxes and (box := outlets.mailbox_of_brand(t.brand))}
    said = [
        NewMessage(
            ticket=t.pk, author=Author.SYSTEM, text=_text(boxes.get(t.pk), t, due.get(t.pk)), via=Via.MAIL,
            indexed=True, at=now,
        )
        for t in chosen
    ]  # fmt: skip
    messages = tickets.say_many(SYSTEM, said=said, now=now)
    post.queue_mails([(t.contact.email, m, boxes.get(t.pk)) for t, m in zip(chosen, messages, strict=True)])


def _text(box: Channel | None, ticket: Ticket, due: datetime | None) -> str:
    zone = ZoneInfo(ticket.contact.zone or settings.TIME_ZONE)
    return mail_words.of_receipt(box, ticket, promise=f"{due.astimezone(zone):%Y-%m-%d %H:%M}" if due else "")
