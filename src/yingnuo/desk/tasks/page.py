"""What was asked, what was said about it, and what can be done now: the page of one task, and the form to ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yingnuo.approvals.models import Approval
from yingnuo.desk import around, deeds, faces, files, talk
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.choices import holder
from yingnuo.desk.composing import uploaded
from yingnuo.desk.tasks import cards
from yingnuo.journey import subtasks
from yingnuo.journey.subtasks import WAITING
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.people.roles import Actor
from yingnuo.promises.models import Promise as Promised
from yingnuo.promises.standards import terms_of
from yingnuo.subtasks import queries
from yingnuo.subtasks.models import Sight, Task, TaskFile, TaskState
from yingnuo.subtasks.services import Wish
from yingnuo.tickets import queries as ticket_queries
from yingnuo.tickets.models import Ticket
from yingnuo.tickets.services import NewFile

_SAID = {
    TaskState.ASKED.value: _("asked for this"), TaskState.ACCEPTED.value: _("took the task"),
    TaskState.QUESTION.value: _("asked back"), "answer": _("answered"), "passed_on": _("passed it on"),
    TaskState.DONE.value: _("did it"),
    TaskState.REFUSED.value: _("refused"), TaskState.WITHDRAWN.value: _("withdrew it"),
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def ask(request: DeskRequest, pk: int) -> HttpResponse:
    """Asks another team; in a dialog of the ticket, or a page of its own without scripts."""
    found = ticket_queries.get_for(request.actor, pk, may="ticket.edit")
    if request.method == "POST":
        subtasks.ask(request.actor, ticket_id=pk, wish=_wish(request), now=request.now)
        messages.success(request, _("Asked. Its clock runs."))
        return deeds.after(request, pk)
    allowed = [faces.milestone(m) for m in _would_wait(found)]
    context = {
        "ticket": found, "groups": [g for g in request.names.groups if g.id != found.team_id], "sights": Sight.choices,
        "waits_for": ", ".join(allowed), "may_wait": request.actor.may("ticket.pause"), "now": request.now,
        "title": _("Ask another team"),
    }  # fmt: skip
    return pages.show(request, "desk/tasks/ask.html", context, parts={"dialog-body": "desk/tasks/_ask.html"})


def _would_wait(ticket: Ticket) -> list[str]:
    """The milestones whose terms let them stand still while another department is waited for."""
    owed = Promised.objects.filter(ticket=ticket, ended_at=None).exclude(milestone="task").order_by("id")
    return [p.milestone for p in owed if terms_of(p.terms_id).may_pause(WAITING)]


def _wish(request: DeskRequest) -> Wish:
    said = request.POST
    team, staff = holder(said.get("holder", ""))
    if team is None:
        raise Invalid(_("Choose a team."), fields={"holder": _("Choose from the list.")})
    return Wish(
        subject=said.get("subject", ""), text=said.get("text", ""), team=team, staff=staff,
        wanted=_moment(said.get("wanted", "")), sight=said.get("sight", Sight.TICKET), waits=said.get("waits") == "1",
        files=uploaded(request.FILES.getlist("files")),
    )  # fmt: skip


def _moment(text: str) -> datetime | None:
    """A moment as a form's field writes it, in the reader's zone; None for an empty one."""
    if not text:
        return None
    problem = Invalid(_("This is no date and time."), fields={"wanted": _("Choose a date and a time.")})
    try:
        parsed = parse_datetime(text)
    except ValueError as error:
        raise problem from error
    if parsed is None:
        raise problem
    return timezone.make_aware(parsed) if timezone.is_naive(parsed) else parsed


@require_safe
@signed_in
def task(request: DeskRequest, pk: int) -> HttpResponse:
    """One task: its words, its clock, and below it the ticket's conversation where its readers may have it."""
    return _show(request, queries.get_for(request.actor, pk))


@require_safe
@signed_in
def of_promise(request: DeskRequest, pk: int) -> HttpResponse:
    """From a notice, which names the clock, to its task or approval."""
    if approval := Approval.objects.filter(promise_id=pk).values_list("pk", flat=True).first():
        return redirect("desk:approval", approval)
    found = Task.objects.filter(promise_id=pk).values_list("pk", flat=True).first()
    return redirect("desk:task", queries.get_for(request.actor, found or 0).pk)


