"""How is a step of the operating rule ticked in a ticket?"""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from yingnuo.desk import deeds
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import number
from yingnuo.journey import steps


@require_POST
@signed_in
def tick(request: DeskRequest, pk: int) -> HttpResponse:
    """Ticks a step or takes the tick back, then shows the ticket as it is now."""
    said = request.POST
    rule, key = number(said.get("rule", "")) or 0, number(said.get("key", "")) or 0
    steps.tick(request.actor, ticket_id=pk, rule=rule, key=key, done=said.get("done") == "1", now=request.now)
    return deeds.after(request, pk)
