"""A provider that answers over HTTP on this machine: what it was asked is kept, what it answers is set by the test."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Its body, read as JSON."""
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        """Its body, read as a form."""
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True, slots=True)
class Says:
    """What the provider answers: JSON, or bytes with their type. `after_s`: it takes its time first."""

    given: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def body(self) -> bytes:
        """The bytes of the answer."""
        return self.given if isinstance(self.given, bytes) else json.dumps(self.given, ensure_ascii=False).encode()


Replier = Callable[[Asked], Says]


class Provider:
    """`on(path, reply)`: paths that begin so are answered by `reply`, a value or a function; the longest wins."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._replies: dict[str, Replier | Says] = {}
        self._down: Says | None = None
        self.url = ""

    def on(self, path: str, reply: Replier | Says | dict[str, Any]) -> None:
        """Sets what is answered below a path."""
        self._replies[path] = Says(reply) if isinstance(reply, dict) else reply

    def down(self, status: int = 503, *, retry_after: str = "") -> None:
        """From now on every request is answered with this status; 0: it works again."""
        headers = {"Retry-After": retry_after} if retry_after else {}
        self._down = Says({"error": "away"}, status, headers) if status else None

    def to(self, path: str) -> list[Asked]:
        """What was asked below a path, in order."""
        return [one for one in self.asked if one.path.startswith(path)]

    def answer(self, asked: Asked) -> Says:
        """The answer to one request."""
        self.asked.append(asked)
        if self._down is not None:
            return self._down
        found = max((p for p in self._replies if asked.path.startswith(p)), key=len, default=None)
        if found is None:
            return Says({"error": f"nothing at {asked.path}"}, 404)
        reply = self._replies[found]
        return reply if isinstance(reply, Says) else reply(asked)


@contextmanager
def serving(provider: Provider) -> Iterator[Provider]:
    """The provider on a free port of the loopback while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            says = provider.answer(Asked(self.command, parts.path, query, headers, self.rfile.read(length)))
            body = says.body()
            self.send_response(says.status)
            self.send_header("Content-Type", says.content_type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in says.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _do  # noqa: N815  # names of the standard library

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
