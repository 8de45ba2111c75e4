"""What happens when somebody answers: a public reply that counts, a holding word that does not, an internal note?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from yingnuo.alerts import budget
from yingnuo.alerts.rules import rules
from yingnuo.approvals import guards
from yingnuo.channels import post, talks, ways
from yingnuo.channels.ways import Way
from yingnuo.journey import closing, dispatch, mentioning, reactions, work
from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.people.roles import Actor, require
from yingnuo.promises import breaches
from yingnuo.promises import services as promises
from yingnuo.promises.breach_words import NOTHING_SAID, Follows
from yingnuo.tickets import queries
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Author, Message, Status, Ticket, Via
from yingnuo.tickets.services import NewFile, NewMessage

AFTER = {"": "ticket.reply", "resolve": "ticket.resolve", "wait": "ticket.pause"}  # what follows, and its verb


@dataclass(frozen=True, slots=True)
class Said:
    """What an agent wrote. `qualified` False: a holding word, no clock is met by it. `then`: "", resolve or wait.

    `told` are the items of the operating rule's checklist that these words tell the customer.
    `way` names the way it goes (channels.ways), "" the natural one.
    `tells`: it tells the customer of this broken promise (0: of none), and what `follows`.
    """

    text: str
    files: tuple[NewFile, ...] = ()
    qualified: bool = True
    then: str = ""
    told: tuple[str, ...] = ()
    tells: int = 0
    follows: Follows = NOTHING_SAID
    way: str = ""


def answer(actor: Actor, *, ticket_id: int, said: Said, now: datetime) -> Message:
    """A public reply: clocks it meets are marked, delivery is queued, an unassigned ticket becomes the writer's."""
    refuse_unusable(said)
    with work.unit():
        return answer_within(actor, ticket=answerable(actor, ticket_id, said), said=said, now=now)


def answerable(actor: Actor, ticket_id: int, said: Said) -> Ticket:
    """The ticket, locked, when the actor may answer it like this."""
    ticket = queries.lock_for(actor, ticket_id, may="ticket.reply")
    require(actor, AFTER[said.then])
    if ticket.merged_into_id:
        raise Conflict(_("The ticket was merged; answer in the other one."), code="ticket_merged")
    return ticket


def answer_within(actor: Actor, *, ticket: Ticket, said: Said, now: datetime) -> Message:
    """As `answer`, inside the caller's unit of work, for a ticket that is `answerable`."""
    message = answer_locked(actor, ticket=ticket, said=said, now=now)
    if said.tells:
        broken = breaches.of_ticket(ticket, said.tells)
        breaches.told(actor, promise=broken, message=message, follows=said.follows, now=now)
    reactions.answered(ticket)
    return message


def answer_locked(actor: Actor, *, ticket: Ticket, said: Said, at: datetime | None = None, now: datetime) -> Message:
    """As `answer`, inside the caller's transaction; `at` is when it was said."""
    moment = at or now
    guards.refuse_words(ticket, said.text)
    if ticket.status in (Status.RESOLVED, Status.CLOSED) and said.then != "resolve":
        closing.reopen_locked(actor, ticket=ticket, at=moment, now=now)
    if actor.kind == "staff" and ticket.agent_id is None:
        dispatch.assign(actor, ticket=ticket, team=ticket.team_id, agent=actor.id, now=now)
    way = ways.chosen(ticket, said.way)
    if way is not None and (shut := way.shut(moment)):
        raise Conflict(_("This channel lets nobody write to the customer now. Choose another way."), code=shut)
    _affordable(way, said.text, now)
    [message] = tickets.say_many(actor, said=[_message(actor, ticket, said, way, moment)], now=now)
    post.queue(ticket, message, automatic=False, way=way)
    if way and way.talk:
        talks.turn_to(way.talk, ticket)
    promises.told(actor, ticket=ticket, items=said.told, now=now)
    if said.qualified:
        promises.answered(actor, ticket=ticket, speaker=_speaker(actor), at=moment, now=now)
        if ticket.first_response_at is None or moment < ticket.first_response_at:  # the latter: recorded late
            ticket.first_response_at = moment
            tickets.touch(ticket, ["first_response_at"], now=now)
        if said.then != "resolve":
            promises.update_promised(actor, ticket=ticket, at=moment, now=now)
    _then(actor, ticket, said.then, moment, now)
    return message