def _show(request: DeskRequest, found: Task) -> HttpResponse:
    asking = queries.stands_for(request.actor, found.ticket)
    [card] = cards.cards([found], [found.promise], request.names, now=request.now)
    reads = asking or (found.sight == Sight.TICKET and request.actor.may("ticket.view"))
    context: dict[str, Any] = {
        "card": card, "task": found, "ticket": found.ticket, "now": request.now, "words": _words(found, request),
        "asked_side": queries.works_on(request.actor, found) and request.actor.may("ticket.note"),
        "asking_side": asking and request.actor.may("ticket.edit"), "sees_ticket": asking, "reads": reads,
        "mine": found.staff_id == request.actor.id, "kind": faces.kind(found.ticket.kind),
        "groups": request.names.groups,
        "story": _conversation(found.ticket, request) if reads else (), "may_view": asking,
    }  # fmt: skip
    return pages.show(request, "desk/tasks/task.html", context, parts={"task": "desk/tasks/_task.html"})


def _words(found: Task, request: DeskRequest) -> list[dict[str, Any]]:
    rows = found.words.prefetch_related("files").order_by("id")
    return [
        {
            "who": request.names.person(w.staff_id) or _("Program"), "did": _SAID.get(w.kind, w.kind), "text": w.text,
            "at": w.at, "files": w.files.all(), "mark": w.kind,
        }
        for w in rows
    ]  # fmt: skip


def _conversation(ticket: Ticket, request: DeskRequest) -> list[talk.Part]:
    """What was said in the ticket, without what happened between."""
    most = 2 * talk.MOST_MESSAGES
    near = around.of(ticket.pk, ticket.contact_id, messages=most)
    said = talk.story(ticket, talk.messages_of(ticket.pk, most=most), near.beside, request.names)
    return [part for part in said if part.said]


def _pass_on(actor: Actor, pk: int, said: QueryDict, files: tuple[NewFile, ...], now: datetime) -> object:
    team, staff = holder(said.get("holder", ""))
    if team is None:
        raise Invalid(_("Choose a team."), fields={"holder": _("Choose from the list.")})
    return subtasks.pass_on(actor, task_id=pk, team=team, staff=staff, text=said.get("text", ""), now=now)


Deed = Callable[[Actor, int, QueryDict, tuple[NewFile, ...], datetime], object]
_DEEDS: dict[str, tuple[Deed, Promise]] = {
    "accept": (lambda a, pk, said, fs, now: subtasks.accept(a, task_id=pk, now=now), _("The task is yours.")),
    "question": (
        lambda a, pk, said, fs, now: subtasks.question(a, task_id=pk, text=said.get("text", ""), files=fs, now=now),
        _("Asked back."),
    ),
    "answer": (
        lambda a, pk, said, fs, now: subtasks.answer(a, task_id=pk, text=said.get("text", ""), files=fs, now=now),
        _("Answered."),
    ),
    "done": (
        lambda a, pk, said, fs, now: subtasks.done(a, task_id=pk, text=said.get("text", ""), files=fs, now=now),
        _("Done; whoever asked is told."),
    ),
    "refuse": (
        lambda a, pk, said, fs, now: subtasks.refuse(a, task_id=pk, text=said.get("text", ""), files=fs, now=now),
        _("Refused; whoever asked is told."),
    ),
    "pass": (_pass_on, _("Passed on.")),
    "withdraw": (
        lambda a, pk, said, fs, now: subtasks.withdraw(a, task_id=pk, text=said.get("text", ""), now=now),
        _("Withdrawn."),
    ),
}


@require_POST
@signed_in
def deed(request: DeskRequest, pk: int, name: str) -> HttpResponse:
    """Does it, then shows the task as it is now."""
    if name not in _DEEDS:
        raise Http404
    act, done = _DEEDS[name]
    act(request.actor, pk, request.POST, uploaded(request.FILES.getlist("files")), request.now)
    messages.success(request, str(done))
    if not pages.is_htmx(request):
        return redirect("desk:task", pk)
    if not queries.visible_to(request.actor).filter(pk=pk).exists():  # passed on, out of sight
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("desk:tasks")})
    return _show(request, queries.get_for(request.actor, pk))


@require_safe
@signed_in
def file(request: DeskRequest, pk: int) -> FileResponse:
    """A file of a task in sight; saved, never shown in place."""
    f = TaskFile.objects.select_related("word").filter(pk=pk).first()
    if f is None or not default_storage.exists(f.path):
        raise NotFound(_("There is no such file, or it is not yours to see."), code="attachment_not_found")
    queries.get_for(request.actor, f.word.task_id)
    return files.sealed(FileResponse(
        default_storage.open(f.path), as_attachment=True, filename=f.name, content_type="application/octet-stream"
    ))  # fmt: skip
