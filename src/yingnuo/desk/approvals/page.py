"""What is to be decided, by whom, and what was said: the page of one approval, and the form to ask for one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yingnuo.approvals import rulebook
from yingnuo.approvals.models import Approval, State
from yingnuo.approvals.services import Wish
from yingnuo.desk import approval_sentences, deeds, faces
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.approvals import cards
from yingnuo.desk.filters import number
from yingnuo.journey import approving
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.people.roles import Actor
from yingnuo.tickets import queries as ticket_queries
from yingnuo.tickets.models import Urgency

_SAID = {
    State.ASKED.value: _("asked for it"), State.APPROVED.value: _("agreed"), State.DECLINED.value: _("declined it"),
    State.QUESTION.value: _("asked back"), "answer": _("answered"), State.WITHDRAWN.value: _("withdrew it"),
    State.VOID.value: _("changed the ticket: void"),
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def ask(request: DeskRequest, pk: int) -> HttpResponse:
    """Asks for approval; in a dialog of the ticket, or a page of its own without scripts."""
    found = ticket_queries.get_for(request.actor, pk, may="ticket.edit")
    if request.method == "POST":
        said = request.POST
        wish = Wish(said.get("template", ""), said.get("text", ""), amount(said.get("amount", "")))
        approving.ask(request.actor, ticket_id=pk, wish=wish, now=request.now)
        messages.success(request, _("Asked. Whoever decides is told."))
        return deeds.after(request, pk)
    offered = rulebook.for_ticket(found)
    context = {
        "ticket": found, "rules": offered, "amounts": any(r.asks_amount for r in offered), "now": request.now,
        "title": _("Ask for approval"), "may_settings": request.actor.may("settings.edit"),
    }  # fmt: skip
    return pages.show(request, "desk/approvals/ask.html", context, parts={"dialog-body": "desk/approvals/_ask.html"})


def amount(text: str) -> Decimal | None:
    """A number as a form's field writes it; None for an empty one."""
    if not text.strip():
        return None
    try:
        return Decimal(text.strip().replace(",", ""))
    except InvalidOperation as error:
        raise Invalid(_("This is no number."), fields={"amount": _("A number above 0.")}) from error


@require_safe
@signed_in
def approval(request: DeskRequest, pk: int) -> HttpResponse:
    """One approval: the facts, the steps with who decided, what was said, and the decision where it is the reader's."""
    return _show(request, approving.get_for(request.actor, pk, now=request.now))


def _show(request: DeskRequest, found: Approval) -> HttpResponse:
    names, ticket, now = request.names, found.ticket, request.now
    [card] = cards.cards([found], [found.promise], names, {}, now=now)
    asking = approving.stands_for(request.actor, found)
    seat = approving.seat_of(request.actor, found, now=now) if found.is_open else None
    sees = request.actor.sees(team=ticket.team_id, agent=ticket.agent_id, contact=ticket.contact_id)
    context: dict[str, Any] = {
        "card": card, "approval": found, "ticket": ticket, "now": now, "words": _words(found, request),
        "steps": _steps(found, request), "seat": seat, "asking_side": asking and request.actor.may("ticket.edit"),
        "stood_for": names.person(seat.staff_id) if seat and seat.staff_id != request.actor.id else "",
        "sees_ticket": sees, "kind": faces.kind(ticket.kind), "tier": faces.tier(ticket.tier),
        "urgency": Urgency(ticket.urgency).label, "line": names.line(ticket.product_line), "void": _why_void(found),
        "team": names.team(ticket.team_id), "agent": names.person(ticket.agent_id),
    }  # fmt: skip
    return pages.show(request, "desk/approvals/approval.html", context, parts={
        "approval": "desk/approvals/_approval.html",
    })  # fmt: skip


def _words(found: Approval, request: DeskRequest) -> list[dict[str, Any]]:
    return [
        {
            "who": request.names.person(w.staff_id) or _("Program"), "did": _SAID.get(w.kind, w.kind), "text": w.text,
            "at": w.at, "mark": w.kind, "instead": request.names.person(w.staff_for_id) if w.staff_for_id else "",
        }
        for w in found.words.order_by("id")
    ]  # fmt: skip


def _steps(found: Approval, request: DeskRequest) -> list[dict[str, Any]]:
    """Each step with its seats; those to come have none yet."""
    seats = list(found.seats.order_by("step", "pk"))
    names = request.names
    return [
        {
            "number": n + 1, "need": rulebook.step_of(spec).need, "now": found.is_open and n == found.step,
            "seats": [
                {
                    "who": names.person(s.staff_id), "approves": s.approves, "at": s.at,
                    "instead": names.person(s.by_id) if s.by_id and s.by_id != s.staff_id else "",
                }
                for s in seats if s.step == n
            ],
        }
        for n, spec in enumerate(found.steps)
    ]  # fmt: skip


def _why_void(found: Approval) -> str:
    if found.state != State.VOID:
        return ""
    row = Event.objects.filter(
        ticket_id=found.ticket_id, code=Code.APPROVAL_VOID, subject=f"approval:{found.pk}"
    ).first()
    return approval_sentences.fact_word(str(row.params.get("fact") or "")) if row else ""


Deed = Callable[[Actor, int, QueryDict, datetime], object]


def _decide(actor: Actor, pk: int, said: QueryDict, now: datetime, *, approves: bool) -> None:
    step, text = number(said.get("step", "")) or 0, said.get("text", "")
    approving.decide(actor, approval_id=pk, step=step, approves=approves, text=text, now=now)


_DEEDS: dict[str, tuple[Deed, Promise]] = {
    "approve": (lambda a, pk, said, now: _decide(a, pk, said, now, approves=True), _("You have agreed.")),
    "decline": (lambda a, pk, said, now: _decide(a, pk, said, now, approves=False), _("You have declined.")),
    "question": (
        lambda a, pk, said, now: approving.question(a, approval_id=pk, text=said.get("text", ""), now=now),
        _("Asked back."),
    ),
    "answer": (
        lambda a, pk, said, now: approving.answer(a, approval_id=pk, text=said.get("text", ""), now=now),
        _("Answered."),
    ),
    "withdraw": (
        lambda a, pk, said, now: approving.withdraw(a, approval_id=pk, text=said.get("text", ""), now=now),
        _("Withdrawn."),
    ),
}


@require_POST
@signed_in
def deed(request: DeskRequest, pk: int, name: str) -> HttpResponse:
    """Does it, then shows the approval as it is now."""
    if name not in _DEEDS:
        raise Http404
    act, done = _DEEDS[name]
    act(request.actor, pk, request.POST, request.now)
    messages.success(request, str(done))
    if not pages.is_htmx(request):
        return redirect("desk:approval", pk)
    return _show(request, approving.get_for(request.actor, pk, now=request.now))
