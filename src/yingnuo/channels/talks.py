"""Which ticket do a messaging customer's words continue, and may we still write to him?

One `Conversation` per channel and person. Its row is locked while his words are taken in, so that two messages that
come at once never open two tickets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from yingnuo.channels import accounts, registry
from yingnuo.channels.abilities import Windowed
from yingnuo.channels.contract import TalkNews
from yingnuo.channels.models import Channel, Conversation
from yingnuo.engine import windows
from yingnuo.engine.windows import Chance, Shut, Window
from yingnuo.kit import instants
from yingnuo.people.models import Contact
from yingnuo.tickets.models import Status, Ticket

REST = timedelta(hours=24)  # words that come later than this after a solution are a matter of their own


@dataclass(frozen=True, slots=True)
class Peer:
    """One person on one messaging channel, and who he is in our books."""

    channel: int
    peer: str
    contact: int


def locked(peers: Iterable[Peer]) -> dict[tuple[int, str], Conversation]:
    """The conversations with these people, made where there are none, locked in the caller's transaction."""
    wanted = sorted({(p.channel, p.peer): p for p in peers}.values(), key=lambda p: (p.channel, p.peer))
    rows = [Conversation(channel_id=p.channel, peer=p.peer[:200], contact_id=p.contact) for p in wanted]
    Conversation.objects.bulk_create(rows, ignore_conflicts=True)
    found = (
        Conversation.objects.select_for_update(of=("self",))
        .select_related("ticket")
        .filter(channel__in={p.channel for p in wanted}, peer__in={p.peer[:200] for p in wanted})
        .order_by("channel_id", "peer")
    )
    return {(c.channel_id, c.peer): c for c in found}


def continues(talk: Conversation, *, at: datetime) -> int | None:
    """The ticket his words at `at` belong to; None for a matter of its own."""
    ticket = talk.ticket
    if ticket is None:
        return None
    rested_at = None if ticket.merged_into_id else ticket.closed_at or ticket.resolved_at
    over = rested_at is not None and ticket.status in (Status.RESOLVED, Status.CLOSED) and at - rested_at > REST
    return None if over else ticket.pk


def heard(talk: Conversation, *, ticket: int | None, at: datetime) -> None:
    """He wrote at `at`, to this ticket: the window begins anew. Words told late do not set it back."""
    if talk.last_in_at is None or at > talk.last_in_at:
        talk.last_in_at, talk.sent_since = at, 0
    talk.ticket_id = ticket or talk.ticket_id
    talk.save(update_fields=["last_in_at", "sent_since", "ticket"])


def turn_to(talk: Conversation, ticket: Ticket) -> None:
    """From now on the talk is about this ticket: we write to him about it there, in the caller's transaction."""
    if talk.ticket_id != ticket.pk:
        Conversation.objects.filter(pk=talk.pk).update(ticket=ticket)


def spoken(channel: int, peer: str, *, count: int = 1) -> None:
    """We wrote to him: so many less of what the window allows."""
    Conversation.objects.filter(channel=channel, peer=peer).update(sent_since=F("sent_since") + count)


def stated(channel: Channel, news: Iterable[TalkNews]) -> None:
    """What the provider says of talks; of those we know."""
    for said in news:
        rows = Conversation.objects.filter(channel=channel, peer=said.peer[:200])
        if said.after:
            rows = rows.filter(state__in=said.after)
        rows.update(state=said.state[:40])


def can_send(channel: Channel) -> bool:
    """Whether we can write on this channel at all."""
    return channel.kind in registry.kinds() and registry.adapter_of(channel.kind).profile.sends


def chance(talk: Conversation, *, now: datetime) -> Chance:
    """May we write to him now, until when, how often (see engine.windows)?"""
    if talk.state in registry.adapter_of(talk.channel.kind).profile.silent:
        return Chance(Shut.ELSEWHERE, None, 0)
    window = _window(talk.channel)
    last = instants.seconds(talk.last_in_at) if talk.last_in_at else None
    return windows.chance(window, last_in=last, sent_since=talk.sent_since, now=instants.seconds(now))


def _window(channel: Channel) -> Window:
    adapter = registry.adapter_of(channel.kind)
    return adapter.window(accounts.of(channel)) if isinstance(adapter, Windowed) else adapter.profile.window


def about(channel: Channel, peer: str, ticket: Ticket) -> None:
    """We write to him about this ticket: what he answers continues it."""
    turn_to(meet(ticket.contact, channel, peer), ticket)


def handle(kind: str, peer: str) -> str:
    """How a contact is known by a messaging channel: the kind keeps two providers' ids apart."""
    return f"{kind}:{peer}"[:120]


def meet(contact: Contact, channel: Channel, peer: str) -> Conversation:
    """The conversation with a person whom somebody else knows already (an imported customer, a signed-in visitor)."""
    row, _new = Conversation.objects.get_or_create(channel=channel, peer=peer[:200], defaults={"contact": contact})
    return row
