"""How does an approval come to be, go on and end? The only writer of its rows.

The caller holds the transaction and the ticket's row lock; `journey.approving` does.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from yingnuo.approvals import choosing, rulebook
from yingnuo.approvals.models import Approval, Said, Seat, State
from yingnuo.approvals.rulebook import Rule, Step
from yingnuo.engine.clock import MarkKind
from yingnuo.kit import revisions, texts
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry, Value
from yingnuo.people.models import Staff
from yingnuo.people.queries import organisation
from yingnuo.people.roles import Actor
from yingnuo.promises import owed_tasks
from yingnuo.tickets.models import Ticket

LONGEST = 10_000
LARGEST = Decimal("9999999999.99")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked: by the template of which code, for how much, and why."""

    template: str
    text: str = ""
    amount: Decimal | None = None


def ask(actor: Actor, *, ticket: Ticket, wish: Wish, now: datetime) -> Said:
    """Asks those of the first step; Invalid where the template is not for this ticket or nobody could decide."""
    rule = rulebook.by_code(wish.template)
    if rule is None or not rule.fits(rulebook.facts_of(ticket)):
        raise Invalid(_("Choose an approval."), fields={"template": _("Choose from the list.")})
    text, amount = tidy(wish.text, needed=False), _amount(rule, wish.amount)
    if Approval.objects.filter(ticket=ticket, template=rule.id, amount=amount, ended_at=None).exists():
        raise Conflict(_("This has been asked for already and waits for a decision."), code="approval_open")
    steps = [s for s in rule.steps if s.above is None or (amount or Decimal(0)) > s.above]
    if not steps:
        raise Invalid(_("For this amount nobody needs to be asked."), fields={"amount": _("Nobody needs to be asked.")})
    asker = person(actor)
    planned = [choosing.seats_for(s, ticket, asker=asker, own=rule.own) for s in steps]
    if not all(planned):
        raise Conflict(_("Nobody could decide this. Ask whoever keeps the settings."), code="nobody_decides")
    promise = owed_tasks.give(
        actor, ticket=ticket, terms=owed_tasks.terms_of_approval(rule.seconds, rule.calendar),
        team=_team_of(planned[0][0], ticket), staff=planned[0][0], now=now,
    )  # fmt: skip
    row = Approval.objects.create(
        ticket=ticket, template_id=rule.id, subject=rule.names[0][:120], amount=amount, asked_by_id=asker, asked_at=now,
        promise=promise, facts=rulebook.copied(rule, ticket), steps=[s.to_spec() for s in steps], own=rule.own,
    )  # fmt: skip
    _sit(row, 0, planned[0])
    due = promise.due_at.isoformat() if promise.due_at else None
    _record(actor, row, Code.APPROVAL_ASKED, now, people=planned[0], due=due)
    return say(actor, approval=row, kind=State.ASKED, text=text, now=now)


def _amount(rule: Rule, given: Decimal | None) -> Decimal | None:
    if not rule.asks_amount:
        return None
    if given is None or not given.is_finite() or not 0 < given <= LARGEST:
        raise Invalid(_("Say how much."), fields={"amount": _("A number above 0.")})
    return given.quantize(Decimal("0.01"))


def _team_of(staff: int, ticket: Ticket) -> int:
    """The team whose clock it is: the approver's own, else one he leads, else the ticket's."""
    org = organisation.at(revisions.current())
    own = Staff.objects.filter(pk=staff).values_list("team_id", flat=True).first()
    led = next((t.id for t in org.teams.values() if t.lead == staff), None)
    found = own or led or ticket.team_id or next(iter(org.teams), None)
    if found is None:
        raise Conflict(_("Nobody could decide this. Ask whoever keeps the settings."), code="nobody_decides")
    return found


def _sit(row: Approval, step: int, people: Collection[int]) -> None:
    Seat.objects.bulk_create([Seat(approval=row, step=step, staff_id=pk) for pk in people])


