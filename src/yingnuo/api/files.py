"""How does a program get a ticket's files and the original form of a message? (Files are sent with messages.)"""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from ninja import Router

from yingnuo.api import render
from yingnuo.api.asked import PathId
from yingnuo.api.refused import READING
from yingnuo.api.tokens import Asked
from yingnuo.api.told_more import OriginalOut
from yingnuo.kit.errors import NotFound
from yingnuo.tickets import queries
from yingnuo.tickets.models import Attachment, Message

router = Router(tags=["messages"])
BYTES: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The bytes of the file.",
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}, "example": "E3"}
            },
            "headers": {"Content-Disposition": {"description": "Its name.", "schema": {"type": "string"}}},
        }
    }
}
"""What the document says of an operation that answers with a file."""


@router.get("/attachments/{attachment_id}", response={**READING}, openapi_extra=BYTES, summary="A file (ticket.view)")
def read_file(request: Asked, attachment_id: PathId) -> HttpResponseBase:
    """The bytes of a file, always as a download; its type and digest stand beside the message."""
    found = Attachment.objects.select_related("message").filter(pk=attachment_id).first()
    if found is not None:
        queries.bare_for(request.auth, found.message.ticket_id)
    return download(found)


def download(found: Attachment | None) -> HttpResponseBase:
    """A stored file as a download that nobody's browser runs; NotFound where there is none."""
    if found is None or not default_storage.exists(found.path):
        raise NotFound(_("There is no such file, or it is not yours to see."), code="attachment_not_found")
    response = FileResponse(
        default_storage.open(found.path), as_attachment=True, filename=found.name,
        content_type="application/octet-stream",
    )  # fmt: skip
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@router.get(
    "/messages/{message_id}/original", response={200: OriginalOut, **READING}, summary="As it was written (ticket.view)"
)
def read_original(request: Asked, message_id: PathId) -> HttpResponse:
    """A message with its sanitised HTML and what was folded away."""
    found = Message.objects.filter(pk=message_id).first()
    if found is None:
        raise NotFound(_("There is no such message."), code="message_not_found")
    queries.bare_for(request.auth, found.ticket_id)
    return render.answer(OriginalOut(message=found.pk, html=found.html, text=found.text, quoted=found.quoted))
