"""What can a program do about linked tickets: link, unlink, make sub-tickets, answer them together, export one?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router
from pydantic import BeforeValidator, Field, StringConstraints

from yingnuo.api import render, told
from yingnuo.api.asked import Body, Code, Cursor, Id, PathId, Subject, Text, without_nul
from yingnuo.api.files import BYTES
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tickets import detail
from yingnuo.api.tokens import Asked
from yingnuo.api.told import Answer
from yingnuo.api.work import team_id
from yingnuo.journey import bundling, family, linking
from yingnuo.journey.reply import Said
from yingnuo.kit import instants, pages, revisions
from yingnuo.people.queries import organisation
from yingnuo.tickets import beside, queries
from yingnuo.tickets.beside import Beside
from yingnuo.tickets.models import Kind, LinkKind, Urgency

router = Router(tags=["linked tickets"])
Relation = Literal["related", "duplicate_of", "duplicated_by", "caused_by", "cause_of", "child_of", "parent_of"]


class TicketLinkIn(Body):
    """What the ticket is to another one, by its number without `YN-`."""

    relation: Relation
    ticket: Id


class SubTicketIn(Body):
    """A sub-ticket of the same customer. What is left out is as the parent's; without a `team` the rules choose one."""

    subject: Subject
    text: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=50_000)] = Field(
        "", description="An internal note in it: what is to be done."
    )
    kind: Kind | None = None
    urgency: Urgency | None = None
    product_line: Code | None = None
    team: Code | None = None


class SubTicketAnswerIn(Body):
    """The same words to every open sub-ticket's customer."""

    text: Text
    then: Literal["", "resolve"] = ""


class SubTicketQuery(Body):
    """Which page."""

    after: Cursor = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ArchiveQuery(Body):
    """Whether internal notes are to be in it."""

    notes: bool = False


class TicketLinkOut(Answer):
    """A ticket beside this one. Where it is not within sight (`visible` false) nothing more is told than its number."""

    relation: Relation
    ticket: int
    visible: bool
    subject: str | None
    status: str | None
    due_at: datetime | None


class TicketLinks(Answer):
    """What a ticket is linked to: of each relation the first twenty, work that is owed first."""

    items: list[TicketLinkOut]


class RefusedOut(Answer):
    """A ticket to which it was not done, and why."""

    ticket: int
    detail: str


class ManyOut(Answer):
    """To which tickets it was done, which refused, and how many are not within sight."""

    done: list[int]
    refused: list[RefusedOut]
    unseen: int


def _one(b: Beside) -> TicketLinkOut:
    t = b.told
    facts = (t.subject, t.status, t.due_at) if b.seen else (None, None, None)
    subject, status, due = facts
    return TicketLinkOut.model_validate({
        "relation": b.relation, "ticket": t.id, "visible": b.seen, "subject": subject, "status": status, "due_at": due,
    })  # fmt: skip


def _links(request: Asked, pk: int, *, status: int = 200) -> HttpResponse:
    row = queries.get_for(request.auth, pk)
    found = beside.of_ticket(request.auth, row.pk).values()
    return render.answer(TicketLinks(items=[_one(b) for group in found for b in group.shown]), status=status)


@router.get("/tickets/{ticket_id}/links", response={200: TicketLinks, **READING}, summary="Links (ticket.view)")
def list_links(request: Asked, ticket_id: PathId) -> HttpResponse:
    """The tickets it is linked to, parent and sub-tickets among them."""
    return _links(request, ticket_id)


@router.post("/tickets/{ticket_id}/links", response={201: TicketLinks, **ALL}, summary="Link (ticket.edit)")
def add_link(request: Asked, ticket_id: PathId, body: TicketLinkIn) -> HttpResponse:
    """Links two tickets, both within sight. A ticket has one parent, and nothing leads in a circle."""
    linking.link(request.auth, ticket_id=ticket_id, other_id=body.ticket, relation=body.relation, now=instants.now())
    return _links(request, ticket_id, status=201)


@router.delete(
    "/tickets/{ticket_id}/links/{relation}/{other_id}", response={204: None, **ALL}, summary="Unlink (ticket.edit)"
)
def remove_link(request: Asked, ticket_id: PathId, relation: Relation, other_id: PathId) -> HttpResponse:
    """The two have nothing to do with each other in this way; linking them again undoes it."""
    linking.unlink(request.auth, ticket_id=ticket_id, other_id=other_id, relation=relation, now=instants.now())
    return HttpResponse(status=204)


@router.get(
    "/tickets/{ticket_id}/children", response={200: told.TicketPage, **READING}, summary="Sub-tickets (ticket.view)"
)
def list_children(request: Asked, ticket_id: PathId, asked: Query[SubTicketQuery]) -> HttpResponse:
    """The sub-tickets within sight, the oldest first."""
    row = queries.get_for(request.auth, ticket_id)
    rows = queries.visible_to(request.auth).filter(links_out__kind=LinkKind.CHILD_OF, links_out__other=row)
    rows = rows.select_related("contact__company", "contact__region", "company", "team", "agent").defer("search")
    page = pages.keyset(rows, by=["id"], after=asked.after, size=asked.limit)
    return render.answer(told.TicketPage(items=[render.ticket(t) for t in page.rows], next=page.next))


@router.post(
    "/tickets/{ticket_id}/children", response={201: told.TicketDetail, **ALL}, summary="Add one (ticket.create)"
)
def add_child(request: Asked, ticket_id: PathId, body: SubTicketIn) -> HttpResponse:
    """Makes a sub-ticket with promises of its own; needs ticket.edit too, for its parent."""
    wish = family.Wish(
        body.subject, body.text, body.kind or "", body.urgency or "", body.product_line, team_id(body.team)
    )
    made = family.make_child(request.auth, ticket_id=ticket_id, wish=wish, now=instants.now())
    return detail(request.auth, made.pk, status=201)


@router.post(
    "/tickets/{ticket_id}/children/answers", response={200: ManyOut, **ALL}, summary="Answer all (ticket.reply)"
)
def answer_children(request: Asked, ticket_id: PathId, body: SubTicketAnswerIn) -> HttpResponse:
    """Writes one public reply into each open sub-ticket within sight; what one refuses does not stop the others."""
    said = Said(body.text, then=body.then)
    done = family.answer_children(request.auth, ticket_id=ticket_id, said=said, now=instants.now())
    refused = [RefusedOut(ticket=pk, detail=why) for pk, why in done.refused]
    return render.answer(ManyOut(done=list(done.done), refused=refused, unseen=done.unseen))


@router.get(
    "/tickets/{ticket_id}/archive", response={**READING}, openapi_extra=BYTES, summary="Export as ZIP (ticket.export)"
)
def read_archive(request: Asked, ticket_id: PathId, asked: Query[ArchiveQuery]) -> HttpResponseBase:
    """The conversation as a page, `ticket.json` with facts and history, and the files; leaves a trace in the ledger."""
    name, pieces = bundling.export(
        request.auth, ticket_id=ticket_id, notes=asked.notes, org=organisation.at(revisions.current()),
        now=instants.now(),
    )  # fmt: skip
    response = StreamingHttpResponse(pieces, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
