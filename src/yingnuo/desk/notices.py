"""Which warnings has a member of staff to see and to take up?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from yingnuo.alerts import matters, queries, services
from yingnuo.alerts.models import Notice
from yingnuo.alerts.wording import headline
from yingnuo.desk import faces
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import number
from yingnuo.kit import looks, pages
from yingnuo.kit.middleware import add_trigger
from yingnuo.people.roles import Actor
from yingnuo.promises.models import MilestoneCode
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
    "task_asked": ("blue", "checklist"), "task_question": ("orange", "user-question"),
    "task_answered": ("blue", "messages"), "approval_asked": ("orange", "user-question"),
    "approval_approved": ("green", "circle-check"), "approval_declined": ("red", "ban"),
    "approval_void": ("orange", "alert-triangle"), "approval_question": ("orange", "user-question"),
    "approval_answered": ("blue", "messages"), "approval_withdrawn": ("gray", "arrow-back-up"),
    "task_passed_on": ("blue", "checklist"),
    "task_done": ("green", "circle-check"), "task_refused": ("orange", "ban"),
    "task_withdrawn": ("gray", "arrow-back-up"), "review": ("orange", "calendar-event"),
    "holidays": ("orange", "calendar-off"),
    "mentioned": ("blue", "at"), "children_done": ("green", "circle-check"), "reply_stopped": ("orange", "hand-stop"),
    "sms_cap": ("orange", "device-mobile"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bundle:
    """What came about one ticket, the newest first, all of it seen or none; about anything else one notice each."""

    first: Shown
    more: list[Shown]

    @property
    def waiting(self) -> bool:
        """Whether something is to be taken up among what is folded away."""
        return any(one.may_ack for one in self.more)


_ONLY: dict[str, Promise] = {
    "": _("All"), "unread": _("Unread"), "waiting": _("To take up"), "tickets": _("About tickets"),
    "others": _("About anything else"),
}  # fmt: skip


@require_safe
@signed_in
def notices(request: DeskRequest) -> HttpResponse:
    """The reader's newest notices. They stay unread until he opens what they are about, or marks all as read."""
    return pages.show(request, "desk/notices.html", _about(request), parts={"notices": "desk/_notices.html"})


def _about(request: DeskRequest) -> dict[str, Any]:
    only = request.GET.get("only", "")
    only = only if only in _ONLY else ""
    shown = _shown(request.actor, only)
    unread = [s for s in shown if not s.notice.seen_at]
    return {
        "sections": [(_("Unread"), _bundled(unread)), (_("Earlier"), _bundled([s for s in shown if s.notice.seen_at]))],
        "any": bool(shown), "newest": shown[0].notice.pk if unread else 0, "only": only, "now": request.now,
        "chips": [looks.Chip(word, f"?only={code}", active=code == only) for code, word in _ONLY.items()],
    }  # fmt: skip


def _bundled(shown: list[Shown]) -> list[Bundle]:
    bundles: dict[str, Bundle] = {}
    for one in shown:
        key = one.number or f"notice {one.notice.pk}"
        if key in bundles:
            bundles[key].more.append(one)
        else:
            bundles[key] = Bundle(one, [])
    return list(bundles.values())


@require_safe
@signed_in
def cause(request: DeskRequest, pk: int) -> HttpResponse:
    """To what the notice is about; it and what else came about the same ticket are read then."""
    return redirect(_one(services.open_one(request.actor, notice=pk, now=request.now), "").href)


@require_POST
@signed_in
def read(request: DeskRequest) -> HttpResponse:
    """Everything up to the newest that the reader's page showed counts as read; what came since does not."""
    services.see(request.actor, up_to=number(request.POST.get("up_to", "")) or 0, now=request.now)
    return _again(request)


def _again(request: DeskRequest) -> HttpResponse:
    if not pages.is_htmx(request):
        return redirect("desk:notices")
    response = render(request, "desk/_notices.html", _about(request))
    add_trigger(response, "yn:notices", {"target": "body"})
    return response


def _shown(actor: Actor, only: str) -> list[Shown]:
    latest = queries.latest(actor, most=SHOWN, only=only)
    subjects = dict(Ticket.objects.filter(pk__in={n.ticket_id for n in latest}).values_list("pk", "subject"))
    return [_one(n, subjects.get(n.ticket_id, "")) for n in latest]


def _one(n: Notice, subject: str) -> Shown:
    tone, icon = _FACES.get(n.reason, ("gray", "bell"))
    awaited = n.acked_at is None and n.ack_by is not None
    if not n.ticket_id:
        matter = matters.of(n)
        return Shown(n, headline(n.reason), "", matter.name, tone, icon, awaited, "", matter.path)
    task = n.milestone == MilestoneCode.TASK
    href = reverse("desk:task_of", args=[n.promise_id]) if task else reverse("desk:ticket", args=[n.ticket_id])
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
    return _again(request)
