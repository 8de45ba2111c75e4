"""How does the desk keep what is being written, take files in before they are sent, and show how a text will look?"""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import number
from yingnuo.journey import mentioning
from yingnuo.kit import marks
from yingnuo.kit.errors import Invalid
from yingnuo.tickets import queries
from yingnuo.writing import drafts, kept, mentions
from yingnuo.writing.drafts import LONGEST, Words
from yingnuo.writing.models import Draft, Side


@require_POST
@signed_in
def save(request: DeskRequest, pk: int) -> JsonResponse:
    """Keeps the words. `crossed` with the other text when another window has saved since; nothing is overwritten."""
    said = request.POST
    words = Words(said.get("text", ""), said.get("side", Side.REPLY), said.get("way", ""))
    version = number(said.get("version", "")) or 0
    found = drafts.save(request.actor, ticket=pk, words=words, version=version, now=request.now)
    draft = found.draft
    if draft is None:
        return JsonResponse({"version": 0, "at": "", "crossed": False})
    at = date_format(timezone.localtime(draft.saved_at), "H:i")
    told = {"version": draft.version, "at": at, "crossed": found.crossed}
    return JsonResponse(told | ({"text": draft.text, "side": draft.side} if found.crossed else {}))


@require_POST
@signed_in
def add_files(request: DeskRequest, pk: int) -> HttpResponse:
    """Keeps files with the draft: chosen, dropped, pasted. Answers with the list of them."""
    files = [kept.checked(f.name or "file", f.read()) for f in request.FILES.getlist("files")]
    if not files:
        raise Invalid(_("Choose a file."), fields={"files": _("Choose a file.")})
    draft = drafts.add_files(request.actor, ticket=pk, files=files, now=request.now)
    return _files(request, pk, draft)


@require_POST
@signed_in
def remove_file(request: DeskRequest, pk: int, file: int) -> HttpResponse:
    """Takes one away again."""
    drafts.remove_file(request.actor, ticket=pk, file=file)
    return _files(request, pk, drafts.of(request.actor, pk))


def _files(request: DeskRequest, pk: int, draft: Draft | None) -> HttpResponse:
    files = list(draft.files.order_by("pk")) if draft else []
    return render(request, "desk/writing/_files.html", {"draft_files": files, "ticket_id": pk})


@require_POST
@signed_in
def preview(request: DeskRequest, pk: int) -> HttpResponse:
    """How the text will look, names in a note put in."""
    ticket, text = queries.get_for(request.actor, pk), request.POST.get("text", "")
    if len(text) > LONGEST:
        raise Invalid(_("The text is too long."), fields={"text": _("At most 50,000 characters.")})
    if request.POST.get("side") == Side.NOTE:
        text = mentions.named(mentioning.coded(text, ticket), request.names.person)
    shown = marks.shown(text.strip()) if text.strip() else ""
    return render(request, "desk/writing/_preview.html", {"shown": shown})
