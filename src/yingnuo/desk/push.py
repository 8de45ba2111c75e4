"""By which doors does a browser say that it may be told, or no more, and where does it get what tells it?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from yingnuo.alerts import push as services
from yingnuo.alerts import push_words
from yingnuo.channels.contract import ChannelError
from yingnuo.desk.access import DeskRequest, signed_in

_WORKER = (Path(__file__).parent / "static/desk/push/worker.js").read_bytes()
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker; at the root, so that it may open any page of the desk."""
    return HttpResponse(_WORKER, content_type="text/javascript", headers={"Service-Worker-Allowed": "/"})


def context(staff: int) -> dict[str, Any]:
    """What the page of one's own notices shows of push."""
    key = services.public_key()
    words = problems()
    rows = services.of(staff) if key else []
    return {"push_key": key, "browsers": [(row, words.get(row.problem.partition(":")[0], row.problem)) for row in rows]}


def problems() -> Mapping[str, str]:
    """What is wrong with a browser, by the code of what the last message met."""
    return {
        "push_refused": _("Its push service refused the last message."),
        "unreachable": _("Its push service cannot be reached from this machine."),
        "timeout": _("Its push service cannot be reached from this machine."),
        "tls": _("Its push service cannot be reached from this machine."),
        "no_browser": _("It takes no messages any more. Turn them on again there."),
        "secret_unreadable": _("It was kept under another key. Turn messages on again there."),
    }


@require_POST
@signed_in
def subscribe(request: DeskRequest) -> JsonResponse:
    """The browser's own words: endpoint, p256dh, auth."""
    said, agent = request.POST, request.headers.get("User-Agent", "")
    row = services.subscribe(
        request.actor, endpoint=said.get("endpoint", ""), p256dh=said.get("p256dh", ""), auth=said.get("auth", ""),
        name=named(agent), now=request.now,
    )  # fmt: skip
    messages.success(request, _("This browser is told from now on."))
    return JsonResponse({"id": row.pk}, status=201)


def named(agent: str) -> str:
    """A browser as its owner knows it: "Firefox · Windows"."""
    found = [next((name for mark, name in known if mark in agent), "") for known in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, found)) or _("Browser")


@require_POST
@signed_in
def unsubscribe(request: DeskRequest, pk: int) -> HttpResponseBase:
    """One of the reader's browsers is told no more."""
    services.unsubscribe(request.actor, browser=pk, now=request.now)
    messages.success(request, _("It is told no more."))
    return redirect("desk:my_notices")


@require_POST
@signed_in
def test(request: DeskRequest) -> HttpResponseBase:
    """One message to every browser of the reader."""
    try:
        services.send(request.staff, push_words.trial(request.staff))
    except ChannelError as error:
        said = {**problems(), "push_off": _("Push is switched off for everybody.")}
        messages.error(request, said.get(error.code, str(error)))
    else:
        messages.success(request, _("It has been given to the push service; it should appear in a moment."))
    return redirect("desk:my_notices")
