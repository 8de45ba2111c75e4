"""What does an agent do with a chat: take it, answer, hand it on, end it?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from yingnuo.chat import queries, services, sites
from yingnuo.chat.models import Chat, EndedBy, Stage
from yingnuo.chat.sites import Site
from yingnuo.journey import chat_ending, chatting, dispatch, reactions, reply, work
from yingnuo.journey.reply import Said
from yingnuo.kit import live, revisions
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.queries import organisation
from yingnuo.people.roles import Actor, require
from yingnuo.tickets.models import Ticket
from yingnuo.tickets.services import NewFile

LONGEST = 8_000


def accept(actor: Actor, *, chat_id: int, now: datetime) -> Chat:
    """Takes a waiting chat: the one offered, or one that is nobody's. Conflict when somebody else has it."""
    require(actor, "chat.work")
    known = queries.get_for(actor, chat_id)
    with work.unit():
        ticket = queries.lock_ticket(actor, known, may="ticket.reply")
        chat = services.locked(chat_id)
        _accept_locked(actor, chat, ticket, now)
        reactions.changed([ticket.pk])
    return chat


def _accept_locked(actor: Actor, chat: Chat, ticket: Ticket, now: datetime) -> None:
    left = ticket.agent_id
    services.accept(chat, idle=chatting.idle_of(_site(chat)), now=now)
    dispatch.assign(actor, ticket=ticket, team=ticket.team_id, agent=actor.id, now=now)
    ledger.record(actor, [Entry(Code.CHAT_ACCEPTED, ticket.pk, "", {})], now=now)
    chatting.tell(chat, ticket, "state")
    if left and left != actor.id:
        live.publish(f"chats:{left}", chat.pk)
    chatting.places_changed(ticket)


def _site(chat: Chat) -> Site:
    return sites.of(chat.visitor.channel)


def answer(actor: Actor, *, chat_id: int, text: str, files: Sequence[NewFile] = (), now: datetime) -> Chat:
    """Says something to the visitor; a chat that waits is taken with it."""
    require(actor, "chat.work")
    if len(text) > LONGEST:
        raise Invalid(_("The text is too long."), fields={"text": _("At most 8,000 characters.")})
    said = Said(text, tuple(files))
    reply.refuse_unusable(said)
    known = queries.get_for(actor, chat_id)
    with work.unit():
        ticket = queries.lock_ticket(actor, known, may="ticket.reply")
        chat = services.locked(chat_id)
        if chat.stage == Stage.WAITING:
            _accept_locked(actor, chat, ticket, now)
        if chat.stage != Stage.ACTIVE:
            raise Conflict(_("The chat has ended. Answer on the ticket's page."), code="chat_ended")
        message = reply.answer_locked(actor, ticket=ticket, said=said, now=now)
        services.spoken(chat, idle=chatting.idle_of(_site(chat)), now=now)
        services.read_by_agent(chat, message.pk)
        chatting.tell(chat, ticket, "message")
        reactions.answered(ticket)
    return chat


def seen(actor: Actor, *, chat_id: int, upto: int, now: datetime) -> None:
    """The agent has read all up to this message; only who holds the chat counts."""
    require(actor, "chat.work")
    chat = queries.get_for(actor, chat_id)
    if chat.ticket.agent_id != actor.id:
        return
    with work.unit():
        if services.read_by_agent(chat, upto):
            live.publish(f"chat:{chat.visitor.key}", "read")


def transfer(
    actor: Actor, *, chat_id: int, team: int, agent: int | None = None, words: str, now: datetime
) -> Chat:  # fmt: skip
    """Hands a chat on with a note for whoever takes it: to a team, and to one of its people or who has room.

    The visitor stays where he is and hears that somebody else comes.
    """
    require(actor, "chat.work")
    if not words.strip():
        raise Invalid(_("Write a note for your colleague."), fields={"words": _("What is it about, what was tried?")})
    _refuse_unknown(team, agent)
    known = queries.get_for(actor, chat_id)
    with work.unit():
        ticket = queries.lock_ticket(actor, known, may="ticket.assign")
        chat = services.locked(chat_id)
        left = ticket.agent_id
        reply.note_locked(actor, ticket=ticket, text=words[:20_000], now=now)
        services.hand_on(chat, now=now)
        dispatch.assign(actor, ticket=ticket, team=team, agent=agent, now=now)
        if agent is None:
            chatting.offer(chat, ticket, without=frozenset({actor.id}), now=now)
        params = {"team": team, "agent": ticket.agent_id}
        ledger.record(actor, [Entry(Code.CHAT_TRANSFERRED, ticket.pk, "", params)], now=now)
        chatting.tell(chat, ticket, "state")
        live.publish_all([(f"chats:{who}", chat.pk) for who in {left, actor.id} if who])
        reactions.changed([ticket.pk])
    return chat


def _refuse_unknown(team: int, agent: int | None) -> None:
    known = organisation.at(revisions.current())
    if team not in known.teams or (agent is not None and agent not in known.members.get(team, ())):
        raise Invalid(_("There is no such team or person."), fields={"holder": _("Choose from the list.")})


def end(actor: Actor, *, chat_id: int, resolve: bool, now: datetime) -> Chat:
    """Ends a chat; `resolve`: the matter is solved with it."""
    require(actor, "chat.work")
    known = queries.get_for(actor, chat_id)
    with work.unit():
        ticket = queries.lock_ticket(actor, known, may="ticket.resolve" if resolve else "ticket.reply")
        chat = services.locked(chat_id)
        chat_ending.end_locked(actor, chat, ticket, by=EndedBy.AGENT, resolve=resolve, now=now)
    return chat
