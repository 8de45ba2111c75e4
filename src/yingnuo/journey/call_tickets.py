"""Which ticket does a call belong to, what does it do to that ticket's promises, and who is owed a call?

Inside the unit of work of `journey.calls`, on the call's locked row. Locks come in one order: call, number, ticket,
task. A call joins the ticket for which its number is to be called back, else the only open ticket of its customer, else
it opens one; whoever took the call may move it elsewhere.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import override

from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival
from yingnuo.engine.milestones import Event
from yingnuo.journey import closing, dispatch, intake, reactions, tasks
from yingnuo.journey.incoming import Incoming
from yingnuo.kit import live
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people import services as people
from yingnuo.people.models import Contact, Staff
from yingnuo.people.roles import SYSTEM, Actor
from yingnuo.people.services import Caller
from yingnuo.promises import services as promises
from yingnuo.telephony import callbacks, calls
from yingnuo.telephony.book import Lines
from yingnuo.telephony.models import Call, CallbackResult, CallbackTask, Dialled
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import OPEN_STATUSES, Status, Ticket, Via

CALLBACKS = "callbacks"  # topic of the list of those who are owed a call
_LOCKS = 0x5954  # one number at a time, so that a new caller comes into the books once


def settle_number(call: Call) -> None:
    """One process at a time draws conclusions about a number; until the transaction ends."""
    if call.number:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))::text", [_LOCKS, call.number])


def recognise(call: Call) -> None:
    """Who calls, as far as the books know the number: whoever it rings at sees him before he takes it."""
    if call.contact_id is None and call.number and not call.imported:
        call.contact = Contact.objects.filter(phone=call.number).order_by("-pk").first()


def answered(call: Call, lines: Lines, now: datetime) -> None:
    """A person took it: the ticket is his, its clocks are met as by any answer, and nobody has to call back."""
    ticket = _ticket(call, missed=False, now=now)
    at, staff = call.answered_at or now, call.staff_id
    _give(ticket, call, agent=staff if ticket.agent_id is None or ticket.created_at >= call.began_at else None, now=now)
    actor = _actor(staff)
    if call.queue:
        promises.recorded(SYSTEM, ticket=ticket, deed=Event.CALL_WAITING, at=call.asked_at or at, now=now)
    promises.recorded(actor, ticket=ticket, deed=Event.CALL_ANSWERED, at=at, now=now)
    spoke(actor, ticket, at, now)
    _record(actor, Code.CALL_ANSWERED, call, {"agent": staff or 0, "waited": call.waited}, now)
    _done(actor, [t for t in [callbacks.open_of(call.number)] if t], CallbackResult.ANSWERED, at, now)
    calls_of_before(call, lines, now)
    reactions.changed([ticket.pk])


def missed(call: Call, lines: Lines, now: datetime) -> None:
    """Nobody took it: its customer is owed a call, once however often he tried."""
    ticket = _ticket(call, missed=True, now=now)
    at = call.ended_at or now
    _give(ticket, call, agent=None, now=now)
    if call.queue:
        promises.recorded(SYSTEM, ticket=ticket, deed=Event.CALL_WAITING, at=call.asked_at or at, now=now)
    promises.recorded(SYSTEM, ticket=ticket, deed=Event.CALL_ABANDONED, at=at, now=now)
    promises.recorded(SYSTEM, ticket=ticket, deed=Event.CALLBACK_ASKED, at=at, now=now)
    task = callbacks.owe(number=call.number, contact=ticket.contact, ticket=ticket, queue=call.queue, at=at)
    _record(SYSTEM, Code.CALL_MISSED, call, {"waited": call.waited, "times": task.missed}, now)
    live.publish(CALLBACKS)
    reactions.changed([ticket.pk])


def dialled(call: Call, lines: Lines, now: datetime) -> None:
    """Somebody calls out: whom, and about which ticket, as far as the number tells."""
    task = callbacks.open_of(call.number)
    if call.ticket_id is None:
        call.ticket_id = task.ticket_id if task else _only_open(call.contact)
    if task is not None and call.staff_id:
        callbacks.hold(task, staff=call.staff_id)
        live.publish(CALLBACKS)


def reached(call: Call, lines: Lines, now: datetime) -> None:
    """The customer answered our call: that is an answer, and the call that was owed is made."""
    at, actor = call.answered_at or now, _actor(call.staff_id)
    calls_of_before(call, lines, now)
    ticket = _locked(call.ticket_id)
    if ticket is None:
        return
    called_back(actor, ticket=ticket, tasks=_owed(call, ticket), at=at, now=now)
    spoke(actor, ticket, at, now)
    _record(actor, Code.CALL_REACHED, call, {}, now)
    reactions.changed([ticket.pk])


def in_vain(call: Call, lines: Lines, now: datetime) -> None:
    """The customer did not answer: he is called again later."""
    at = call.ended_at or now
    ticket = _locked(call.ticket_id)
    task = callbacks.open_of(call.number)
    if task is not None:
        callbacks.tried(task, at=at)
        live.publish(CALLBACKS)
    if ticket is not None:
        attempts = task.attempts + 1 if task else 1
        _record(_actor(call.staff_id), Code.CALL_IN_VAIN, call, {"reason": call.reason, "attempts": attempts}, now)
        reactions.changed([ticket.pk])


def called_back(
    actor: Actor, *, ticket: Ticket, tasks: list[CallbackTask], at: datetime, now: datetime
) -> None:  # fmt: skip
    """A customer who was owed a call has been reached: the promise is met by the deed, the task is done.

    A ticket that nobody has yet is whose who called.
    """
    if actor.kind == "staff" and ticket.agent_id is None and ticket.is_open:
        dispatch.assign(SYSTEM, ticket=ticket, team=ticket.team_id, agent=actor.id, now=now)
    promises.recorded(actor, ticket=ticket, deed=Event.CALLED_BACK, at=at, now=now)
    _done(actor, tasks, CallbackResult.REACHED, at, now)


def talked(actor: Actor, *, call: Call, left: int, now: datetime) -> None:
    """Whoever took a call says that it was about this ticket: what was said counts as an answer there."""
    ticket, at = _locked(call.ticket_id), call.answered_at or now
    if ticket is None:
        return
    call.ticket_id = ticket.pk
    spoke(actor, ticket, at, now)
    _record(actor, Code.CALL_MOVED, call, {"from": left}, now)
    reactions.changed([ticket.pk, *([left] if left else [])])


def opened_anew(call: Call, *, now: datetime) -> int:
    """A ticket of its own for a call that had joined another one, given to whoever took it."""
    contact = call.contact or _contact(call, now)
    ticket = _locked(_opened(call, contact, False, now, mark=f":{call.ticket_id}"))
    if ticket is None:
        raise LookupError(f"the ticket of call {call.pk} is gone")
    _give(ticket, call, agent=call.staff_id, now=now)
    return ticket.pk


def made_by_hand(actor: Actor, *, ticket: Ticket, at: datetime, now: datetime) -> None:
    """Somebody says that the customer of a (locked) ticket was called back: nobody has to do it any more."""
    _done(actor, callbacks.of_ticket(ticket), CallbackResult.REACHED, at, now)


def calls_of_before(call: Call, lines: Lines, now: datetime) -> None:
    """Who takes another call is done with what followed the one before."""
    at = call.answered_at
    if at is None or call.staff_id is None:
        return
    for earlier in calls.unwrapped(call.staff_id, now=now):
        if earlier.pk != call.pk and earlier.ended_at and earlier.ended_at <= at:
            calls.wrap(earlier, at=at, lines=lines, now=now)


def _owed(call: Call, ticket: Ticket) -> list[CallbackTask]:
    clicked = Dialled.objects.filter(token=call.external_id).values_list("task", flat=True).first()
    own = [callbacks.open_of(call.number)]
    more = callbacks.of_ticket(ticket) if clicked else []
    return list({t.pk: t for t in [*own, *more] if t}.values())


def _done(actor: Actor, found: list[CallbackTask], result: CallbackResult, at: datetime, now: datetime) -> None:
    if not found:
        return
    callbacks.finish(found, result=result, staff=actor.id if actor.kind == "staff" else None, at=at)
    entries = [Entry(Code.CALLBACK_DONE, t.ticket_id, f"callback:{t.pk}", {"result": result.value}) for t in found]
    ledger.record(actor, entries, now=now)
    live.publish(CALLBACKS)


def spoke(actor: Actor, ticket: Ticket, at: datetime, now: datetime) -> None:
    """A person talked with the customer at `at`: as good an answer as a written one."""
    if not ticket.is_open:
        return
    promises.answered(actor, ticket=ticket, speaker="person", at=at, now=now)
    if ticket.first_response_at is None or at < ticket.first_response_at:
        ticket.first_response_at = at
        tickets.touch(ticket, ["first_response_at"], now=now)
    promises.update_promised(actor, ticket=ticket, at=at, now=now)
    if ticket.status == Status.NEW:
        tickets.set_status(actor, ticket=ticket, status=Status.OPEN, at=at, now=now)
    elif ticket.status == Status.WAITING and ticket.waiting_for == "waiting_customer":
        closing.resume_locked(actor, ticket=ticket, at=at, now=now)


def _give(ticket: Ticket, call: Call, *, agent: int | None, now: datetime) -> None:
    """The ticket of a call goes to who took it; one that nobody took, to the team whose queue it waited in."""
    if not ticket.is_open:
        return
    fresh = ticket.created_at >= call.began_at
    if agent is not None and ticket.agent_id != agent:
        dispatch.assign(SYSTEM, ticket=ticket, team=call.team_id or ticket.team_id, agent=agent, now=now)
    elif fresh and agent is None and call.team_id and call.team_id != ticket.team_id and call.answered_at is None:
        dispatch.assign(SYSTEM, ticket=ticket, team=call.team_id, agent=None, now=now)
        tasks.give_out.defer(team=call.team_id)


def _ticket(call: Call, *, missed: bool, now: datetime) -> Ticket:
    """The call's ticket, locked; the call knows it and its customer from now on."""
    task = callbacks.open_of(call.number)
    contact = call.contact or (task.contact if task else None) or _contact(call, now)
    call.contact = contact
    home = call.ticket_id or (task.ticket_id if task else None) or _only_open(contact)
    call.ticket_id = home or _opened(call, contact, missed, now)
    found = _locked(call.ticket_id)
    if found is None:
        raise LookupError(f"the ticket of call {call.pk} is gone")
    call.ticket_id = found.pk
    return found


