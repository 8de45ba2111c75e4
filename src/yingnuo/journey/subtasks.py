"""What do teams ask of each other for a ticket, who hears of it, and when does the ticket go on?

asked ── accept ──> in work ── done ──> the ticket's holder is told; a ticket that waited for it wakes
  └── question ──> asked back ── answer ──┘      refuse, withdraw: likewise, with the reason
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from yingnuo.alerts.recipients import Situation
from yingnuo.journey import closing, reactions, summons, work
from yingnuo.journey.summons import Summons
from yingnuo.kit import live, revisions
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed
from yingnuo.people.queries import organisation
from yingnuo.people.roles import Actor, require
from yingnuo.promises.models import Promise
from yingnuo.subtasks import queries, services
from yingnuo.subtasks.models import Task, TaskState, Word
from yingnuo.subtasks.services import Wish
from yingnuo.tickets import queries as ticket_queries
from yingnuo.tickets.models import Status, Ticket
from yingnuo.tickets.services import NewFile

WAITING = "waiting_department"
TOPIC = "tasks"


def ask(actor: Actor, *, ticket_id: int, wish: Wish, now: datetime) -> Task:
    """Asks another team, or one of its people, for something; those concerned are told. The ticket may wait for it."""
    _check_whom(wish)
    with work.unit():
        ticket = ticket_queries.lock_for(actor, ticket_id, may="ticket.edit")
        if not ticket.is_open:
            raise Conflict(_("The ticket is closed; reopen it first."), code="ticket_closed")
        word = services.ask(actor, ticket=ticket, wish=wish, now=now)
        if wish.waits:
            require(actor, "ticket.pause")
            closing.pause_locked(actor, ticket=ticket, reason=WAITING, at=now, now=now)
        _tell_asked(actor, word, "task_asked", now)
        _changed(word.task)
    return word.task


def _check_whom(wish: Wish) -> None:
    org = organisation.at(revisions.current())
    if wish.team not in org.teams:
        raise Invalid(_("Choose a team."), fields={"holder": _("Choose from the list.")})
    if wish.staff is not None and wish.staff not in org.members.get(wish.team, ()):
        raise Invalid(_("There is no such person."), fields={"holder": _("Choose from the list.")})


def accept(actor: Actor, *, task_id: int, now: datetime) -> Task:
    """Somebody of the asked team takes the task."""
    with _locked(actor, task_id, _asked_side) as task:
        services.accept(actor, task=task, now=now)
    return task


def pass_on(actor: Actor, *, task_id: int, team: int, staff: int | None, text: str, now: datetime) -> Task:
    """Either side gives the task to another team or person, or back to the team; they are told, the clock runs on."""
    _check_whom(Wish("", "", team, staff))
    with _locked(actor, task_id, _either_side) as task:
        word = services.pass_on(actor, task=task, team=team, staff=staff, text=text, now=now)
        _tell_asked(actor, word, "task_passed_on", now)
    return task


def _either_side(actor: Actor, task: Task) -> None:
    if not queries.works_on(actor, task):
        _asking_side(actor, task)
    require(actor, "ticket.note")


def question(actor: Actor, *, task_id: int, text: str, files: Sequence[NewFile] = (), now: datetime) -> Task:
    """The asked team asks back; the ticket's holder is told."""
    with _locked(actor, task_id, _asked_side) as task:
        word = services.question(actor, task=task, text=text, files=files, now=now)
        _tell_asker(word, "task_question", now)
    return task


def answer(actor: Actor, *, task_id: int, text: str, files: Sequence[NewFile] = (), now: datetime) -> Task:
    """Whoever sees the ticket answers; the asked team is told and its clock runs again."""
    with _locked(actor, task_id, _asking_side) as task:
        word = services.answer(actor, task=task, text=text, files=files, now=now)
        _tell_asked(actor, word, "task_answered", now)
    return task


