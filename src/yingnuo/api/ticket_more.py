"""What else can be done to a ticket: take it, put it aside, end what needs no answer, give its customer a new link?"""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from yingnuo.api import render, told
from yingnuo.api.asked import PathId, SnoozeIn
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tickets import detail
from yingnuo.api.tokens import Asked, staff_of
from yingnuo.api.told_more import AnswerWayOut, CustomerLinkOut, Ways
from yingnuo.channels import ways
from yingnuo.journey import customer_links, reply, upkeep
from yingnuo.kit import instants
from yingnuo.tickets import links, queries

router = Router(tags=["work"])
TICKET = {200: told.TicketDetail, **ALL}


@router.post("/tickets/{ticket_id}/take", response=TICKET, summary="Take over yourself (ticket.assign)")
def take(request: Asked, ticket_id: PathId) -> HttpResponse:
    """The ticket becomes that of the member of staff for whom the token acts; its team stays."""
    staff = staff_of(request)
    team = queries.get_for(request.auth, ticket_id).team_id
    upkeep.assign(request.auth, ticket_id=ticket_id, team=team, agent=staff.pk, now=instants.now())
    return detail(request.auth, ticket_id)


@router.post("/tickets/{ticket_id}/snooze", response=TICKET, summary="Put aside (ticket.edit)")
def snooze(request: Asked, ticket_id: PathId, body: SnoozeIn) -> HttpResponse:
    """Until a moment; clocks run on, for the promise was given."""
    upkeep.snooze(request.auth, ticket_id=ticket_id, until=body.until, now=instants.now())
    return detail(request.auth, ticket_id)


@router.post("/tickets/{ticket_id}/wake", response=TICKET, summary="Bring back (ticket.edit)")
def wake(request: Asked, ticket_id: PathId) -> HttpResponse:
    """A ticket that was put aside is back in its list."""
    upkeep.snooze(request.auth, ticket_id=ticket_id, until=None, now=instants.now())
    return detail(request.auth, ticket_id)


@router.post("/tickets/{ticket_id}/no-reply-needed", response=TICKET, summary="No reply is needed (ticket.reply)")
def no_reply_needed(request: Asked, ticket_id: PathId) -> HttpResponse:
    """The customer's last words ask for nothing: the reply clocks end with that reason."""
    reply.no_reply_needed(request.auth, ticket_id=ticket_id, now=instants.now())
    return detail(request.auth, ticket_id)


@router.get("/tickets/{ticket_id}/ways", response={200: Ways, **READING}, summary="By which ways? (ticket.view)")
def list_ways(request: Asked, ticket_id: PathId) -> HttpResponse:
    """The ways by which the customer can be answered, the natural one first; none: he reads his page only."""
    found, now = ways.of(queries.get_for(request.auth, ticket_id)), instants.now()
    items = []
    for way in found:
        chance = way.chance(now)
        known = {"code": way.code, "name": way.name, "kind": way.kind, "to": way.to, "via": way.via}
        items.append(AnswerWayOut.model_validate({**known, "open": chance is None or chance.shut is None}))
    return render.answer(Ways(items=items))


@router.get(
    "/tickets/{ticket_id}/link", response={200: CustomerLinkOut, **READING}, summary="Customer's link (ticket.edit)"
)
def read_link(request: Asked, ticket_id: PathId) -> HttpResponse:
    """A link to the promise page, which needs no sign-in."""
    return _link(request, ticket_id)


@router.post(
    "/tickets/{ticket_id}/link/revoke", response={200: CustomerLinkOut, **ALL}, summary="Revoke links (ticket.edit)"
)
def revoke_link(request: Asked, ticket_id: PathId) -> HttpResponse:
    """Every link given out so far stops working; the answer is a new one."""
    customer_links.revoke(request.auth, ticket_id=ticket_id, now=instants.now())
    return _link(request, ticket_id)


@router.post(
    "/tickets/{ticket_id}/link/renew", response={200: CustomerLinkOut, **ALL}, summary="Renew links (ticket.edit)"
)
def renew_link(request: Asked, ticket_id: PathId) -> HttpResponse:
    """As revoking, and the new link is mailed to the customer."""
    customer_links.renew(request.auth, ticket_id=ticket_id, now=instants.now())
    return _link(request, ticket_id)


def _link(request: Asked, pk: int) -> HttpResponse:
    row = queries.get_for(request.auth, pk, may="ticket.edit")
    return render.answer(CustomerLinkOut(url=links.promise_url(row), version=row.link_version))
