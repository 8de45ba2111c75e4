"""How does a customer reach his ticket without signing in, and how does a reply find it?

Promise links are signed. One opens its ticket as long as work is owed and for some days after (YINGNUO_LINK_DAYS,
counted from the closing, or from when the link was made if that was later); raising the ticket's `link_version` kills
all there are. Reply addresses carry a short keyed check, so that a guessed number opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yingnuo.brands import books as brands
from yingnuo.kit import secrets
from yingnuo.kit.errors import NotFound, TooLate
from yingnuo.tickets.models import Status, Ticket

_REPLY = re.compile(r"\+(\d{1,18})-([0-9a-f]{12})@", re.IGNORECASE)
_SUBJECT = re.compile(r"\[YN-(\d{1,18})\]")


def promise_token(ticket: Ticket) -> str:
    """The signed token of a ticket's promise page."""
    return secrets.sign("promise", f"{ticket.pk}.{ticket.link_version}")


def promise_url(ticket: Ticket) -> str:
    """The full address of a ticket's promise page, under a link made now."""
    return address_of(promise_token(ticket), ticket.brand)


def address_of(token: str, brand: str = "") -> str:
    """The full address of the promise page that a token opens, under its brand's own host where it has one."""
    host = brands.kept().of(brand).host if brand else ""
    base = str(settings.YINGNUO.address)
    base = f"{base.partition('://')[0]}://{host}" if host else base
    return base + reverse("portal:promise", args=[token])


def ticket_of(token: str, *, now: datetime) -> Ticket:
    """The ticket of a promise token; NotFound when forged, TooLate when expired or revoked."""
    ticket, version, made_at = _signed(token)
    if ticket is None or str(ticket.link_version) != version:
        raise TooLate(_("This link is no longer valid. Ask us for a new one."), code="link_revoked")
    closed = ticket.closed_at if ticket.status == Status.CLOSED else None
    if closed and now > max(closed, made_at) + timedelta(days=settings.YINGNUO.link_days):
        raise TooLate(_("This link is no longer valid. Ask us for a new one."), code="link_expired")
    return ticket


def owner_of(token: str) -> Ticket | None:
    """The ticket a token was made for, dead or not, so that its customer is mailed a new one; None when it is gone.

    NotFound when forged. It gives no right to show anything of the ticket.
    """
    return _signed(token)[0]


def _signed(token: str) -> tuple[Ticket | None, str, datetime]:
    found = secrets.signed_at("promise", token)
    if found is None:
        raise NotFound(_("This link is not valid. Ask us for a new one."), code="link_not_valid")
    pk, _dot, version = found[0].partition(".")
    rows = Ticket.objects.select_related("contact", "contact__company", "team", "agent", "agent__team")
    return rows.filter(pk=int(pk)).first(), version, found[1]


def _check(ticket: int) -> str:
    key = b"yingnuo.reply" + settings.SECRET_KEY.encode()
    return hmac.new(key, str(ticket).encode(), hashlib.sha256).hexdigest()[:12]


def reply_address(address: str, ticket: int) -> str:
    """The mailbox's address with the ticket in it: help@x becomes help+<ticket>-<check>@x."""
    name, _at, host = address.partition("@")
    return f"{name}+{ticket}-{_check(ticket)}@{host}" if host else ""


def hinted(recipients: tuple[str, ...], subject: str) -> int | None:
    """The ticket a mail names: by a signed reply address, else by a number in brackets in its subject."""
    for address in recipients:
        if (found := _REPLY.search(address)) and hmac.compare_digest(_check(int(found[1])), found[2].lower()):
            return int(found[1])
    named = _SUBJECT.search(subject)
    return int(named[1]) if named else None
