"""Where is it? Tickets by number or words, customers by name, address or number."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from yingnuo.desk import customers, faces, rows, ticket
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.tickets import queries
from yingnuo.tickets.queries import Filter

TICKETS, PEOPLE = 30, 10


@require_safe
@signed_in
def search(request: DeskRequest) -> HttpResponse:
    """Everything in the reader's sight that the words fit; a ticket's number in full leads straight to it."""
    words = request.GET.get("q", "").strip()[:200]
    if words.lower().startswith("yn-") and words[3:].isascii() and words[3:].isdigit() and len(words) < 21:
        pk = int(words[3:])
        if queries.visible_to(request.actor).filter(pk=pk).exists():
            return redirect("desk:ticket", pk)
    wanted = Filter(scope="all", state="any", words=words, order="newest")
    tickets = (
        queries.queue(request.actor, wanted, now=request.now) if words else queries.visible_to(request.actor).none()
    )
    page = rows.Page(rows.listed(tickets, now=request.now, most=TICKETS), 1, False)
    context = {"words": words, "page": page, "people": _people(request, words), "now": request.now}
    return render(request, "desk/search.html", context)


def _people(request: DeskRequest, words: str) -> list[tuple[object, str, str]]:
    if not words or not request.actor.may("customer.view"):
        return []
    return [(c, ticket.masked(c.phone), faces.tier(c.tier)) for c in customers.found(words)[:PEOPLE]]
