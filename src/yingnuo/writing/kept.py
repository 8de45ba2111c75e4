"""Where are files kept that were chosen for a reply and not sent yet, and which are refused?

In the storage under a name nobody can guess, apart from those of messages, so that they can be thrown away.
"""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import contents, texts
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.tickets.services import NewFile
from yingnuo.writing.models import Draft, KeptFile, Outgoing

MOST_FILES = 10
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_UNKNOWN = "application/octet-stream"


def checked(name: str, data: bytes) -> NewFile:
    """A file of somebody's browser, under a type of our own; Invalid when it is empty or too large.

    What calls itself a picture and is none goes as a file of no known type, which nothing shows in place.
    """
    most = settings.YINGNUO.max_upload_mb
    if not data:
        raise _wrong(_("The file %(name)s is empty."), name)
    if len(data) > most * 1024 * 1024:
        raise _wrong(_("The file %(name)s is larger than %(mb)s MB."), name, mb=most)
    kind = mimetypes.guess_type(name)[0] or _UNKNOWN
    honest = kind not in _PICTURES or contents.is_a(kind, data)
    return NewFile(name, kind if honest else _UNKNOWN, data)


def refuse_more(count: int) -> None:
    """Invalid when a message would carry more files than it may."""
    if count > MOST_FILES:
        raise Invalid(_("At most ten files at once."), fields={"files": _("At most ten files at once.")})


def keep(files: Iterable[NewFile], *, draft: Draft | None = None, outgoing: Outgoing | None = None) -> list[KeptFile]:
    """Stores files for a draft or for a reply that waits."""
    rows = [
        KeptFile(
            draft=draft, outgoing=outgoing, name=texts.keepable(f.name)[:200] or "file", size=len(f.data),
            content_type=f.content_type[:120],
            path=default_storage.save(f"kept/{secrets.token_urlsafe(24)}", ContentFile(f.data)),
        )
        for f in files
    ]  # fmt: skip
    return KeptFile.objects.bulk_create(rows)


def read(rows: Iterable[KeptFile]) -> tuple[NewFile, ...]:
    """Kept files as they go into a message; Conflict when one cannot be read: nothing leaves without what it names."""
    return tuple(NewFile(row.name, row.content_type, _bytes(row)) for row in rows)


def _bytes(row: KeptFile) -> bytes:
    try:
        with default_storage.open(row.path) as opened:
            data: bytes = opened.read()
    except OSError as error:
        said = _("The file %(name)s cannot be read. Remove it and choose it again.")
        raise Conflict(said, code="file_unreadable", name=row.name[:60]) from error
    return data


def forget(rows: Sequence[KeptFile]) -> None:
    """Takes kept files away: the rows now, what is stored when the transaction has held."""
    paths = [row.path for row in rows]
    KeptFile.objects.filter(pk__in=[row.pk for row in rows]).delete()
    transaction.on_commit(lambda: _discard(paths))


def _discard(paths: Sequence[str]) -> None:
    for path in paths:
        default_storage.delete(path)


def _wrong(sentence: object, name: str, **more: int) -> Invalid:
    return Invalid(sentence, fields={"files": sentence}, code="file_refused", name=name[:60], **more)
