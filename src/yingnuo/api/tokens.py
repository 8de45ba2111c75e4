"""Which program is it that asks, judged by its bearer token?"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja.security import HttpBearer

from yingnuo.api.limits import window
from yingnuo.kit import instants, reading, secrets
from yingnuo.kit.errors import TooMany
from yingnuo.people.models import ApiToken
from yingnuo.people.roles import Actor, actor_for_token

_FIND = "WHERE digest = %s AND revoked_at IS NULL"
USED_EVERY = timedelta(minutes=1)  # `last_used_at` is written at most so often


class Asked(HttpRequest):
    """A request whose token was accepted."""

    auth: Actor


class Bearer(HttpBearer):
    """`Authorization: Bearer …` → Actor; None (401) for a token that is unknown, revoked or expired."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """Also counts the request: TooMany when the token asks too often."""
        now = instants.now()
        row = _row(token, now)
        if row is None:
            return None
        if seconds := window.wait(row.pk, now.timestamp()):
            raise TooMany(
                _("This token asks too often. Try again in %(seconds)s seconds."), code="rate_limited", seconds=seconds
            )
        return actor_for_token(row)


def _row(bearer: str, now: datetime) -> ApiToken | None:
    row = next(iter(reading.instances(ApiToken, _FIND, [secrets.digest(bearer)])), None)
    if row is None or (row.expires_at and row.expires_at <= now):
        return None
    if row.last_used_at is None or now - row.last_used_at >= USED_EVERY:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
    return row
