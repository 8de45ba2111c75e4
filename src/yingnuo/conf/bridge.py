"""How does a request cross from the event loop to a thread of Django and back, as seldom as can be?

a2wsgi crosses once for the body, once for each piece of the answer and once for its end, and each crossing wakes two
threads: half of what a small request costs. Here a small body goes along with the request, and an answer that is there
as a whole comes back with its end. What streams (files, exports, large uploads) crosses piece by piece, as there.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from a2wsgi.wsgi import Body, build_environ

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Bridge:
    """A WSGI application as an ASGI one for HTTP, in a fixed number of threads."""

    def __init__(self, app: Wsgi, *, workers: int) -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="wsgi")

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One request."""
        loop = asyncio.get_running_loop()
        environ: dict[str, Any] = dict(build_environ(scope, await _body(loop, receive)))  # type: ignore[arg-type]
        work = contextvars.copy_context().run
        whole = await loop.run_in_executor(self._threads, work, self._answer, environ, _from_thread(loop, send))
        for message in whole:
            await send(message)

    def _answer(self, environ: dict[str, Any], stream: Callable[[Message], None]) -> list[Message]:
        """In a thread: the messages of an answer that is there as a whole; what streams has been sent, all but its end.

        Django's responses say of themselves whether they stream; of any other answer that is assumed.
        """
        start: Message = {"type": "http.response.start"}

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            start["status"] = int(status.split(" ", 1)[0])
            start["headers"] = [(name.strip().lower().encode("latin1"), _value(value)) for name, value in headers]

        pieces = self._app(environ, start_response)
        try:
            if not getattr(pieces, "streaming", True):
                return [start, {"type": "http.response.body", "body": b"".join(pieces)}]
            stream(start)
            for piece in pieces:
                stream({"type": "http.response.body", "body": piece, "more_body": True})
            return [{"type": "http.response.body", "body": b""}]
        finally:
            getattr(pieces, "close", lambda: None)()


def _value(text: str) -> bytes:
    return text.strip().encode("latin1")


def _from_thread(loop: asyncio.AbstractEventLoop, send: Send) -> Callable[[Message], None]:
    async def sent(message: Message) -> None:
        await send(message)

    return lambda message: asyncio.run_coroutine_threadsafe(sent(message), loop).result()


async def _body(loop: asyncio.AbstractEventLoop, receive: Receive) -> Body:
    """The body as WSGI reads it: what came in one piece is there already, the rest of a longer one is asked for."""
    first = await receive()
    body = Body(loop, receive)  # type: ignore[arg-type]
    body.buffer.extend(first.get("body", b""))
    body._has_more = first.get("more_body", False)
    return body
