"""How does a task come to be, go on and end? The only writer of its tables.

The caller holds the transaction and the ticket's row lock; `journey.subtasks` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from yingnuo.engine.clock import MarkKind
from yingnuo.kit import texts
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry, Value
from yingnuo.people.roles import Actor
from yingnuo.promises import owed_tasks
from yingnuo.subtasks.models import Sight, Task, TaskFile, TaskState, Word
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Ticket
from yingnuo.tickets.services import NewFile

LONGEST = 10_000
LONGEST_SUBJECT = 120


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of whom. `wanted` None: as the standard says for that team. `staff`: one of its people."""

    subject: str
    text: str
    team: int
    staff: int | None = None
    wanted: datetime | None = None
    sight: str = Sight.TICKET
    waits: bool = False
    files: tuple[NewFile, ...] = ()


def ask(actor: Actor, *, ticket: Ticket, wish: Wish, now: datetime) -> Word:
    """A task for another team with its clock; Invalid where neither a moment nor the standard says by when."""
    subject, text = " ".join(texts.keepable(wish.subject).split()), tidy(wish.text)
    if not 0 < len(subject) <= LONGEST_SUBJECT:
        raise Invalid(_("A subject has 1 to 120 characters."), fields={"subject": _("1 to 120 characters.")})
    if wish.sight not in Sight.values:
        raise Invalid(_("This value cannot be used."), fields={"sight": _("Choose from the list.")})
    if wish.wanted is not None and wish.wanted <= now:
        raise Invalid(_("Choose a moment in the future."), fields={"wanted": _("Choose a moment in the future.")})
    terms = owed_tasks.terms_for(ticket, team=wish.team, wanted=wish.wanted, now=now)
    if terms is None:
        problem = _("The standard names no time for this team. Say by when you need it.")
        raise Invalid(problem, fields={"wanted": problem}, code="no_target")
    promise = owed_tasks.give(actor, ticket=ticket, terms=terms, team=wish.team, staff=wish.staff, now=now)
    task = Task.objects.create(
        ticket=ticket, subject=subject, team_id=wish.team, staff_id=wish.staff, asked_by_id=person(actor), asked_at=now,
        promise=promise, sight=wish.sight, waits=wish.waits,
    )  # fmt: skip
    due = promise.due_at.isoformat() if promise.due_at else None
    _record(actor, task, Code.TASK_ASKED, now, team=wish.team, agent=wish.staff, due=due)
    return say(actor, task=task, kind=TaskState.ASKED, text=text, files=wish.files, now=now)


def say(
    actor: Actor, *, task: Task, kind: str, text: str, files: Sequence[NewFile] = (), now: datetime
) -> Word:  # fmt: skip
    """Writes words of a task down with their files."""
    word = Word.objects.create(task=task, kind=kind, staff_id=person(actor), text=text, at=now)
    rows = []
    for f in files:
        sha256, path = tickets.keep(f.data)
        rows.append(TaskFile(
            word=word, name=texts.keepable(f.name)[:200] or "file", size=len(f.data), sha256=sha256, path=path,
            content_type=texts.keepable(f.content_type)[:120],
        ))  # fmt: skip
    TaskFile.objects.bulk_create(rows)
    return word


def accept(actor: Actor, *, task: Task, now: datetime) -> Word:
    """Somebody of the team takes the task, also from a colleague who has it."""
    _refuse_ended(task)
    if person(actor) is None:
        raise NotAllowed(_("Only a token that acts for a member of staff can do this."), code="acts_for_nobody")
    if task.staff_id == actor.id and task.accepted_at is not None:
        raise Conflict(_("The task is yours already."), code="task_yours")
    task.staff_id, task.accepted_at = actor.id, task.accepted_at or now
    if task.state == TaskState.ASKED:
        task.state = TaskState.ACCEPTED
    task.save(update_fields=["staff", "accepted_at", "state"])
    owed_tasks.held_by(task.promise_id, staff=actor.id)
    _record(actor, task, Code.TASK_ACCEPTED, now, agent=actor.id)
    return say(actor, task=task, kind=TaskState.ACCEPTED, text="", now=now)


def pass_on(actor: Actor, *, task: Task, team: int, staff: int | None, text: str, now: datetime) -> Word:
    """It goes to another team or person, or back to the team for whoever is free, with the reason.

    Whoever asked waits no longer for that: the due moment stays, and a breach is of those who have it then.
    """
    _refuse_ended(task)
    if (task.team_id, task.staff_id) == (team, staff):
        raise Conflict(_("The task is with them already."), code="task_theirs")
    text = tidy(text)
    task.team_id, task.staff_id, task.accepted_at = team, staff, None
    if task.state == TaskState.ACCEPTED:
        task.state = TaskState.ASKED
    task.save(update_fields=["team", "staff", "accepted_at", "state"])
    owed_tasks.held_by(task.promise_id, team=team, staff=staff)
    _record(actor, task, Code.TASK_PASSED_ON, now, team=team, agent=staff, why=text[:200])
    return say(actor, task=task, kind="passed_on", text=text, now=now)


