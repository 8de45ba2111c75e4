"""What does an agent do about calls: dial by a click, say what one was about, wrap up, settle what is owed?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from yingnuo.channels import accounts, registry
from yingnuo.channels.abilities import Phones
from yingnuo.channels.adapters.phones import TOKEN
from yingnuo.channels.contract import ChannelError, File
from yingnuo.channels.models import Channel
from yingnuo.journey import call_tickets, calls, reactions, reply, upkeep, work
from yingnuo.kit import live, revisions, secrets, texts
from yingnuo.kit.errors import Conflict, Invalid, NotFound, Unavailable
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Contact
from yingnuo.people.roles import Actor, require
from yingnuo.telephony import book, callbacks
from yingnuo.telephony import calls as call_rows
from yingnuo.telephony import queries as telephony
from yingnuo.telephony.models import Call, CallbackResult, CallbackTask, CallState, Dialled
from yingnuo.tickets import queries
from yingnuo.tickets.models import Message, Ticket

LATER_AT_MOST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom to call: a customer, about a ticket or for a task (0: none)."""

    contact: int
    ticket: int = 0
    task: int = 0


def dial(actor: Actor, *, wish: Wish, now: datetime) -> Dialled:
    """Has the telephone system call a customer: first the actor's own telephone rings, then the customer's.

    Who may see the customer, or works on a ticket of his, may call him. Invalid without a number or a telephone of
    one's own, Unavailable when the telephone system refuses.
    """
    require(actor, "call.dial")
    contact, task = _callee(actor, wish)
    channel, extension = _own_line(actor)
    with work.unit():
        row = Dialled.objects.create(
            token=f"{TOKEN}{secrets.new_token()[:24]}".replace("_", "x"), channel=channel, staff_id=actor.id,
            number=task.number if task else contact.phone, contact=contact, at=now, task=task,
            ticket_id=wish.ticket or (task.ticket_id if task else None),
        )  # fmt: skip
        entry = Entry(Code.CALL_DIALLED, row.ticket_id or 0, f"contact:{contact.pk}", {"call": row.token})
        ledger.record(actor, [entry], now=now)
    try:
        _adapter(channel).dial(accounts.of(channel), extension=extension, number=row.number, token=row.token)
    except (ChannelError, ValueError) as error:
        Dialled.objects.filter(pk=row.pk).update(problem=str(error)[:120])
        raise Unavailable(
            _("The telephone system does not place the call: %(why)s"), code="dial_failed", why=str(error)[:80]
        ) from error
    return row


def _callee(actor: Actor, wish: Wish) -> tuple[Contact, CallbackTask | None]:
    task = telephony.callbacks(actor).filter(pk=wish.task).first() if wish.task else None
    contact = task.contact if task else Contact.objects.filter(pk=wish.contact).first()
    if contact is None or (wish.task and task is None):
        raise NotFound(_("There is no such customer."), code="contact_not_found")
    if task is None:
        if wish.ticket and queries.get_for(actor, wish.ticket).contact_id != contact.pk:
            raise NotFound(_("There is no such customer."), code="contact_not_found")
        if not wish.ticket:
            require(actor, "customer.view")
        if not contact.phone:
            raise Invalid(_("This customer has no phone number."), fields={"phone": _("Add one first.")})
    return contact, task


def _own_line(actor: Actor) -> tuple[Channel, str]:
    lines = book.lines.at(revisions.current())
    own = dict(lines.own.get(actor.id, ()))
    for channel in Channel.objects.filter(pk__in=own, active=True).order_by("pk"):
        if isinstance(registry.adapter_of(channel.kind), Phones):
            return channel, own[channel.pk]
    raise Invalid(_("No extension is yours: an administrator enters it in the settings."), code="no_extension")


def _adapter(channel: Channel) -> Phones:
    adapter = registry.adapter_of(channel.kind)
    if not isinstance(adapter, Phones):
        raise TypeError(f"{channel.kind} is no telephone system")
    return adapter


def _own_call(actor: Actor, pk: int) -> Call:
    """A call that the actor took or made, locked; his lead may step in."""
    call = call_rows.lock(pk)
    mine = call is not None and call.staff_id == actor.id and actor.kind == "staff"
    if call is None or not (mine or (actor.may("call.listen") and _seen(actor, call))):
        raise NotFound(_("There is no such call."), code="call_not_found")
    return call


def _seen(actor: Actor, call: Call) -> bool:
    return actor.teams is None or call.team_id is None or call.team_id in actor.teams


def wrap_up(actor: Actor, *, call_id: int, words: str = "", now: datetime) -> Call:
    """The agent is done with a call that is over; `words` become an internal note of its ticket."""
    require(actor, "call.take")
    with work.unit():
        call = _own_call(actor, call_id)
        if call.state != CallState.ENDED:
            raise Conflict(_("The call is not over yet."), code="call_going_on")
        if call.wrapped_at is None:
            call_rows.wrap(call, at=now, lines=book.lines.at(revisions.current()), now=now)
        plain = texts.keepable(words).strip()[:20_000]
        if plain and call.ticket_id:
            ticket = queries.lock_for(actor, call.ticket_id, may="ticket.note")
            reply.note_locked(actor, ticket=ticket, text=plain, now=now)
            reactions.changed([ticket.pk])
        live.publish_all([(f"calls:{call.staff_id or 0}", call.pk), (calls.HOTLINE, "")])
    return call


