"""Which tasks are whose, and who may see them?"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import NotAllowed, NotFound
from yingnuo.people.roles import Actor
from yingnuo.subtasks.models import Sight, Task
from yingnuo.tickets.models import Ticket

SCOPES = ("mine", "team", "asked", "all")
STATES = ("open", "question", "ended")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which tasks a list shows. `scope`: mine, team (my teams'), asked (by me), all in sight."""

    scope: str = "mine"
    state: str = "open"
    team: int | None = None
    words: str = ""


def visible_to(actor: Actor) -> QuerySet[Task]:
    """Tasks of tickets in sight, of the actor's teams, and his own."""
    if actor.kind not in ("staff", "token", "system"):
        return Task.objects.none()
    if actor.teams is None:
        return Task.objects.all()
    seen = Q(team_id__in=actor.teams) | Q(ticket__team_id__in=actor.teams)
    own = Q(staff_id=actor.id) | Q(asked_by_id=actor.id) | Q(ticket__agent_id=actor.id)
    return Task.objects.filter(seen | own if actor.kind == "staff" else seen)


def get_for(actor: Actor, pk: int, *, may: str = "ticket.view") -> Task:
    """The task with its ticket and promise; NotFound hides what is out of sight, NotAllowed names the verb."""
    rows = visible_to(actor).select_related("ticket", "ticket__contact", "promise", "team")
    task = rows.defer("ticket__search").filter(pk=pk).first()
    if task is None:
        raise NotFound(_("There is no such task, or it is not yours to see."), code="task_not_found")
    if not actor.may(may):
        raise NotAllowed(_("You may not do this."), code="not_allowed", verb=may)
    return task


def reads(actor: Actor, ticket: int) -> bool:
    """Whether the actor may read a ticket's conversation because his team was asked for a task of it."""
    return visible_to(actor).filter(ticket_id=ticket, sight=Sight.TICKET).exists()


def works_on(actor: Actor, task: Task) -> bool:
    """Whether the actor is of those who were asked."""
    member = actor.teams is None or task.team_id in actor.teams
    return (actor.kind in ("staff", "token") and member) or (actor.kind == "staff" and task.staff_id == actor.id)


def stands_for(actor: Actor, ticket: Ticket) -> bool:
    """Whether the actor is of those who ask: whoever sees the ticket."""
    return actor.sees(team=ticket.team_id, agent=ticket.agent_id, contact=ticket.contact_id)


def listed(actor: Actor, asked: Asked) -> QuerySet[Task]:
    """The tasks of a list, the next due first, those that have ended the newest first."""
    rows = visible_to(actor).filter(_scope(actor, asked.scope)).filter(_state(asked.state))
    if asked.team:
        rows = rows.filter(team_id=asked.team)
    if asked.words:
        rows = rows.filter(subject__icontains=asked.words)
    order = ("-ended_at", "-id") if asked.state == "ended" else (F("promise__due_at").asc(nulls_last=True), "id")
    return rows.select_related("ticket", "promise").defer("ticket__search").order_by(*order)


def _scope(actor: Actor, scope: str) -> Q:
    if scope == "mine":
        return Q(staff_id=actor.id if actor.kind == "staff" else 0)
    if scope == "team":
        return Q() if actor.teams is None else Q(team_id__in=actor.teams)
    return Q(asked_by_id=actor.id if actor.kind == "staff" else 0) if scope == "asked" else Q()


def _state(state: str) -> Q:
    if state == "ended":
        return Q(ended_at__isnull=False)
    return Q(ended_at=None, state="question") if state == "question" else Q(ended_at=None)


#: How many open tasks a row of `tickets_ticket` has, as a column of a list.
OPEN_COUNT = "(SELECT count(*) FROM subtasks_task k WHERE k.ticket_id = tickets_ticket.id AND k.ended_at IS NULL)"
