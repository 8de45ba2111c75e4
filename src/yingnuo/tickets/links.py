"""How does a customer reach his ticket without signing in, and how does a reply find it?

Promise links are signed, age out and are revoked by raising the ticket's `link_version`. Reply addresses carry a short
keyed check, so that a guessed number opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import secrets
from yingnuo.kit.errors import NotFound, TooLate
from yingnuo.tickets.models import Ticket

LINK_AGE_S = 400 * 86_400
_ANY_AGE_S = 100 * 366 * 86_400
_REPLY = re.compile(r"\+(\d{1,18})-([0-9a-f]{12})@", re.IGNORECASE)
_SUBJECT = re.compile(r"\[YN-(\d{1,18})\]")


def promise_token(ticket: Ticket) -> str:
    """The signed token of a ticket's promise page."""
    return secrets.sign("promise", f"{ticket.pk}.{ticket.link_version}")


def promise_url(ticket: Ticket) -> str:
    """The full address of a ticket's promise page."""
    return str(settings.YINGNUO.address) + reverse("portal:promise", args=[promise_token(ticket)])


def ticket_of(token: str) -> Ticket:
    """The ticket of a promise token; NotFound when forged, TooLate when expired or revoked."""
    value = secrets.verify("promise", token, max_age_s=LINK_AGE_S)
    if value is None and secrets.verify("promise", token, max_age_s=_ANY_AGE_S) is not None:
        raise TooLate(_("This link is no longer valid. Ask us for a new one."), code="link_expired")
    if value is None:
        raise NotFound(_("This link is not valid. Ask us for a new one."), code="link_not_valid")
    pk, _dot, version = value.partition(".")
    ticket = Ticket.objects.select_related("contact", "contact__company", "team", "agent").filter(pk=int(pk)).first()
    if ticket is None or str(ticket.link_version) != version:
        raise TooLate(_("This link is no longer valid. Ask us for a new one."), code="link_revoked")
    return ticket


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
