"""Which files does a visitor send, and are they what they call themselves?

By content (kit.contents) and by the name's ending, which must agree. What is not on the list is refused: somebody would
open it at his desk.
"""

from __future__ import annotations

from pathlib import PurePath

from django.utils.translation import gettext_lazy as _

from yingnuo.kit import contents
from yingnuo.kit.errors import Invalid

MOST_FILES = 5  # of one message
LARGEST = 10 * 1024 * 1024  # bytes of one file
_OFFICE = "application/vnd.openxmlformats-officedocument."
_ENDINGS = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "heic": "image/heic", "pdf": "application/pdf", "mp4": "video/mp4", "mov": "video/quicktime",
    "docx": _OFFICE + "wordprocessingml.document", "xlsx": _OFFICE + "spreadsheetml.sheet",
    "zip": "application/zip", "txt": "text/plain", "log": "text/plain", "csv": "text/csv",
}  # fmt: skip
ACCEPTED = ",".join(f".{ending}" for ending in _ENDINGS)


def type_of(name: str, data: bytes) -> str:
    """The type of a file by its content; Invalid when it is too large, empty, or not what its name says."""
    if not data:
        raise _wrong(_("The file %(name)s is empty."), name)
    if len(data) > LARGEST:
        raise _wrong(_("The file %(name)s is larger than 10 MB."), name)
    ending = PurePath(name).suffix.lower().removeprefix(".")
    claimed = _ENDINGS.get(ending, "")
    if not claimed or not contents.is_a(claimed, data):
        raise _wrong(
            _("Files such as %(name)s cannot be sent. Send pictures, PDF, text, Office files or videos."), name
        )
    return claimed


def _wrong(sentence: object, name: str) -> Invalid:
    return Invalid(sentence, fields={"file": sentence}, code="chat_file", name=name[:60])
