"""What happens to every request: whose language and zone, and how does a refusal or a notice reach the reader?

Order in settings: after sessions, authentication and messages; `refusals` last.
"""

from __future__ import annotations

import json
import zoneinfo
from collections.abc import Callable
from functools import cache
from urllib.parse import quote

from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from yingnuo.kit import problems
from yingnuo.kit.errors import Refused
from yingnuo.kit.pages import is_htmx

Respond = Callable[[HttpRequest], HttpResponseBase]

ZONE_COOKIE = "yn_zone"
SESSION = "Yn-Session"  # "out": nobody is signed in any more; "stale": the page came with an older token
TAKEN_COOKIE = "yn_taken"
_TAKEN_FOR_S = 600


def reader(get_response: Respond) -> Respond:
    """Activates the reader's language (account, cookie, browser) and zone (account, cookie, installation).

    An account says it by the attributes `language` and `time_zone`; "" means no wish.
    """

    def respond(request: HttpRequest) -> HttpResponseBase:
        language = language_of(request)
        with translation.override(language), timezone.override(zone_of(request)):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response

    return respond


def language_of(request: HttpRequest) -> str:
    """The first language we have among: kept in the account, chosen on this device, asked for by the browser."""
    user = getattr(request, "user", None)
    for wish in (getattr(user, "language", ""), request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")):
        if wish in dict(settings.LANGUAGES):
            return wish
    return translation.get_language_from_request(request)


def zone_of(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """The account's zone, else the browser's (cookie `yn_zone`), else the installation's."""
    user = getattr(request, "user", None)
    for wish in (getattr(user, "time_zone", ""), request.COOKIES.get(ZONE_COOKIE, "")):
        if wish and wish in _zones():
            return zoneinfo.ZoneInfo(wish)
    return zoneinfo.ZoneInfo(settings.TIME_ZONE)


@cache
def _zones() -> set[str]:
    """Every zone's name; asking the system walks its folders, which took half of a page's time."""
    return zoneinfo.available_timezones()


def toasts(get_response: Respond) -> Respond:
    """Sends the messages of `django.contrib.messages` with an htmx answer as the event `yn:toast`.

    Not with a redirect: fetch follows it unseen, and the next answer brings them.
    """

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        leaves = response.status_code in range(300, 400) or {"HX-Redirect", "HX-Refresh"} & set(response.headers)
        if is_htmx(request) and not leaves:
            notes = [_note(note) for note in get_messages(request)]
            if notes:
                add_trigger(response, "yn:toast", {"target": "body", "notes": notes})
        return response

    return respond


def taken(get_response: Respond) -> Respond:
    """Says by a cookie that a form was taken, by its address: only then does the browser forget what was typed into it
    by a member of staff.

    A redirect is the proof, unless to the page of signing in; by what else the page may look alike it cannot be told.
    """

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        goal = response.headers.get("Location", "")
        left = request.method == "POST" and response.status_code == 302 and not is_htmx(request)
        if left and hasattr(request, "staff") and not goal.startswith(str(settings.LOGIN_URL)):
            path, secure = quote(request.path, safe=""), settings.SESSION_COOKIE_SECURE
            response.set_cookie(TAKEN_COOKIE, path, max_age=_TAKEN_FOR_S, samesite="Lax", secure=secure)
        return response

    return respond


def _note(note: Message) -> dict[str, str]:
    """What a toast shows; one that can be undone (`extra_tags="undo:<address>"`) says where."""
    verb, _colon, address = (note.extra_tags or "").partition(":")
    told = {"text": str(note), "tone": note.level_tag}
    return told | {"undo": address} if verb == "undo" else told


def add_trigger(response: HttpResponseBase, event: str, detail: object) -> None:
    """Adds an event to the HX-Trigger header, keeping those a view has set (as JSON or as a comma list)."""
    earlier = response.headers.get("HX-Trigger", "")
    plain = not earlier.startswith("{")
    events = {name.strip(): {} for name in earlier.split(",") if name} if plain else json.loads(earlier)
    response.headers["HX-Trigger"] = json.dumps(events | {event: detail})


def refusals(get_response: Respond) -> _Refusals:
    """Turns a `Refused` that left a view into a toast (htmx), problem+json (machines) or a page (people)."""
    return _Refusals(get_response)


class _Refusals:
    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Django calls this when a view raised."""
        if not isinstance(error, Refused):
            return None
        if is_htmx(request):
            response = HttpResponse(status=error.status, headers={"HX-Reswap": "none"})
            add_trigger(response, "yn:toast", {"target": "body", "notes": problems.notes(error)})
            return response
        if request.headers.get("Accept", "").partition(";")[0].endswith("json"):
            return problems.as_json(error)
        return problems.as_page(request, error)
