"""Which calls were there, and how do they sound?"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.calls import faces as call_faces
from yingnuo.desk.calls.faces import Face
from yingnuo.journey import call_deeds
from yingnuo.kit import pages, revisions
from yingnuo.telephony import book, queries
from yingnuo.telephony.models import Call, CallOutcome

OUTCOMES = ("answered", "abandoned", "unanswered", "blocked", "menu")


@dataclass(frozen=True, slots=True)
class Line:
    """One call in the list."""

    call: Call
    face: Face
    number: str
    queue: str
    who: str


@require_safe
@signed_in_who_may("call.take")
def log(request: DeskRequest) -> HttpResponse:
    """Calls, the newest first: an agent's own, or those of the reader's teams for who sees the hotline."""
    chosen = request.GET.get("outcome", "")
    rows = Call.objects.filter(_sight(request)).select_related("contact", "ticket")
    if chosen in OUTCOMES:
        rows = rows.filter(outcome=chosen)
    page = pages.keyset(rows, by=("-began_at", "-id"), after=request.GET.get("after", ""), size=50)
    lines = book.lines.at(revisions.current())
    context = {
        "page": page, "lines": [_line(request, call, lines) for call in page.rows], "now": request.now, "tab": "log",
        "chosen": chosen, "outcomes": [(code, call_faces.OUTCOMES[CallOutcome(code)].word) for code in OUTCOMES],
        "may_listen": request.actor.may("call.listen"), "may_hotline": request.actor.may("hotline.view"),
        "may_setup": request.actor.may("settings.view"),
    }  # fmt: skip
    return pages.show(request, "desk/calls/log.html", context, parts={"call-log": "desk/calls/_log.html"})


def _sight(request: DeskRequest) -> Q:
    own = Q(staff=request.staff)
    return own | queries.sight(request.actor) if request.actor.may("hotline.view") else own


def _line(request: DeskRequest, call: Call, lines: book.Lines) -> Line:
    other = call.number or (call.called if call.direction == "out" else call.caller)
    who = request.names.person(call.staff_id) or call.agent
    number = call_faces.hidden(other, call_faces.WITHHELD)
    return Line(call, call_faces.outcome(call), number, lines.queue(call.channel_id, call.queue), who)


@require_safe
@signed_in_who_may("call.listen")
def recording(request: DeskRequest, pk: int) -> HttpResponse:
    """The recording itself, fetched from the telephone system; that it was listened to stands in the ledger."""
    found = call_deeds.recording(request.actor, call_id=pk, now=request.now)
    response = HttpResponse(found.data, content_type=found.content_type)
    name = "".join(c for c in found.name if c.isalnum() or c in "._-")[:100] or "recording"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox"
    add_never_cache_headers(response)
    return response
