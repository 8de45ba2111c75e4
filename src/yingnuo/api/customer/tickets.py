"""What can a customer do in his app: ask, follow, add, urge, accept, reopen, rate?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from ninja.params.functions import Header

from yingnuo.api import files, intake
from yingnuo.api import render as whole
from yingnuo.api.asked import PathId
from yingnuo.api.customer import render, told
from yingnuo.api.customer.asked import AskIn, RateIn, TicketsQuery, WordsIn
from yingnuo.api.customer.sessions import Asked
from yingnuo.api.files import BYTES
from yingnuo.api.intake import Sent
from yingnuo.api.limits import Window
from yingnuo.api.once import own_key
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tickets import KEY, Key
from yingnuo.channels.contract import Arrival
from yingnuo.engine import urgency
from yingnuo.journey import closing, upkeep
from yingnuo.kit import instants, live, pages
from yingnuo.kit.errors import Conflict, TooMany
from yingnuo.people.roles import Actor
from yingnuo.tickets import queries
from yingnuo.tickets.models import OPEN_STATUSES, Attachment, Message, Ticket, Via

router = Router(tags=["tickets"])
DETAIL = {200: told.CustomerTicketDetail, **ALL}
ASKS = Window(20, seconds=600.0)
LISTENS_TO = 50  # tickets


def _mine(request: Asked, pk: int) -> Ticket:
    return queries.get_for(request.auth, pk)


def _detail(request: Asked, pk: int, *, status: int = 200, replayed: bool = False) -> HttpResponse:
    rows = Ticket.objects.select_related("agent__team", "merged_into", "contact").defer("search")
    row = rows.get(pk=queries.bare_for(request.auth, pk).pk)
    return whole.answer(render.detail(row, now=instants.now()), status=status, replayed=replayed)


@router.get("/tickets", response={200: told.CustomerTickets, **READING}, summary="My requests")
def list_tickets(request: Asked, asked: Query[TicketsQuery]) -> HttpResponse:
    """His own requests, the newest first."""
    rows = queries.visible_to(request.auth).select_related("agent__team", "merged_into").defer("search")
    if asked.open:
        rows = rows.filter(status__in=OPEN_STATUSES)
    page = pages.keyset(rows, by=["-id"], after=asked.after, size=asked.limit)
    owed = render.owed_to(page.rows)
    return whole.answer(told.CustomerTickets(items=[render.ticket(t, owed[t.pk]) for t in page.rows], next=page.next))


@router.post("/tickets", response={201: told.CustomerTicketDetail, **ALL}, summary="Ask")
@own_key
def ask(request: Asked, body: AskIn, idempotency_key: Annotated[Key, Header("", alias=KEY)]) -> HttpResponse:
    """Opens a request; the answer tells what is promised, and by when."""
    now = instants.now()
    _not_too_often(request, now)
    sent = Sent(request.body, idempotency_key, request.owner)
    done = intake.take_once(
        request.auth, via=Via.APP, arrival=_arrival(request, body, now), sent=sent, contact=request.mine.contact,
        now=now,
    )  # fmt: skip
    if isinstance(done, int):
        return _detail(request, done, status=201, replayed=True)
    return _detail(request, done.ticket or 0, status=201)


def _not_too_often(request: Asked, now: datetime) -> None:
    if seconds := ASKS.wait(request.mine.user.pk, now.timestamp()):
        text = _("You ask too often. Try again in %(seconds)s seconds.")
        raise TooMany(text, code="rate_limited", seconds=seconds)


def _arrival(request: Asked, body: AskIn, now: datetime) -> Arrival:
    contact = request.mine.contact
    return Arrival(
        external_id="", received_at=now, subject=body.subject, text=body.text, sender_name=contact.name,
        sender_address=contact.email or contact.handle, files=intake.files_of(body.files),
        language=body.language or contact.language, ticket_kind=body.kind or "",
        urgency=urgency.of_impact(body.impact).value if body.impact else "", region=body.region,
        product_line=body.product_line,
        fields=intake.filled_in(request.auth, body.kind or "", body.fields, portal=True),
    )  # fmt: skip


@router.get("/tickets/{ticket_id}", response={200: told.CustomerTicketDetail, **READING}, summary="Read a request")
def read_ticket(request: Asked, ticket_id: PathId) -> HttpResponse:
    """A request with its promises, each with how its due moment came about."""
    return _detail(request, ticket_id)


@router.get("/tickets/{ticket_id}/messages", response={200: told.SaidList, **READING}, summary="Read what was said")
def list_messages(request: Asked, ticket_id: PathId) -> HttpResponse:
    """What was said to him and by him, oldest first."""
    row = _mine(request, ticket_id)
    rows = row.messages.filter(public=True).select_related("staff__team").prefetch_related("attachments")
    found = [m for m in list(rows.order_by("-at", "-id")[:200])[::-1] if render.may_read(m, row)]
    return whole.answer(told.SaidList(items=[render.said(m) for m in found]))


@router.post("/tickets/{ticket_id}/messages", response={201: told.SaidOut, **ALL}, summary="Add words and files")
@own_key
def add_words(
    request: Asked, ticket_id: PathId, body: WordsIn, idempotency_key: Annotated[Key, Header("", alias=KEY)]
) -> HttpResponse:
    """Further words; a solved request opens again by them."""
    row, now = _mine(request, ticket_id), instants.now()
    if row.merged_into_id:
        raise Conflict(_("This request was joined with another one. Please ask anew."), code="ticket_merged")
    sent = Sent(request.body, idempotency_key, request.owner)
    pk, replayed = intake.add_words(
        request.auth, ticket=row, text=body.text, files=body.files, sent=sent, via=Via.APP, now=now
    )
    said = Message.objects.select_related("staff__team").prefetch_related("attachments").get(pk=pk)
    return whole.answer(render.said(said), status=201, replayed=replayed)


@router.get("/files/{file_id}", response={**READING}, openapi_extra=BYTES, summary="A file")
def read_file(request: Asked, file_id: PathId) -> HttpResponseBase:
    """The bytes of a file of a message that he may read."""
    found = Attachment.objects.select_related("message__ticket").filter(pk=file_id).first()
    mine = found is not None and found.message.ticket.contact_id == request.auth.id
    readable = mine and found is not None and render.may_read(found.message, found.message.ticket)
    return files.download(found if readable else None)


@router.post("/tickets/{ticket_id}/urge", response=DETAIL, summary="Urge")
def urge(request: Asked, ticket_id: PathId) -> HttpResponse:
    """Holder and lead are told at once; at most every ten minutes."""
    upkeep.urge(request.auth, ticket_id=ticket_id, now=instants.now())
    return _detail(request, ticket_id)


@router.post("/tickets/{ticket_id}/solved", response=DETAIL, summary="It is solved")
def solved(request: Asked, ticket_id: PathId) -> HttpResponse:
    """He agrees that it is solved: the request is closed."""
    if _mine(request, ticket_id).is_open:
        raise Conflict(_("We are still working on it."), code="ticket_open")
    closing.close(_owner(request.auth), ticket_id=ticket_id, reason="", now=instants.now())
    return _detail(request, ticket_id)


def _owner(actor: Actor) -> Actor:
    return replace(actor, verbs=actor.verbs | {"ticket.close"})


@router.post("/tickets/{ticket_id}/reopen", response=DETAIL, summary="It is not solved")
def reopen(request: Asked, ticket_id: PathId) -> HttpResponse:
    """The resolution is owed again, as its terms say."""
    closing.reopen(request.auth, ticket_id=ticket_id, now=instants.now())
    return _detail(request, ticket_id)


@router.post("/tickets/{ticket_id}/rate", response=DETAIL, summary="Rate")
def rate(request: Asked, ticket_id: PathId, body: RateIn) -> HttpResponse:
    """How it was, once it is solved; his last rating counts."""
    upkeep.rate(request.auth, ticket_id=ticket_id, score=body.score, words=body.words, now=instants.now())
    return _detail(request, ticket_id)


@router.get("/live", response={200: told.LiveOut, **READING}, summary="Where to listen")
def listen(request: Asked) -> HttpResponse:
    """The address of a stream (server-sent events) of what changes in his newest 50 requests."""
    now, rows = instants.now(), queries.visible_to(request.auth).order_by("-id")
    topics = [f"ticket:{pk}" for pk in rows.values_list("pk", flat=True)[:LISTENS_TO]]
    ends = now + timedelta(seconds=live.TOKEN_SECONDS)
    token = live.token_for([*topics, "origin:*"])  # whoever has the token may listen from wherever his program runs
    return whole.answer(told.LiveOut(url=f"/rt?token={token}", topics=topics, expires_at=ends))
