"""How does a test talk to a real server?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from yingnuo.conf.asgi import Application


def until(ready: Callable[[], object], seconds: float = 10.0) -> None:
    """Waits for `ready()` to be true; fails the test after `seconds`."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


@contextmanager
def serve(application: Application) -> Iterator[str]:
    """The address of `application`, served by uvicorn from a thread on a free port of loopback."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started, 60)  # a busy machine imports for long
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