def _contact(call: Call, now: datetime) -> Contact:
    handle = "" if call.number else f"call:{call.channel_id}:{call.external_id}"
    name = _hidden(call.number) if call.number else ""  # nobody's number is shown whole for want of a name
    [contact] = people.recognise([Caller(name=name, phone=call.number, handle=handle)], now=now)
    return contact


def _only_open(contact: Contact | None) -> int | None:
    if contact is None:
        return None
    rows = Ticket.objects.filter(contact=contact, status__in=OPEN_STATUSES).order_by("-pk")
    found = list(rows.values_list("pk", flat=True)[:2])
    return found[0] if len(found) == 1 else None


def _opened(call: Call, contact: Contact, missed: bool, now: datetime, *, mark: str = "") -> int:
    at = call.asked_at or call.began_at
    with override(contact.language):
        subject = _subject(call, missed)
    arrival = Arrival(external_id=f"call-{call.pk}{mark}", received_at=at, subject=subject, text=subject)
    raw = accept.draft(call.channel, content=b"", key=f"call:{call.external_id}{mark}", received_at=now)
    incoming = Incoming(raw, arrival, contact)
    [taken] = intake.take_within(SYSTEM, via=Via.PHONE, incoming=[incoming], now=now)
    return taken.ticket or 0


def _subject(call: Call, missed: bool) -> str:
    hidden = _hidden(call.number or call.caller)
    if not hidden:
        return _("Call from a withheld number")
    return (_("Missed call from %(number)s") if missed else _("Call from %(number)s")) % {"number": hidden}


def _hidden(number: str) -> str:
    return f"{number[:-8]}****{number[-4:]}" if len(number) > 9 else number


def _locked(pk: int | None) -> Ticket | None:
    """The ticket that goes on, locked: itself, or the one that absorbed it."""
    while pk is not None:
        rows = Ticket.objects.select_for_update(of=("self",)).select_related("contact", "company")
        ticket = rows.filter(pk=pk).first()
        if ticket is None or ticket.merged_into_id is None:
            return ticket
        pk = ticket.merged_into_id
    return None


def _actor(staff: int | None) -> Actor:
    """Whoever took the call, as the ledger and the promises name him."""
    person = Staff.objects.filter(pk=staff).first() if staff else None
    return Actor("staff", person.pk, person.name, person.role) if person else SYSTEM


def _record(actor: Actor, code: Code, call: Call, params: dict[str, str | int], now: datetime) -> None:
    entry = Entry(code, call.ticket_id or 0, f"call:{call.pk}", {"call": call.pk, **params})
    ledger.record(actor, [entry], now=now)
