"""What did the mail sink and the SMS simulator receive instead of the world?"""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from yingnuo.channels.models import Simulated
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.kit import pages


@require_safe
@signed_in_who_may("simulator.view")
def simulator(request: DeskRequest) -> HttpResponse:
    """What went out, newest first; fetched again whenever something may have been sent."""
    rows = Simulated.objects.all()
    if (way := request.GET.get("way", "")) in ("mail", "sms"):
        rows = rows.filter(way=way)
    page = pages.keyset(rows, by=("-id",), after=request.GET.get("after", ""))
    context = {"page": page, "way": way, "now": request.now, "here": request.get_full_path()}
    return pages.show(request, "desk/simulator.html", context, parts={"sink": "desk/_sink.html"})
