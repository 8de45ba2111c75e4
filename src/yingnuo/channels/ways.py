"""By which ways can this ticket's customer be answered, and which is the natural one?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from yingnuo.channels import registry, talks
from yingnuo.channels.models import ChannelKind, Conversation
from yingnuo.engine.windows import Chance
from yingnuo.tickets.models import Author, Message, Ticket, Via


@dataclass(frozen=True, slots=True)
class Way:
    """One way to answer. `code` is what a form names it by; `talk` the conversation of a messaging channel."""

    code: str
    name: str
    to: str
    via: str
    talk: Conversation | None = None

    @property
    def kind(self) -> str:
        """The kind of its channel."""
        return self.talk.channel.kind if self.talk else ChannelKind.MAIL

    @property
    def takes_templates(self) -> bool:
        """Whether approved templates may be sent outside of its window."""
        return self.talk is not None and registry.adapter_of(self.kind).profile.window.templates

    def chance(self, now: datetime) -> Chance | None:
        """What the channel's window allows now; None where there is none."""
        return talks.chance(self.talk, now=now) if self.talk else None


def of(ticket: Ticket) -> tuple[Way, ...]:
    """All ways to this ticket's customer, that of his last words first. Empty: he reads answers on his page only."""
    found = [_by_talk(talk) for talk in _talks(ticket)]
    if ticket.contact.email:
        found.append(Way("mail", "", ticket.contact.email, Via.MAIL))
    if len(found) > 1:
        last = _last_via(ticket)
        found.sort(key=lambda way: way.via != last)
    return tuple(found)


def chosen(ticket: Ticket, code: str) -> Way | None:
    """The way of this code, else the natural one; None where there is none."""
    found = of(ticket)
    return next((way for way in found if way.code == code), found[0] if found else None)


def _talks(ticket: Ticket) -> list[Conversation]:
    """His conversations, those about this ticket first; one about another open ticket is left to that one."""
    rows = Conversation.objects.filter(contact=ticket.contact_id, channel__active=True)
    rows = rows.select_related("channel", "ticket").order_by(F("last_in_at").desc(nulls_last=True))
    found = [talk for talk in rows if talks.can_send(talk.channel) and _is_free(talk, ticket)]
    return sorted(found, key=lambda talk: talk.ticket_id != ticket.pk)


def _is_free(talk: Conversation, ticket: Ticket) -> bool:
    return talk.ticket is None or talk.ticket_id == ticket.pk or not talk.ticket.is_open


def _by_talk(talk: Conversation) -> Way:
    via = registry.adapter_of(talk.channel.kind).profile.via
    return Way(f"talk-{talk.pk}", talk.channel.name, talk.peer, via, talk)


def _last_via(ticket: Ticket) -> str:
    rows = Message.objects.filter(ticket=ticket, author=Author.CUSTOMER).order_by("-pk")
    return rows.values_list("via", flat=True).first() or ticket.via
