"""How is a customer called by a click?"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.filters import number
from yingnuo.journey import call_deeds
from yingnuo.journey.call_deeds import Wish
from yingnuo.kit import pages


@require_POST
@signed_in_who_may("call.dial")
def dial(request: DeskRequest) -> HttpResponse:
    """The reader's own telephone rings, then the customer's; the number itself is not shown."""
    wish = Wish(*(number(request.POST.get(name, "")) or 0 for name in ("contact", "ticket", "task")))
    call_deeds.dial(request.actor, wish=wish, now=request.now)
    messages.success(request, _("Your telephone rings: pick it up, and the customer is called."))
    if pages.is_htmx(request):
        return HttpResponse(status=204)
    back = urlsplit(request.headers.get("Referer", "")).path
    return redirect(back if url_has_allowed_host_and_scheme(back, None) and back else "desk:callbacks")