def question(actor: Actor, *, task: Task, text: str, files: Sequence[NewFile] = (), now: datetime) -> Word:
    """The team asks back; its clock stands still until the answer where its terms allow that."""
    _refuse_ended(task)
    if task.state == TaskState.QUESTION:
        raise Conflict(_("A question waits for its answer already."), code="question_open")
    text = tidy(text)
    _move(task, TaskState.QUESTION)
    _mark(actor, task, MarkKind.PAUSED, owed_tasks.QUESTION, now)
    _record(actor, task, Code.TASK_QUESTION, now)
    return say(actor, task=task, kind=TaskState.QUESTION, text=text, files=files, now=now)


def answer(actor: Actor, *, task: Task, text: str, files: Sequence[NewFile] = (), now: datetime) -> Word:
    """Whoever asked answers the question: the clock runs again."""
    _refuse_ended(task)
    if task.state != TaskState.QUESTION:
        raise Conflict(_("No question waits for an answer."), code="no_question")
    text = tidy(text)
    _move(task, TaskState.ACCEPTED if task.accepted_at else TaskState.ASKED)
    _mark(actor, task, MarkKind.RESUMED, owed_tasks.QUESTION, now)
    _record(actor, task, Code.TASK_ANSWERED, now)
    return say(actor, task=task, kind="answer", text=text, files=files, now=now)


_ENDS = {
    TaskState.DONE: (Code.TASK_DONE, MarkKind.MET), TaskState.REFUSED: (Code.TASK_REFUSED, MarkKind.CANCELLED),
    TaskState.WITHDRAWN: (Code.TASK_WITHDRAWN, MarkKind.CANCELLED),
}  # fmt: skip


def end(
    actor: Actor, *, task: Task, state: TaskState, text: str, reason: str = "", files: Sequence[NewFile] = (),
    now: datetime,
) -> Word:  # fmt: skip
    """The task is done, refused or withdrawn; a refusal says why. `reason` is a code: why it is not needed any more."""
    _refuse_ended(task)
    text = tidy(text, needed=state == TaskState.REFUSED)
    code, kind = _ENDS[state]
    if task.state == TaskState.QUESTION:
        _mark(actor, task, MarkKind.RESUMED, owed_tasks.QUESTION, now)
    if state == TaskState.DONE and task.staff_id is None and person(actor):
        task.staff_id = person(actor)
        owed_tasks.held_by(task.promise_id, staff=actor.id)
    task.state, task.ended_at = state, now
    task.save(update_fields=["state", "ended_at", "staff"])
    _mark(actor, task, kind, "" if kind is MarkKind.MET else f"task_{state}", now)
    _record(actor, task, code, now, **({"reason": reason} if state == TaskState.WITHDRAWN else {}))
    return say(actor, task=task, kind=state, text=text, files=files, now=now)


def ticket_closed(actor: Actor, *, ticket: Ticket, now: datetime) -> None:
    """Its ticket was closed without a solution: what was asked for it is not needed any more."""
    for task in Task.objects.select_for_update(of=("self",)).filter(ticket=ticket, ended_at=None).order_by("pk"):
        task.ticket = ticket
        end(actor, task=task, state=TaskState.WITHDRAWN, text="", reason="closed", now=now)


def merged(actor: Actor, *, ticket: Ticket, absorbed: Ticket, now: datetime) -> None:
    """What was asked for a ticket that is absorbed is asked for this one; the clocks run on."""
    rows = list(Task.objects.select_for_update(of=("self",)).filter(ticket=absorbed, ended_at=None).order_by("pk"))
    if rows:
        Task.objects.filter(pk__in=[t.pk for t in rows]).update(ticket=ticket)
        owed_tasks.moved([t.promise_id for t in rows], ticket=ticket)
        moved = [_entry(t, ticket.pk, Code.TASK_MOVED, {"from": absorbed.pk}) for t in rows]
        ledger.record(actor, moved, now=now)


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


def _refuse_ended(task: Task) -> None:
    if task.ended_at is not None:
        raise Conflict(_("The task has ended already."), code="task_ended")


def _move(task: Task, state: TaskState) -> None:
    task.state = state
    task.save(update_fields=["state"])


def _mark(actor: Actor, task: Task, kind: MarkKind, reason: str, now: datetime) -> None:
    owed_tasks.mark(actor, ticket=task.ticket, promise=task.promise_id, kind=kind, reason=reason, now=now)


def _record(actor: Actor, task: Task, code: Code, now: datetime, **more: Value) -> None:
    ledger.record(actor, [_entry(task, task.ticket_id, code, more)], now=now)


def _entry(task: Task, ticket: int, code: Code, more: dict[str, Value]) -> Entry:
    return Entry(code, ticket, f"task:{task.pk}", {"task": task.pk, "name": task.subject, **more})