def decide(
    actor: Actor, *, approval: Approval, seat: Seat, approves: bool, text: str, now: datetime
) -> Said:  # fmt: skip
    """One word in one (locked) seat; the last one that is needed opens the next step or ends the approval."""
    refuse_ended(approval)
    if seat.approves is not None:
        raise Conflict(_("Somebody has decided this already."), code="approval_decided")
    text = tidy(text, needed=not approves)
    seat.approves, seat.by_id, seat.at = approves, actor.id, now
    seat.save(update_fields=["approves", "by", "at"])
    code = Code.APPROVAL_AGREED if approves else Code.APPROVAL_REFUSED
    stood_for = seat.staff_id if seat.staff_id != actor.id else None
    _record(actor, approval, code, now, agent=actor.id, stood_for=stood_for, step=approval.step + 1)
    said = say(
        actor, approval=approval, kind=State.APPROVED if approves else State.DECLINED, text=text, now=now, to=stood_for
    )
    step = rulebook.step_of(approval.steps[approval.step])
    agreed = choosing.verdict(step.need, list(approval.seats.filter(step=approval.step)))
    if agreed is False:
        _end(actor, approval, State.DECLINED, now)
    elif agreed and not _next_step(actor, approval, now):
        _end(actor, approval, State.APPROVED, now)
    return said


def _next_step(actor: Actor, approval: Approval, now: datetime) -> bool:
    """Asks those of the next step; False after the last one."""
    if approval.step + 1 >= len(approval.steps):
        return False
    _resume(actor, approval, now)
    step: Step = rulebook.step_of(approval.steps[approval.step + 1])
    people = choosing.seats_for(step, approval.ticket, asker=approval.asked_by_id, own=approval.own)
    if not people:
        raise Conflict(_("Nobody could decide this. Ask whoever keeps the settings."), code="nobody_decides")
    approval.step += 1
    approval.state = State.ASKED
    approval.save(update_fields=["step", "state"])
    _sit(approval, approval.step, people)
    owed_tasks.held_by(approval.promise_id, team=_team_of(people[0], approval.ticket), staff=people[0])
    _record(actor, approval, Code.APPROVAL_STEP, now, people=people, step=approval.step + 1)
    return True


def question(actor: Actor, *, approval: Approval, text: str, now: datetime) -> Said:
    """Whoever decides asks back; the clock stands still until the answer."""
    refuse_ended(approval)
    if approval.state == State.QUESTION:
        raise Conflict(_("A question waits for its answer already."), code="question_open")
    text = tidy(text)
    _move(approval, State.QUESTION)
    owed_tasks.mark(
        actor, ticket=approval.ticket, promise=approval.promise_id, kind=MarkKind.PAUSED, reason=owed_tasks.QUESTION,
        now=now,
    )  # fmt: skip
    _record(actor, approval, Code.APPROVAL_QUESTION, now)
    return say(actor, approval=approval, kind=State.QUESTION, text=text, now=now)


def answer(actor: Actor, *, approval: Approval, text: str, now: datetime) -> Said:
    """Whoever asked answers the question: the clock runs again."""
    refuse_ended(approval)
    if approval.state != State.QUESTION:
        raise Conflict(_("No question waits for an answer."), code="no_question")
    text = tidy(text)
    _resume(actor, approval, now)
    _move(approval, State.ASKED)
    _record(actor, approval, Code.APPROVAL_ANSWERED, now)
    return say(actor, approval=approval, kind="answer", text=text, now=now)


def withdraw(actor: Actor, *, approval: Approval, text: str, reason: str = "asker", now: datetime) -> Said:
    """It is not needed any more. `reason` is a code: `asker`, or `closed` with its ticket."""
    refuse_ended(approval)
    _end(actor, approval, State.WITHDRAWN, now, reason=reason)
    return say(actor, approval=approval, kind=State.WITHDRAWN, text=tidy(text, needed=False), now=now)


def open_of(ticket: Ticket) -> list[Approval]:
    """The open approvals of a (locked) ticket, locked."""
    rows = list(Approval.objects.select_for_update(of=("self",)).filter(ticket=ticket, ended_at=None).order_by("pk"))
    for row in rows:
        row.ticket = ticket
    return rows


def ticket_closed(actor: Actor, *, ticket: Ticket, now: datetime) -> None:
    """Its ticket was closed without a solution: nothing is left to decide."""
    if rulebook.rules():
        for row in open_of(ticket):
            withdraw(actor, approval=row, text="", reason="closed", now=now)


def merged(actor: Actor, *, ticket: Ticket, absorbed: Ticket, now: datetime) -> None:
    """What was asked or approved for a ticket that is absorbed does not hold for this one: another matter."""
    if rulebook.rules():
        for row in _in_force(absorbed):
            _void(actor, row, "merged", now)


def facts_changed(actor: Actor, *, ticket: Ticket, now: datetime) -> list[Approval]:
    """Makes void, and returns, what was asked or approved for facts that the (locked) ticket has not any more."""
    if not rulebook.rules():
        return []
    return [row for row in _in_force(ticket) if (fact := changed_fact(row, ticket)) and _void(actor, row, fact, now)]


