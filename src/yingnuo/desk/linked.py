"""How does an agent link a ticket to another one, and take the link away again?"""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from yingnuo.desk import deeds, rows
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.beside import RELATIONS
from yingnuo.desk.filters import number
from yingnuo.desk.rows import Row
from yingnuo.journey import linking
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid
from yingnuo.kit.middleware import add_trigger
from yingnuo.tickets import queries
from yingnuo.tickets.queries import Filter

FOUND = 8
_ADDRESS = re.compile(r"/tickets/(\d{1,18})(?:[/?#]|$)")
_NUMBER = re.compile(r"^(?:yn-)?(\d{1,18})$", re.IGNORECASE)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def links(request: DeskRequest, pk: int) -> HttpResponse:
    """The form that links a ticket, with what the words find; posted, the link is made."""
    found = queries.get_for(request.actor, pk, may="ticket.edit")
    if request.method == "POST":
        relation, other = request.POST.get("relation", ""), _meant(request)
        linking.link(request.actor, ticket_id=pk, other_id=other, relation=relation, now=request.now)
        messages.success(request, _("Linked."))
        return deeds.after(request, pk)
    words = request.GET.get("q", "").strip()[:200]
    asked = request.GET.get("relation", "")
    context: dict[str, Any] = {
        "ticket": found, "title": _("Link to another ticket"), "relations": RELATIONS.items(), "words": words,
        "relation": asked if asked in RELATIONS else "related", "found": _found(request, words, pk), "now": request.now,
    }  # fmt: skip
    parts = {"dialog-body": "desk/beside/_link.html", "link-found": "desk/beside/_link_found.html"}
    return pages.show(request, "desk/beside/link.html", context, parts=parts)


def _meant(request: DeskRequest) -> int:
    """The ticket that was chosen, or whose number or address was written."""
    other = number(request.POST.get("other", "")) or named(request.POST.get("q", ""))
    if not other:
        problem = _("Choose a ticket, or write its number.")
        raise Invalid(problem, fields={"q": problem})
    return other


def named(text: str) -> int | None:
    """The ticket that a number (YN-42) or an address of the desk names."""
    said = text.strip()
    found = _NUMBER.match(said) or _ADDRESS.search(said)
    return int(found[1]) if found else None


def _found(request: DeskRequest, words: str, pk: int) -> list[Row]:
    """Tickets in sight, but not this one: the named one, else the newest that have these words."""
    if not words:
        return []
    exact = named(words)
    seen = queries.visible_to(request.actor)
    wanted = Filter(scope="all", state="any", words=words, order="newest")
    tickets = seen.filter(pk=exact) if exact else queries.queue(request.actor, wanted, now=request.now)
    return [row for row in rows.listed(tickets, now=request.now, most=FOUND + 1) if row.id != pk][:FOUND]


@require_POST
@signed_in
def deed(request: DeskRequest, pk: int, relation: str, other: int, name: str) -> HttpResponse:
    """Takes a link away, with the way back; or makes it again."""
    if relation not in RELATIONS or name not in ("remove", "restore"):
        raise Http404
    act = linking.unlink if name == "remove" else linking.link
    act(request.actor, ticket_id=pk, other_id=other, relation=relation, now=request.now)
    if name == "remove":
        back = reverse("desk:link", args=[pk, relation, other, "restore"])
        messages.success(request, _("The link is gone."), extra_tags=f"undo:{back}")
        return deeds.after(request, pk)
    messages.success(request, _("Linked."))
    if not pages.is_htmx(request):
        return redirect("desk:ticket", pk)
    response = HttpResponse(status=204)
    add_trigger(response, f"yn:ticket:{pk}", {"target": "body"})
    return response
