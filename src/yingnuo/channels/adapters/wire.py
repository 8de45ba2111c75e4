"""How is a telephone system's line held: a socket over which blocks of text come for as long as it stands?

What comes is kept in bodies of several events (JSON lines, each with the moment it was heard), at most a fifth of a
second after the first of them. A body has a number of its own within its connection: when the database is away it is
stored again under the same key, not lost and not doubled.
"""

from __future__ import annotations

import json
import re
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, InterfaceError, connection

from yingnuo.channels.contract import ChannelError, Keep

CONNECT_S = 8.0
SILENT_S = 70.0  # nothing heard for so long, although we asked: the line is dead
ASK_EVERY_S = 25.0
_LOOK_S = 0.2
_MOST = 50  # events in one body
_LONGEST_BLOCK = 512 * 1024
_LINE, _BLOCK = re.compile(rb"\r?\n"), re.compile(rb"\r?\n\r?\n")


class Wire:
    """A connection that is read block by block; a block ends with an empty line. Raises ChannelError."""

    def __init__(self, host: str, port: int, *, tls: bool = False) -> None:
        self._buffer = bytearray()
        try:
            plain = socket.create_connection((host, port), timeout=CONNECT_S)
            self._socket = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if tls else plain
        except (OSError, ValueError) as error:
            raise ChannelError("unreachable", type(error).__name__, permanent=False) from error

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    def line(self, timeout_s: float = CONNECT_S) -> str:
        """One line without its end."""
        try:
            return self._until(_LINE, timeout_s).decode("utf-8", "replace").rstrip("\r\n")
        except TimeoutError as error:
            raise ChannelError("silent", "", permanent=False) from error

    def block(self, timeout_s: float) -> dict[str, str] | None:
        """The next block as its headers; None when nothing came in time."""
        try:
            return headers(self._until(_BLOCK, timeout_s).decode("utf-8", "replace"))
        except TimeoutError:
            return None

    def exactly(self, size: int) -> bytes:
        """So many bytes that are to come."""
        if size > _LONGEST_BLOCK:
            raise ChannelError("too_large", str(size), permanent=False)
        end = time.monotonic() + CONNECT_S
        try:
            while len(self._buffer) < size:
                self._more(end - time.monotonic())
        except TimeoutError as error:
            raise ChannelError("silent", "", permanent=False) from error
        found = bytes(self._buffer[:size])
        del self._buffer[:size]
        return found

    def say(self, text: str) -> None:
        """Sends it."""
        try:
            self._socket.settimeout(CONNECT_S)
            self._socket.sendall(text.encode())
        except OSError as error:
            raise ChannelError("broken", type(error).__name__, permanent=False) from error

    def _until(self, mark: re.Pattern[bytes], timeout_s: float) -> bytes:
        end = time.monotonic() + timeout_s
        while (at := mark.search(self._buffer)) is None:
            if len(self._buffer) > _LONGEST_BLOCK:
                raise ChannelError("too_large", "", permanent=False)
            self._more(end - time.monotonic())
        size = at.end()
        found = bytes(self._buffer[:size])
        del at, self._buffer[:size]
        return found

    def _more(self, timeout_s: float) -> None:
        if timeout_s <= 0:
            raise TimeoutError
        self._socket.settimeout(timeout_s)
        try:
            came = self._socket.recv(65_536)
        except TimeoutError:
            raise
        except OSError as error:
            raise ChannelError("broken", type(error).__name__, permanent=False) from error
        if not came:
            raise ChannelError("broken", "closed by the other side", permanent=False)
        self._buffer += came


def headers(text: str) -> dict[str, str]:
    """`Name: value` lines; the first of a name counts."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip(), value.strip())
    return found


def listen(
    read: Callable[[float], Mapping[str, Any] | None], ask: Callable[[], None], keep: Keep, stop: threading.Event
) -> None:
    """Until `stop`: what `read` gives is kept in bodies; `ask` is called now and then, so that a dead line shows.

    `read(seconds)` gives an event, {} for what is of no interest, or None when nothing came.
    """
    bodies = _Bodies(keep, stop)
    heard_at = asked_at = time.monotonic()
    while not stop.is_set():
        event = read(_LOOK_S)
        now = time.monotonic()
        if event is not None:
            heard_at = now
            bodies.add(event)
        elif now - heard_at > SILENT_S:
            bodies.flush()
            raise ChannelError("silent", "", permanent=False)
        if now - asked_at > ASK_EVERY_S:
            ask()
            asked_at = now
        bodies.flush_if_due(now)
    bodies.flush()


class _Bodies:
    def __init__(self, keep: Keep, stop: threading.Event) -> None:
        self._keep, self._stop = keep, stop
        self._lines: list[str] = []
        self._since = 0.0
        self._name, self._number = secrets.token_hex(8), 0
        self._surely([])  # the line stands: what was wrong with it is over

    def add(self, event: Mapping[str, Any]) -> None:
        if event:
            self._since = self._since if self._lines else time.monotonic()
            at = datetime.now(UTC).timestamp()
            self._lines.append(json.dumps({"at": at, "event": event}, ensure_ascii=False))

    def flush_if_due(self, now: float) -> None:
        if self._lines and (len(self._lines) >= _MOST or now - self._since >= _LOOK_S):
            self.flush()

    def flush(self) -> None:
        if not self._lines:
            return
        self._number += 1
        body = "\n".join(self._lines).encode("utf-8", "replace")
        self._lines = []
        self._surely([(f"line:{self._name}:{self._number}", body)])

    def _surely(self, bodies: list[tuple[str, bytes]]) -> None:
        """The other side tells everything once: while the database is away it is tried again, by the same key."""
        while True:
            try:
                return self._keep(bodies)
            except (DatabaseError, InterfaceError):
                connection.close()
                if self._stop.wait(1.0):
                    raise


def events_of(body: bytes, received_at: datetime) -> Iterator[tuple[datetime, Mapping[str, Any]]]:
    """The events of a kept body with the moment each was heard; ValueError for what is none."""
    for line in body.decode("utf-8").splitlines():
        if not line.strip():
            continue
        told = json.loads(line)
        if not isinstance(told, dict) or not isinstance(told.get("event"), dict):
            raise ValueError("not an event")
        yield moment(told.get("at"), received_at), told["event"]


def moment(value: object, heard_at: datetime) -> datetime:
    """A time in seconds since 1970, never later than it was heard; `heard_at` for none or nonsense."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return heard_at
    try:
        return min(heard_at, datetime.fromtimestamp(float(value), UTC))
    except (ValueError, OverflowError, OSError):
        return heard_at


def number(value: object) -> int:
    """A whole number of seconds or a place, -1 for none."""
    try:
        return max(-1, min(int(float(str(value))), 10**9))
    except (ValueError, OverflowError):
        return -1


def port_of(value: object, usual: int) -> int:
    """A port, the usual one for none."""
    found = number(value)
    return found if 0 < found < 65_536 else usual
