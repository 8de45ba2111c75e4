"""What can a program do to a ticket besides talking: hand it over, pause, join, part, resolve, close, reopen?"""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router

from yingnuo.api import told
from yingnuo.api.asked import AssignIn, CloseIn, MergeIn, PathId, PauseIn, PromiseDateIn, RecordIn, SplitIn
from yingnuo.api.refused import ALL
from yingnuo.api.tickets import detail
from yingnuo.api.tokens import Asked
from yingnuo.journey import closing, deeds, upkeep
from yingnuo.journey.handing import Note
from yingnuo.kit import instants
from yingnuo.kit.errors import Invalid
from yingnuo.people.models import Staff, Team

router = Router(tags=["work"])
TICKET = {200: told.TicketDetail, **ALL}


@router.post("/tickets/{ticket_id}/assign", response=TICKET, summary="Hand over (ticket.assign)")
def assign(request: Asked, ticket_id: PathId, body: AssignIn) -> HttpResponse:
    """Gives the ticket to a team and to one of its people, or to nobody yet."""
    team, agent = chosen(body)
    note = Note(body.note.tried, body.note.wanted, body.note.contact) if body.note else None
    upkeep.assign(request.auth, ticket_id=ticket_id, team=team, agent=agent, note=note, now=instants.now())
    return detail(request.auth, ticket_id)


def chosen(body: AssignIn) -> tuple[int | None, int | None]:
    """The ids of the team and the agent a body names."""
    return team_id(body.team), _agent(body.agent)


def team_id(code: str | None) -> int | None:
    """The id of the team of this code; Invalid where there is none."""
    if code is None:
        return None
    found = Team.objects.filter(code=code, active=True).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid(_("There is no such team."), fields={"team": _("Name a team by its code.")})
    return found


def _agent(username: str | None) -> int | None:
    if username is None:
        return None
    found = Staff.objects.filter(username__iexact=username, active=True).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid(_("There is no such person."), fields={"agent": _("Name a person by the user name.")})
    return found


@router.post("/tickets/{ticket_id}/pause", response=TICKET, summary="Pause (ticket.pause)")
def pause(request: Asked, ticket_id: PathId, body: PauseIn) -> HttpResponse:
    """Work waits for a listed reason; which clocks stand still is for their terms to say."""
    closing.pause(request.auth, ticket_id=ticket_id, reason=body.reason, now=instants.now())
    return detail(request.auth, ticket_id)


@router.post("/tickets/{ticket_id}/resume", response=TICKET, summary="Resume (ticket.pause)")
def resume(request: Asked, ticket_id: PathId) -> HttpResponse:
    """The reason is gone: clocks run again."""
    closing.resume(request.auth, ticket_id=ticket_id, now=instants.now())
    return detail(request.auth, ticket_id)


@router.post("/tickets/{ticket_id}/record", response=TICKET, summary="Record what happened (ticket.record)")
def record(request: Asked, ticket_id: PathId, body: RecordIn) -> HttpResponse:
    """Something was so, now or in the past: the promises it concerns are met, begun or stopped."""
    deeds.record(
        request.auth, ticket_id=ticket_id, deed=body.deed, at=body.at, words=body.words, now=instants.now()
    )  # fmt: skip
    return detail(request.auth, ticket_id)


@router.post("/tickets/{ticket_id}/promise-date", response=TICKET, summary="Promise a date (ticket.edit)")
def promise_date(request: Asked, ticket_id: PathId, body: PromiseDateIn) -> HttpResponse:
    """A promise of its own, which no pause moves; an earlier date still owed is replaced."""
    deeds.promise_date(request.auth, ticket_id=ticket_id, due=body.due, words=body.words, now=instants.now())
    return detail(request.auth, ticket_id)


@router.post("/tickets/{ticket_id}/resolve", response=TICKET, summary="Resolve (ticket.resolve)")
def resolve(request: Asked, ticket_id: PathId) -> HttpResponse:
    """The matter is solved as we see it."""
    closing.resolve(request.auth, ticket_id=ticket_id, now=instants.now())
    return detail(request.auth, ticket_id)


@router.post("/tickets/{ticket_id}/merge", response=TICKET, summary="Take another ticket in (ticket.merge)")
def merge(request: Asked, ticket_id: PathId, body: MergeIn) -> HttpResponse:
    """The other ticket's messages move here, its promises end; the earliest start survives."""
    upkeep.merge(request.auth, ticket_id=ticket_id, absorb_id=body.absorb, customers=body.customers, now=instants.now())
    return detail(request.auth, ticket_id)


@router.post(
    "/tickets/{ticket_id}/split", response={201: told.TicketDetail, **ALL}, summary="Split messages off (ticket.merge)"
)
def split(request: Asked, ticket_id: PathId, body: SplitIn) -> HttpResponse:
    """Some of the customer's messages become a ticket of their own, which is the answer."""
    made = upkeep.split(
        request.auth, ticket_id=ticket_id, messages=body.messages, subject=body.subject, start=body.start,
        now=instants.now(),
    )  # fmt: skip
    response = detail(request.auth, made.pk)
    response.status_code = 201
    return response


@router.post("/tickets/{ticket_id}/close", response=TICKET, summary="Close (ticket.close)")
def close(request: Asked, ticket_id: PathId, body: CloseIn) -> HttpResponse:
    """Nothing more is owed; an unsolved ticket needs a reason, and its promises are cancelled."""
    closing.close(request.auth, ticket_id=ticket_id, reason=body.reason, now=instants.now())
    return detail(request.auth, ticket_id)


@router.post("/tickets/{ticket_id}/reopen", response=TICKET, summary="Reopen (ticket.reopen)")
def reopen(request: Asked, ticket_id: PathId) -> HttpResponse:
    """It is not solved after all; the resolution is owed again, as its terms say."""
    closing.reopen(request.auth, ticket_id=ticket_id, now=instants.now())
    return detail(request.auth, ticket_id)
