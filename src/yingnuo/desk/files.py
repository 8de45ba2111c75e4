"""How does a reader get a ticket's files and the original form of a message, so that neither can do harm?"""

from __future__ import annotations

import re

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from yingnuo.channels.adapters.mail import html, links
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.kit.errors import NotFound
from yingnuo.subtasks import queries as subtasks
from yingnuo.tickets import queries
from yingnuo.tickets.models import Attachment, Message

SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})  # svg is a program
_CID = re.compile(r'src="cid:([^"]{1,200})"', re.IGNORECASE)
_SEALED = "default-src 'none'; sandbox"
_ORIGINAL = (
    "default-src 'none'; img-src 'self' data:{pictures}; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "form-action 'none'; base-uri 'none'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)


@require_safe
@signed_in
def attachment(request: DeskRequest, pk: int) -> FileResponse:
    """A file of a ticket in sight. Only pictures are shown in place; all else is saved, and never guessed at."""
    f = Attachment.objects.select_related("message").filter(pk=pk).first()
    if f is None or not default_storage.exists(f.path):
        raise _nothing()
    _refuse_stranger(request, f.message.ticket_id)
    inline = "inline" in request.GET and f.content_type in SHOWN
    response = FileResponse(
        default_storage.open(f.path), as_attachment=not inline, filename=f.name,
        content_type=f.content_type if inline else "application/octet-stream",
    )  # fmt: skip
    return sealed(response)


def sealed(response: FileResponse) -> FileResponse:
    """The file with what keeps a browser from running or guessing anything."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["Content-Security-Policy"] = _SEALED  # the middleware leaves a policy alone that is there
    return response


def _nothing() -> NotFound:
    return NotFound(_("There is no such file, or it is not yours to see."), code="attachment_not_found")


def _refuse_stranger(request: DeskRequest, ticket: int) -> None:
    """Who sees the ticket reads its files, and who was asked for a task of it and may read its conversation."""
    if not subtasks.reads(request.actor, ticket):
        queries.get_for(request.actor, ticket)


def _message(request: DeskRequest, pk: int) -> Message:
    m = Message.objects.filter(pk=pk).exclude(html="").first()
    if m is None:
        raise _nothing()
    _refuse_stranger(request, m.ticket_id)
    return m


@require_safe
@signed_in
def original(request: DeskRequest, pk: int) -> HttpResponse:
    """A message as it was written, sanitised, sealed off by its own policy: no scripts, nothing from elsewhere.

    Asked for with `pictures`, its remote pictures load in the reader's browser, without a word about where he reads.
    """
    m = _message(request, pk)
    ids = {a.inline_id: a.pk for a in m.attachments.exclude(inline_id="")}

    def own(found: re.Match[str]) -> str:
        pk = ids.get(found[1])
        return f'src="{reverse("desk:attachment", args=[pk])}?inline=1"' if pk else 'src=""'

    asked = "pictures" in request.GET
    body = links.marked(_CID.sub(own, html.with_pictures(m.html) if asked else m.html))
    response = render(request, "desk/original.html", {"body": body})
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Content-Security-Policy"] = _ORIGINAL.format(pictures=" https: http:" if asked else "")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
@signed_in
def original_dialog(request: DeskRequest, pk: int) -> HttpResponse:
    """The dialog around `original`."""
    m = _message(request, pk)
    context = {"message": m, "pictures": "pictures" in request.GET, "held_back": html.has_remote(m.html)}
    return render(request, "desk/_original.html", context)
