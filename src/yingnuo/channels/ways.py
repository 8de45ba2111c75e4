"""By which ways can this ticket's customer be answered, and which is the natural one?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from yingnuo.channels import basis, outside, registry, sms_out, talks, templates, unsubscribing
from yingnuo.channels.models import Channel, ChannelKind, Conversation
from yingnuo.channels.sms_models import MessageTemplate, TemplateState
from yingnuo.engine.windows import Chance
from yingnuo.people.services import normal_phone
from yingnuo.tickets.models import Author, Message, Ticket, Via


@dataclass(frozen=True, slots=True)
class Way:
    """One way to answer. `code` is what a form names it by; `talk` the conversation of a messaging channel.

    `channel` is None for mail. `template` is the code of the approved template as which it goes, "" for free words.
    """

    code: str
    name: str
    to: str
    via: str
    talk: Conversation | None = None
    channel: Channel | None = None
    template: str = ""

    @property
    def kind(self) -> str:
        """The kind of its channel."""
        return self.channel.kind if self.channel else ChannelKind.MAIL

    @property
    def state(self) -> Any:
        """How the talk stands at the provider, in words; "" where it tells nothing of the kind."""
        states = dict(registry.adapter_of(self.kind).profile.states) if self.talk else {}
        return states.get(self.talk.state, "") if self.talk else ""

    def chance(self, now: datetime) -> Chance | None:
        """What the channel's window allows now; None where there is none, or an approved template needs none."""
        return talks.chance(self.talk, now=now) if self.talk and not self.template else None

    def shut(self, now: datetime) -> str:
        """Why one may not write by it now, "" when one may, be it by a template."""
        chance = self.chance(now)
        if chance is None or chance.shut is None or self.talk is None:
            return ""
        return "" if outside.goes(self.talk.channel, chance.shut.value) else chance.shut.value


def of(ticket: Ticket) -> tuple[Way, ...]:
    """All ways to this ticket's customer, that of his last words first. Empty: he reads answers on his page only."""
    spoken = _talks(ticket)
    found = [way for talk in spoken for way in _by_talk(talk, ticket)]
    if ticket.contact.email:
        found.append(Way("mail", "", ticket.contact.email, Via.MAIL))
    found += _by_sms(ticket, {talk.channel_id for talk in spoken})  # costs money: only where nothing else is natural
    if len(found) > 1:
        last = _last_via(ticket)
        found.sort(key=lambda way: way.via != last)
    return tuple(found)


def chosen(ticket: Ticket, code: str) -> Way | None:
    """The way of this code, else the natural one; None where there is none."""
    found = of(ticket)
    return next((way for way in found if way.code == code), found[0] if found else None)


def automatic(ticket: Ticket, template: str) -> Way | None:
    """The way for words of the house itself: mail, else an SMS to who has no address and did not unsubscribe."""
    if ticket.contact.email:
        return Way("mail", "", ticket.contact.email, Via.MAIL)
    number = normal_phone(ticket.contact.phone)
    channel = sms_out.channel_for(number) if number and not unsubscribing.is_out(number) else None
    if channel is None:
        return None
    if not registry.adapter_of(channel.kind).profile.templates_only:
        return Way(f"sms-{channel.pk}", channel.name, number, Via.SMS, channel=channel)
    if templates.approved(channel, template, ticket.language) is None:
        return None
    return Way(f"sms-{channel.pk}", channel.name, number, Via.SMS, channel=channel, template=template)


def _talks(ticket: Ticket) -> list[Conversation]:
    """His conversations, those about this ticket first; one about another open ticket is left to that one."""
    rows = Conversation.objects.filter(contact=ticket.contact_id, channel__active=True)
    rows = rows.select_related("channel", "ticket").order_by(F("last_in_at").desc(nulls_last=True))
    found = [talk for talk in rows if _is_free(talk, ticket) and not basis.is_missing(talk.channel)]
    return sorted(found, key=lambda talk: talk.ticket_id != ticket.pk)


def _is_free(talk: Conversation, ticket: Ticket) -> bool:
    mine = talk.ticket is None or talk.ticket_id == ticket.pk or not talk.ticket.is_open
    return mine and talks.can_send(talk.channel)


def _by_talk(talk: Conversation, ticket: Ticket) -> Iterator[Way]:
    """The talk itself, and each approved template that may be sent outside of its window."""
    channel, profile = talk.channel, registry.adapter_of(talk.channel.kind).profile
    only = templates.REPLY if profile.templates_only else ""
    yield Way(f"talk-{talk.pk}", channel.name, talk.peer, profile.via, talk, channel, only)
    if profile.window.templates:
        for code in _codes(channel, ticket.language):
            name = f"{channel.name} · {code}"
            yield Way(f"talk-{talk.pk}:{code}", name, talk.peer, profile.via, talk, channel, code)


def _codes(channel: Channel, language: str) -> list[str]:
    """Approved templates that an agent may choose; those by which the house itself speaks are none of them."""
    rows = MessageTemplate.objects.filter(channel=channel, state=TemplateState.APPROVED)
    alike = rows.filter(language__startswith=language.partition("-")[0])
    own = [code for code in templates.CODES if code != templates.REPLY]
    return sorted(set(alike.exclude(code__in=own).values_list("code", flat=True)))


def _by_sms(ticket: Ticket, spoken: Sequence[int] | set[int]) -> list[Way]:
    """Each SMS channel that serves his number, but those on which the two talk already."""
    number = normal_phone(ticket.contact.phone)
    rows = [row for row in sms_out.channels() if sms_out.serves(row, number) and row.pk not in spoken] if number else []
    found = []
    for row in rows:
        only = registry.adapter_of(row.kind).profile.templates_only
        if not only or templates.approved(row, templates.REPLY, ticket.language) is not None:
            code = templates.REPLY if only else ""
            found.append(Way(f"sms-{row.pk}", row.name, number, Via.SMS, channel=row, template=code))
    return found


def _last_via(ticket: Ticket) -> str:
    rows = Message.objects.filter(ticket=ticket, author=Author.CUSTOMER).order_by("-pk")
    return rows.values_list("via", flat=True).first() or ticket.via
