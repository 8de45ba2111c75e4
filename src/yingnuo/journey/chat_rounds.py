"""Which chats are to be looked at now: offers that lapse, visitors for whom nobody had room, silence?"""

from __future__ import annotations

from datetime import datetime

from yingnuo.chat import queries, services, sites
from yingnuo.chat.models import Chat, EndedBy, Stage
from yingnuo.journey import chat_ending, chatting, reactions, work
from yingnuo.kit import instants
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import Ticket

BATCH = 50
SLEEP_S = 0.5


class Round:
    """The work process's loop over chats."""

    def step(self) -> float:
        """One round; seconds to sleep: none while there is more."""
        return 0.0 if look(now=instants.now()) >= BATCH else SLEEP_S


def look(*, now: datetime) -> int:
    """Looks at what is due; how many chats were."""
    for pk in queries.answered_outside(most=BATCH):
        _taken_outside(pk, now)
    due = queries.due(now=now, most=BATCH)
    for pk in due:
        _look_at(pk, now)
    return len(due)


def _look_at(pk: int, now: datetime) -> None:
    known = Chat.objects.filter(pk=pk).first()
    if known is None:
        return
    if known.stage == Stage.WAITING:
        _offer_again(known, now)
    else:
        chat_ending.end_by_itself(pk, by=EndedBy.IDLE, now=now)


def _offer_again(known: Chat, now: datetime) -> None:
    """A chat without anybody is offered; one whose offer lapsed goes to another, or stays where it is."""
    with work.unit():
        row, chat = _locked(known.ticket_id), services.locked(known.pk)
        if chat.stage != Stage.WAITING or chat.due_at is None or chat.due_at > now:
            return
        silent = now - chat.spoken_at > chatting.idle_of(sites.of(chat.visitor.channel)) * 4
        if silent:
            chat_ending.end_locked(SYSTEM, chat, row, by=EndedBy.IDLE, resolve=False, now=now)
            return
        lapsed = frozenset({row.agent_id} if row.agent_id else ())
        if chatting.offer(chat, row, without=lapsed, now=now):
            chatting.tell(chat, row, "state")
            reactions.changed([row.pk])


def _taken_outside(pk: int, now: datetime) -> None:
    """Somebody answered on the ticket's page: the chat is his who holds the ticket."""
    known = Chat.objects.get(pk=pk)
    with work.unit():
        row, chat = _locked(known.ticket_id), services.locked(pk)
        if chat.stage == Stage.WAITING:
            services.accept(chat, idle=chatting.idle_of(sites.of(chat.visitor.channel)), now=now)
            chatting.tell(chat, row, "state")
            chatting.places_changed(row)


def _locked(ticket: int) -> Ticket:
    return Ticket.objects.select_for_update(of=("self",)).select_related("contact", "company").get(pk=ticket)
