"""Which program is it that asks, judged by its bearer token?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja.security import HttpBearer

from yingnuo.api.limits import Room, window
from yingnuo.kit import instants, reading, secrets
from yingnuo.kit.errors import NotAllowed, TooMany
from yingnuo.people.models import ApiToken, Staff
from yingnuo.people.roles import Actor, actor_for_token

_FIND = "WHERE digest = %s AND revoked_at IS NULL"
USED_EVERY = timedelta(minutes=1)  # `last_used_at` is written at most so often


class Asked(HttpRequest):
    """A request whose token was accepted. `owner` is whose idempotency keys it brings, `room` what is left to it."""

    auth: Actor
    token: ApiToken
    owner: str
    room: Room


class Bearer(HttpBearer):
    """`Authorization: Bearer …` → Actor; None (401) for a token that is unknown, revoked or expired."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """Also counts the request: TooMany when the token asks too often."""
        now = instants.now()
        row = _row(token, now)
        actor = _actor(row) if row else None
        if row is None or actor is None:
            return None
        asked = cast("Asked", request)
        seconds = window.wait(row.pk, now.timestamp())
        asked.token, asked.owner, asked.room = row, f"token:{row.pk}", window.room(row.pk, now.timestamp())
        if seconds:
            raise TooMany(
                _("This token asks too often. Try again in %(seconds)s seconds."), code="rate_limited", seconds=seconds
            )
        return actor


def _row(bearer: str, now: datetime) -> ApiToken | None:
    row = next(iter(reading.instances(ApiToken, _FIND, [secrets.digest(bearer)])), None)
    if row is None or (row.expires_at and row.expires_at <= now):
        return None
    if row.last_used_at is None or now - row.last_used_at >= USED_EVERY:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
    return row


def _actor(row: ApiToken) -> Actor | None:
    """Who acts; None for a token of somebody who may not sign in any more."""
    if row.acts_for_id is None:
        return actor_for_token(row)
    staff = reading.by_id(Staff, [row.acts_for_id]).get(row.acts_for_id)
    return actor_for_token(row, staff) if staff and staff.active else None


def acting(actor: Actor) -> Actor:
    """The actor, when a token acts for a member of staff; NotAllowed for a token of its own."""
    if actor.kind != "staff":
        text = _("Only a token that acts for a member of staff can do this.")
        raise NotAllowed(text, code="acts_for_nobody")
    return actor


def staff_of(request: Asked) -> Staff:
    """The member of staff a token acts for; NotAllowed for a token of its own."""
    return Staff.objects.get(pk=acting(request.auth).id)
