"""What can a program do about approvals: ask, follow, decide for whom it acts, ask back, answer, withdraw?"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BeforeValidator, Field, StringConstraints

from yingnuo.api import render
from yingnuo.api.asked import Body, Cursor, PathId, without_nul
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked
from yingnuo.api.told import Answer, PersonOut
from yingnuo.approvals.models import Approval
from yingnuo.approvals.services import Wish
from yingnuo.journey import approving
from yingnuo.kit import instants, pages, revisions
from yingnuo.people.queries import Organisation, organisation
from yingnuo.people.roles import require
from yingnuo.tickets import queries as tickets

router = Router(tags=["approvals"])
Words = Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=10_000)]


class ApprovalIn(Body):
    """What is asked for, by the code of its template, and why."""

    template: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=40)]
    text: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=10_000)]
    amount: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)] | None = None


class ApprovalWordIn(Body):
    """Words about an approval: the question, the answer or the reason."""

    text: Words = ""


class DecisionIn(ApprovalWordIn):
    """A decision in the step that was read; a reason is needed to decline."""

    step: Annotated[int, Field(ge=0, le=9)]


class ApprovalQuery(Body):
    """Which approvals. `mine` are those that wait for the member of staff for whom the token acts."""

    scope: Literal["mine", "all"] = "all"
    after: Cursor = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class SeatOut(Answer):
    """Somebody who decides in a step; `by` decided in his place, or he himself. `approves` null: not yet."""

    step: int
    agent: PersonOut | None
    by: PersonOut | None
    approves: bool | None
    at: datetime | None


class ApprovalWordOut(Answer):
    """Something said; `kind` is the state it led to, or `answer`."""

    kind: str
    by: PersonOut | None
    text: str
    at: datetime


class ApprovalOut(Answer):
    """An approval with its clock."""

    id: int
    ticket: int
    subject: str
    amount: Decimal | None
    asked_by: PersonOut | None
    asked_at: datetime
    promise: int
    standing: str
    due_at: datetime | None
    step: int
    state: str
    ended_at: datetime | None


class ApprovalDetail(ApprovalOut):
    """An approval with who decides and what was said."""

    seats: list[SeatOut]
    words: list[ApprovalWordOut]


class ApprovalPage(Answer):
    """A page of approvals."""

    items: list[ApprovalOut]
    next: str


APPROVAL = {200: ApprovalDetail, **ALL}


def _facts(a: Approval, known: Organisation) -> dict[str, object]:
    plain = ("subject", "amount", "asked_at", "step", "state", "ended_at")
    return {name: getattr(a, name) for name in plain} | {
        "id": a.pk, "ticket": a.ticket_id, "asked_by": render.person(known.staff.get(a.asked_by_id or 0)),
        "promise": a.promise_id, "standing": a.promise.standing, "due_at": a.promise.due_at,
    }  # fmt: skip


def _detail(request: Asked, pk: int, *, status: int = 200) -> HttpResponse:
    row, known = approving.get_for(request.auth, pk, now=instants.now()), organisation.at(revisions.current())
    seats = [
        SeatOut(
            step=s.step, agent=render.person(known.staff.get(s.staff_id)), approves=s.approves, at=s.at,
            by=render.person(known.staff.get(s.by_id or 0)),
        )
        for s in row.seats.order_by("step", "pk")
    ]  # fmt: skip
    words = [
        ApprovalWordOut(kind=w.kind, by=render.person(known.staff.get(w.staff_id or 0)), text=w.text, at=w.at)
        for w in row.words.order_by("id")
    ]
    shown = ApprovalDetail.model_validate(_facts(row, known) | {"seats": seats, "words": words})
    return render.answer(shown, status=status)


@router.get("/approvals", response={200: ApprovalPage, **READING}, summary="List approvals (ticket.note)")
def list_approvals(request: Asked, asked: Query[ApprovalQuery]) -> HttpResponse:
    """Approvals within sight, the oldest first."""
    require(request.auth, "ticket.note")
    now, known = instants.now(), organisation.at(revisions.current())
    rows = approving.visible_to(request.auth, now=now).select_related("promise")
    if asked.scope == "mine":
        seats = approving.to_decide(request.auth, now=now).filter(approval=OuterRef("pk"), step=OuterRef("step"))
        rows = rows.filter(Exists(seats))
    page = pages.keyset(rows, by=["id"], after=asked.after, size=asked.limit)
    items = [ApprovalOut.model_validate(_facts(a, known)) for a in page.rows]
    return render.answer(ApprovalPage(items=items, next=page.next))


@router.get("/approvals/{approval_id}", response={200: ApprovalDetail, **READING}, summary="Read one (ticket.view)")
def read_approval(request: Asked, approval_id: PathId) -> HttpResponse:
    """An approval with who decides and what was said."""
    return _detail(request, approval_id)


@router.get(
    "/tickets/{ticket_id}/approvals", response={200: ApprovalPage, **READING},
    summary="Approvals of a ticket (ticket.view)",
)  # fmt: skip
def list_ticket_approvals(request: Asked, ticket_id: PathId) -> HttpResponse:
    """Everything that was asked for in a ticket, oldest first."""
    row, known = tickets.get_for(request.auth, ticket_id), organisation.at(revisions.current())
    found = Approval.objects.filter(ticket=row).select_related("promise").order_by("id")
    return render.answer(ApprovalPage(items=[ApprovalOut.model_validate(_facts(a, known)) for a in found], next=""))


@router.post(
    "/tickets/{ticket_id}/approvals", response={201: ApprovalDetail, **ALL}, summary="Ask for approval (ticket.edit)"
)
def add_approval(request: Asked, ticket_id: PathId, body: ApprovalIn) -> HttpResponse:
    """Asks those who decide; its clock begins."""
    wish = Wish(body.template, body.text, body.amount)
    made = approving.ask(request.auth, ticket_id=ticket_id, wish=wish, now=instants.now())
    return _detail(request, made.pk, status=201)


@router.post("/approvals/{approval_id}/approve", response=APPROVAL, summary="Approve (ticket.note)")
def approve(request: Asked, approval_id: PathId, body: DecisionIn) -> HttpResponse:
    """The member of staff for whom the token acts agrees."""
    return _decided(request, approval_id, body, approves=True)


@router.post("/approvals/{approval_id}/decline", response=APPROVAL, summary="Decline (ticket.note)")
def decline(request: Asked, approval_id: PathId, body: DecisionIn) -> HttpResponse:
    """The member of staff for whom the token acts declines and says why."""
    return _decided(request, approval_id, body, approves=False)


def _decided(request: Asked, pk: int, body: DecisionIn, *, approves: bool) -> HttpResponse:
    approving.decide(
        request.auth, approval_id=pk, step=body.step, approves=approves, text=body.text, now=instants.now()
    )  # fmt: skip
    return _detail(request, pk)


@router.post("/approvals/{approval_id}/question", response=APPROVAL, summary="Ask back (ticket.note)")
def question_approval(request: Asked, approval_id: PathId, body: ApprovalWordIn) -> HttpResponse:
    """Whoever decides asks back; the clock stands still until the answer."""
    approving.question(request.auth, approval_id=approval_id, text=body.text, now=instants.now())
    return _detail(request, approval_id)


@router.post("/approvals/{approval_id}/answer", response=APPROVAL, summary="Answer (ticket.edit)")
def answer_approval(request: Asked, approval_id: PathId, body: ApprovalWordIn) -> HttpResponse:
    """The asking side answers; the clock runs again."""
    approving.answer(request.auth, approval_id=approval_id, text=body.text, now=instants.now())
    return _detail(request, approval_id)


@router.post("/approvals/{approval_id}/withdraw", response=APPROVAL, summary="Withdraw (ticket.edit)")
def withdraw_approval(request: Asked, approval_id: PathId, body: ApprovalWordIn) -> HttpResponse:
    """It is not needed any more."""
    approving.withdraw(request.auth, approval_id=approval_id, text=body.text, now=instants.now())
    return _detail(request, approval_id)
