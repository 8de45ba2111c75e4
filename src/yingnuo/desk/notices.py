"""Which warnings has a member of staff to see and to take up?"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from yingnuo.alerts import matters, queries, services
from yingnuo.alerts.models import Notice
from yingnuo.alerts.wording import headline
from yingnuo.desk import faces
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.kit import pages
from yingnuo.kit.middleware import add_trigger
from yingnuo.people.roles import Actor
from yingnuo.tickets.models import Ticket

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """One notice in the list."""

    notice: Notice
    headline: str
    milestone: str
    subject: str
    tone: str
    icon: str
    may_ack: bool
    number: str
    href: str


_FACES = {
    "warning": ("orange", "clock-exclamation"), "unacknowledged": ("orange", "bell-ringing"),
    "broken": ("red", "alert-triangle"), "urged": ("red", "bell-ringing"),
    "undeliverable": ("red", "alert-triangle"), "proposed": ("blue", "target-arrow"),
    "approved": ("green", "circle-check"), "rejected": ("orange", "ban"), "in_force": ("blue", "target-arrow"),
    "review": ("orange", "calendar-event"), "holidays": ("orange", "calendar-off"),
    "mentioned": ("blue", "at"), "reply_stopped": ("orange", "hand-stop"),
    "sms_cap": ("orange", "device-mobile"),
}  # fmt: skip


@require_safe
@signed_in
def notices(request: DeskRequest) -> HttpResponse:
    """The reader's newest notices; looking at the page marks them as seen."""
    shown = _shown(request.actor)
    if shown and not pages.is_htmx(request):
        services.see(request.actor, up_to=shown[0].notice.pk, now=request.now)
    context = {"notices": shown, "now": request.now}
    return pages.show(request, "desk/notices.html", context, parts={"notices": "desk/_notices.html"})


def _shown(actor: Actor) -> list[Shown]:
    latest = queries.latest(actor, most=SHOWN)
    subjects = dict(Ticket.objects.filter(pk__in={n.ticket_id for n in latest}).values_list("pk", "subject"))
    return [_one(n, subjects.get(n.ticket_id, "")) for n in latest]


def _one(n: Notice, subject: str) -> Shown:
    tone, icon = _FACES.get(n.reason, ("gray", "bell"))
    awaited = n.acked_at is None and n.ack_by is not None
    if not n.ticket_id:
        matter = matters.of(n)
        return Shown(n, headline(n.reason), "", matter.name, tone, icon, awaited, "", matter.path)
    href = reverse("desk:ticket", args=[n.ticket_id])
    label = faces.milestone(n.milestone)
    return Shown(n, headline(n.reason), label, subject, tone, icon, awaited, f"YN-{n.ticket_id}", href)


@require_safe
@signed_in
def bell(request: DeskRequest) -> HttpResponse:
    """The number on the bell; nothing when all is seen."""
    return render(request, "desk/_bell.html", {"count": queries.unseen_count(request.actor)})


@require_POST
@signed_in
def ack(request: DeskRequest, pk: int) -> HttpResponse:
    """The reader takes a warning up: the next step of its ladder does not fire."""
    services.acknowledge(request.actor, notice=pk, now=request.now)
    messages.success(request, _("You have taken it up."))
    if not pages.is_htmx(request):
        return redirect("desk:notices")
    context = {"notices": _shown(request.actor), "now": request.now}
    response = render(request, "desk/_notices.html", context)
    add_trigger(response, "yn:notices", {"target": "body"})
    return response
