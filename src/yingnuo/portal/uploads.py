"""Which files does the portal take, under which names, and how does it give them out?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from yingnuo.channels.contract import File
from yingnuo.kit import contents, problems

MOST_FILES = 10
_LONGEST_NAME = 120
_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,59}", re.ASCII)
_SHOWN_AS_THEY_ARE = {"image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf", "text/plain"}
PLAIN_TYPE = "application/octet-stream"
View = Callable[..., HttpResponse]


def most_bytes() -> int:
    """The most bytes of one request, files and all."""
    return int(settings.YINGNUO.max_upload_mb) * 1024 * 1024


def safe_name(name: str) -> str:
    """A name that can be shown and sent: no path, no control or direction signs, at most 120 signs, never empty."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in last)
    tidy = " ".join(plain.split()).lstrip(".")
    stem, dot, ending = tidy.rpartition(".")
    if len(tidy) > _LONGEST_NAME and dot and len(ending) <= 10:
        return f"{stem[: _LONGEST_NAME - len(ending) - 1]}.{ending}"
    return tidy[:_LONGEST_NAME] or "file"


def safe_type(content_type: str) -> str:
    """The type a file is given out as: what browsers run or render as a page becomes plain bytes."""
    return content_type if content_type in _SHOWN_AS_THEY_ARE else PLAIN_TYPE


class FilesInput(forms.ClearableFileInput):
    """A file field that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, within the limits of number and size; cleaned to a list of uploads."""

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, widget=FilesInput(), **more)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Each file is checked by itself, then their number and sum."""
        given: list[Any] = list(data) if isinstance(data, list | tuple) else [data] if data else []
        if len(given) > MOST_FILES:
            raise ValidationError(_("At most %(most)s files at a time, please.") % {"most": MOST_FILES})
        files = [super(FilesField, self).clean(one, initial) for one in given]
        if sum(f.size or 0 for f in files) > most_bytes():
            most = {"size": filesizeformat(most_bytes())}
            raise ValidationError(
                _("These files are larger than %(size)s together. Send fewer or smaller ones.") % most
            )
        return files


def read(uploads: Sequence[UploadedFile[Any]]) -> tuple[File, ...]:
    """The uploads as files of an arrival, names and types made harmless."""
    return tuple(_file(safe_name(f.name or ""), f.content_type, f.read()) for f in uploads)


def _file(name: str, claimed: str | None, data: bytes) -> File:
    """With the type that its sender claims, where its content is that, for all types that are shown as they are."""
    kind = claimed if claimed and _TYPE.fullmatch(claimed) else PLAIN_TYPE
    honest = kind not in _SHOWN_AS_THEY_ARE or contents.is_a(kind, data)
    return File(name, kind if honest else PLAIN_TYPE, data)


def sized(view: View) -> View:
    """Refuses a too large request before a byte of it is read; the CSRF check, which reads it, comes after."""
    checked = csrf_protect(view)

    @wraps(view)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > most_bytes() + 1024 * 1024:
            words = _("This is more than %(size)s. Go back, and send fewer or smaller files.")
            return problems.page(request, 413, words % {"size": filesizeformat(most_bytes())}, "too_large")
        return checked(request, *args, **kwargs)

    return csrf_exempt(respond)
