"""What happens around every operation: which bodies are read at all, and what does every answer carry?"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI

from yingnuo.api import refusals
from yingnuo.api.limits import Room
from yingnuo.api.refusals import NotThisMethod, OtherMedia, TooLarge
from yingnuo.kit.errors import Refused

View = Callable[..., HttpResponse]
JSON = "application/json"


def addresses(api: NinjaAPI) -> tuple[list[URLPattern], str, str]:
    """The addresses of an API as `django.urls.path` takes them, each behind this gate."""
    found, app, name = api.urls
    patterns = [pattern for pattern in found if isinstance(pattern, URLPattern)]
    for pattern in patterns:
        pattern.callback = through(pattern.callback)
    return patterns, app, name


def through(view: View) -> View:
    """The view behind the gate."""

    @wraps(view)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if refused := _unread(request):
            return refusals.answer(refused)
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            response = _not_this_method(response)
        return _marked(response, getattr(request, "room", None))

    return respond


def _unread(request: HttpRequest) -> Refused | None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) == 0:
        return None
    if int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return TooLarge(_("A body has at most %(mb)s MB."), mb=settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2)
    if request.content_type and request.content_type != JSON:
        return OtherMedia(_("Send the body as application/json."))
    return None


def _not_this_method(response: HttpResponse) -> HttpResponse:
    allowed = response.headers.get("Allow", "")
    refused = refusals.answer(NotThisMethod(_("This address takes only: %(methods)s."), methods=allowed))
    refused.headers["Allow"] = allowed
    return refused


def _marked(response: HttpResponse, room: Room | None) -> HttpResponse:
    response.headers.setdefault("Cache-Control", "private, no-store")
    if room is not None:
        response.headers["RateLimit-Policy"] = f'"caller";q={room.most};w=60'
        response.headers["RateLimit"] = f'"caller";r={room.left};t={room.seconds}'
    return response
