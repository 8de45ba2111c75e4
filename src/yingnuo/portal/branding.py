"""As which brand does a page of the portal show itself, and where do its logo and its colours come from?"""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from yingnuo.brands import books
from yingnuo.brands.books import Look
from yingnuo.tickets.models import Ticket

COOKIE = "yn_brand"
DEFAULT = "default"  # how addresses name the brand whose code is empty
_YEAR_S = 365 * 86_400


def shown_as(request: HttpRequest, ticket: Ticket | None) -> Look:
    """The ticket's brand, else the one of the host name, else the one whose page was opened on this device."""
    book = books.now()
    if ticket is not None:
        return book.of(ticket.brand)
    host = request.get_host().partition(":")[0]
    return book.by_host(host) or book.of(request.COOKIES.get(COOKIE, "")[:40])


def company(request: HttpRequest, ticket: Ticket | None = None) -> str:
    """The name customers know the organisation by; "" where nobody has named it."""
    language = get_language() or ""
    return shown_as(request, ticket).name(language) or books.house(language)


@require_safe
def enter(request: HttpRequest, code: str) -> HttpResponse:
    """The portal of one brand: its pages are shown as this brand's on this device from now on."""
    response = redirect("portal:home")
    if code == DEFAULT:
        response.delete_cookie(COOKIE)
        return response
    if books.now().of(code).code != code:
        raise Http404
    response.set_cookie(COOKIE, code, max_age=_YEAR_S, httponly=True, secure=request.is_secure(), samesite="Lax")
    return response


def _look(code: str) -> Look:
    look = books.now().of("" if code == DEFAULT else code)
    if code not in (look.code, DEFAULT):
        raise Http404
    return look


@require_safe
def logo(request: HttpRequest, code: str, version: int) -> HttpResponseBase:
    """The brand's logo. Its bytes were looked at when it came, and browsers are told not to guess."""
    look = _look(code)
    if not look.logo or not default_storage.exists(look.logo):
        raise Http404
    response = FileResponse(default_storage.open(look.logo), content_type=look.logo_type)
    return _kept(response)


@require_safe
def colours(request: HttpRequest, code: str, version: int) -> HttpResponseBase:
    """The brand's colour at the head of the page, with the text colour that is read on it."""
    look = _look(code)
    css = ""
    if look.colour:
        css = (
            f".yn-portal-top {{ background: {look.colour}; border-color: {look.colour}; color: {look.ink}; }}\n"
            f".yn-portal-top a, .yn-portal-top button, .yn-portal-top .yn-portal-name {{ color: {look.ink}; }}\n"
            f".yn-portal-top :focus-visible {{ outline-color: {look.ink}; }}\n"
        )
    return _kept(HttpResponse(css, content_type="text/css"))


def _kept(response: HttpResponseBase) -> HttpResponseBase:
    """The address names the version: what stands there never changes."""
    patch_cache_control(response, public=True, max_age=_YEAR_S, immutable=True)
    return response
