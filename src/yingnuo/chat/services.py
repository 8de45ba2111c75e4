"""How do visitors and chats come to be and change? The only writer of its tables; the caller holds the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.channels import talks
from yingnuo.channels.models import Channel
from yingnuo.chat.identity import Identity
from yingnuo.chat.models import Chat, EndedBy, Seat, Stage, Visitor
from yingnuo.engine import chat_course
from yingnuo.engine.chat_course import Step
from yingnuo.kit import secrets, texts
from yingnuo.kit.errors import Conflict, Invalid, TooMany
from yingnuo.people import services as people
from yingnuo.people.models import Contact
from yingnuo.people.roles import Actor, require
from yingnuo.people.services import Caller
from yingnuo.tickets.models import Ticket

OFFER = timedelta(seconds=45)  # an offered chat that is not accepted by then goes to another
LOOK_AGAIN = timedelta(seconds=5)  # nobody is free: asked again
MOST_TRANSCRIPTS = 3
LARGEST_CAPACITY = 20


@dataclass(frozen=True, slots=True)
class Told:
    """What a browser tells of its visitor; the name and mail are labels."""

    language: str
    page: str = ""
    name: str = ""
    email: str = ""


def new_visitor(channel: Channel, told: Told, *, now: datetime) -> Visitor:
    """A browser that we have not seen before."""
    return Visitor.objects.create(
        channel=channel, key=secrets.new_token(), created_at=now, seen_at=now, **_labels(told)
    )


def known_visitor(channel: Channel, who: Identity, told: Told, *, now: datetime) -> Visitor:
    """The person of a verified identity, the same on every device; his contact is recognised or made."""
    row = Visitor.objects.filter(channel=channel, known_as=who.id).first() or _vouched(channel, who, told, now)
    [contact] = people.recognise([Caller(who.name, who.email, "", _handle(channel, who), told.language)], now=now)
    row.contact, row.name, row.email = contact, who.name or contact.name[:80], who.email
    row.language, row.page, row.seen_at = told.language, told.page[:300], now
    row.save(update_fields=["contact", "name", "email", "language", "page", "seen_at"])
    talk = talks.meet(contact, channel, row.key)
    if talk.contact_id != contact.pk:
        talk.contact = contact
        talk.save(update_fields=["contact"])
    return row


def _vouched(channel: Channel, who: Identity, told: Told, now: datetime) -> Visitor:
    made = Visitor(channel=channel, key=secrets.new_token(), known_as=who.id, created_at=now, seen_at=now)
    made.language, made.page = told.language, told.page[:300]
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:  # his other tab was quicker
        return Visitor.objects.get(channel=channel, known_as=who.id)
    return made


def _handle(channel: Channel, who: Identity) -> str:
    return talks.handle(f"chat:{channel.code}", who.id)


def seen(visitor: Visitor, told: Told, *, now: datetime) -> None:
    """He is here again; empty labels leave what he said before."""
    given = {name: value for name, value in _labels(told).items() if value}
    Visitor.objects.filter(pk=visitor.pk).update(seen_at=now, **given)
    for name, value in given.items():
        setattr(visitor, name, value)


def _labels(told: Told) -> dict[str, str]:
    return {
        "language": told.language, "page": texts.keepable(told.page)[:300],
        "name": " ".join(texts.keepable(told.name).split())[:80], "email": texts.keepable(told.email).strip()[:254],
    }  # fmt: skip


def address_of(visitor: Visitor) -> str:
    """By what intake recognises him: his contact's own address, or his key."""
    contact: Contact | None = visitor.contact
    if contact is not None and (contact.email or contact.handle):
        return contact.email or contact.handle
    return talks.handle("chat", visitor.key)


def begin(visitor: Visitor, ticket: Ticket, *, since: int, stage: Stage, now: datetime) -> Chat:
    """A chat begins with words that were just taken in; the one that is open already where there is one."""
    row = Chat.objects.select_for_update().filter(visitor=visitor).exclude(stage=Stage.ENDED).first()
    if row is not None and row.ticket_id == ticket.pk:
        return row
    if row is not None:  # his words went to another ticket: the old one was merged, or rests
        finish(row, by=EndedBy.IDLE, now=now)
    return Chat.objects.create(
        visitor=visitor, ticket=ticket, stage=stage, since=since, asked_at=now, spoken_at=now, due_at=now
    )


