"""Whom do we owe a call, by when, and what is to be said?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk import faces, strip
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.calls import faces as call_faces
from yingnuo.desk.strip import Strip
from yingnuo.journey import call_deeds
from yingnuo.kit import pages, revisions
from yingnuo.kit.errors import Invalid
from yingnuo.people.roles import Actor
from yingnuo.promises.models import MilestoneCode, Promise
from yingnuo.telephony import book, queries, scripts
from yingnuo.telephony.models import CallbackTask

MOST = 100
LATER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Owed:
    """One task as the list shows it."""

    task: CallbackTask
    number: str
    tier: SafeString
    queue: str
    promise: Strip | None
    script: str
    resting: bool


@require_safe
@signed_in_who_may("call.take")
def callbacks(request: DeskRequest) -> HttpResponse:
    """The list, what is due first; it keeps itself fresh."""
    return _show(request)


def _show(request: DeskRequest) -> HttpResponse:
    tasks = list(queries.callbacks(request.actor)[:MOST])
    promised = _promises(tasks, request.now)
    lines = book.lines.at(revisions.current())
    names = {queue: name for (_channel, queue), name in lines.names.items()}
    owed = [_owed(request, task, promised.get(task.ticket_id), names) for task in tasks]
    owed.sort(key=lambda o: (o.resting, o.promise is None or o.promise.due is None, _due(o, request.now)))
    context = {
        "owed": owed, "now": request.now, "tab": "callbacks", "later": timezone.localtime(request.now + LATER),
        "may_hotline": request.actor.may("hotline.view"), "may_setup": request.actor.may("settings.view"),
    }  # fmt: skip
    return pages.show(request, "desk/calls/callbacks.html", context, parts={"callbacks": "desk/calls/_callbacks.html"})


def _due(o: Owed, now: datetime) -> datetime:
    return o.promise.due if o.promise and o.promise.due else now


def _promises(tasks: Sequence[CallbackTask], now: datetime) -> dict[int, Strip]:
    """The call-back promise of each ticket as it stands."""
    rows = Promise.objects.filter(ticket__in=[t.ticket_id for t in tasks], milestone=MilestoneCode.CALLBACK)
    newest = {p.ticket_id: p for p in rows.order_by("id")}
    return {ticket: strip.of_ticket([p], now=now)[0] for ticket, p in newest.items()}


def _owed(request: DeskRequest, task: CallbackTask, promise: Strip | None, names: dict[str, str]) -> Owed:
    contact = task.contact
    values: dict[str, str | int] = {
        "customer": contact.name, "agent": request.staff.name, "number": task.number, "missed": task.missed,
        "company": contact.company.name if contact.company else "",
    }  # fmt: skip
    return Owed(
        task=task, number=call_faces.hidden(task.number, call_faces.WITHHELD), queue=names.get(task.queue, task.queue),
        tier=faces.tier(contact.company.tier if contact.company else contact.tier), promise=promise,
        script=scripts.filled(scripts.CALLBACK, contact.language, values),
        resting=task.not_before is not None and task.not_before > request.now,
    )  # fmt: skip


Deed = Callable[[Actor, int, Any, datetime], None]


def _reached(actor: Actor, pk: int, said: Any, now: datetime) -> None:
    call_deeds.reached(actor, task_id=pk, words=said.get("words", ""), now=now)


def _in_vain(actor: Actor, pk: int, said: Any, now: datetime) -> None:
    call_deeds.in_vain(actor, task_id=pk, words=said.get("words", ""), now=now)


def _later(actor: Actor, pk: int, said: Any, now: datetime) -> None:
    moment = parse_datetime(said.get("at", ""))
    if moment is None:
        raise Invalid(_("Choose a moment in the future."), fields={"at": _("Write it as 2026-03-02 10:30.")})
    at = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    call_deeds.later(actor, task_id=pk, at=at, now=now)


def _give_up(actor: Actor, pk: int, said: Any, now: datetime) -> None:
    call_deeds.give_up(actor, task_id=pk, words=said.get("words", ""), now=now)


_DEEDS: dict[str, tuple[Deed, Any]] = {
    "reached": (_reached, _("Called back.")), "in-vain": (_in_vain, _("Noted; again in ten minutes.")),
    "later": (_later, _("Noted.")), "give-up": (_give_up, _("Noted.")),
}  # fmt: skip


@require_POST
@signed_in_who_may("call.take")
def deed(request: DeskRequest, pk: int, deed: str) -> HttpResponse:
    """What came of calling back, or when it is to be."""
    if deed not in _DEEDS:
        raise Http404
    act, done = _DEEDS[deed]
    act(request.actor, pk, request.POST, request.now)
    messages.success(request, done)
    return _show(request) if pages.is_htmx(request) else redirect("desk:callbacks")
