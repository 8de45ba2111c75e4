"""How does a visitor get the widget's script, and the files of his chat?"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from yingnuo.kit.errors import NotFound
from yingnuo.portal import chat_state, uploads

_FOLDER = Path(__file__).with_name("static") / "portal" / "chat-widget"
_PARTS = ("look.js", "net.js", "view.js", "talk.js", "more.js", "start.js")
"""One script for the world, written in parts that share one function's scope."""
KEPT_S = 300  # the address never changes, so that a site's page need not either


@cache
def _widget() -> tuple[bytes, bytes, str]:
    """The script, the same compressed, and its tag."""
    parts = "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in _PARTS)
    plain = f'(() => {{\n"use strict";\n{parts}\n}})();\n'.encode()
    return plain, gzip.compress(plain, 9, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:20]}"'


@require_safe
def widget(request: HttpRequest) -> HttpResponse:
    """The script of `<script src="…/chat/widget.js" data-site="code" async>`, for pages of any origin."""
    plain, small, tag = _widget()
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    same = request.headers.get("If-None-Match", "").removeprefix("W/") == tag
    response = HttpResponse(b"" if same else small if packed else plain, status=304 if same else 200)
    response.headers["Content-Type"] = "text/javascript; charset=utf-8"
    response.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    response.headers["ETag"], response.headers["Vary"] = tag, "Accept-Encoding"
    response.headers["Access-Control-Allow-Origin"] = "*"  # for pages that ask for it with crossorigin and integrity
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if packed and not same:
        response.headers["Content-Encoding"] = "gzip"
    return response


@require_safe
def file(request: HttpRequest, code: str, token: str) -> HttpResponse:
    """A file of a chat by its signed link, always as a download that no browser runs."""
    found = chat_state.file_of(token)
    if found is None or not default_storage.exists(found.path):
        raise NotFound(_("There is no such file."), code="file_not_found")
    response = FileResponse(
        default_storage.open(found.path), as_attachment=True, filename=uploads.safe_name(found.name),
        content_type=uploads.safe_type(found.content_type),
    )  # fmt: skip
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]  # a streaming answer has all the headers that the doors set
