"""How often may a stranger use the portal, and from where does he come?

Counts are kept in fixed windows in the database, so that all web processes see the same ones. Who is counted is kept
as a keyed digest only, for a day.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import TooMany
from yingnuo.portal.models import Use

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` uses of one kind in each window of `seconds` (counted from the epoch)."""

    what: str
    most: int
    seconds: int


ASK_HERE = Limit("ask-address", 30, 3_600)
ASK_PERSON = Limit("ask-person", 6, 600)
WORDS_TICKET = Limit("words-ticket", 20, 3_600)
RATE_TICKET = Limit("rate-ticket", 10, 3_600)
LINK_HERE = Limit("link-address", 10, 3_600)
LINK_PERSON = Limit("link-person", 3, 3_600)
LINK_TICKET = Limit("link-ticket", 3, 3_600)


def count(limit: Limit, who: str, *, now: datetime) -> None:
    """Counts one use by `who`; TooMany beyond the limit. An unknown who ("") is not counted."""
    if not who:
        return
    starts = datetime.fromtimestamp(int(now.timestamp()) // limit.seconds * limit.seconds, UTC)
    uses = _add(f"{limit.what}:{_digest(who)}", starts)
    if uses == 1:
        Use.objects.filter(starts_at__lt=now - KEPT).delete()
    if uses > limit.most:
        raise TooMany(_("That was often in a short time. Please try again later, or call us."), code="portal_too_many")


def _add(key: str, starts: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO portal_use (key, starts_at, count) VALUES (%s, %s, 1) "
            "ON CONFLICT (key, starts_at) DO UPDATE SET count = portal_use.count + 1 RETURNING count",
            [key, starts],
        )
        return int(cursor.fetchone()[0])


def _digest(who: str) -> str:
    return hmac.new(b"yingnuo.portal" + settings.SECRET_KEY.encode(), who.encode(), hashlib.sha256).hexdigest()[:32]


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: the IPv4 address, or the /64 of an IPv6 one; "" when it cannot be told.

    A proxy on this machine that is not among the trusted ones shows everybody as loopback: nobody is counted then.
    """
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return ""
    if address.is_loopback:
        return ""
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
