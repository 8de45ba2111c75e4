"""How does a program say which version it has seen, so that it never writes over somebody else's change?"""

from __future__ import annotations

import re
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from pydantic import StringConstraints

from yingnuo.kit.errors import Outdated

HEADER = "If-Match"
Match = Annotated[str, StringConstraints(max_length=400, pattern=r"^[ -~]*$")]
_TAG = re.compile(r'"([^"]*)"')


def seen(request: HttpRequest) -> tuple[str, ...] | None:
    """The versions that the caller accepts (`If-Match`, RFC 9110); None: whichever it is."""
    told = request.headers.get(HEADER, "").strip()
    return None if told in ("", "*") else tuple(_TAG.findall(told))


def number(request: HttpRequest) -> int | None:
    """As `seen`, of things that count their versions; Outdated for what is none."""
    found = seen(request)
    if found is None:
        return None
    if len(found) != 1 or not (found[0].isascii() and found[0].isdigit()) or len(found[0]) > 9:
        raise Outdated(_("Somebody changed it since you read it. Read it again."))
    return int(found[0])


def tagged(response: HttpResponse, version: Any) -> HttpResponse:
    """The answer with its `ETag`."""
    response.headers["ETag"] = f'"{version}"'
    return response
