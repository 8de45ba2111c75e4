"""Who else has this ticket open now?"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.writing import presence


@require_POST
@signed_in
def here(request: DeskRequest, pk: int) -> HttpResponse:
    """An open page says that it is there (`typing`: somebody writes in it, `gone`: it was closed); hears of others."""
    if "gone" in request.POST:
        presence.leave(request.actor, ticket=pk)
        return HttpResponse(status=204)
    presence.beat(request.actor, ticket=pk, typing=request.POST.get("typing") == "1", now=request.now)
    others = presence.others(request.actor, ticket=pk, now=request.now)
    shown = [(request.names.person(h.staff), h.typing, h.left) for h in others]
    return render(request, "desk/writing/_here.html", {"others": shown})
