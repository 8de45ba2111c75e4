"""Who may call the chat's doors, and how is a call read before anything is believed?

The page that calls is of another origin: it must be one of the site's, and no cookie counts here, only the visitor's
token in the body. Every call is a POST with a small JSON body, or a form with files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from yingnuo.chat import identity, queries, sites
from yingnuo.chat.models import Visitor
from yingnuo.chat.sites import Site
from yingnuo.kit import instants, problems, texts
from yingnuo.kit.errors import Invalid, NotAllowed, Refused
from yingnuo.portal import limits, uploads

LARGEST_JSON = 64 * 1024
PREFLIGHT_S = 7_200  # the longest that browsers keep the answer to a preflight


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a site's page. `said` is its body: every value in it is a stranger's."""

    request: HttpRequest
    site: Site
    origin: str
    language: str
    said: Mapping[str, Any]
    now: datetime

    def text(self, name: str, most: int = 300) -> str:
        """A text of the body, cut, without signs that cannot be kept; "" for anything else."""
        value = self.said.get(name, "")
        return texts.keepable(value[:most]) if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """A whole number of the body from 0 to what an id can be; 0 for anything else."""
        value = self.said.get(name, 0)
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62 else 0

    @property
    def address(self) -> str:
        """Where it comes from, for counting."""
        return limits.address_of(self.request)

    def visitor(self) -> Visitor:
        """The visitor of the token in the body; NotAllowed without a good one."""
        key, _known = identity.key_in(self.site.channel.code, self.text("token"))
        found = queries.visitor_of(key) if key else None
        if found is None:
            raise NotAllowed(_("Please open the chat again."), code="no_visitor")
        return found


Answer = Callable[[Call], Mapping[str, Any]]


class TooLarge(Refused):
    """A body beyond the limit; nothing of it was read."""

    status, code = 413, "too_large"


def door(answer: Answer) -> Callable[..., HttpResponse]:
    """A view for one call: CORS for the site's origins, the body read within limits, refusals as problem+json."""

    @csrf_exempt
    @wraps(answer)
    def respond(request: HttpRequest, code: str) -> HttpResponse:
        origin = request.headers.get("Origin", "")
        try:
            site = sites.active(code)
            if not site.welcomes(origin):
                raise NotAllowed(_("This page may not show the chat."), code="origin_not_allowed")
        except Refused as error:
            return _vary(problems.as_json(error))
        response = _preflight() if request.method == "OPTIONS" else _answered(answer, request, site, origin)
        response.headers["Access-Control-Allow-Origin"] = origin
        return _vary(response)

    return respond


def _vary(response: HttpResponse) -> HttpResponse:
    response.headers["Vary"] = "Origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def _preflight() -> HttpResponse:
    allowed = {"Methods": "POST", "Headers": "content-type"}
    headers = {f"Access-Control-Allow-{name}": value for name, value in allowed.items()}
    return HttpResponse(status=204, headers=headers | {"Access-Control-Max-Age": str(PREFLIGHT_S)})


def _answered(answer: Answer, request: HttpRequest, site: Site, origin: str) -> HttpResponse:
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST, OPTIONS"})
    try:
        said = _body(request)
        language = _language(said)
        with translation.override(language):
            return JsonResponse(dict(answer(Call(request, site, origin, language, said, instants.now()))))
    except Refused as error:
        with translation.override(_language(_quietly(request))):
            return problems.as_json(error)


def _body(request: HttpRequest) -> Mapping[str, Any]:
    length = request.META.get("CONTENT_LENGTH") or "0"
    form = request.content_type == "multipart/form-data"
    most = uploads.most_bytes() + 1024 * 1024 if form else LARGEST_JSON
    if not length.isdigit() or int(length) > most:
        raise TooLarge(_("This is too large to send."))
    if form:
        return {name: str(value) for name, value in request.POST.items()}
    try:
        found = json.loads(request.body or b"{}")
    except (ValueError, RecursionError) as error:
        raise Invalid(_("This request could not be understood"), code="not_json") from error
    if not isinstance(found, dict):
        raise Invalid(_("This request could not be understood"), code="not_json")
    return found


def _quietly(request: HttpRequest) -> Mapping[str, Any]:
    try:
        return _body(request)
    except Refused:
        return {}


def _language(said: Mapping[str, Any]) -> str:
    wish = said.get("lang", "")
    return wish if isinstance(wish, str) and wish in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
