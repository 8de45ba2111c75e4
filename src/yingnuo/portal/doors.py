"""What do all pages of the portal share: company, headers, and the way from a link to its ticket?"""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation.trans_real import parse_accept_lang_header

from yingnuo.brands import books
from yingnuo.kit import instants, pages
from yingnuo.kit.errors import NotFound, Refused, TooLate
from yingnuo.kit.middleware import ZONE_COOKIE
from yingnuo.people.roles import Actor, actor_for_contact
from yingnuo.portal import branding
from yingnuo.portal.forms import LinkForm
from yingnuo.tickets import links
from yingnuo.tickets.models import Ticket

View = Callable[..., HttpResponse]


def show(
    request: HttpRequest, page: str, context: Mapping[str, Any], *, parts: Mapping[str, str] | None = None,
    status: int = 200, now: datetime,
) -> HttpResponse:  # fmt: skip
    """A page of the portal, or the part of it that htmx asks for."""
    look = branding.shown_as(request, getattr(request, "ticket", None))
    name = look.name(translation.get_language() or "") or books.house(translation.get_language() or "")
    common = {"company_name": name, "brand": look, "brand_code": look.code or branding.DEFAULT, "now": now}
    return pages.show(request, page, common | dict(context), parts=parts, status=status)


def private(view: View) -> View:
    """Nobody keeps, indexes or passes on the address of this page: it may hold a customer's key.

    "same-origin" and not "no-referrer": with the latter browsers send forms with `Origin: null`, and CSRF refuses them.
    """

    @wraps(view)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return respond


def by_link(view: View) -> View:
    """Gives the view the ticket of its token, in the customer's language and zone; a dead link gets its own page."""

    @private
    @wraps(view)
    def respond(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            ticket = links.ticket_of(token, now=instants.now())
        except (NotFound, TooLate) as error:
            return lost(request, error, token)
        language = language_for(request, ticket)
        request.ticket = ticket  # type: ignore[attr-defined]  # as whose brand the page shows itself
        with translation.override(language), timezone.override(zone_for(request, ticket)):
            response = view(request, ticket, token, *args, **kwargs)
        response.headers["Content-Language"] = language
        return response

    return respond


def lost(request: HttpRequest, error: Refused, token: str) -> HttpResponse:
    """A link that opens nothing (404), no more (410), or asks too often (429): how to get a new one."""
    form = LinkForm()
    context = {"error": error, "form": form, "token": token, "expired": error.status == TooLate.status}
    return show(request, "portal/lost.html", context, status=error.status, now=instants.now())


def language_for(request: HttpRequest, ticket: Ticket) -> str:
    """Chosen on this device, else wished by the browser, else the one the ticket was asked in."""
    active = translation.get_language() or settings.LANGUAGE_CODE
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) in dict(settings.LANGUAGES)
    if chosen or _browser_wishes(request) or ticket.language not in dict(settings.LANGUAGES):
        return active
    return ticket.language


def _browser_wishes(request: HttpRequest) -> bool:
    """Whether the browser asks for a language that we have."""
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "").lower()):
        try:
            translation.get_supported_language_variant(code)
        except LookupError:
            continue
        return True
    return False


def zone_for(request: HttpRequest, ticket: Ticket) -> zoneinfo.ZoneInfo:
    """The browser's zone or a signed-in reader's (both active already), else the customer's own."""
    known = request.COOKIES.get(ZONE_COOKIE) or getattr(request.user, "is_authenticated", False)
    wish = timezone.get_current_timezone_name() if known else ticket.contact.zone
    return zoneinfo.ZoneInfo(wish if wish in zoneinfo.available_timezones() else settings.TIME_ZONE)


def customer_of(ticket: Ticket) -> Actor:
    """The customer as the holder of this link: he may also close what was solved for him."""
    actor = actor_for_contact(ticket.contact)
    return replace(actor, verbs=actor.verbs | {"ticket.close"})
