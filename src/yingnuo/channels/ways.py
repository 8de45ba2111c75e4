"""By which ways can this ticket's customer be answered, and which is the natural one?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from yingnuo.channels import basis, registry, sms_out, talks, templates, unsubscribing
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

    def chance(self, now: datetime) -> Chance | None:
        """What the channel's window allows now; None where there is none, or an approved template needs none."""
        return talks.chance(self.talk, now=now) if self.talk and not self.template else None


def of(ticket: Ticket) -> tuple[Way, ...]:
    """All ways to this ticket's customer, that of his last words first. Empty: he reads answers on his page only."""
    spoken = _talks(ticket)
    found = [way for talk in spoken for way in _by_talk(talk, ticket)]
    found += _by_sms(ticket, {talk.channel_id for talk in spoken})
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
    rows = Conversation.objects.filter(ticket=ticket, channel__active=True).select_related("channel")
    ordered = rows.order_by(F("last_in_at").desc(nulls_last=True))
    return [talk for talk in ordered if talks.can_send(talk.channel) and not basis.is_missing(talk.channel)]


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
