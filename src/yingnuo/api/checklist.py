"""What can a program do about a ticket's operating rule: read its steps, and tick one or take the tick back?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router
from pydantic import Field

from yingnuo.api import render
from yingnuo.api.asked import Body, PathId
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked
from yingnuo.api.told import Answer, PersonOut
from yingnuo.checklists import rulebook, services
from yingnuo.journey import steps
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import NotFound
from yingnuo.people.queries import organisation
from yingnuo.tickets import queries as tickets

router = Router(tags=["checklist"])


class TickIn(Body):
    """A step of the checklist that was read, and whether it is done."""

    checklist: Annotated[int, Field(ge=1, le=2**31 - 1)]
    key: Annotated[int, Field(ge=1, le=2**31 - 1)]
    done: bool = True


class StepOut(Answer):
    """A step in Chinese and English; `at` null: not done."""

    key: int
    zh: str
    en: str
    required: bool
    at: datetime | None
    by: PersonOut | None


class ChecklistOut(Answer):
    """The checklist of a ticket. `refuses`: it is not solved while required steps are open."""

    id: int
    name: str
    refuses: bool
    steps: list[StepOut]


def _shown(request: Asked, ticket_id: int) -> HttpResponse:
    ticket = tickets.get_for(request.auth, ticket_id)
    rule = rulebook.rule_for(ticket)
    if rule is None:
        raise NotFound(_("This ticket has no checklist."), code="no_checklist")
    done, known = services.ticks(ticket.pk, rule), organisation.at(revisions.current())
    found = [
        StepOut(
            key=s.key, zh=s.zh, en=s.en, required=s.required, at=t.at if t else None,
            by=render.person(known.staff.get(t.staff_id or 0)) if t else None,
        )
        for s in rule.steps for t in [done.get(s.key)]
    ]  # fmt: skip
    return render.answer(ChecklistOut(id=rule.id, name=rule.name, refuses=rule.refuses, steps=found))


@router.get(
    "/tickets/{ticket_id}/checklist", response={200: ChecklistOut, **READING}, summary="Read the steps (ticket.view)"
)
def read_checklist(request: Asked, ticket_id: PathId) -> HttpResponse:
    """The steps that the operating rule asks for in a ticket, and which were done."""
    return _shown(request, ticket_id)


@router.post("/tickets/{ticket_id}/checklist", response={200: ChecklistOut, **ALL}, summary="Tick a step (ticket.note)")
def tick_step(request: Asked, ticket_id: PathId, body: TickIn) -> HttpResponse:
    """A step was done, or was not after all; twice the same is once."""
    steps.tick(
        request.auth, ticket_id=ticket_id, rule=body.checklist, key=body.key, done=body.done, now=instants.now()
    )  # fmt: skip
    return _shown(request, ticket_id)
