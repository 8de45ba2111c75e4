"""Where are the custom fields of a ticket filled in at the desk?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yingnuo.desk import deeds, units
from yingnuo.desk.access import DeskRequest, signed_in, signed_in_who_may
from yingnuo.journey import upkeep
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid
from yingnuo.tickets import fields, inputs, queries
from yingnuo.tickets.inputs import Filling
from yingnuo.tickets.models import Kind, Ticket


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def fill(request: DeskRequest, pk: int) -> HttpResponse:
    """The fields of a ticket in a dialog; posted, they are written and the ticket is shown as it is then."""
    found = queries.get_for(request.actor, pk)
    if request.method != "POST":
        return _dialog(request, found)
    try:
        said = inputs.posted(request.POST, found.fields, request.names.book)
        upkeep.fill(request.actor, ticket_id=pk, said=said, version=found.version, now=request.now)
    except Invalid as refused:
        return _dialog(request, found, refused)
    return deeds.after(request, pk)


def _dialog(request: DeskRequest, t: Ticket, refused: Invalid | None = None) -> HttpResponse:
    known, said = request.names.book, request.POST if refused else None
    about = Filling(request.actor, t.fields, "", said, refused.fields if refused else {})
    context = {
        "ticket": t, "title": _("Fields"), "now": request.now, "problem": str(refused or ""),
        "parts": inputs.parts(known.form(t.kind), about, known), "serials": units.serials(t.contact),
    }  # fmt: skip
    shown = {"dialog-body": "desk/_fill.html", "ticket": "desk/_fill.html"}
    response = pages.show(request, "desk/fill.html", context, parts=shown, status=422 if refused else 200)
    if refused and pages.is_htmx(request):
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#dialog-body", "innerHTML"
    return response


@require_safe
@signed_in_who_may("ticket.create")
def new_fields(request: DeskRequest) -> HttpResponse:
    """The fields of the kind that was chosen on the page of a new ticket; what was filled in before stays."""
    kind = request.GET.get("kind", "")
    context = of_new(request, kind if kind in Kind.values else Kind.ENQUIRY)
    return pages.show(request, "desk/_fields_of_new.html", context)


def of_new(request: DeskRequest, kind: str, problems: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The fields of a new ticket of a kind, with their defaults."""
    known = request.names.book
    said = request.POST if request.method == "POST" else request.GET
    defaults = {f.code: fields.default_of(f, known) for f in known.fields.values() if f.default}
    about = Filling(request.actor, defaults, fields.CREATE, said, problems)
    return {"parts": inputs.parts(known.form(kind), about, known)}
