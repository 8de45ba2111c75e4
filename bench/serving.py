"""How does a bench ask a real web process over the loopback?

`serving` starts `yingnuo serve` as a process of its own, as `yingnuo up` does; what the asking costs is not counted.
"""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from bench.stage import Stage

_STARTS_WITHIN_S = 60


@dataclass(slots=True)
class Web:
    """A web process and one kept connection to it."""

    pid: int
    connection: http.client.HTTPConnection

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: object = None) -> tuple[int, bytes, float]:
        """One request: status, body, wall seconds."""
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        sent = {**headers, **({"Content-Type": "application/json"} if content else {})}
        begun = perf_counter()
        try:
            self.connection.request(method, path, body=content, headers=sent)
            answer = self.connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError):  # closed as idle while we were thinking
            self.connection.close()
            self.connection.request(method, path, body=content, headers=sent)
            answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, text, perf_counter() - begun


@contextmanager
def serving(here: Stage, database: str) -> Iterator[Web]:
    """A web process on that database until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "yingnuo", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=here.environment(database), stdout=sys.stderr)
    try:
        yield Web(process.pid, _connected(port, process))
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    """A port of the loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _connected(port: int, process: subprocess.Popen[bytes]) -> http.client.HTTPConnection:
    end = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.connect()
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return connection
    raise RuntimeError("the web process does not answer")
