"""What does a program hear when it is refused? Problem details (RFC 9457) with a stable code, in its language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from yingnuo.kit import problems
from yingnuo.kit.errors import Invalid, NotFound, Refused, TooMany

CONTENT_TYPE = "application/problem+json"


NAMES = {
    400: "This request could not be understood", 401: "We do not know who asks", 403: "You may not do this",
    404: "There is nothing here", 405: "This cannot be done here", 409: "Somebody was quicker",
    412: "It was changed meanwhile", 413: "This is too large", 415: "This form of a body is not understood",
    422: "Something is missing or wrong", 429: "Too many requests", 503: "We are away for a moment",
}  # fmt: skip
"""The titles of problems as the document prints them; answers have them in the reader's language."""


class Malformed(Refused):
    """The body is no JSON, or the request cannot be read at all."""

    status, code = 400, "malformed"


class NotKnown(Refused):
    """There is no token, or it is not valid."""

    status, code = 401, "not_authenticated"


class NotThisMethod(Refused):
    """The address is there, but not for this method."""

    status, code = 405, "method_not_allowed"


class TooLarge(Refused):
    """The body is larger than the installation takes."""

    status, code = 413, "too_large"


class OtherMedia(Refused):
    """The body is of a media type that is not read."""

    status, code = 415, "unsupported_media_type"


def install(api: NinjaAPI) -> None:
    """Every refusal of this API answers as a problem."""
    api.add_exception_handler(Refused, _refused)
    api.add_exception_handler(ValidationError, _not_valid)
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(Http404, _no_such_thing)


def nowhere(request: HttpRequest) -> HttpResponse:
    """The answer for an address below the API that does not exist."""
    return answer(NotFound(gettext_lazy("There is no such address in this API."), code="no_such_address"))


def _refused(request: HttpRequest, error: Any) -> HttpResponse:
    return answer(error)


def answer(error: Refused) -> HttpResponse:
    """The problem as RFC 9457 has it, with when to come again and how to sign in."""
    response = problems.as_json(error)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.params.get("seconds", 60))
    if error.code == "in_progress":
        response.headers["Retry-After"] = "1"
    if isinstance(error, NotKnown):
        response.headers["WWW-Authenticate"] = 'Bearer realm="Yingnuo"'
    return response


def _http_error(request: HttpRequest, error: Any) -> HttpResponse:
    if error.status_code == 401:
        return _refused(request, NotKnown(gettext_lazy("Send a valid API token as a bearer token.")))
    return _refused(request, Malformed(gettext_lazy("The request body is not valid JSON.")))


def _no_such_thing(request: HttpRequest, error: Any) -> HttpResponse:
    return nowhere(request)


def _not_valid(request: HttpRequest, error: Any) -> HttpResponse:
    fields = {_place(one["loc"]): _sentence(one) for one in error.errors}
    return _refused(request, Invalid(gettext_lazy("Some values cannot be used; see the fields."), fields=fields))


def _place(location: Sequence[str | int]) -> str:
    """("body", "body", "contact", "email") → "contact.email"; the path or query parameter's own name otherwise."""
    parts = [str(part) for part in location]
    return ".".join(parts[2:] if parts[0] == "body" else parts[-1:])


def _sentence(error: Mapping[str, Any]) -> str:
    """What to do about one value, in the reader's language; English for the rare kinds."""
    kind, limits = str(error.get("type", "")), error.get("ctx") or {}
    if kind == "missing":
        return _("This field is required.")
    if kind == "extra_forbidden":
        return _("There is no such field.")
    if kind in ("enum", "literal_error"):
        return _("Choose one of: %(choices)s.") % {"choices": limits.get("expected", "")}
    if kind == "string_too_long":
        most = int(limits["max_length"])
        return ngettext("At most %(n)s character.", "At most %(n)s characters.", most) % {"n": most}
    if kind in _SHORT:
        return str(_SHORT[kind])
    return str(error.get("msg", ""))


_SHORT = {
    "string_too_short": gettext_lazy("This field must not be empty."),
    "string_type": gettext_lazy("Write a text."),
    "string_unicode": gettext_lazy("This text has a broken character."),
    "int_parsing": gettext_lazy("Write a whole number."),
    "int_type": gettext_lazy("Write a whole number."),
    "string_pattern_mismatch": gettext_lazy("This does not have the right form."),
    "datetime_from_date_parsing": gettext_lazy("Write a moment such as 2026-03-02T09:30:00+08:00."),
    "datetime_parsing": gettext_lazy("Write a moment such as 2026-03-02T09:30:00+08:00."),
    "not_base64": gettext_lazy("Write the bytes as base64."),
    "timezone_aware": gettext_lazy("Say the time zone of the moment, such as +08:00."),
}
