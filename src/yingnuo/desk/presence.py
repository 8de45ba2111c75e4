"""How does a member of staff say whether he takes tickets?"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.journey import reactions
from yingnuo.kit import pages
from yingnuo.people import services
from yingnuo.people.models import Presence


@require_POST
@signed_in
def presence(request: DeskRequest) -> HttpResponse:
    """Sets the reader's presence; who comes online gets what waits for his teams."""
    wish = request.POST.get("presence", "")
    services.set_presence(request.actor, staff=request.staff, presence=wish, now=request.now)
    if wish == Presence.ONLINE:
        reactions.came_online(sorted(request.actor.teams or ()))
    if not pages.is_htmx(request):
        return redirect("desk:home")
    return render(request, "desk/_presence.html")
