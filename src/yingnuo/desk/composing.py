"""How does a reply or a note leave the desk?"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yingnuo.desk import broken, deeds, ticket
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import number
from yingnuo.desk.writing import waiting
from yingnuo.journey import family, sending
from yingnuo.journey.reply import Said
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid
from yingnuo.tickets import queries
from yingnuo.tickets.models import Author, Message, Ticket
from yingnuo.tickets.services import NewFile
from yingnuo.writing import drafts, habits, kept
from yingnuo.writing.models import Outgoing


@require_POST
@signed_in
def say(request: DeskRequest, pk: int) -> HttpResponse:
    """A reply or a note. When a colleague's reply crossed this one, its writer is asked first."""
    found = queries.get_for(request.actor, pk)
    text, files = request.POST.get("text", ""), uploaded(request.FILES.getlist("files"))
    if len(text) > drafts.LONGEST:
        raise Invalid(_("The text is too long."), fields={"text": _("At most 50,000 characters.")})
    if request.POST.get("side") == "note":
        sending.note(request.actor, ticket_id=pk, text=text, files=files, now=request.now)
        messages.success(request, _("Note saved."))
        return deeds.after(request, pk)
    if (other := _crossed(request, found)) is not None:
        author = other.staff.name if other.staff else ""
        return _ask_first(request, found, crossed={"author": author, "at": other.at})
    qualified = request.POST.get("holding") != "1"
    told, (tells, follows) = tuple(request.POST.getlist("told")[:50]), broken.told_of(request.POST)
    way = request.POST.get("way", "")[:40]
    then = request.POST.get("choose", request.POST.get("then", ""))
    if then == "resolve" and "children" not in request.POST and (n := len(family.open_within(found))):
        return _ask_first(request, found, still_open=n)
    return _send(request, found, Said(text, files, qualified, then, told, tells, follows, way))


def _send(request: DeskRequest, found: Ticket, said: Said) -> HttpResponse:
    """Sends it, or writes down that it waits: for the seconds of undoing, or for the moment that was chosen."""
    later, hold = waiting.later_of(request, found), habits.of(request.actor).hold
    made = sending.send(request.actor, ticket_id=found.pk, said=said, hold=hold, later=later, now=request.now)
    if "choose" in request.POST:  # picked from the list: the next time it is the button itself
        habits.choose(request.actor, then=said.then)
    if isinstance(made, Outgoing):
        return waiting.told(request, made)
    messages.success(request, _("Sent."))
    return deeds.after(request, found.pk)


def _crossed(request: DeskRequest, found: Ticket) -> Message | None:
    """The newest public reply of a colleague that the writer's page did not show."""
    seen = number(request.POST.get("seen", "")) or 0
    rows = Message.objects.filter(ticket=found, public=True, author=Author.STAFF, pk__gt=seen)
    return rows.exclude(staff_id=request.actor.id).select_related("staff").order_by("-pk").first()


def _ask_first(request: DeskRequest, found: Ticket, **why: object) -> HttpResponse:
    """Shows the ticket with a warning: a colleague's reply, or open sub-tickets. The form then knows of it, so sending
    again sends."""
    # With htmx the text still stands in the field; as the field's own content it would be wiped by the next refresh.
    kept = "" if pages.is_htmx(request) else request.POST.get("text", "")
    telling = broken.telling_of(request.POST, found) | {"kept": kept}
    return ticket.show(request, found, status=422, **why, **telling)


def uploaded(found: Iterable[UploadedFile[bytes]]) -> tuple[NewFile, ...]:
    """The files of a form, read; at most ten."""
    files = tuple(found)
    kept.refuse_more(len(files))
    return tuple(kept.checked(f.name or "file", f.read()) for f in files)
