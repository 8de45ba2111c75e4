"""How does a ticket come on paper, and how does it leave the desk as one file?"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from yingnuo.desk.access import DeskRequest, signed_in, signed_in_who_may
from yingnuo.journey import bundling, dossier
from yingnuo.kit import pages
from yingnuo.tickets import queries


@require_safe
@signed_in
def paper(request: DeskRequest, pk: int) -> HttpResponse:
    """A4, light, with notes where that is asked for: what the browser prints."""
    notes = request.GET.get("notes") == "1"
    found = dossier.of(request.actor, ticket_id=pk, notes=notes, org=request.names.organisation, now=request.now)
    context = dossier.context_of(found) | {"now": request.now, "house": settings.YINGNUO.organisation, "notes": notes}
    return render(request, "desk/paper.html", context)


@require_safe
@signed_in_who_may("ticket.export")
def ask(request: DeskRequest, pk: int) -> HttpResponse:
    """With notes or without? A dialog, or a page of its own without scripts."""
    context = {"ticket": queries.get_for(request.actor, pk), "title": _("Export as a file"), "now": request.now}
    return pages.show(request, "desk/archive.html", context, parts={"dialog-body": "desk/_archive.html"})


@require_safe
@signed_in_who_may("ticket.export")
def archive(request: DeskRequest, pk: int) -> StreamingHttpResponse:
    """The ticket as a ZIP: conversation, facts with the ledger, files; streamed."""
    notes = request.GET.get("notes") == "1"
    name, pieces = bundling.export(
        request.actor, ticket_id=pk, notes=notes, org=request.names.organisation, now=request.now
    )
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
