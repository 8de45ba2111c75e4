"""How does a reply or a note leave the desk?"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yingnuo.desk import broken, deeds, ticket
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import number
from yingnuo.journey import reply
from yingnuo.journey.reply import Said
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid
from yingnuo.tickets import queries
from yingnuo.tickets.models import Author, Message, Ticket
from yingnuo.tickets.services import NewFile

MOST_FILES = 10
LONGEST = 50_000


@require_POST
@signed_in
def say(request: DeskRequest, pk: int) -> HttpResponse:
    """A reply or a note. When a colleague's reply crossed this one, its writer is asked first."""
    found = queries.get_for(request.actor, pk)
    text, files = request.POST.get("text", ""), uploaded(request.FILES.getlist("files"))
    if len(text) > LONGEST:
        raise Invalid(_("The text is too long."), fields={"text": _("At most 50,000 characters.")})
    if request.POST.get("side") == "note":
        reply.note(request.actor, ticket_id=pk, text=text, files=files, now=request.now)
        messages.success(request, _("Note saved."))
        return deeds.after(request, pk)
    if (other := _crossed(request, found)) is not None:
        return _ask_first(request, found, other)
    qualified = request.POST.get("holding") != "1"
    told, (tells, follows) = tuple(request.POST.getlist("told")[:50]), broken.told_of(request.POST)
    way = request.POST.get("way", "")[:40]
    said = Said(text, files, qualified, request.POST.get("then", ""), told, tells, follows, way)
    reply.answer(request.actor, ticket_id=pk, said=said, now=request.now)
    messages.success(request, _("Sent."))
    return deeds.after(request, pk)


def _crossed(request: DeskRequest, found: Ticket) -> Message | None:
    """The newest public reply of a colleague that the writer's page did not show."""
    seen = number(request.POST.get("seen", "")) or 0
    rows = Message.objects.filter(ticket=found, public=True, author=Author.STAFF, pk__gt=seen)
    return rows.exclude(staff_id=request.actor.id).select_related("staff").order_by("-pk").first()


def _ask_first(request: DeskRequest, found: Ticket, other: Message) -> HttpResponse:
    """Shows the colleague's reply and a warning; the form then knows of it, so sending again sends."""
    author = other.staff.name if other.staff else ""
    # With htmx the text still stands in the field; as the field's own content it would be wiped by the next refresh.
    kept = "" if pages.is_htmx(request) else request.POST.get("text", "")
    telling = broken.telling_of(request.POST, found) | {"kept": kept}
    return ticket.show(request, found, status=422, crossed={"author": author, "at": other.at}, **telling)


def uploaded(found: Iterable[UploadedFile[bytes]]) -> tuple[NewFile, ...]:
    """The files of a form, read; at most ten."""
    files = tuple(found)
    if len(files) > MOST_FILES:
        raise Invalid(_("At most ten files at once."), fields={"files": _("At most ten files at once.")})
    return tuple(NewFile(f.name or "file", _type(f), f.read()) for f in files)


def _type(f: UploadedFile[bytes]) -> str:
    """By the file's name: what a browser claims is not believed."""
    return mimetypes.guess_type(f.name or "")[0] or "application/octet-stream"
