"""Does the one application send each request to the right half?"""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from yingnuo.conf.asgi import Application, Receive, Scope, Send, bridge


class Half:
    """Remembers what it was asked, and answers 200."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def _ask(application: Application, path: str, *headers: tuple[bytes, bytes]) -> int:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(application({"type": "http", "path": path, "headers": list(headers)}, receive, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize(("path", "streamed"), [("/rt", 1), ("/", 0), ("/rt/x", 0), ("/tickets/1", 0)])
def test_only_rt_is_a_stream(path: str, streamed: int) -> None:
    pages, stream = Half(), Half()
    assert _ask(bridge(pages, stream, max_body=10), path) == 200
    assert (len(pages.scopes), len(stream.scopes)) == (1 - streamed, streamed)


@pytest.mark.parametrize(("length", "status"), [(b"10", 200), (b"11", 413)])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(length: bytes, status: int) -> None:
    pages = Half()
    assert _ask(bridge(pages, Half(), max_body=10), "/", (b"content-length", length)) == status
    assert len(pages.scopes) == (status == 200)


def test_a_header_with_an_underscore_cannot_pose_as_another() -> None:
    pages = Half()
    _ask(bridge(pages, Half(), max_body=10), "/", (b"x_forwarded_for", b"1.2.3.4"), (b"x-ok", b"1"))
    assert pages.scopes[0]["headers"] == [(b"x-ok", b"1")]