def _message(actor: Actor, ticket: Ticket, said: Said, way: Way | None, at: datetime) -> NewMessage:
    return NewMessage(
        ticket=ticket.pk, author=Author.BOT if actor.kind == "bot" else Author.STAFF, text=said.text.strip(),
        via=way.via if way else ticket.via, qualified=said.qualified,
        staff=actor.id if actor.kind == "staff" else None, files=said.files, at=at,
    )  # fmt: skip


def _affordable(way: Way | None, text: str, now: datetime) -> None:
    """Refuses an SMS for which the company's budget has no room: there may be another way, and the writer knows it."""
    channel = way.channel if way and way.via == Via.SMS else None
    if channel is None:
        return
    caps = rules.at(revisions.current()).caps
    if not budget.has_room(caps, channel=channel, text=text, now=now):
        raise Conflict(_("The budget for SMS is used up. Answer by another way."), code="sms_budget")


def _speaker(actor: Actor) -> str:
    return "bot" if actor.kind == "bot" else "person"


def _then(actor: Actor, ticket: Ticket, then: str, at: datetime, now: datetime) -> None:
    if then == "resolve" and ticket.is_open:
        closing.resolve_locked(actor, ticket=ticket, at=at, now=now)
    elif then == "wait" and ticket.is_open:
        closing.pause_locked(actor, ticket=ticket, reason="waiting_customer", at=at, now=now)
    elif ticket.status == Status.NEW:
        tickets.set_status(actor, ticket=ticket, status=Status.OPEN, at=at, now=now)


def refuse_unusable(said: Said) -> None:
    """Invalid for an answer without words, or with an unknown sequel."""
    if not said.text.strip() and not said.files:
        raise Invalid(_("Write something first."), fields={"text": _("Write something first.")})
    if said.then not in AFTER:
        raise Invalid(_("Choose what happens after the reply."), fields={"then": _("Unknown choice.")})


def note(actor: Actor, *, ticket_id: int, text: str, files: Sequence[NewFile] = (), now: datetime) -> Message:
    """An internal note; the customer never sees it and no clock cares. Colleagues named with @ are told."""
    with work.unit():
        return note_within(actor, ticket_id=ticket_id, text=text, files=files, now=now)


def note_within(
    actor: Actor, *, ticket_id: int, text: str, files: Sequence[NewFile] = (), now: datetime
) -> Message:  # fmt: skip
    """As `note`, inside the caller's unit of work."""
    if not text.strip() and not files:
        raise Invalid(_("Write something first."), fields={"text": _("Write something first.")})
    ticket = queries.lock_for(actor, ticket_id, may="ticket.note")
    message = note_locked(actor, ticket=ticket, text=mentioning.coded(text, ticket), files=files, now=now)
    mentioning.tell(actor, ticket, message, now=now)
    reactions.changed([ticket.pk])
    return message


def note_locked(
    actor: Actor, *, ticket: Ticket, text: str, files: Sequence[NewFile] = (), now: datetime
) -> Message:  # fmt: skip
    """As `note`, inside the caller's transaction."""
    said = NewMessage(
        ticket=ticket.pk, author=Author.STAFF, text=text.strip(), via=ticket.via, public=False,
        staff=actor.id if actor.kind == "staff" else None, files=tuple(files),
    )  # fmt: skip
    [message] = tickets.say_many(actor, said=[said], now=now)
    return message


def no_reply_needed(actor: Actor, *, ticket_id: int, now: datetime) -> Ticket:
    """The customer's last words ask for nothing ("thanks"): the reply clocks end with that reason."""
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.reply")
        promises.no_reply_needed(actor, ticket=ticket, reason="no_reply_needed", now=now)
        reactions.changed([ticket.pk])
    return ticket
