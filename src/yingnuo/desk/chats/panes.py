"""What stands in the pane of one chat: who it is, what was said and seen, what may be said at once?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from yingnuo.channels.models import Delivery, DeliveryState
from yingnuo.chat import queries
from yingnuo.chat.models import Chat, Stage
from yingnuo.desk.choices import Names
from yingnuo.desk.writing import picks
from yingnuo.desk.writing.picks import Pick
from yingnuo.people.roles import Actor
from yingnuo.tickets.models import Attachment, Author, Message, Ticket

SHOWN = 100
_SEEN = {
    DeliveryState.SENT: "sent", DeliveryState.DELIVERED: "delivered", DeliveryState.READ: "read",
    DeliveryState.FAILED: "failed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a pane. `side`: them, us, note, bot; `seen`: how far it came to the visitor, "" for his own."""

    id: int
    author: str
    side: str
    at: datetime
    text: str
    seen: str
    files: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Pane:
    """One chat as its agent sees it. `offered`: it waits for his yes; `known`: the site vouches for the visitor."""

    chat: Chat
    ticket: Ticket
    name: str
    known: bool
    site: str
    page: str
    offered: bool
    unread: int
    last: int
    note: str
    said: tuple[Said, ...]
    picks: tuple[Pick, ...]


def of(actor: Actor, names: Names) -> list[Pane]:
    """The panes of an agent's chats, longest first."""
    chats = list(queries.of_agent(actor.id))
    unread = queries.unread_of(chats)
    return [_pane(chat, actor, names, unread.get(chat.pk, 0)) for chat in chats]


def _pane(chat: Chat, actor: Actor, names: Names, unread: int) -> Pane:
    ticket, visitor = chat.ticket, chat.visitor
    rows = Message.objects.filter(ticket=ticket).exclude(author=Author.SYSTEM)
    messages = list(rows.prefetch_related("attachments").order_by("-pk")[:SHOWN])[::-1]
    seen = dict(Delivery.objects.filter(message__in=messages).values_list("message_id", "state"))
    said = tuple(_said(m, ticket, names, seen) for m in messages)
    notes = [one for one in said if one.side == "note"]
    return Pane(
        chat, ticket, visitor_name(chat), bool(visitor.known_as), visitor.channel.name, visitor.page,
        offered=chat.stage == Stage.WAITING, unread=unread, last=max((m.pk for m in messages), default=0),
        note=notes[-1].text if notes and chat.transferred else "", said=said,
        picks=picks.for_ticket(actor, ticket, names, {"customer": visitor.name or ticket.contact.name}),
    )  # fmt: skip


def visitor_name(chat: Chat) -> str:
    """His name, or what else tells him from others."""
    given = chat.visitor.name or chat.ticket.contact.name
    return given or _("Visitor %(number)s") % {"number": chat.visitor_id}


def _said(m: Message, ticket: Ticket, names: Names, seen: Mapping[int, str]) -> Said:
    staff = names.person(m.staff_id) or _("Staff")
    side = "them" if m.author == Author.CUSTOMER else "bot" if m.author == Author.BOT else "us" if m.public else "note"
    author = {"them": str(ticket.contact), "bot": _("Bot")}.get(side, staff)
    state = _SEEN.get(DeliveryState(seen[m.pk]), "") if m.pk in seen else ""
    return Said(m.pk, author, side, m.at, m.text, state, tuple(m.attachments.all()))
