"""Where are two customers joined to one, with a reason, and taken apart again?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from yingnuo.desk import customer_card, customers, ticket
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.filters import number
from yingnuo.journey import joining
from yingnuo.kit import pages
from yingnuo.kit.errors import NotFound, Refused
from yingnuo.people import identities
from yingnuo.people.models import Contact, Evidence, IdentityKind
from yingnuo.tickets.models import Author, Message

_WORDS = 20  # of his newest messages, in which he may name himself
_MOST = 8


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_who_may("customer.edit")
def join(request: DeskRequest, pk: int) -> HttpResponse:
    """Who may be the same person, or who is searched; one of them becomes part of this customer."""
    kept = _get(pk)
    if request.method == "POST":
        return _joined(request, kept)
    return _show(request, kept)


def _joined(request: DeskRequest, kept: Contact) -> HttpResponse:
    said = request.POST
    try:
        joining.join(
            request.actor, kept=kept.pk, absorbed=number(said.get("other", "")) or 0,
            evidence=said.get("evidence", ""), note=said.get("note", ""), now=request.now,
        )  # fmt: skip
    except Refused as refused:
        return _show(request, kept, problem=str(refused), status=refused.status)
    messages.success(request, _("They are one customer now. It can be undone below."))
    return redirect("desk:customer", kept.pk)


def _show(request: DeskRequest, kept: Contact, *, status: int = 200, **more: Any) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    chosen = Contact.objects.filter(pk=number(request.GET.get("other", "")) or 0, joined_into=None).first()
    found = customers.found(words).exclude(pk=kept.pk)[:_MOST] if words else []
    context = {
        "contact": kept, "words": words, "chosen": chosen, "now": request.now, "evidences": Evidence.choices,
        "evidence": request.GET.get("evidence", ""), "preview": _preview(chosen) if chosen else None,
        "suggested": [(s.contact, ticket.masked(s.contact.phone), s.evidence) for s in _suggested(kept)],
        "found": [(c, ticket.masked(c.phone)) for c in found], **more,
    }  # fmt: skip
    return pages.show(request, "desk/join.html", context, parts={"join": "desk/_join.html"}, status=status)


def _preview(chosen: Contact) -> dict[str, Any]:
    seen = joining.preview(chosen)
    shown = [(IdentityKind(kind).label, customer_card.shown_value(kind, value)) for kind, value in seen.identities]
    return {"tickets": seen.tickets, "open": seen.open_tickets, "talks": seen.talks, "identities": shown}


def _suggested(kept: Contact) -> list[identities.Suggestion]:
    rows = Message.objects.filter(ticket__contact=kept, author=Author.CUSTOMER).order_by("-pk")[:_WORDS]
    return identities.suggestions(kept, words=rows.values_list("text", flat=True))


@require_POST
@signed_in_who_may("customer.edit")
def part(request: DeskRequest, pk: int) -> HttpResponse:
    """Takes two customers apart again."""
    row = joining.part(request.actor, joining=pk, now=request.now)
    messages.success(request, _("They are two customers again."))
    return redirect("desk:customer", row.kept_id)


def _get(pk: int) -> Contact:
    row = Contact.objects.select_related("company").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such customer."), code="contact_not_found")
    return row
