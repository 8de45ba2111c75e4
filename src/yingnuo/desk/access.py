"""Who may open a page of the desk, and as whom does he act there?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _

from yingnuo.desk import choices
from yingnuo.desk.choices import Names
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import Invalid
from yingnuo.kit.middleware import SESSION
from yingnuo.kit.pages import is_htmx
from yingnuo.people.models import Staff
from yingnuo.people.roles import Actor, actor_for_staff, require

P = ParamSpec("P")


class DeskRequest(HttpRequest):
    """A request of a signed-in member of staff. `now` is the door's one reading of the clock, `names` of the books."""

    actor: Actor
    names: Names
    staff: Staff
    now: datetime


View = Callable[Concatenate[DeskRequest, P], HttpResponseBase]
_SAFE = frozenset({"GET", "HEAD"})
PlainView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def signed_in(view: View[P]) -> PlainView[P]:
    """Only for signed-in staff; the view finds `request.actor`, `request.staff` and `request.now`."""
    return _guarded(view, "")


def signed_in_who_may(verb: str) -> Callable[[View[P]], PlainView[P]]:
    """As `signed_in`, and NotAllowed for those whose role does not know the verb."""
    return lambda view: _guarded(view, verb)


def _guarded(view: View[P], verb: str) -> PlainView[P]:
    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not isinstance(request.user, Staff):
            return _to_sign_in(request)
        _refuse_unkeepable(request)
        revision = revisions.current() if request.user.revision is None else request.user.revision
        request.names = names = choices.names_at(revision)  # type: ignore[attr-defined]
        request.actor = actor_for_staff(request.user, names.organisation)  # type: ignore[attr-defined]
        request.staff = request.user  # type: ignore[attr-defined]
        request.now = instants.now()  # type: ignore[attr-defined]
        if verb:
            require(request.actor, verb)  # type: ignore[attr-defined]
        with revisions.steady(revision) if request.method in _SAFE else nullcontext():
            response = view(request, *args, **kwargs)  # type: ignore[arg-type]
        if "Cache-Control" not in response.headers:
            add_never_cache_headers(response)
        return response

    return checked


def _refuse_unkeepable(request: HttpRequest) -> None:
    """The database keeps no NUL; nobody types one, so it is refused here and not in every form."""
    said = (value for query in (request.GET, request.POST) for values in query.lists() for value in values[1])
    if any("\x00" in str(value) for value in said):
        raise Invalid(_("There is a character in it that cannot be kept."), code="nul_character")


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back here afterwards; a part of a page cannot be come back to, its page can.

    Who has typed something and sends it by htmx stays on his page: it tells him, and sends again when he is back.
    """
    if is_htmx(request) and request.method == "POST":
        return HttpResponse(status=401, headers={SESSION: "out", "HX-Reswap": "none"})
    here = request.headers.get("HX-Current-URL", "") if is_htmx(request) else request.get_full_path()
    address = f"{reverse('desk:login')}?{urlencode({'next': here})}"
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
