"""What of one's own waits to leave, and how is it taken back, moved or thrown away?"""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yingnuo.desk import deeds, faces
from yingnuo.desk.access import DeskRequest, signed_in, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.saved_replies import LANGUAGES, OwnReplyForm
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.desk.writing import composer, times
from yingnuo.journey import sending
from yingnuo.kit import formats, pages
from yingnuo.kit.errors import NotFound, Refused
from yingnuo.kit.middleware import add_trigger
from yingnuo.tickets.models import Ticket
from yingnuo.writing import habits, outgoing, replies
from yingnuo.writing.models import HOLDS, Outgoing, SavedReply
from yingnuo.writing.outgoing import Waiting
from yingnuo.writing.replies import ReplyFacts


def later_of(request: DeskRequest, ticket: Ticket) -> Waiting | None:
    """The moment that the composer's form asks for; None for now."""
    said = request.POST
    at = times.chosen(said.get("leave", ""), said.get("leave_at", ""), ticket, request.names, now=request.now)
    return Waiting(at, scheduled=True, unless_written=said.get("unless_written") == "1") if at else None


def told(request: DeskRequest, row: Outgoing) -> HttpResponse:
    """The ticket after a reply was written that waits: with a way to take it back, and what runs out before it."""
    announce(request, row)
    response = deeds.after(request, row.ticket_id)
    if not row.scheduled and pages.is_htmx(request):
        seconds = max(1, round((row.leaves_at - request.now).total_seconds()))
        undo = {"label": _("Undo"), "press": f"undo-{row.pk}"}
        note = {"text": _("Leaves in %(n)s s.") % {"n": seconds}, "tone": "success", "seconds": seconds, "undo": undo}
        add_trigger(response, "yn:toast", {"target": "body", "notes": [note]})
    return response


def announce(request: DeskRequest, row: Outgoing) -> None:
    """Says when a reply leaves that was scheduled, and which promises run out before."""
    if not row.scheduled:
        return
    messages.success(request, _("Leaves at %(moment)s.") % {"moment": formats.stamp(row.leaves_at)})
    broken = sending.runs_out_before(row.ticket_id, row.leaves_at, now=request.now)
    if broken:
        words = {"milestone": faces.milestone(broken[0])}
        messages.warning(request, _("“%(milestone)s” runs out before this reply leaves.") % words)


@require_POST
@signed_in
def back(request: DeskRequest, pk: int) -> HttpResponse:
    """It does not leave: its words stand in the composer again."""
    draft = sending.take_back(request.actor, pk=pk, now=request.now)
    messages.info(request, _("Taken back. Nothing was sent."))
    if not pages.is_htmx(request):
        return redirect("desk:ticket", draft.ticket_id)
    response = deeds.after(request, draft.ticket_id)
    add_trigger(response, "yn:draft", {"target": "body"})
    return response


@require_POST
@signed_in
def move(request: DeskRequest, pk: int) -> HttpResponse:
    """Another moment."""
    row = sending.move(request.actor, pk=pk, at=times.of_field(request.POST.get("leave_at", "")), now=request.now)
    announce(request, row)
    return _after(request, row.ticket_id)


@require_POST
@signed_in
def throw_away(request: DeskRequest, pk: int) -> HttpResponse:
    """It does not leave, and its words are gone."""
    ticket = sending.throw_away(request.actor, pk=pk, now=request.now)
    messages.info(request, _("Thrown away. Nothing was sent."))
    return _after(request, ticket)


def _after(request: DeskRequest, ticket: int) -> HttpResponse:
    return deeds.after(request, ticket) if pages.is_htmx(request) else redirect("desk:writing")


class HabitForm(SettingForm):
    """How long a reply can be undone."""

    hold = forms.TypedChoiceField(
        label=gettext_lazy("A reply can be undone for"), coerce=int,
        choices=lambda: [(n, _("%(n)s seconds") % {"n": n} if n else _("It leaves at once")) for n in HOLDS],
    )  # fmt: skip


@signed_in_who_may("ticket.reply")
def page(request: DeskRequest) -> HttpResponseBase:
    """What of one's own waits, one's own saved replies, and how long a reply is held; posted, that is kept."""
    form = HabitForm.over(request, initial={"hold": habits.of(request.actor).hold})
    if request.method == "POST" and form.is_valid():
        habits.choose(request.actor, hold=form.cleaned_data["hold"])
        messages.success(request, _("Saved."))
        return redirect("desk:writing")
    rows = composer.waiting(outgoing.of(request.actor), request, now=request.now)
    context = {
        "form": form, "waiting": rows, "replies": replies.own(request.actor), "languages": dict(LANGUAGES),
        "now": request.now,
    }  # fmt: skip
    return render(request, "desk/writing/mine.html", context, status=422 if form.errors else 200)


@signed_in_who_may("ticket.reply")
def reply(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One of one's own saved replies, or a new one."""
    row = SavedReply.objects.filter(pk=pk, owner_id=request.actor.id).first() if pk else None
    if pk and row is None:
        raise NotFound(_("There is no such saved reply."))
    initial = {name: getattr(row, name) for name in OwnReplyForm.base_fields} if row else {}
    form = OwnReplyForm.over(request, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            facts = ReplyFacts(**form.cleaned_data, own=True)
            saved = replies.save(request.actor, pk=pk, facts=facts, now=request.now)
        except Refused as refused:
            inputs.tell(form, refused)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": saved})
            return redirect("desk:writing")
    return render(request, "desk/writing/reply.html", {"form": form, "row": row}, status=422 if form.errors else 200)


@require_POST
@signed_in_who_may("ticket.reply")
def delete_reply(request: DeskRequest, pk: int) -> HttpResponse:
    """Takes one of one's own away."""
    if not SavedReply.objects.filter(pk=pk, owner_id=request.actor.id).exists():
        raise NotFound(_("There is no such saved reply."))
    replies.delete(request.actor, pk=pk, now=request.now)
    messages.success(request, _("Deleted."))
    return redirect("desk:writing")
