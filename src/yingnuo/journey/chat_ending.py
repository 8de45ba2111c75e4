"""How does a chat end, what does its visitor get then, and what does he say of it?"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from yingnuo.approvals import guards
from yingnuo.brands import books as brands
from yingnuo.channels import accounts as channel_accounts
from yingnuo.channels import mail_words, post, receipts, registry
from yingnuo.channels.adapters import chat as adapter
from yingnuo.channels.models import Delivery
from yingnuo.chat import queries, services, sites
from yingnuo.chat.models import Chat, EndedBy, Stage, Visitor
from yingnuo.journey import chatting, closing, reactions, upkeep, work
from yingnuo.kit import live
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.ledger.codes import Code
from yingnuo.people.roles import SYSTEM, Actor, actor_for_contact
from yingnuo.promises import services as promises
from yingnuo.promises.models import Promise
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Author, Message, Status, Ticket, Via
from yingnuo.tickets.services import NewMessage


def end_locked(actor: Actor, chat: Chat, ticket: Ticket, *, by: EndedBy, resolve: bool, now: datetime) -> None:
    """Ends a (locked) chat inside the caller's transaction; `resolve`: its (locked) ticket is solved with it."""
    waited = chat.stage == Stage.WAITING
    services.finish(chat, by=by, now=now)
    chatting.note(Code.CHAT_ENDED, ticket.pk, {"by": by.value}, now=now)
    if resolve and ticket.is_open and (actor.kind == "staff" or guards.may_be_resolved(ticket)):
        closing.resolve_locked(actor, ticket=ticket, at=now, now=now)
        reactions.freed(ticket)
    reactions.changed([ticket.pk])
    chatting.tell(chat, ticket, "state")
    if waited:
        chatting.places_changed(ticket)


def end_by_itself(chat_id: int, *, by: EndedBy, now: datetime) -> bool:
    """The visitor leaves, or nobody says anything any more; False when it is over already.

    What was answered is solved with it where the site says so; an unanswered question stays owed.
    """
    known = Chat.objects.get(pk=chat_id)
    with work.unit():
        ticket = Ticket.objects.select_for_update(of=("self",)).select_related("contact").get(pk=known.ticket_id)
        chat = services.locked(chat_id)
        if chat.stage == Stage.ENDED:
            return False
        resolve = chat.stage == Stage.ACTIVE and sites.of(chat.visitor.channel).resolves and _answered(ticket)
        end_locked(SYSTEM, chat, ticket, by=by, resolve=resolve, now=now)
    return True


def _answered(ticket: Ticket) -> bool:
    owed = Promise.objects.filter(ticket=ticket, ended_at=None).values_list("milestone", flat=True)
    return ticket.status == Status.OPEN and not promises.unanswered(ticket, owed=owed)


def end(visitor: Visitor, *, now: datetime) -> None:
    """The visitor ends his chat."""
    chat = queries.newest_of(visitor)
    if chat is not None and chat.stage != Stage.ENDED:
        end_by_itself(chat.pk, by=EndedBy.VISITOR, now=now)


def seen(visitor: Visitor, *, got: int, read: int, now: datetime) -> None:
    """His page has our messages up to `got`, he has read up to `read`: receipts, as of any provider."""
    chat = queries.newest_of(visitor)
    if chat is None:
        return
    channel = visitor.channel
    rows = Delivery.objects.filter(channel=channel, to=visitor.key, message__ticket=chat.ticket_id, read_at=None)
    ours = dict(rows.filter(message_id__lte=max(got, read)).values_list("message_id", "external_id"))
    for pk in [pk for pk, external in ours.items() if not external]:
        # he fetched it before the worker told him of it: from now on it has the id that telling him would give it
        Delivery.objects.filter(message_id=pk, external_id="").update(external_id=adapter.id_of(pk))
    body = adapter.marks([pk for pk in ours if pk <= got], [pk for pk in ours if pk <= read])
    heard = registry.adapter_of(channel.kind).understand(channel_accounts.of(channel), body, now)
    receipts.take(channel, heard.receipts, now=now)
    if services.read_by_visitor(chat, read) and chat.ticket.agent_id:
        live.publish(f"chats:{chat.ticket.agent_id}", chat.pk)


def rate(visitor: Visitor, *, score: int, words: str, now: datetime) -> None:
    """How the chat was, 1 to 5; where its ticket is solved that is the ticket's rating too."""
    chat = queries.newest_of(visitor)
    if chat is None or chat.stage != Stage.ENDED:
        raise Conflict(gettext_lazy("The chat has not ended yet."), code="chat_not_ended")
    services.rate(chat, score=score, words=words)
    ticket = Ticket.objects.select_related("contact").get(pk=chat.ticket_id)
    if not ticket.is_open:
        upkeep.rate(actor_for_contact(ticket.contact), ticket_id=ticket.pk, score=score, words=words, now=now)


def transcript(visitor: Visitor, *, email: str, now: datetime) -> None:
    """Mails the chat to an address of the visitor's.

    Only a chat in which one of us spoke, and only some times: nobody shall send words of his own to strangers by it.
    """
    known = queries.newest_of(visitor)
    if known is None:
        raise Invalid(gettext_lazy("There is nothing to send yet."), code="nothing_said")
    with work.unit():
        ticket = Ticket.objects.select_for_update(of=("self",)).select_related("contact").get(pk=known.ticket_id)
        chat = services.locked(known.pk)
        words = queries.words_of(ticket.pk, since=chat.since)
        if not any(m.author == Author.STAFF for m in words):
            raise Invalid(gettext_lazy("Nobody of us has answered yet."), code="nothing_said")
        services.transcript_sent(chat)
        text = _text(ticket, words)
        said = NewMessage(ticket=ticket.pk, author=Author.SYSTEM, text=text, via=Via.MAIL, indexed=True, at=now)
        [message] = tickets.say_many(SYSTEM, said=[said], now=now)
        post.queue(ticket, message, automatic=True, to=email)
        chatting.note(Code.CHAT_TRANSCRIPT, ticket.pk, {"message": message.pk}, now=now)
        reactions.changed([ticket.pk])


def _text(ticket: Ticket, words: list[Message]) -> str:
    zone = ZoneInfo(ticket.contact.zone or settings.TIME_ZONE)
    brands.now()
    with override(ticket.language):
        lines = [f"[{m.at.astimezone(zone):%H:%M}] {_who(m)}: {_said(m)}" for m in words]
    more = {"day": f"{words[0].at.astimezone(zone):%Y-%m-%d}", "chat": "\n".join(lines)}
    return mail_words.automatic("transcript", ticket, more)


def _who(m: Message) -> str:
    if m.author == Author.CUSTOMER:
        return (m.contact.name if m.contact else "") or _("You")
    return m.staff.name if m.staff else _("Bot")


def _said(m: Message) -> str:
    names = [f"[{a.name}]" for a in m.attachments.all()]
    return " ".join([m.text, *names]).strip()