def about(actor: Actor, *, call_id: int, ticket_id: int, now: datetime) -> Call:
    """Says which ticket a call was about; 0: a new one. What the call alone had opened goes into it."""
    require(actor, "call.take")
    with work.unit():
        call = _own_call(actor, call_id)
        if not (call.contact_id and call.answered_at):
            raise Conflict(_("Nobody has talked in this call."), code="call_unanswered")
        left, before = call.ticket_id, call.ticket
        if ticket_id:
            ticket = queries.lock_for(actor, ticket_id, may="ticket.view")
            call.ticket_id = ticket.pk
        else:
            call.ticket_id = call_tickets.opened_anew(call, now=now)
        call.save(update_fields=["ticket"])
        call_tickets.talked(actor, call=call, left=left or 0, now=now)
        live.publish(f"calls:{call.staff_id or 0}", call.pk)
    if before is not None and ticket_id and before.pk != ticket_id and _is_husk(before, call):
        upkeep.merge(actor, ticket_id=ticket_id, absorb_id=before.pk, now=now)
    return call


def _is_husk(ticket: Ticket, call: Call) -> bool:
    """Whether nothing but this call ever was in a ticket."""
    words = Message.objects.filter(ticket=ticket).count()
    others = Call.objects.filter(ticket=ticket).exclude(pk=call.pk).exists()
    fresh = ticket.created_at >= call.began_at and ticket.contact_id == call.contact_id
    return fresh and words <= 1 and not others and ticket.merged_into_id is None


def _task(actor: Actor, pk: int) -> tuple[CallbackTask, Ticket]:
    found = telephony.callbacks(actor).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("Nobody is owed this call any more."), code="callback_not_found")
    ticket = queries.lock_for(actor, found.ticket_id, may="ticket.record")
    task = next((t for t in callbacks.of_ticket(ticket) if t.pk == pk), None)
    if task is None:
        raise NotFound(_("Nobody is owed this call any more."), code="callback_not_found")
    return task, ticket


def reached(actor: Actor, *, task_id: int, words: str = "", now: datetime) -> None:
    """The customer was called from some other telephone and reached: the promise is met."""
    with work.unit():
        task, ticket = _task(actor, task_id)
        call_tickets.called_back(actor, ticket=ticket, tasks=[task], at=now, now=now)
        call_tickets.spoke(actor, ticket, now, now)
        _note(actor, ticket, words, now)


def in_vain(actor: Actor, *, task_id: int, words: str = "", now: datetime) -> None:
    """He was called and did not answer: a little later again."""
    with work.unit():
        task, ticket = _task(actor, task_id)
        callbacks.tried(task, at=now)
        callbacks.hold(task, staff=actor.id)
        params: dict[str, str | int] = {"call": 0, "reason": "", "attempts": task.attempts + 1}
        ledger.record(actor, [Entry(Code.CALL_IN_VAIN, ticket.pk, f"callback:{task.pk}", {**params})], now=now)
        _note(actor, ticket, words, now)


def later(actor: Actor, *, task_id: int, at: datetime, now: datetime) -> None:
    """The customer asked for another moment. The promise stays as it is: pausing it is another deed."""
    if not now < at <= now + LATER_AT_MOST:
        raise Invalid(_("Choose a moment in the future."), fields={"at": _("At most two weeks from now.")})
    with work.unit():
        task, _ticket = _task(actor, task_id)
        CallbackTask.objects.filter(pk=task.pk).update(not_before=at, holder=actor.id)
        live.publish(call_tickets.CALLBACKS)


def give_up(actor: Actor, *, task_id: int, words: str, now: datetime) -> None:
    """He is not called any more; the reason stands in the ticket, and the promise is not met by it."""
    if not words.strip():
        raise Invalid(_("Say why."), fields={"words": _("Say why.")})
    with work.unit():
        task, ticket = _task(actor, task_id)
        callbacks.finish([task], result=CallbackResult.GIVEN_UP, staff=actor.id, at=now)
        entry = Entry(Code.CALLBACK_DONE, ticket.pk, f"callback:{task.pk}", {"result": "given_up"})
        ledger.record(actor, [entry], now=now)
        _note(actor, ticket, words, now)


def _note(actor: Actor, ticket: Ticket, words: str, now: datetime) -> None:
    plain = texts.keepable(words).strip()[:20_000]
    if plain:
        reply.note_locked(actor, ticket=ticket, text=plain, now=now)
    live.publish(call_tickets.CALLBACKS)
    reactions.changed([ticket.pk])


def recording(actor: Actor, *, call_id: int, now: datetime) -> File:
    """A call's recording, with a trace of who listened. Unavailable when the telephone system has it not."""
    require(actor, "call.listen")
    call = Call.objects.select_related("channel").filter(telephony.sight(actor), pk=call_id).first()
    if call is None or not call.recording:
        raise NotFound(_("There is no such recording."), code="recording_not_found")
    try:
        found = _adapter(call.channel).recording(accounts.of(call.channel), call.recording)
    except (ChannelError, ValueError) as error:
        raise Unavailable(_("The recording cannot be had now."), code="recording_away") from error
    with work.unit():
        entry = Entry(Code.CALL_LISTENED, call.ticket_id or 0, f"call:{call.pk}", {"call": call.pk})
        ledger.record(actor, [entry], now=now)
    return found
