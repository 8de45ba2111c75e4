"""How does an agent make a sub-ticket, look through all of them, and answer them together?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yingnuo.desk import beside, deeds
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import number
from yingnuo.journey import family
from yingnuo.journey.reply import Said
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid
from yingnuo.people.roles import require
from yingnuo.tickets import queries
from yingnuo.tickets.models import Kind, Ticket, Urgency
from yingnuo.writing import drafts


@require_safe
@signed_in
def children(request: DeskRequest, pk: int) -> HttpResponse:
    """One page of a ticket's sub-tickets: the card leafs with it, without scripts it is a page of its own."""
    found = queries.get_for(request.actor, pk)
    page = min(max(1, number(request.GET.get("page", "")) or 1), 1_000)
    context = _around(request, found) | beside.of(request, found, page=page)
    return pages.show(
        request, "desk/beside/children.html", context, parts={"children": "desk/beside/_children_list.html"}
    )


def _around(request: DeskRequest, found: Ticket) -> dict[str, Any]:
    may = request.actor.may
    return {
        "ticket": found, "now": request.now, "base": reverse("desk:ticket", args=[found.pk]),
        "may": {verb: may(f"ticket.{verb}") for verb in ("edit", "reply", "create", "resolve")},
    }  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request: DeskRequest, pk: int) -> HttpResponse:
    """The form of a sub-ticket, filled in from its parent; posted, it is made."""
    require(request.actor, "ticket.create")
    found = queries.get_for(request.actor, pk, may="ticket.edit")
    if request.method == "POST":
        made = family.make_child(request.actor, ticket_id=pk, wish=_wish(request), now=request.now)
        messages.success(request, _("%(number)s is made; its clocks run.") % {"number": made.number})
        return deeds.after(request, pk)
    context = _around(request, found) | {
        "title": _("Make a sub-ticket"), "kinds": Kind.choices, "urgencies": Urgency.choices,
        "lines": request.names.lines.items(), "teams": [(g.id, g.name) for g in request.names.groups],
    }  # fmt: skip
    return pages.show(request, "desk/beside/new.html", context, parts={"dialog-body": "desk/beside/_new.html"})


def _wish(request: DeskRequest) -> family.Wish:
    said = request.POST
    line = said.get("product_line", "")
    if line and line not in request.names.lines:
        raise Invalid(_("This value cannot be used."), fields={"product_line": _("Choose from the list.")})
    team = said.get("team", "")
    return family.Wish(
        subject=said.get("subject", ""), text=said.get("text", "")[: drafts.LONGEST], kind=said.get("kind", ""),
        urgency=said.get("urgency", ""), product_line=line, team=(number(team) or 0) if team else None,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def answer(request: DeskRequest, pk: int) -> HttpResponse:
    """One public reply into each open sub-ticket; what came of it is told ticket by ticket."""
    found = queries.get_for(request.actor, pk, may="ticket.reply")
    title = _("Answer all open sub-tickets")
    context = _around(request, found) | {"title": title, "open": len(family.open_within(found))}
    if request.method != "POST":
        return pages.show(
            request, "desk/beside/answer.html", context, parts={"dialog-body": "desk/beside/_answer.html"}
        )
    text = request.POST.get("text", "")
    if len(text) > drafts.LONGEST:
        raise Invalid(_("The text is too long."), fields={"text": _("At most 50,000 characters.")})
    said = Said(text, then="resolve" if request.POST.get("resolve") == "1" else "")
    context["outcome"] = family.answer_children(request.actor, ticket_id=pk, said=said, now=request.now)
    return pages.show(request, "desk/beside/answer.html", context, parts={"dialog-body": "desk/beside/_answered.html"})
