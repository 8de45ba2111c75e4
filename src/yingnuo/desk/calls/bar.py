"""Who calls, and what does whoever answers need at once? The cards over every page of somebody with a telephone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk import faces, rows
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.calls import faces as call_faces
from yingnuo.desk.calls.faces import Face
from yingnuo.desk.filters import View, number
from yingnuo.desk.rows import Row
from yingnuo.journey import call_deeds
from yingnuo.kit import pages, revisions
from yingnuo.telephony import book, queries, scripts
from yingnuo.telephony.models import Call, CallState
from yingnuo.tickets.queries import Filter

SHOWN = 5  # open tickets of the customer


@dataclass(frozen=True, slots=True)
class Card:
    """One call as it stands before the reader."""

    call: Call
    face: Face
    since: datetime
    number: str
    tier: SafeString | str
    queue: str
    tickets: Sequence[Row]
    script: str
    over: bool
    live: bool


@require_safe
@signed_in_who_may("call.take")
def bar(request: DeskRequest) -> HttpResponse:
    """The cards; they fetch themselves again when one of the reader's calls moves."""
    return _bar(request)


def _bar(request: DeskRequest) -> HttpResponse:
    lines = book.lines.at(revisions.current())
    found = queries.before(request.staff.pk, lines, now=request.now)
    cards = [_card(request, call, lines.queue(call.channel_id, call.queue)) for call in found]
    return render(request, "desk/calls/_bar.html", {"cards": cards, "now": request.now})


def _card(request: DeskRequest, call: Call, queue: str) -> Card:
    contact = call.contact
    over = call.state == CallState.ENDED
    return Card(
        call=call, face=call_faces.state(call), since=call_faces.since(call),
        number=call_faces.hidden(call.number or call.caller, call_faces.WITHHELD),
        tier=faces.tier(contact.company.tier if contact.company else contact.tier) if contact else "",
        queue=queue, tickets=_tickets(request, call), script="" if over else _script(request, call), over=over,
        live=call.state in (CallState.TALKING, CallState.HELD),
    )  # fmt: skip


def _tickets(request: DeskRequest, call: Call) -> Sequence[Row]:
    if call.contact_id is None:
        return ()
    theirs = View(Filter(state="open", contact=call.contact_id, order="due"), 1, "")
    return rows.page_of(request.actor, theirs, now=request.now, names=request.names, size=SHOWN).rows


def _script(request: DeskRequest, call: Call) -> str:
    purpose = scripts.CALLBACK if call.direction == "out" else scripts.GREETING
    language = call.contact.language if call.contact else request.staff.language
    return scripts.filled(purpose, language, values(request, call))


def values(request: DeskRequest, call: Call) -> dict[str, str | int]:
    """What a script may name."""
    contact = call.contact
    company = contact.company.name if contact and contact.company else ""
    return {"customer": contact.name if contact else "", "agent": request.staff.name, "company": company,
            "number": call.number, "missed": 1}  # fmt: skip


@require_POST
@signed_in_who_may("call.take")
def wrap_up(request: DeskRequest, pk: int) -> HttpResponse:
    """The reader is done with a call; what he wrote is a note in its ticket."""
    call_deeds.wrap_up(request.actor, call_id=pk, words=request.POST.get("words", ""), now=request.now)
    return _bar(request) if pages.is_htmx(request) else redirect("desk:home")


@require_POST
@signed_in_who_may("call.take")
def about(request: DeskRequest, pk: int) -> HttpResponse:
    """Which ticket the call is about; 0 for a new one. The page goes there."""
    wanted = number(request.POST.get("ticket", "")) or 0
    call = call_deeds.about(request.actor, call_id=pk, ticket_id=wanted, now=request.now)
    if not pages.is_htmx(request):
        return redirect("desk:ticket", call.ticket_id)
    return HttpResponse(status=204, headers={"HX-Redirect": f"/tickets/{call.ticket_id}/"})
