"""Which token is it that asks, and how does a program give its own up?"""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from yingnuo.api import render, told
from yingnuo.api.limits import window
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked
from yingnuo.api.told_house import Gone
from yingnuo.kit import instants, revisions
from yingnuo.people import services
from yingnuo.people.queries import organisation

router = Router(tags=["token"])


@router.get("/me", response={200: told.MeOut, **READING}, summary="Who am I?")
def me(request: Asked) -> HttpResponse:
    """The token's name, scopes and end, and as whom it acts."""
    token, actor = request.token, request.auth
    staff = organisation.at(revisions.current()).staff.get(token.acts_for_id or 0)
    shown = told.MeOut(
        name=token.name, scopes=sorted(token.scopes), may=sorted(actor.verbs), acts_for=render.person(staff),
        expires_at=token.expires_at, last_used_at=token.last_used_at, requests_per_minute=window.most,
    )  # fmt: skip
    return render.answer(shown)


@router.delete("/me", response={200: Gone, **ALL}, summary="Revoke this token")
def give_up(request: Asked) -> HttpResponse:
    """This token stops working at once."""
    services.give_up_token(request.auth, token=request.token, now=instants.now())
    return render.answer(Gone(deleted=request.token.name))
