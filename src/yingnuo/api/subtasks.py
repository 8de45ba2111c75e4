"""What can a program do about tasks: ask another team, follow, take, ask back, answer, finish, refuse, withdraw?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints

from yingnuo.api import render
from yingnuo.api.asked import AssignIn, Body, Cursor, FileIn, PathId, without_nul
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked, staff_of
from yingnuo.api.told import Answer, PersonOut, TeamOut
from yingnuo.api.work import chosen
from yingnuo.journey import subtasks
from yingnuo.kit import instants, pages, revisions
from yingnuo.people.queries import Organisation, organisation
from yingnuo.people.roles import require
from yingnuo.subtasks import queries
from yingnuo.subtasks.models import Sight, Task
from yingnuo.subtasks.services import Wish
from yingnuo.tickets import queries as tickets
from yingnuo.tickets.services import NewFile

router = Router(tags=["tasks"])
Said = Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=10_000)]
Files = Annotated[tuple[FileIn, ...], Field(max_length=10)]


class TaskIn(AssignIn):
    """What is asked of a team, by its code, or of one of its people. `wanted` null: as the standard says."""

    subject: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=120)]
    text: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=10_000)]
    wanted: AwareDatetime | None = None
    sight: Sight = Field(Sight.TICKET, description="What they may read: the ticket's conversation, or the task alone.")
    waits: bool = Field(False, description="Whether the ticket waits for it.")
    files: Files = ()


class TaskWordIn(Body):
    """Words about a task: the question, the answer, the result or the reason."""

    text: Said = ""
    files: Files = ()


class TaskQuery(Body):
    """Which tasks. `mine` and `asked` are those of the member of staff for whom the token acts."""

    scope: Literal["mine", "team", "asked", "all"] = "all"
    state: Literal["open", "question", "ended"] = "open"
    after: Cursor = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class TaskWordOut(Answer):
    """Something said; `kind` is the state it led to."""

    kind: str
    by: PersonOut | None
    text: str
    at: datetime


class TaskOut(Answer):
    """A task with its clock."""

    id: int
    ticket: int
    subject: str
    team: TeamOut | None
    agent: PersonOut | None
    asked_by: PersonOut | None
    asked_at: datetime
    promise: int
    standing: str
    due_at: datetime | None
    sight: str
    waits: bool
    state: str
    ended_at: datetime | None


class TaskDetail(TaskOut):
    """A task with what was said in it."""

    words: list[TaskWordOut]


class TaskPage(Answer):
    """A page of tasks."""

    items: list[TaskOut]
    next: str


TASK = {200: TaskDetail, **ALL}


def _facts(t: Task, known: Organisation) -> dict[str, object]:
    plain = ("subject", "asked_at", "sight", "waits", "state", "ended_at")
    return {name: getattr(t, name) for name in plain} | {
        "id": t.pk, "ticket": t.ticket_id, "team": render.team(known.teams.get(t.team_id)),
        "agent": render.person(known.staff.get(t.staff_id or 0)), "promise": t.promise_id,
        "asked_by": render.person(known.staff.get(t.asked_by_id or 0)), "standing": t.promise.standing,
        "due_at": t.promise.due_at,
    }  # fmt: skip


def _detail(request: Asked, pk: int, *, status: int = 200) -> HttpResponse:
    task, known = queries.get_for(request.auth, pk), organisation.at(revisions.current())
    words = [
        TaskWordOut(kind=w.kind, by=render.person(known.staff.get(w.staff_id or 0)), text=w.text, at=w.at)
        for w in task.words.order_by("id")
    ]
    return render.answer(TaskDetail.model_validate(_facts(task, known) | {"words": words}), status=status)


@router.get("/tasks", response={200: TaskPage, **READING}, summary="List tasks (ticket.note)")
def list_tasks(request: Asked, asked: Query[TaskQuery]) -> HttpResponse:
    """Tasks within sight, the oldest first."""
    require(request.auth, "ticket.note")
    rows = queries.listed(request.auth, queries.Asked(asked.scope, asked.state))
    page, known = (
        pages.keyset(rows, by=["id"], after=asked.after, size=asked.limit),
        organisation.at(revisions.current()),
    )
    items = [TaskOut.model_validate(_facts(t, known)) for t in page.rows]
    return render.answer(TaskPage(items=items, next=page.next))


@router.get("/tasks/{task_id}", response={200: TaskDetail, **READING}, summary="Read a task (ticket.view)")
def read_task(request: Asked, task_id: PathId) -> HttpResponse:
    """A task with its words."""
    return _detail(request, task_id)


@router.get(
    "/tickets/{ticket_id}/tasks", response={200: TaskPage, **READING}, summary="Tasks of a ticket (ticket.view)"
)
def list_ticket_tasks(request: Asked, ticket_id: PathId) -> HttpResponse:
    """Everything that was asked of other teams for a ticket, oldest first."""
    row, known = tickets.get_for(request.auth, ticket_id), organisation.at(revisions.current())
    found = Task.objects.filter(ticket=row).select_related("promise").order_by("id")
    return render.answer(TaskPage(items=[TaskOut.model_validate(_facts(t, known)) for t in found], next=""))


@router.post("/tickets/{ticket_id}/tasks", response={201: TaskDetail, **ALL}, summary="Ask a team (ticket.edit)")
def add_task(request: Asked, ticket_id: PathId, body: TaskIn) -> HttpResponse:
    """Asks another team for something; its clock begins."""
    team, agent = chosen(body)
    wish = Wish(
        body.subject, body.text, team or 0, agent, body.wanted, body.sight.value, body.waits, _files(body.files)
    )  # fmt: skip
    made = subtasks.ask(request.auth, ticket_id=ticket_id, wish=wish, now=instants.now())
    return _detail(request, made.pk, status=201)


def _files(files: tuple[FileIn, ...]) -> tuple[NewFile, ...]:
    return tuple(NewFile(f.name, f.content_type, f.data) for f in files)


@router.post("/tasks/{task_id}/accept", response=TASK, summary="Take a task (ticket.note)")
def accept_task(request: Asked, task_id: PathId) -> HttpResponse:
    """The task becomes that of the member of staff for whom the token acts."""
    staff_of(request)
    subtasks.accept(request.auth, task_id=task_id, now=instants.now())
    return _detail(request, task_id)


class TaskPassIn(AssignIn):
    """To whom a task goes, and why."""

    text: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=10_000)]


@router.post("/tasks/{task_id}/pass", response=TASK, summary="Pass a task on (ticket.note)")
def pass_task_on(request: Asked, task_id: PathId, body: TaskPassIn) -> HttpResponse:
    """It goes to another team or person; its due moment stays."""
    team, agent = chosen(body)
    subtasks.pass_on(
        request.auth, task_id=task_id, team=team or 0, staff=agent, text=body.text, now=instants.now()
    )  # fmt: skip
    return _detail(request, task_id)


@router.post("/tasks/{task_id}/question", response=TASK, summary="Ask back (ticket.note)")
def question_task(request: Asked, task_id: PathId, body: TaskWordIn) -> HttpResponse:
    """The asked team asks back; its clock stands still where its terms allow it."""
    subtasks.question(request.auth, task_id=task_id, text=body.text, files=_files(body.files), now=instants.now())
    return _detail(request, task_id)


@router.post("/tasks/{task_id}/answer", response=TASK, summary="Answer (ticket.edit)")
def answer_task(request: Asked, task_id: PathId, body: TaskWordIn) -> HttpResponse:
    """Whoever handles the ticket answers; the clock runs again."""
    subtasks.answer(request.auth, task_id=task_id, text=body.text, files=_files(body.files), now=instants.now())
    return _detail(request, task_id)


@router.post("/tasks/{task_id}/done", response=TASK, summary="Finish a task (ticket.note)")
def finish_task(request: Asked, task_id: PathId, body: TaskWordIn) -> HttpResponse:
    """It is done; the ticket's holder is told."""
    subtasks.done(request.auth, task_id=task_id, text=body.text, files=_files(body.files), now=instants.now())
    return _detail(request, task_id)


@router.post("/tasks/{task_id}/refuse", response=TASK, summary="Refuse a task (ticket.note)")
def refuse_task(request: Asked, task_id: PathId, body: TaskWordIn) -> HttpResponse:
    """The asked team will not do it and says why."""
    subtasks.refuse(request.auth, task_id=task_id, text=body.text, files=_files(body.files), now=instants.now())
    return _detail(request, task_id)


@router.post("/tasks/{task_id}/withdraw", response=TASK, summary="Withdraw a task (ticket.edit)")
def withdraw_task(request: Asked, task_id: PathId, body: TaskWordIn) -> HttpResponse:
    """It is not needed any more."""
    subtasks.withdraw(request.auth, task_id=task_id, text=body.text, now=instants.now())
    return _detail(request, task_id)
