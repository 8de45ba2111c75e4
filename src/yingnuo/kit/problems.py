"""What does a reader, a machine or an open page see when the product refuses or fails?"""

from __future__ import annotations

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import Invalid, Refused, Unavailable

TITLES: dict[int, str | Promise] = {
    400: _("This request could not be understood"),
    401: _("We do not know who asks"),
    403: _("You may not do this"),
    404: _("There is nothing here"),
    405: _("This cannot be done here"),
    409: _("Somebody was quicker"),
    410: _("This is no longer possible"),
    412: _("It was changed meanwhile"),
    413: _("This is too large"),
    415: _("This form of a body is not understood"),
    422: _("Something is missing or wrong"),
    429: _("Too many requests"),
    500: _("Something went wrong on our side"),
    503: _("We are away for a moment"),
}


def page(request: HttpRequest, status: int, detail: str | Promise, code: str = "") -> HttpResponse:
    """An error page in the look of the product; it reads nothing from the database."""
    context = {"status": status, "title": TITLES.get(status, TITLES[400]), "detail": detail, "code": code}
    return render(request, "kit/problem.html", context, status=status)


def as_page(request: HttpRequest, error: Refused) -> HttpResponse:
    """The page for a refusal, with what is wrong in each field."""
    context = {"status": error.status, "title": TITLES.get(error.status, TITLES[400]), "detail": str(error)}
    fields = error.fields if isinstance(error, Invalid) else {}
    return render(request, "kit/problem.html", context | {"code": error.code, "fields": fields}, status=error.status)


def as_json(error: Refused) -> JsonResponse:
    """RFC 9457 problem details with the stable `code`."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": str(TITLES.get(error.status, TITLES[400])),
        "status": error.status,
        "code": error.code,
        "detail": str(error),
    }
    if isinstance(error, Invalid):
        body["fields"] = {name: str(words) for name, words in error.fields.items()}
    return JsonResponse(body, status=error.status, content_type="application/problem+json")


def away(error: BaseException | None) -> Unavailable | None:
    """The refusal to answer with when the database cannot be reached (SQLSTATE classes 08, 53 and 57P, or none)."""
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    state = getattr(error.__cause__, "sqlstate", None) or ""
    gone = not state or state.startswith(("08", "53", "57P"))
    text = _("Our database cannot be reached. What you sent may not have been taken in; please try again in a moment.")
    return Unavailable(text) if gone else None


def away_page(request: HttpRequest, error: Refused, *, language: str) -> HttpResponse:
    """A page that stands alone: what the others share (who reads, what is to be told) would ask the database."""
    here = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    context = {"title": TITLES[error.status], "detail": str(error), "here": here, "lang": language}
    return HttpResponse(render_to_string("kit/away.html", context), status=error.status)


def notes(error: Refused) -> list[dict[str, str]]:
    """The toasts for a refusal: the sentence, then one for each field; nothing is said twice."""
    fields = error.fields if isinstance(error, Invalid) else {}
    said = dict.fromkeys(str(words) for words in (error, *fields.values()))
    return [{"text": text, "tone": "error"} for text in said]
