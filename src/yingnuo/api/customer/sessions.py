"""Whose session is it, and how does a customer's app begin one?"""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router
from ninja.security import HttpBearer

from yingnuo.api import render
from yingnuo.api.customer.asked import SessionIn
from yingnuo.api.customer.told import CustomerOut, SessionOut
from yingnuo.api.limits import Room, Window
from yingnuo.api.once import own_key
from yingnuo.api.refused import READING
from yingnuo.customer_apps import sessions
from yingnuo.customer_apps.sessions import LASTS, Session
from yingnuo.kit import instants
from yingnuo.kit.errors import TooMany
from yingnuo.people.roles import Actor, actor_for_contact

PER_MINUTE = 300
window = Window(PER_MINUTE)
router = Router(tags=["session"])


class Asked(HttpRequest):
    """A request whose session was accepted."""

    auth: Actor
    mine: Session
    owner: str
    room: Room


class SessionBearer(HttpBearer):
    """`Authorization: Bearer …` → the customer as Actor; None (401) for a session that is forged or over."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """Also counts the request: TooMany when the user asks too often."""
        now = instants.now()
        found = sessions.of(token, now=now)
        if found is None:
            return None
        asked, key = cast("Asked", request), found.user.pk
        seconds = window.wait(key, now.timestamp())
        asked.mine, asked.owner, asked.room = found, f"app:{key}", window.room(key, now.timestamp())
        if seconds:
            text = _("You ask too often. Try again in %(seconds)s seconds.")
            raise TooMany(text, code="rate_limited", seconds=seconds)
        return actor_for_contact(found.contact)


@router.post("/session", auth=None, response={201: SessionOut, **READING}, summary="Begin a session")
@own_key
def begin_session(request: HttpRequest, body: SessionIn) -> HttpResponse:
    """An identity that the app's server has signed opens one session; shown again it is refused (401)."""
    now = instants.now()
    session, token = sessions.begin(body.identity, now=now)
    c = session.contact
    return render.answer(SessionOut(token=token, expires_at=now + LASTS, customer=c.pk, name=str(c)), status=201)


@router.get("/me", response={200: CustomerOut, **READING}, summary="Who am I?")
def me(request: Asked) -> HttpResponse:
    """The customer as we know him."""
    c = request.mine.contact
    shown = CustomerOut(
        id=c.pk, name=c.name, email=c.email, phone=c.phone, language=c.language, app=request.mine.app.code
    )
    return render.answer(shown)
