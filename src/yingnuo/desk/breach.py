"""Where does a person say why a promise was broken, ask for an excuse, decide about one, or go to tell the customer?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk import broken, explain, faces, links, sentences
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.composing import uploaded
from yingnuo.desk.filters import number
from yingnuo.engine import promise as engine_promise
from yingnuo.journey import breaches as deeds
from yingnuo.kit import pages
from yingnuo.kit.errors import NotFound
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.promises import breach_reasons, breaches, marking
from yingnuo.promises.breach_models import Breach, ExcuseCode
from yingnuo.promises.breaches import Given
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import calendar
from yingnuo.tickets import queries
from yingnuo.tickets.models import Message, Ticket

OFFERED = 12  # messages and ledger rows that can be chosen as evidence, the newest
#: Ledger rows that can show why a promise was broken.
_SHOWING = (
    Code.TICKET_ROUTED, Code.TICKET_ASSIGNED, Code.TICKET_CHANGED, Code.TICKET_WAITING, Code.TICKET_RESUMED,
    Code.TICKET_REOPENED, Code.TICKET_MERGED, Code.TICKET_ABSORBED, Code.MESSAGE_UNDELIVERABLE, Code.NOTICE_GIVEN,
    Code.NOTICE_SKIPPED, Code.PROMISE_CORRECTED, Code.RAW_FAILED,
)  # fmt: skip


@require_safe
@signed_in
def breach(request: DeskRequest, pk: int, promise_id: int) -> HttpResponse:
    """The file of a broken promise; in a dialog, or a page of its own without scripts."""
    t = queries.get_for(request.actor, pk)
    p = Promise.objects.filter(pk=promise_id, ticket=t).first()
    if p is None or not breaches.is_broken(p, now=request.now):
        raise NotFound(_("There is no such broken promise."), code="breach_not_found")
    return pages.show(request, "desk/breach.html", _about(request, t, p), parts={"dialog-body": "desk/_breach.html"})


def _about(request: DeskRequest, t: Ticket, p: Promise) -> dict[str, Any]:
    state = marking.state_of(p, now=request.now)
    working = calendar(state.terms.calendar)
    found = Breach.objects.filter(promise=p).first()
    file = broken.shown(found, request.names) if found else broken.File(p.pk)
    kept = [r for r in breach_reasons.known().values() if r.active or r.code == file.code]
    return {
        "ticket": t, "promise_id": p.pk, "label": faces.milestone(p.milestone), "now": request.now, "breach": file,
        "sentence": explain.sentence(engine_promise.explain(state.terms, state, working), working),
        "holder": _holder(request, p), "links": links.of_promise(p, request.names, request.actor, now=request.now),
        "reasons": kept, "waits": file.excuse == ExcuseCode.ASKED,
        "messages_to_choose": _messages(t), "events_to_choose": _events(request, t), **_may(request, t, p, found),
    }  # fmt: skip


def _may(request: DeskRequest, t: Ticket, p: Promise, found: Breach | None) -> dict[str, bool]:
    actor, excuse = request.actor, found.excuse if found else ExcuseCode.NONE
    asks = found is not None and bool(found.reason) and excuse in (ExcuseCode.NONE, ExcuseCode.REFUSED)
    return {
        "may_reason": actor.may("breach.reason") and excuse != ExcuseCode.GRANTED,
        "may_ask": asks and breaches.may_ask(actor, p, t),
        "may_decide": found is not None and excuse == ExcuseCode.ASKED and breaches.may_decide(actor, p, found),
        "may_tell": actor.may("ticket.reply") and breaches.may_tell(p),
    }  # fmt: skip


def _holder(request: DeskRequest, p: Promise) -> str:
    who = " · ".join(filter(None, (request.names.person(p.agent_id), request.names.team(p.team_id))))
    return _("Held at the breach by %(who)s.") % {"who": who or _("nobody")}


def _messages(t: Ticket) -> list[tuple[int, str, datetime]]:
    rows = Message.objects.filter(ticket=t).exclude(text="").order_by("-at", "-id")[:OFFERED]
    return [(pk, broken.snippet(text), at) for pk, text, at in rows.values_list("pk", "text", "at")]


def _events(request: DeskRequest, t: Ticket) -> list[tuple[int, str, datetime]]:
    rows = Event.objects.filter(ticket_id=t.pk, code__in=[c.value for c in _SHOWING]).order_by("-id")[:OFFERED]
    return [(e.pk, sentences.line(e, request.names).what, e.at) for e in rows]


def _reason(request: DeskRequest, pk: int, promise_id: int, version: int | None) -> None:
    said = request.POST
    given = Given(
        said.get("reason", ""), said.get("words", ""), _numbers(said.getlist("messages")),
        _numbers(said.getlist("events")), uploaded(request.FILES.getlist("files")),
    )  # fmt: skip
    deeds.give_reason(request.actor, ticket_id=pk, promise_id=promise_id, given=given, version=version, now=request.now)


def _numbers(found: list[str]) -> tuple[int, ...]:
    return tuple(number(text) or 0 for text in found[:50])


def _excuse(request: DeskRequest, pk: int, promise_id: int, version: int | None) -> None:
    words = request.POST.get("words", "")
    deeds.ask_excuse(request.actor, ticket_id=pk, promise_id=promise_id, words=words, version=version, now=request.now)


def _decide(request: DeskRequest, pk: int, promise_id: int, version: int | None) -> None:
    verdict, note = request.POST.get("verdict", ""), request.POST.get("note", "")
    deeds.decide(
        request.actor, ticket_id=pk, promise_id=promise_id, verdict=verdict, note=note, version=version,
        now=request.now,
    )  # fmt: skip


_DEEDS: dict[str, tuple[Callable[[DeskRequest, int, int, int | None], None], Lazy]] = {
    "reason": (_reason, gettext_lazy("The reason is kept.")), "excuse": (_excuse, gettext_lazy("Asked.")),
    "decide": (_decide, gettext_lazy("Decided.")),
}  # fmt: skip


@require_POST
@signed_in
def deed(request: DeskRequest, pk: int, promise_id: int, name: str) -> HttpResponse:
    """Does it, then shows the file as it is now."""
    if name not in _DEEDS:
        raise Http404
    act, done = _DEEDS[name]
    act(request, pk, promise_id, number(request.POST.get("version", "")))
    messages.success(request, str(done))
    if not pages.is_htmx(request):
        return redirect("desk:breach", pk, promise_id)
    t = queries.get_for(request.actor, pk)
    p = Promise.objects.get(pk=promise_id, ticket=t)
    return pages.show(request, "desk/breach.html", _about(request, t, p), parts={"dialog-body": "desk/_breach.html"})
