"""How does a program read a conversation and add to it?"""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from ninja.params.functions import Header, Query
from pydantic import Field

from yingnuo.api import intake, render, told
from yingnuo.api.asked import MessageIn, PathId
from yingnuo.api.intake import Sent
from yingnuo.api.once import once, own_key
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tickets import KEY, Key
from yingnuo.api.tokens import Asked
from yingnuo.journey import reply
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.promises.breach_words import Follows
from yingnuo.tickets import queries
from yingnuo.tickets.models import Message
from yingnuo.tickets.services import NewFile

router = Router(tags=["messages"])
Last = Annotated[int, Field(ge=1, le=500)]


@router.get(
    "/tickets/{ticket_id}/messages", response={200: told.MessageList, **READING}, summary="Read messages (ticket.view)"
)
def list_messages(request: Asked, ticket_id: PathId, last: Annotated[Last, Query(200)]) -> HttpResponse:
    """The newest messages of a ticket, notes included."""
    ticket = queries.get_for(request.auth, ticket_id)
    found = queries.conversation(ticket, reader=request.auth, last=last)
    return render.answer(told.MessageList(items=[render.message(m) for m in found]))


@router.post(
    "/tickets/{ticket_id}/messages",
    response={201: told.MessageOut, **ALL},
    summary="Add a message (ticket.create, ticket.reply, ticket.note)",
)
@own_key
def add_message(
    request: Asked, ticket_id: PathId, body: MessageIn, idempotency_key: Annotated[Key, Header("", alias=KEY)]
) -> HttpResponse:
    """The customer's further words, a reply to him, or a note for staff."""
    if body.type == "customer":
        return _customer(request, ticket_id, body, idempotency_key)
    return _ours(request, ticket_id, body)


@once
def _ours(request: Asked, ticket_id: int, body: MessageIn) -> HttpResponse:
    files = tuple(NewFile(f.name, f.content_type, f.data) for f in body.files)
    now = instants.now()
    if body.type == "note":
        made = reply.note(request.auth, ticket_id=ticket_id, text=body.text, files=files, now=now)
    else:
        follows = Follows(body.follows, body.next_at)
        said = Said(
            body.text, files, qualified=body.qualified, then=body.then, told=body.told, tells=body.tells or 0,
            follows=follows, way=body.way,
        )  # fmt: skip
        made = reply.answer(request.auth, ticket_id=ticket_id, said=said, now=now)
    return _shown(made.pk)


def _customer(request: Asked, ticket_id: int, body: MessageIn, key: str) -> HttpResponse:
    ticket = queries.get_for(request.auth, ticket_id, may="ticket.create")
    now = instants.now()
    sent = Sent(request.body, key, str(request.token.pk))
    pk, replayed = intake.add_words(
        request.auth, ticket=ticket, text=body.text, files=body.files, sent=sent, now=now
    )  # fmt: skip
    return _shown(pk, replayed=replayed)


def _shown(pk: int, *, replayed: bool = False) -> HttpResponse:
    rows = Message.objects.select_related("staff", "contact").prefetch_related("attachments")
    return render.answer(render.message(rows.get(pk=pk)), status=201, replayed=replayed)
