"""How does a ticket come to rest and, if need be, up again: waiting, resolved, closed, reopened?"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from yingnuo.approvals import guards
from yingnuo.approvals import services as approvals
from yingnuo.checklists import services as checklists
from yingnuo.journey import linking, reactions, work
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.people.roles import Actor
from yingnuo.promises import services as promises
from yingnuo.subtasks import services as subtasks
from yingnuo.tickets import fields, queries
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Status, Ticket

PAUSE_REASONS = {
    "waiting_customer": _("waiting for the customer"),
    "waiting_parts": _("waiting for parts"),
    "waiting_supplier": _("waiting for a supplier"),
    "waiting_department": _("waiting for another department"),
    "appointment": _("agreed appointment"),
    "force_majeure": _("force majeure"),
}


def pause(actor: Actor, *, ticket_id: int, reason: str, now: datetime) -> Ticket:
    """Work waits for a listed reason; which clocks stand still is for their terms to say."""
    if reason not in PAUSE_REASONS:
        raise Invalid(_("Choose a reason from the list."), fields={"reason": _("Choose a reason from the list.")})
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.pause")
        if not ticket.is_open:
            raise Conflict(_("The ticket is closed; reopen it first."), code="ticket_closed")
        pause_locked(actor, ticket=ticket, reason=reason, at=now, now=now)
        reactions.changed([ticket.pk])
    return ticket


def pause_locked(actor: Actor, *, ticket: Ticket, reason: str, at: datetime, now: datetime) -> None:
    """As `pause`, inside the caller's transaction; another reason in force ends first."""
    if ticket.status == Status.WAITING and ticket.waiting_for != reason:
        # by its name: in one second a resume without one would end the new pause too
        promises.resumed(actor, ticket=ticket, reason=ticket.waiting_for, at=at, now=now)
    if tickets.set_status(actor, ticket=ticket, status=Status.WAITING, reason=reason, at=at, now=now):
        promises.paused(actor, ticket=ticket, reason=reason, at=at, now=now)


def resume(actor: Actor, *, ticket_id: int, now: datetime) -> Ticket:
    """The reason is gone: clocks run again."""
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.pause")
        if ticket.status != Status.WAITING:
            raise Conflict(_("The ticket is not waiting."), code="not_waiting")
        resume_locked(actor, ticket=ticket, at=now, now=now)
        reactions.changed([ticket.pk])
    return ticket


def resume_locked(actor: Actor, *, ticket: Ticket, at: datetime, now: datetime) -> None:
    """As `resume`, inside the caller's transaction."""
    tickets.set_status(actor, ticket=ticket, status=Status.OPEN, at=at, now=now)
    promises.resumed(actor, ticket=ticket, at=at, now=now)


def resolve(actor: Actor, *, ticket_id: int, now: datetime) -> Ticket:
    """The matter is solved as we see it; the customer may disagree."""
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.resolve")
        if not ticket.is_open:
            raise Conflict(_("The ticket is resolved already."), code="already_resolved")
        resolve_locked(actor, ticket=ticket, at=now, now=now)
        reactions.freed(ticket)
    return ticket


def resolve_locked(actor: Actor, *, ticket: Ticket, at: datetime, now: datetime) -> None:
    """As `resolve`, inside the caller's transaction; what nobody asks for is recorded as solved with steps open."""
    guards.refuse_resolving(ticket)
    if actor.kind in ("staff", "token"):
        checklists.refuse_open(actor, ticket=ticket)
    else:
        checklists.left_open(actor, ticket=ticket, now=now)
    fields.refuse_unready(actor, ticket=ticket)
    tickets.set_status(actor, ticket=ticket, status=Status.RESOLVED, at=at, now=now)
    promises.resolved(actor, ticket=ticket, at=at, now=now)
    linking.came_to_rest(actor, ticket=ticket, now=now)


def close(actor: Actor, *, ticket_id: int, reason: str, now: datetime) -> Ticket:
    """Nothing more is owed. An unsolved ticket needs a reason (spam, withdrawn …); its promises end with it."""
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.close")
        if ticket.is_open and not reason.strip():
            raise Invalid(_("Say why it is closed without a solution."), fields={"reason": _("A reason is needed.")})
        close_locked(actor, ticket=ticket, reason=reason.strip()[:30], at=now, now=now)
        reactions.freed(ticket)
    return ticket


def close_locked(actor: Actor, *, ticket: Ticket, reason: str, at: datetime, now: datetime) -> None:
    """As `close`, inside the caller's transaction."""
    was_open = ticket.is_open
    if was_open:
        subtasks.ticket_closed(actor, ticket=ticket, now=now)
        approvals.ticket_closed(actor, ticket=ticket, now=now)
        promises.cancelled(actor, ticket=ticket, reason=reason or "closed", at=at, now=now)
    tickets.set_status(actor, ticket=ticket, status=Status.CLOSED, reason=reason, at=at, now=now)
    if was_open:
        linking.came_to_rest(actor, ticket=ticket, now=now)


def reopen(actor: Actor, *, ticket_id: int, version: int | None = None, now: datetime) -> Ticket:
    """It is not solved after all; the resolution is owed again, as its terms say.

    Outdated when the ticket is not at `version` any more (None: whichever).
    """
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.reopen", version=version)
        if ticket.is_open:
            raise Conflict(_("The ticket is open already."), code="already_open")
        if ticket.merged_into_id:
            raise Conflict(_("The ticket was merged; go on in the other one."), code="ticket_merged")
        reopen_locked(actor, ticket=ticket, at=now, now=now)
        reactions.changed([ticket.pk])
    return ticket


def reopen_locked(actor: Actor, *, ticket: Ticket, at: datetime, now: datetime) -> None:
    """As `reopen`, inside the caller's transaction."""
    tickets.set_status(actor, ticket=ticket, status=Status.OPEN, at=at, now=now)
    promises.reopened(actor, ticket=ticket, at=at, now=now)
    promises.rederived(actor, ticket=ticket, now=now)
