"""Which tickets wait, and which is due next?"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from yingnuo.desk import choices, macros, rows, tables, tabs
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import read
from yingnuo.kit import pages


@require_safe
@signed_in
def queue(request: DeskRequest) -> HttpResponse:
    """The queue; its part `queue` is fetched again whenever a ticket changes."""
    view = read(request.GET, request.actor)
    scopes, states = rows.chips(request.actor, view, now=request.now)
    look = tabs.look_of(request.actor, view)
    group = tables.grouped(view, look)
    page = rows.page_of(request.actor, view, now=request.now, names=request.names, group=group)
    context: dict[str, Any] = {"view": view, "page": page, "scopes": scopes, "states": states, "now": request.now}
    context |= {"previous": view.address(page=view.page - 1), "following": view.address(page=view.page + 1)}
    context |= {
        "searched": bool(view.filter.words),
        "narrowed": view.narrowed,
        "plain": view.address() if view.saved and not view.changed else tabs.plain(view),
    }
    context["may_export"] = request.actor.may("ticket.export")
    context |= choices.for_queue(request.actor, request.names) | {"macros": macros.offered(request.actor)}
    context |= tabs.around(request, view, look, page)
    return pages.show(request, "desk/queue.html", context, parts={"queue": "desk/_queue.html"})
