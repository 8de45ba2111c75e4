"""How is consent asked for, who gives or refuses it in whose place, and who hears of it?

asked ── approve (one, all or some, step by step) ──> approved: what it guards can be done
  ├── decline, with the reason ──> declined        └── the ticket changes ──> void
  └── question ──> asked back ── answer ──┘         withdraw: not needed any more
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yingnuo.alerts import recipients
from yingnuo.alerts.recipients import Situation
from yingnuo.approvals import choosing, services
from yingnuo.approvals.models import Approval, Said, Seat
from yingnuo.approvals.services import Wish
from yingnuo.journey import dispatch, reactions, summons, work
from yingnuo.journey.summons import Summons
from yingnuo.kit import live, revisions
from yingnuo.kit.errors import Conflict, NotAllowed, NotFound
from yingnuo.people.models import Staff
from yingnuo.people.queries import organisation, persons
from yingnuo.people.roles import Actor, require
from yingnuo.promises.models import Promise
from yingnuo.tickets import queries as ticket_queries
from yingnuo.tickets.models import Ticket

TOPIC = "approvals"
_WAYS = ("in_app", "mail")


def ask(actor: Actor, *, ticket_id: int, wish: Wish, now: datetime) -> Approval:
    """Asks for consent and says why; those who decide are told."""
    services.tidy(wish.text)
    with work.unit():
        ticket = ticket_queries.lock_for(actor, ticket_id, may="ticket.edit")
        approval = ask_locked(actor, ticket=ticket, wish=wish, now=now)
        reactions.changed([ticket.pk])
    return approval


def ask_locked(actor: Actor, *, ticket: Ticket, wish: Wish, now: datetime) -> Approval:
    """As `ask`, inside the caller's transaction."""
    if not ticket.is_open:
        raise Conflict(_("The ticket is closed; reopen it first."), code="ticket_closed")
    said = services.ask(actor, ticket=ticket, wish=wish, now=now)
    _tell_deciders(said, "approval_asked", now)
    _shown(said.approval)
    return said.approval


def decide(
    actor: Actor, *, approval_id: int, step: int, approves: bool, text: str, now: datetime
) -> Approval:  # fmt: skip
    """Somebody's word in the step that he saw; Conflict when another one is being decided by now."""
    services.needs_person(actor)
    with _locked(actor, approval_id, _any, now) as approval:
        services.refuse_ended(approval)
        if approval.step != step:
            raise Conflict(_("Another step is being decided by now. Read it again first."), code="other_step")
        seat = seat_of(actor, approval, now=now)
        if seat is None:
            raise NotAllowed(_("This is for others to decide."), code="not_asked", verb="ticket.note")
        said = services.decide(actor, approval=approval, seat=seat, approves=approves, text=text, now=now)
        if approval.step != step:
            _tell_deciders(said, "approval_asked", now)
        elif not approval.is_open:
            _tell_asker(said, f"approval_{approval.state}", now)
    return approval


def question(actor: Actor, *, approval_id: int, text: str, now: datetime) -> Approval:
    """Whoever decides asks back; whoever asked is told."""
    services.needs_person(actor)
    with _locked(actor, approval_id, _any, now) as approval:
        if seat_of(actor, approval, now=now) is None:
            raise NotAllowed(_("This is for others to decide."), code="not_asked", verb="ticket.note")
        said = services.question(actor, approval=approval, text=text, now=now)
        _tell_asker(said, "approval_question", now)
    return approval


def answer(actor: Actor, *, approval_id: int, text: str, now: datetime) -> Approval:
    """The asking side answers; those who decide are told and their clock runs again."""
    with _locked(actor, approval_id, _asking_side, now) as approval:
        said = services.answer(actor, approval=approval, text=text, now=now)
        _tell_deciders(said, "approval_answered", now)
    return approval


def withdraw(actor: Actor, *, approval_id: int, text: str = "", now: datetime) -> Approval:
    """It is not needed any more; those who would have decided are told."""
    with _locked(actor, approval_id, _asking_side, now) as approval:
        said = services.withdraw(actor, approval=approval, text=text, now=now)
        _tell_deciders(said, "approval_withdrawn", now)
    return approval


def facts_changed(actor: Actor, *, ticket: Ticket, now: datetime) -> None:
    """What was asked or approved for facts that the (locked) ticket has not any more is void; whoever asked hears."""
    for approval in services.facts_changed(actor, ticket=ticket, now=now):
        said = approval.words.latest("pk")
        said.approval = approval
        _tell_asker(said, "approval_void", now)
        _shown(approval)


@contextmanager
def _locked(
    actor: Actor, pk: int, check: Callable[[Actor, Approval], None], now: datetime
) -> Iterator[Approval]:  # fmt: skip
    """An approval in sight with its ticket, both locked, inside one unit of work; open pages hear of it at the end."""
    with work.unit():
        seen = get_for(actor, pk, now=now)
        ticket = Ticket.objects.select_for_update(of=("self",)).select_related("contact").get(pk=seen.ticket_id)
        approval = Approval.objects.select_for_update(of=("self",)).select_related("promise").get(pk=pk)
        approval.ticket = ticket
        check(actor, approval)
        yield approval
        reactions.changed([ticket.pk])
        _shown(approval)


