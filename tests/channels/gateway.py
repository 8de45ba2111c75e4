"""A gateway to which a client opens a web socket, as 钉钉's and 飞书's are: what it sends is set by the test.

Every frame that the client sends is kept; `send` gives a frame to whoever is connected, and to whoever comes next.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve


class Gateway:
    """The server's side."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.paths: list[str] = []
        self.url = ""
        self._waiting: list[str | bytes] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def send(self, *frames: str | bytes) -> None:
        """Frames for the client, in order."""
        with self._lock:
            self._waiting += frames

    def drop(self) -> None:
        """Breaks the connection that stands."""
        self._closing.set()

    def wait_for(self, count: int, *, seconds: float = 5.0) -> list[Any]:
        """What the client sent, once it is so much."""
        end = time.monotonic() + seconds
        while len(self.got) < count and time.monotonic() < end:
            time.sleep(0.01)
        return self.got

    def handle(self, socket: ServerConnection) -> None:
        """Serves one connection."""
        self.paths.append(socket.request.path if socket.request else "")
        self._closing.clear()
        while not self._closing.is_set():
            with self._lock:
                frames, self._waiting = self._waiting, []
            for frame in frames:
                socket.send(frame)
            try:
                self.got.append(socket.recv(timeout=0.02))
            except TimeoutError:
                continue
            except ConnectionClosed:
                return


@contextmanager
def open_gateway() -> Iterator[Gateway]:
    """A gateway on a free port of the loopback while the block runs."""
    gateway = Gateway()
    with serve(gateway.handle, "127.0.0.1", 0) as server:
        gateway.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield gateway
        finally:
            gateway.drop()
            server.shutdown()
            thread.join(timeout=5)