def locked(pk: int) -> Chat:
    """The chat, locked until the transaction ends; its ticket is locked before it by whoever changes both."""
    return Chat.objects.select_for_update(of=("self",)).select_related("visitor__channel").get(pk=pk)


def step(chat: Chat, move: Step) -> None:
    """Moves a (locked) chat on; Conflict where somebody was quicker."""
    to = chat_course.moved(chat_course.Stage(chat.stage), move)
    if to is None:
        raise Conflict(_("The chat has moved on meanwhile."), code="chat_moved_on")
    chat.stage = to.value


def handed_over(chat: Chat, *, now: datetime) -> None:
    """A (locked) chat leaves the bot: from now on its visitor waits for a person."""
    step(chat, Step.HANDED_OVER)
    chat.asked_at = chat.due_at = now
    chat.save(update_fields=["stage", "asked_at", "due_at"])


def accept(chat: Chat, *, idle: timedelta, now: datetime) -> None:
    """A person takes a (locked) chat."""
    step(chat, Step.ACCEPTED)
    chat.accepted_at = chat.accepted_at or now
    chat.due_at = now + idle
    chat.save(update_fields=["stage", "accepted_at", "due_at"])


def hand_on(chat: Chat, *, now: datetime) -> None:
    """A (locked) chat goes to others and waits for them."""
    step(chat, Step.TRANSFERRED)
    chat.transferred += 1
    chat.due_at = now + OFFER
    chat.save(update_fields=["stage", "transferred", "due_at"])


def spoken(chat: Chat, *, idle: timedelta, now: datetime) -> None:
    """Somebody said something in it: silence is counted anew; a chat that still waits keeps its own moment."""
    chat.spoken_at = now
    if chat.stage == Stage.ACTIVE:
        chat.due_at = now + idle
    chat.save(update_fields=["spoken_at", "due_at"])


def look_again(chat: Chat, at: datetime) -> None:
    """When it is looked at next."""
    chat.due_at = at
    chat.save(update_fields=["due_at"])


def finish(chat: Chat, *, by: EndedBy, now: datetime) -> None:
    """It is over."""
    step(chat, Step.ENDED)
    chat.ended_at, chat.ended_by, chat.due_at = now, by, None
    chat.save(update_fields=["stage", "ended_at", "ended_by", "due_at"])


def read_by_visitor(chat: Chat, upto: int) -> bool:
    """He has seen all messages up to this id; False when that is no news."""
    return bool(Chat.objects.filter(pk=chat.pk, visitor_read__lt=upto).update(visitor_read=upto))


def read_by_agent(chat: Chat, upto: int) -> bool:
    """An agent has seen all messages up to this id; False when that is no news."""
    return bool(Chat.objects.filter(pk=chat.pk, agent_read__lt=upto).update(agent_read=upto))


def rate(chat: Chat, *, score: int, words: str) -> None:
    """How it was, 1 to 5; his last rating counts."""
    if score not in range(1, 6):
        raise Invalid(_("Choose from 1 to 5."), fields={"score": _("Choose from 1 to 5.")})
    Chat.objects.filter(pk=chat.pk).update(score=score, score_words=texts.keepable(words).strip()[:1_000])


def set_capacity(actor: Actor, *, staff: int, capacity: int) -> None:
    """How many chats he takes at a time; his own, or anybody's for who may edit people. 0: none are given to him."""
    if (actor.kind, actor.id) != ("staff", staff):
        require(actor, "people.edit")
    require(actor, "chat.work")
    if not 0 <= capacity <= LARGEST_CAPACITY:
        raise Invalid(_("From 0 to 20 chats."), fields={"capacity": _("From 0 to 20 chats.")})
    Seat.objects.update_or_create(staff_id=staff, defaults={"capacity": capacity})


def transcript_sent(chat: Chat) -> None:
    """One more mail with a (locked) chat's words; TooMany beyond the few there may be."""
    if chat.transcripts >= MOST_TRANSCRIPTS:
        raise TooMany(_("This chat has been mailed often enough."), code="chat_transcripts")
    chat.transcripts += 1
    chat.save(update_fields=["transcripts"])


_QUEUE_LOCK = 0x5943 << 40


def queue_locked(team: int) -> None:
    """One at a time gives chats of a team out, until the transaction ends: nobody gets more than he can hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_QUEUE_LOCK | team])
