"""How does a program open, find, read and change tickets?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router
from ninja.params.functions import Header
from pydantic import StringConstraints

from yingnuo.api import intake, matching, render, told
from yingnuo.api.asked import FillIn, PathId, TagsIn, TicketIn, TicketPatch, TicketQuery
from yingnuo.api.intake import Sent
from yingnuo.api.matching import Match
from yingnuo.api.once import own_key
from yingnuo.api.refused import ALL, GUARDED, READING
from yingnuo.api.tokens import Asked
from yingnuo.journey import upkeep
from yingnuo.journey.intake import Taken
from yingnuo.kit import instants, pages
from yingnuo.people.models import Staff, Team
from yingnuo.people.queries import organisation
from yingnuo.people.roles import Actor, require
from yingnuo.promises.models import Promise
from yingnuo.tickets import queries
from yingnuo.tickets.queries import Filter

router = Router(tags=["tickets"])
Key = Annotated[str, StringConstraints(max_length=200, pattern=r"^[!-~]*$")]
KEY = "Idempotency-Key"  # its `Header` is written out at each use: ninja changes the object it is given


@router.post("/tickets", response={201: told.TicketDetail, **ALL}, summary="Open a ticket (ticket.create)")
@own_key
def open_ticket(request: Asked, body: TicketIn, idempotency_key: Annotated[Key, Header("", alias=KEY)]) -> HttpResponse:
    """Takes a customer's matter in: recognises the customer, asks the rules, gives the promises, finds an agent."""
    require(request.auth, "ticket.create")
    now = instants.now()
    sent = Sent(request.body, idempotency_key, str(request.token.pk))
    done = intake.open_ticket(request.auth, body=body, sent=sent, now=now)
    if isinstance(done, Taken) and done.opened is not None:
        given = [render.promise(p, now=now) for p in done.promises]
        shown = render.opened(done.opened, given, organisation.kept())
        return matching.tagged(render.answer(shown, status=201), done.opened.version)
    return _opened_before(request.auth, done, now)


def _opened_before(actor: Actor, done: Taken | int, now: datetime) -> HttpResponse:
    pk = done if isinstance(done, int) else done.ticket or 0
    row = queries.get_for(actor, pk, may="ticket.create")
    given = Promise.objects.filter(ticket_id=pk).order_by("id")
    shown = render.ticket_with_promises(row, [render.promise(p, now=now) for p in given])
    return matching.tagged(render.answer(shown, status=201, replayed=True), row.version)


@router.get("/tickets", response={200: told.TicketPage, **READING}, summary="List tickets (ticket.view)")
def list_tickets(request: Asked, asked: Query[TicketQuery]) -> HttpResponse:
    """The tickets within the token's sight."""
    require(request.auth, "ticket.view")
    rows = queries.queue(request.auth, _filter(request.auth, asked), now=instants.now())
    if asked.order == "due":
        rows = rows.exclude(due_at=None)
    rows = rows.select_related("contact__company", "contact__region", "company", "team", "agent")
    page = pages.keyset(rows, by=_ORDERS[asked.order], after=asked.after, size=asked.limit)
    return render.answer(told.TicketPage(items=[render.ticket(row) for row in page.rows], next=page.next))


_ORDERS = {"newest": ["-id"], "oldest": ["id"], "updated": ["-updated_at", "-id"], "due": ["due_at", "id"]}


def _filter(actor: Actor, asked: TicketQuery) -> Filter:
    return Filter(
        scope=asked.scope, state=asked.state, kind=asked.kind or "", urgency=asked.urgency or "", via=asked.via or "",
        tier=asked.tier or "", region=asked.region, product_line=asked.product_line, tag=asked.tag,
        contact=asked.contact, words=asked.words, team=_team(asked.team), agent=_agent(asked.agent),
    )  # fmt: skip


def _team(code: str) -> int | None:
    if not code:
        return None
    return Team.objects.filter(code=code).values_list("pk", flat=True).first() or -1


def _agent(username: str) -> int | None:
    if not username:
        return None
    return Staff.objects.filter(username__iexact=username).values_list("pk", flat=True).first() or -1


@router.get("/tickets/{ticket_id}", response={200: told.TicketDetail, **READING}, summary="Read a ticket (ticket.view)")
def read_ticket(request: Asked, ticket_id: PathId) -> HttpResponse:
    """The ticket with its promises as they stand at this moment, each with the explanation of its due moment."""
    return detail(request.auth, ticket_id)


@router.patch(
    "/tickets/{ticket_id}", response={200: told.TicketDetail, **GUARDED}, summary="Change facts (ticket.edit)"
)
def change_ticket(
    request: Asked, ticket_id: PathId, body: TicketPatch, if_match: Annotated[Match, Header("", alias="If-Match")]
) -> HttpResponse:
    """Sets facts; the standard is asked again and open promises follow. An urgency set by hand needs a reason."""
    facts = {name: str(value) for name, value in body if name != "reason" and value is not None}
    upkeep.change(
        request.auth, ticket_id=ticket_id, facts=facts, reason=body.reason, version=matching.number(request),
        now=instants.now(),
    )  # fmt: skip
    return detail(request.auth, ticket_id)


@router.patch(
    "/tickets/{ticket_id}/fields", response={200: told.TicketDetail, **GUARDED}, summary="Fill fields in (ticket.fill)"
)
def fill_fields(
    request: Asked, ticket_id: PathId, body: FillIn, if_match: Annotated[Match, Header("", alias="If-Match")]
) -> HttpResponse:
    """Sets custom fields, checked as at the desk; what is not named stays. 422 names each wrong one `fields.<code>`."""
    version = matching.number(request)
    upkeep.fill(request.auth, ticket_id=ticket_id, said=body.fields, version=version, now=instants.now())
    return detail(request.auth, ticket_id)


@router.put(
    "/tickets/{ticket_id}/tags", response={200: told.TicketDetail, **GUARDED}, summary="Set the tags (ticket.edit)"
)
def set_tags(
    request: Asked, ticket_id: PathId, body: TagsIn, if_match: Annotated[Match, Header("", alias="If-Match")]
) -> HttpResponse:
    """Replaces all tags; the standard is asked again."""
    version = matching.number(request)
    upkeep.tag(request.auth, ticket_id=ticket_id, tags=body.tags, version=version, now=instants.now())
    return detail(request.auth, ticket_id)


def detail(actor: Actor, pk: int, *, status: int = 200) -> HttpResponse:
    """The answer after reading or changing a ticket."""
    now = instants.now()
    row = queries.get_for(actor, pk, may="ticket.view")
    promises = render.explained(list(Promise.objects.filter(ticket=row).order_by("id")), now=now)
    return matching.tagged(render.answer(render.ticket_with_promises(row, promises), status=status), row.version)