def _in_force(ticket: Ticket) -> list[Approval]:
    states = (State.ASKED, State.QUESTION, State.APPROVED)
    rows = Approval.objects.select_for_update(of=("self",)).filter(ticket=ticket, state__in=states).order_by("pk")
    return [_of(row, ticket) for row in rows]


def _of(row: Approval, ticket: Ticket) -> Approval:
    row.ticket = ticket
    return row


def changed_fact(approval: Approval, ticket: Ticket) -> str:
    """The fact for which it was asked and which is another one now; "" when all are as they were."""
    rule = rulebook.rules().get(approval.template_id or 0)
    if rule is None:
        return ""
    facts = rulebook.copied(rule, ticket)
    return next((name for name, value in approval.facts.items() if facts.get(name, value) != value), "")


def _void(actor: Actor, row: Approval, fact: str, now: datetime) -> bool:
    _end(actor, row, State.VOID, now, fact=fact)
    say(actor, approval=row, kind=State.VOID, text="", now=now)
    return True


def say(
    actor: Actor, *, approval: Approval, kind: str, text: str, to: int | None = None, now: datetime
) -> Said:  # fmt: skip
    """Writes down what was said; `to`: in whose place."""
    return Said.objects.create(
        approval=approval, kind=kind, staff_id=person(actor), staff_for_id=to, text=text, at=now
    )  # fmt: skip


def tidy(text: str, *, needed: bool = True) -> str:
    """Words as they are kept; Invalid where some are needed, or there are too many."""
    kept = texts.keepable(text).strip()
    if needed and not kept:
        raise Invalid(_("Say it in words."), fields={"text": _("Say it in words.")})
    if len(kept) > LONGEST:
        raise Invalid(_("The text is too long."), fields={"text": _("At most 10,000 characters.")})
    return kept


def person(actor: Actor) -> int | None:
    """The member of staff who acts; None for programs and the system."""
    return actor.id if actor.kind == "staff" else None


def needs_person(actor: Actor) -> None:
    """NotAllowed for programs that act for nobody: a decision is somebody's."""
    if person(actor) is None:
        raise NotAllowed(_("Only a token that acts for a member of staff can do this."), code="acts_for_nobody")


def refuse_ended(approval: Approval) -> None:
    """Conflict when it is decided, withdrawn or void."""
    if approval.ended_at is not None:
        raise Conflict(_("This approval has ended already."), code="approval_ended")


_ENDS = {
    State.APPROVED: (Code.APPROVAL_DECIDED, MarkKind.MET), State.DECLINED: (Code.APPROVAL_DECIDED, MarkKind.MET),
    State.WITHDRAWN: (Code.APPROVAL_WITHDRAWN, MarkKind.CANCELLED),
    State.VOID: (Code.APPROVAL_VOID, MarkKind.CANCELLED),
}  # fmt: skip


def _end(actor: Actor, approval: Approval, state: State, now: datetime, **more: Value) -> None:
    code, kind = _ENDS[state]
    if approval.ended_at is None:
        _resume(actor, approval, now)
        reason = "" if kind is MarkKind.MET else f"approval_{state}"
        owed_tasks.mark(actor, ticket=approval.ticket, promise=approval.promise_id, kind=kind, reason=reason, now=now)
    approval.state, approval.ended_at = state, now
    approval.save(update_fields=["state", "ended_at"])
    outcome: dict[str, Value] = {"outcome": state.value} if code == Code.APPROVAL_DECIDED else {}
    _record(actor, approval, code, now, **outcome, **more)


def _resume(actor: Actor, approval: Approval, now: datetime) -> None:
    if approval.state == State.QUESTION:
        owed_tasks.mark(
            actor, ticket=approval.ticket, promise=approval.promise_id, kind=MarkKind.RESUMED,
            reason=owed_tasks.QUESTION, now=now,
        )  # fmt: skip


def _move(approval: Approval, state: State) -> None:
    approval.state = state
    approval.save(update_fields=["state"])


def _record(actor: Actor, row: Approval, code: Code, now: datetime, **more: Value) -> None:
    amount = None if row.amount is None else str(row.amount)
    params: dict[str, Value] = {"approval": row.pk, "name": row.subject, "amount": amount, **more}
    ledger.record(actor, [Entry(code, row.ticket_id, f"approval:{row.pk}", params)], now=now)