def done(actor: Actor, *, task_id: int, text: str, files: Sequence[NewFile] = (), now: datetime) -> Task:
    """It is done, in time or late: the ticket's holder is told, and a ticket that waited for it alone goes on."""
    return _ended(actor, task_id, TaskState.DONE, text, files, now)


def refuse(actor: Actor, *, task_id: int, text: str, files: Sequence[NewFile] = (), now: datetime) -> Task:
    """The asked team will not do it and says why."""
    return _ended(actor, task_id, TaskState.REFUSED, text, files, now)


def _ended(
    actor: Actor, task_id: int, state: TaskState, text: str, files: Sequence[NewFile], now: datetime
) -> Task:  # fmt: skip
    with _locked(actor, task_id, _asked_side) as task:
        word = services.end(actor, task=task, state=state, text=text, files=files, now=now)
        _wake(actor, task, now)
        _tell_asker(word, f"task_{state}", now)
    return task


def withdraw(actor: Actor, *, task_id: int, text: str = "", now: datetime) -> Task:
    """It is not needed any more; the asked team is told."""
    with _locked(actor, task_id, _asking_side) as task:
        word = services.end(actor, task=task, state=TaskState.WITHDRAWN, text=text, reason="asker", now=now)
        _wake(actor, task, now)
        _tell_asked(actor, word, "task_withdrawn", now)
    return task


@contextmanager
def _locked(actor: Actor, task_id: int, check: Callable[[Actor, Task], None]) -> Iterator[Task]:
    """A task in sight with its ticket, both locked, inside one unit of work; open pages hear of it at the end."""
    with work.unit():
        seen = queries.get_for(actor, task_id)
        ticket = Ticket.objects.select_for_update(of=("self",)).select_related("contact").get(pk=seen.ticket_id)
        task = Task.objects.select_for_update(of=("self",)).select_related("promise").get(pk=task_id)
        task.ticket = ticket
        check(actor, task)
        yield task
        _changed(task)


def _asked_side(actor: Actor, task: Task) -> None:
    require(actor, "ticket.note")
    if not queries.works_on(actor, task):
        raise NotAllowed(_("Only the team that was asked does this."), code="not_asked", verb="ticket.note")


def _asking_side(actor: Actor, task: Task) -> None:
    require(actor, "ticket.edit")
    if not queries.stands_for(actor, task.ticket):
        raise NotAllowed(_("Only those who handle the ticket do this."), code="not_asking", verb="ticket.edit")


def _wake(actor: Actor, task: Task, now: datetime) -> None:
    """A ticket that waited for this task goes on, unless another one it waits for is open."""
    ticket = task.ticket
    waited = ticket.status == Status.WAITING and ticket.waiting_for == WAITING
    if waited and task.waits and not Task.objects.filter(ticket=ticket, waits=True, ended_at=None).exists():
        closing.resume_locked(actor, ticket=ticket, at=now, now=now)


def _tell_asked(actor: Actor, word: Word, reason: str, now: datetime) -> None:
    task = word.task
    if task.staff_id != actor.id or actor.kind != "staff":
        _tell(word, reason, _situation(task, task.team_id, task.staff_id), now)


def _tell_asker(word: Word, reason: str, now: datetime) -> None:
    ticket = word.task.ticket
    _tell(word, reason, _situation(word.task, ticket.team_id, ticket.agent_id), now)


def _situation(task: Task, team: int | None, staff: int | None) -> Situation:
    ticket = task.ticket
    return Situation(task.promise_id, ticket.pk, ticket.kind, ticket.product_line, team, staff)


def _tell(word: Word, reason: str, situation: Situation, now: datetime) -> None:
    promise = Promise.objects.get(pk=word.task.promise_id)
    what = Summons(reason, f"task-{word.pk}", ("holder",), ("in_app", "mail"))
    summons.send(word.task.ticket, promise, what, situation=situation, now=now)


def _changed(task: Task) -> None:
    reactions.changed([task.ticket_id])
    live.publish_all([(TOPIC, ""), (f"task:{task.pk}", task.pk)])
