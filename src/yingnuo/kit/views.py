"""Which pages belong to no slice? The reader's switches, health, error pages, the styleguide."""

from __future__ import annotations

import sys

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from yingnuo.kit import middleware, pages, problems, samples
from yingnuo.kit.errors import Unavailable

YEAR_SECONDS = 365 * 86_400
AGAIN_S = 5  # when to ask again while the database is away


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keeps the chosen language on this device and goes back."""
    response = _back(request)
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        _keep(response, settings.LANGUAGE_COOKIE_NAME, chosen)
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keeps the chosen theme on this device and goes back."""
    response = _back(request)
    chosen = request.POST.get("theme", "")
    if chosen in {"auto", "light", "dark"}:
        _keep(response, "yn_theme", chosen)
    return response


def _back(request: HttpRequest) -> HttpResponseRedirect:
    wish = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wish, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(wish if safe else "/")


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=YEAR_SECONDS,
        httponly=name != "yn_theme",
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


@require_safe
@never_cache
def session(request: HttpRequest) -> JsonResponse:
    """Who is signed in in this browser now ("" for nobody), and the token that his forms carry."""
    person = str(request.user.pk) if request.user.is_authenticated else ""
    return JsonResponse({"person": person, "token": get_token(request) if person else ""})


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while this process answers at all."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers too, else 503: a balancer sends nobody here then."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return JsonResponse({"ready": False, "database": type(error).__name__}, status=503)
    return JsonResponse({"ready": True})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400."""
    return problems.page(request, 400, _("Go back and try again."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    return problems.page(request, 403, _("Your role does not allow this. Ask your lead or an administrator."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: mostly a page that stood open over a sign-in; sent by htmx it renews its token by itself."""
    if pages.is_htmx(request):
        return HttpResponse(status=403, headers={middleware.SESSION: "stale", "HX-Reswap": "none"})
    return problems.page(request, 403, _("This page had become too old. Load it again and repeat."), "csrf")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    return problems.page(request, 404, _("The address is wrong, or you may not see what is there."))


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500; Django calls it while the error is being handled, from wherever it came: view, API or middleware."""
    refusal = problems.away(sys.exc_info()[1])
    if refusal is not None:
        return _unavailable(request, refusal)
    return problems.page(request, 500, _("The fault has been recorded. Please try again in a moment."))


def _unavailable(request: HttpRequest, refusal: Unavailable) -> HttpResponse:
    """In the language of the device: that of the account cannot be looked up now."""
    language = translation.get_language_from_request(request)
    with translation.override(language):
        if pages.is_htmx(request):
            response = HttpResponse(status=refusal.status, headers={"HX-Reswap": "none"})
            middleware.add_trigger(response, "yn:toast", {"target": "body", "notes": problems.notes(refusal)})
        elif request.path.startswith("/api/"):
            response = problems.as_json(refusal)
        else:
            response = problems.away_page(request, refusal, language=language)
    for name, value in (("Retry-After", str(AGAIN_S)), ("Cache-Control", "no-store"), ("Content-Language", language)):
        response.headers[name] = value
    return response


def _for_builders_only(request: HttpRequest) -> None:
    if not (settings.DEBUG or import_string(settings.STYLEGUIDE_FOR)(getattr(request, "user", None))):
        raise PermissionDenied


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """All components in all states."""
    _for_builders_only(request)
    return render(request, "kit/styleguide.html", samples.components())


@require_safe
def styleguide_desk(request: HttpRequest) -> HttpResponse:
    """A mock ticket page: queue, conversation, side cards."""
    _for_builders_only(request)
    return render(request, "kit/styleguide_desk.html", samples.desk())


@require_safe
def styleguide_portal(request: HttpRequest) -> HttpResponse:
    """A mock customer page."""
    _for_builders_only(request)
    return render(request, "kit/styleguide_portal.html", samples.portal())
