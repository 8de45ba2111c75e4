"""What happens when a visitor of a site chats?

His words are taken in like anything that arrives (raw row, ticket, promises), and in the same transaction his chat
begins or goes on and is offered to somebody who has room. A key of his makes each message happen once.

The bot's place: `BOTS` are asked before a person is; `engine.chat_course.who_answers` decides by what they draft.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival, File
from yingnuo.channels.models import Raw
from yingnuo.chat import queries, services
from yingnuo.chat.identity import Identity
from yingnuo.chat.models import Chat, Stage, Visitor
from yingnuo.chat.queries import Wanted
from yingnuo.chat.services import Told
from yingnuo.chat.sites import Site
from yingnuo.engine import chat_course
from yingnuo.engine.chat_course import Draft, Speaker
from yingnuo.journey import dispatch, intake, work
from yingnuo.journey.incoming import Incoming
from yingnuo.journey.intake import Taken
from yingnuo.kit import live, revisions
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.queries import organisation
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import Ticket, Via

LONGEST = 8_000  # characters of one message
QUEUE = "chats"
"""Live topic of those who may take waiting chats; `chats:<staff>` is that of one agent."""

Bot = Callable[[str, str], Draft]
BOTS: tuple[Bot, ...] = ()
"""What drafts an answer to words (text, language) of a visitor; the first that is sure enough speaks."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a visitor sends. `key` is his browser's own: the same key again changes nothing."""

    key: str
    text: str
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of them: the chat they belong to and their message."""

    chat: Chat
    message: int


def say(site: Site, visitor: Visitor, *, words: Words, now: datetime) -> Heard:
    """Takes his words in, once for each key."""
    if not words.text.strip() and not words.files:
        raise Invalid(_("Write something first."), fields={"text": _("Write something first.")})
    if len(words.text) > LONGEST:
        raise Invalid(_("The text is too long."), fields={"text": _("At most 8,000 characters.")})
    raw = _raw(visitor, words, now)
    kept = _sent_before(raw) or _take(site, visitor, words, raw, now)
    chat = queries.newest_of(visitor)
    if chat is None:
        raise Conflict(_("That did not work. Please send it again."), code="sent_at_once")
    return Heard(chat, kept.message_id or 0)


def _take(site: Site, visitor: Visitor, words: Words, raw: Raw, now: datetime) -> Raw:
    incoming = Incoming(
        raw, _arrival(visitor, words, now), visitor.contact, channel=site.channel, team=_team(site), later=True
    )
    try:
        intake.take(
            SYSTEM, via=Via.CHAT, incoming=[incoming], now=now,
            within=lambda taken: _within(site, visitor, words, taken, now),
        )  # fmt: skip
    except IntegrityError as error:
        earlier = _sent_before(raw)
        if "raw_once" not in str(error) or earlier is None:
            raise
        return earlier  # the same message was sent twice at once
    return raw


def _raw(visitor: Visitor, words: Words, now: datetime) -> Raw:
    files = [[f.name, len(f.data), hashlib.sha256(f.data).hexdigest()] for f in words.files]
    content = json.dumps({"text": words.text, "files": files}, ensure_ascii=False).encode("utf-8", "replace")
    return accept.draft(visitor.channel, content=content, key=f"say:{visitor.key}:{words.key}", received_at=now)


def _sent_before(raw: Raw) -> Raw | None:
    return accept.same_again(raw.channel, key=raw.key, content=bytes(raw.content))


def _arrival(visitor: Visitor, words: Words, now: datetime) -> Arrival:
    return Arrival(
        external_id=words.key, received_at=now, text=words.text, sender_name=visitor.name,
        sender_address=services.address_of(visitor), language=visitor.language, files=words.files, peer=visitor.key,
    )  # fmt: skip


def _team(site: Site) -> int | None:
    card = site.team_of(organisation.at(revisions.current()))
    return card.id if card else None


def _within(site: Site, visitor: Visitor, words: Words, taken: Sequence[Taken], now: datetime) -> None:
    """In the transaction of the intake, under the lock of his conversation."""
    [one] = taken
    ticket = one.opened or Ticket.objects.select_for_update(of=("self",)).get(pk=one.ticket or 0)
    speaker = _speaker(site, visitor, words)
    chat = services.begin(
        visitor, ticket, since=(one.message or 1) - 1, stage=Stage(chat_course.first_stage(speaker).value), now=now
    )
    new = chat.since == (one.message or 1) - 1
    if new:
        note(Code.CHAT_BEGAN, ticket.pk, {"site": site.channel.code}, now=now)
    elif chat.stage == Stage.BOT and speaker is Speaker.PERSON:
        _call_person(chat, now)
    services.spoken(chat, idle=idle_of(site), now=now)
    if new and chat.stage == Stage.WAITING:
        offer(chat, ticket, now=now)
    tell(chat, ticket, "message")


def _speaker(site: Site, visitor: Visitor, words: Words) -> Speaker:
    drafts = [bot(words.text, visitor.language) for bot in BOTS] if site.bot else []
    best = max(drafts, key=lambda d: d.sure or 0.0, default=Draft())
    return chat_course.who_answers(bool(drafts), best)


def met(site: Site, who: Identity, told: Told, *, now: datetime) -> Visitor:
    """The visitor whom his site vouches for, recognised as one of our customers."""
    with work.unit():
        return services.known_visitor(site.channel, who, told, now=now)


def call_person(visitor: Visitor, *, now: datetime) -> None:
    """The visitor asks for a person; nothing changes for whoever has one, or waits for one."""
    chat = queries.newest_of(visitor)
    if chat is None or chat.stage != Stage.BOT:
        return
    with work.unit():
        ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=chat.ticket_id)
        row = services.locked(chat.pk)
        if row.stage == Stage.BOT:
            _call_person(row, now)
            offer(row, ticket, now=now)
            tell(row, ticket, "state")


def _call_person(chat: Chat, now: datetime) -> None:
    services.handed_over(chat, now=now)
    note(Code.CHAT_HANDED_OVER, chat.ticket_id, {}, now=now)


def offer(chat: Chat, ticket: Ticket, *, without: frozenset[int] = frozenset(), now: datetime) -> bool:
    """Offers a (locked) waiting chat to somebody of its (locked) ticket's team who has room; False when nobody has.

    Whoever holds the ticket already is asked first.
    """
    revision = revisions.current()
    members = organisation.at(revision).members.get(ticket.team_id or 0, ())
    services.queue_locked(ticket.team_id or 0)
    is_open = dispatch.on_shift(revision, now)
    own = [ticket.agent_id] if ticket.agent_id and ticket.agent_id not in without else []
    language = ticket.language.partition("-")[0]
    chosen = queries.free_agent(Wanted(own, language), on_shift=is_open, now=now) or queries.free_agent(
        Wanted(members, language, without), on_shift=is_open, now=now
    )
    services.look_again(chat, now + (services.OFFER if chosen else services.LOOK_AGAIN))
    if chosen is None:
        return False
    left = ticket.agent_id
    dispatch.assign(SYSTEM, ticket=ticket, team=ticket.team_id, agent=chosen, now=now)
    live.publish_all([(f"chats:{who}", chat.pk) for who in {left, chosen} if who])
    return True


def idle_of(site: Site) -> timedelta:
    """After how much silence its chats end."""
    return timedelta(minutes=site.idle_minutes)


def tell(chat: Chat, ticket: Ticket, what: str) -> None:
    """Open pages of both sides hear at commit: `what` is message, state or read. The queue is told of its changes."""
    events: list[tuple[str, int | str]] = [(f"chat:{chat.visitor.key}", what)]
    if ticket.agent_id:
        events.append((f"chats:{ticket.agent_id}", chat.pk))
    if chat.stage == Stage.WAITING or what == "state":
        events.append((QUEUE, ""))
    live.publish_all(events)


def places_changed(ticket: Ticket) -> None:
    """Those of a team who wait hear that they moved up."""
    live.publish_all([(f"chat:{key}", "state") for key in queries.waiting_keys(ticket.team_id)])


def note(code: Code, ticket: int, params: dict[str, str | int | None], *, now: datetime) -> None:
    """One row of the ledger about a chat, by nobody in particular."""
    ledger.record(SYSTEM, [Entry(code, ticket, "", {**params})], now=now)
