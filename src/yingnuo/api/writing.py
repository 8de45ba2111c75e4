"""How does a program keep saved replies, and see and steer replies that wait to leave?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, StringConstraints

from yingnuo.api import render
from yingnuo.api.asked import PathId, without_nul
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked
from yingnuo.journey import sending
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.kit.errors import Invalid
from yingnuo.people.models import Team
from yingnuo.people.roles import require
from yingnuo.writing import outgoing, replies
from yingnuo.writing.models import Outgoing, SavedReply
from yingnuo.writing.outgoing import Waiting
from yingnuo.writing.replies import ReplyFacts

router = Router(tags=["writing"])
Text = Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=50_000)]
Language = Literal["", "zh-hans", "zh-hant", "en"]


class SavedReplyIn(Schema):
    """A saved reply. `team` "" is for all, `language` "" for every one; `own`: of him the token is issued for."""

    model_config = ConfigDict(extra="forbid")
    shortcut: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=30)]
    title: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=80)]
    text: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=4_000)]
    language: Language = ""
    team: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=40)] = ""
    own: bool = False


class SavedReplyOut(Schema):
    """A saved reply."""

    id: int
    shortcut: str
    title: str
    text: str
    language: str
    team: str
    own: bool


class SavedReplyList(Schema):
    """Saved replies: those of the house, and one's own."""

    items: list[SavedReplyOut]


class RepliesGone(Schema):
    """What was taken away."""

    deleted: int


class LaterIn(Schema):
    """A reply that leaves at `leaves_at`; `unless_written`: not if the customer writes before."""

    model_config = ConfigDict(extra="forbid")
    text: Text
    leaves_at: AwareDatetime
    unless_written: bool = False
    then: Literal["", "wait", "resolve"] = ""
    way: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=40)] = ""


class WaitingReplyOut(Schema):
    """A reply that waits; `stopped` is the code of why it does not leave, "" while it waits."""

    id: int
    ticket: int
    text: str
    leaves_at: datetime
    scheduled: bool
    unless_written: bool
    stopped: str


class WaitingReplyList(Schema):
    """Replies that wait, the next to leave first."""

    items: list[WaitingReplyOut] = Field(default_factory=list)


@router.get("/saved-replies", response={200: SavedReplyList, **READING}, summary="List saved replies (ticket.reply)")
def list_saved_replies(request: Asked) -> HttpResponse:
    """Those of the house, then those of whom the token was issued for."""
    require(request.auth, "ticket.reply")
    rows = [*replies.of_house(), *replies.own(request.auth)]
    return render.answer(SavedReplyList(items=[_reply(row) for row in rows]))


@router.post(
    "/saved-replies", response={201: SavedReplyOut, **ALL}, summary="Make a saved reply (settings.edit, ticket.reply)"
)
def create_saved_reply(request: Asked, body: SavedReplyIn) -> HttpResponse:
    """One of the house (settings.edit), or one's own (ticket.reply)."""
    row = replies.save(request.auth, pk=None, facts=_facts(body), now=instants.now())
    return render.answer(_reply(row), status=201)


@router.put(
    "/saved-replies/{reply_id}", response={200: SavedReplyOut, **ALL},
    summary="Change a saved reply (settings.edit, ticket.reply)",
)  # fmt: skip
def put_saved_reply(request: Asked, reply_id: PathId, body: SavedReplyIn) -> HttpResponse:
    """Everything but whose it is."""
    return render.answer(_reply(replies.save(request.auth, pk=reply_id, facts=_facts(body), now=instants.now())))


@router.delete(
    "/saved-replies/{reply_id}", response={200: RepliesGone, **ALL},
    summary="Take a saved reply away (settings.edit, ticket.reply)",
)  # fmt: skip
def delete_saved_reply(request: Asked, reply_id: PathId) -> HttpResponse:
    """Takes it away."""
    replies.delete(request.auth, pk=reply_id, now=instants.now())
    return render.answer(RepliesGone(deleted=reply_id))


def _facts(body: SavedReplyIn) -> ReplyFacts:
    team = Team.objects.filter(code=body.team).first() if body.team else None
    if body.team and team is None:
        raise Invalid(_("Choose from the list."), fields={"team": _("Choose from the list.")})
    return ReplyFacts(body.shortcut, body.title, body.text, body.language, team.pk if team else None, body.own)


def _reply(row: SavedReply) -> SavedReplyOut:
    return SavedReplyOut(
        id=row.pk, shortcut=row.shortcut, title=row.title, text=row.text, language=row.language,
        team=row.team.code if row.team else "", own=row.owner_id is not None,
    )  # fmt: skip


@router.post(
    "/tickets/{ticket_id}/later",
    response={201: WaitingReplyOut, **ALL},
    summary="Write a reply that leaves later (ticket.reply)",
)
def reply_later(request: Asked, ticket_id: PathId, body: LaterIn) -> HttpResponse:
    """For a token issued for a member of staff: he is its writer."""
    later = Waiting(body.leaves_at, scheduled=True, unless_written=body.unless_written)
    said = Said(body.text, then=body.then, way=body.way)
    made = sending.schedule(request.auth, ticket_id=ticket_id, said=said, later=later, now=instants.now())
    return render.answer(_waiting(made), status=201)


@router.get(
    "/waiting-replies", response={200: WaitingReplyList, **READING}, summary="List replies that wait (ticket.reply)"
)
def list_waiting_replies(request: Asked) -> HttpResponse:
    """Those of whom the token was issued for."""
    require(request.auth, "ticket.reply")
    return render.answer(WaitingReplyList(items=[_waiting(row) for row in outgoing.of(request.auth)]))


@router.delete(
    "/waiting-replies/{reply_id}", response={200: RepliesGone, **ALL}, summary="Stop a reply that waits (ticket.reply)"
)
def delete_waiting_reply(request: Asked, reply_id: PathId) -> HttpResponse:
    """It does not leave, and nothing is kept of it."""
    require(request.auth, "ticket.reply")
    sending.throw_away(request.auth, pk=reply_id, now=instants.now())
    return render.answer(RepliesGone(deleted=reply_id))


def _waiting(row: Outgoing) -> WaitingReplyOut:
    return WaitingReplyOut(
        id=row.pk, ticket=row.ticket_id, text=row.text, leaves_at=row.leaves_at, scheduled=row.scheduled,
        unless_written=row.unless_written, stopped=row.why,
    )  # fmt: skip
