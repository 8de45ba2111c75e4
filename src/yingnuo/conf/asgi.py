"""How does one process serve pages and event streams at the same time?

`/rt` is native: thousands of open streams cost coroutines only. Everything else is Django as WSGI in a fixed number of
threads, which live on and keep their database connections; it costs about 60 % of the processor time of Django's own
ASGI handler.
"""

import os
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yingnuo.conf.settings")

# Django is set up by this import, and what follows may import models: so it stands first.
from yingnuo.conf.wsgi import application as pages  # isort: skip
from yingnuo.channels import registry
from yingnuo.conf import options, sightings
from yingnuo.conf.bridge import Bridge
from yingnuo.kit import folding, live, memory
from yingnuo.promises import public_holidays

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def bridge(pages: Application, stream: Application, *, max_body: int) -> Application:
    """One application of two: `stream` answers `/rt`, `pages` all else. A body of more than `max_body` bytes is a 413.

    Header names with an underscore are dropped: in WSGI `X_Forwarded_For` would pass for `X-Forwarded-For`.
    """

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live_from_start_to_stop(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["path"] == "/rt":
            await stream(scope, receive, send)
        elif _body_length(scope["headers"]) > max_body:
            await _too_large(send, problem=scope["path"].startswith("/api/"))
        else:
            headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
            await pages({**scope, "headers": headers}, receive, send)

    return application


def _body_length(headers: Iterable[tuple[bytes, bytes]]) -> int:
    told = next((value for name, value in headers if name == b"content-length"), b"0")
    return int(told) if told.isdigit() else 0


async def _too_large(send: Send, *, problem: bool) -> None:
    kind = b"application/problem+json" if problem else b"text/plain; charset=utf-8"
    headers = [(b"content-type", kind), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _TOO_LARGE if problem else b"The upload is too large.\n"})


_TOO_LARGE = (
    b'{"type": "about:blank", "title": "This is too large", "status": 413, "code": "too_large", '
    b'"detail": "The body is larger than this installation takes.", "fields": {}}'
)


async def _live_from_start_to_stop(receive: Receive, send: Send) -> None:
    await receive()
    _load_all()
    memory.keep_what_is_loaded()
    await live.start()
    async with sightings.watching():
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await live.stop()
    await send({"type": "lifespan.shutdown.complete"})


def _load_all() -> None:
    """What the first requests would load otherwise, while somebody waits: views, templates, holidays, adapters."""
    reverse("desk:home")  # reads every address
    public_holidays.load()
    folding.load_all()
    list(registry.adapters())


_OPTIONS = options.current()
application = bridge(
    Bridge(pages, workers=_OPTIONS.web_threads),
    live.sse,
    max_body=_OPTIONS.max_upload_mb * 1024 * 1024,
)