def _any(actor: Actor, approval: Approval) -> None:
    require(actor, "ticket.note")


def _asking_side(actor: Actor, approval: Approval) -> None:
    require(actor, "ticket.edit")
    if not stands_for(actor, approval):
        raise NotAllowed(_("Only those who handle the ticket do this."), code="not_asking", verb="ticket.edit")


def stands_for(actor: Actor, approval: Approval) -> bool:
    """Whether the actor is of those who ask: whoever asked, and whoever sees the ticket."""
    t = approval.ticket
    mine = actor.kind == "staff" and approval.asked_by_id == actor.id
    return mine or actor.sees(team=t.team_id, agent=t.agent_id, contact=t.contact_id)


def stood_in_for(actor: Actor, *, now: datetime) -> set[int]:
    """For whom the actor decides: for himself, and for colleagues who are away and whose deputy he is."""
    if actor.kind != "staff":
        return set()
    deputised = set(Staff.objects.filter(deputy=actor.id, active=True).values_list("pk", flat=True))
    if not deputised:
        return {actor.id}
    on_shift, people = dispatch.on_shift(revisions.current(), now), persons(deputised, now=now)
    return {actor.id} | {pk for pk in deputised if not recipients.available(people[pk], on_shift)}


def to_decide(actor: Actor, *, now: datetime) -> QuerySet[Seat]:
    """The empty seats in which the actor may decide: his, those he stands in for, and late ones below him."""
    if actor.kind != "staff":
        return Seat.objects.none()
    late = choosing.below(actor.id, organisation.at(revisions.current()))
    mine = Q(staff__in=stood_in_for(actor, now=now)) | Q(staff__in=late, approval__promise__due_at__lte=now)
    own = Q(approval__asked_by=actor.id, approval__own=False)
    return Seat.objects.filter(mine, approves=None, approval__ended_at=None).exclude(own)


def seat_of(actor: Actor, approval: Approval, *, now: datetime) -> Seat | None:
    """The seat in which the actor may decide now, his own first; None where he may not."""
    seats = list(to_decide(actor, now=now).filter(approval=approval, step=approval.step).order_by("pk"))
    return next((s for s in seats if s.staff_id == actor.id), seats[0] if seats else None)


def visible_to(actor: Actor, *, now: datetime) -> QuerySet[Approval]:
    """Approvals of tickets in sight, those the actor asked for, and those he decides or decided."""
    if actor.kind not in ("staff", "token", "system"):
        return Approval.objects.none()
    if actor.teams is None:
        return Approval.objects.all()
    seen = Q(ticket__team_id__in=actor.teams)
    if actor.kind != "staff":
        return Approval.objects.filter(seen)
    at = Seat.objects.filter(approval=OuterRef("pk"))
    sits = Exists(at.filter(Q(staff=actor.id) | Q(by=actor.id))) | Exists(
        to_decide(actor, now=now).filter(approval=OuterRef("pk"))
    )
    own = Q(asked_by=actor.id) | Q(ticket__agent=actor.id)
    return Approval.objects.filter(seen | own | Q(sits))


def get_for(actor: Actor, pk: int, *, now: datetime) -> Approval:
    """The approval with its ticket and clock; NotFound hides what is out of sight."""
    require(actor, "ticket.view")
    rows = visible_to(actor, now=now).select_related("ticket", "ticket__contact", "promise")
    found = rows.defer("ticket__search").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such approval, or it is not yours to see."), code="approval_not_found")
    return found


def _tell_deciders(said: Said, reason: str, now: datetime) -> None:
    """Each of the open step by himself: who is away is stood in for by his deputy."""
    approval = said.approval
    for seat in approval.seats.filter(step=approval.step, approves=None).exclude(staff=said.staff_id):
        _tell(said, reason, seat.staff_id, approval.promise.team_id, now)


def _tell_asker(said: Said, reason: str, now: datetime) -> None:
    """Whoever asked, else the ticket's holder."""
    approval, ticket = said.approval, said.approval.ticket
    asker = approval.asked_by_id or ticket.agent_id
    if asker is None or asker != said.staff_id:
        _tell(said, reason, asker, ticket.team_id, now)


def _tell(said: Said, reason: str, staff: int | None, team: int | None, now: datetime) -> None:
    ticket = said.approval.ticket
    promise = Promise.objects.get(pk=said.approval.promise_id)
    situation = Situation(promise.pk, ticket.pk, ticket.kind, ticket.product_line, team, staff)
    what = Summons(reason, f"approval-{said.pk}-{staff or 0}", ("holder",), _WAYS)
    summons.send(ticket, promise, what, situation=situation, now=now)


def _shown(approval: Approval) -> None:
    live.publish_all([(TOPIC, ""), (f"approval:{approval.pk}", approval.pk)])
