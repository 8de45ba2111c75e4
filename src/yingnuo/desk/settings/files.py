"""How do settings leave and come back as files? (How YAML is read and written stands in `promises.written`.)"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from yingnuo.desk.access import DeskRequest
from yingnuo.desk.settings.frame import go, show
from yingnuo.journey import standards
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.promises import written
from yingnuo.promises.models import Version
from yingnuo.promises.versions import Sort

LARGEST = written.LARGEST


def download(version: Version, name: str) -> HttpResponse:
    """A version as a YAML file, as `load` takes it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(written.write([version]), content_type="application/yaml; charset=utf-8", headers=headers)


def load(request: DeskRequest, sort: Sort, example: str, back: str) -> HttpResponseBase:
    """A standard of this sort out of a posted file or text becomes a draft; refused whole where something is wrong."""
    text, errors = request.POST.get("text", ""), {}
    if request.method == "POST":
        try:
            return _loaded(request, sort)
        except Refused as refused:
            errors = {"text": str(refused)}
    context = {"text": text, "errors": errors, "example": example, "back": back}
    section = "policies" if sort is Sort.POLICY else "calendars"
    return show(request, "load.html", context, section=section, status=422 if errors else 200)


def _loaded(request: DeskRequest, sort: Sort) -> HttpResponseBase:
    found = written.read(posted_text(request))
    if [one.sort for one in found] != [sort]:
        wanted = {Sort.POLICY: _("Give one standard, as in the example."),
                  Sort.CALENDAR: _("Give one service time, as in the example.")}  # fmt: skip
        raise Invalid(wanted[sort], fields={"text": wanted[sort]}, code="other_sort")
    [version] = standards.bring(request.actor, found=found, proposal=None, now=request.now)
    messages.success(
        request, _("Version %(number)s is a draft now. Look at it, and propose it.") % {"number": version.number}
    )
    return go(request, f"settings_{sort.value}", found[0].code)


def posted_text(request: HttpRequest, largest: int = LARGEST) -> str:
    """The posted file as text, else what was typed; Invalid when it is larger than `largest` (bytes, signs)."""
    upload = request.FILES.get("file")
    raw = upload.read(largest + 1) if upload else b""
    text = raw.decode("utf-8-sig", "replace") if upload else request.POST.get("text", "")
    if max(len(raw), len(text)) > largest:
        raise _unreadable(_("The file is too large; at most %(size)s kB are read.") % {"size": largest // 1000})
    return text


def read_yaml(text: str) -> dict[str, Any]:
    """The mapping that is written there; Invalid says at which line it cannot be read."""
    return written.read_yaml(text).content


def _unreadable(said: str) -> Invalid:
    return Invalid(said, fields={"text": said}, code="unreadable")
