"""Who holds the connections over which providers tell us things (MQTT, AMI, long connections)?

One thread for each such channel in one of the work processes: whoever has the channel's lock of the database, which is
free again when that process is killed. A connection that breaks is made anew, with longer and longer pauses; what is
wrong stands at the channel meanwhile. A changed setting ends the connection, and the next one has it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog
from django.db import DatabaseError, InterfaceError, connection

from yingnuo.channels import accounts, basis, pulls, registry
from yingnuo.channels.contract import Adapter, ChannelError, Listens
from yingnuo.channels.models import Channel
from yingnuo.kit import instants

_log = structlog.get_logger(__name__)
_LOCKS = 0x5953 << 40  # advisory locks of held connections
LOOK_EVERY_S = 2.0
_PAUSES = (1, 2, 5, 15, 30, 60)
Wanted = Callable[[], dict[tuple[int, str], Channel]]
"""Which connections there should be, by channel and what they depend on."""
Listen = Callable[[int, threading.Event], bool]
"""Holds one until it breaks; True when it stood for a while."""


class Round:
    """The work process's look at which connections there should be."""

    def __init__(self, wanted: Wanted | None = None, listen: Listen | None = None) -> None:
        self._wanted, self._listen = wanted or _wanted, listen or _listen
        self._held: dict[tuple[int, str], tuple[threading.Thread, threading.Event]] = {}

    def step(self) -> float:
        """Begins and ends connections as the settings say; seconds to sleep."""
        wanted = self._wanted()
        for key in [key for key in self._held if key not in wanted]:
            self._held.pop(key)[1].set()
        for key, row in wanted.items():
            if key not in self._held or not self._held[key][0].is_alive():
                self._held[key] = _begin(row, self._listen)
        return LOOK_EVERY_S

    def stop(self) -> None:
        """Ends all of them."""
        for _thread, stop in self._held.values():
            stop.set()
        self._held.clear()


def _listening() -> list[Channel]:
    kinds = [kind for kind in registry.kinds() if isinstance(registry.adapter_of(kind), Listens)]
    rows = Channel.objects.filter(kind__in=kinds, active=True)
    return [row for row in rows if row.settings.get("mode", "stream") == "stream" and not basis.is_missing(row)]


def _mark(row: Channel) -> str:
    return f"{row.secret}{sorted(row.settings.items(), key=str)}"


def _wanted() -> dict[tuple[int, str], Channel]:
    return {(row.pk, _mark(row)): row for row in _listening()}


def _begin(row: Channel, listen: Listen) -> tuple[threading.Thread, threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(target=hold, args=(row.pk, stop, listen), name=f"stream-{row.code}", daemon=True)
    thread.start()
    return thread, stop


def hold(pk: int, stop: threading.Event, listen: Listen | None = None) -> None:
    """Holds one channel's connection until `stop` is set, as soon as no other process does."""
    attempt, listening = 0, listen or _listen
    while not stop.is_set():
        try:
            with _alone(pk) as mine:
                if mine:
                    attempt = 0 if listening(pk, stop) else attempt + 1
        except (DatabaseError, InterfaceError) as error:
            _log.warning("stream.database_trouble", channel=pk, problem=str(error)[:200])
            connection.close()
        if not stop.is_set():
            stop.wait(_PAUSES[min(attempt, len(_PAUSES) - 1)])
    connection.close()


@contextmanager
def _alone(pk: int) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCKS | pk])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCKS | pk])


def _listen(pk: int, stop: threading.Event) -> bool:
    """Listens until the connection ends; True when it stood for a while, so that the next attempt may come soon."""
    row = Channel.objects.filter(pk=pk, active=True).first()
    if row is None:
        stop.set()
        return True
    channel, stood = row, False

    def keep(bodies: Sequence[tuple[str, bytes]]) -> None:
        nonlocal stood
        if not stood:
            accounts.worked(channel.pk, now=instants.now())
        stood = True
        pulls.keep(channel, bodies)

    try:
        _adapter(channel).listen(accounts.of(channel), keep, stop)
    except (ChannelError, ValueError, OSError) as error:
        _log.warning("stream.broken", channel=channel.code, problem=str(error)[:200])
        accounts.failed(channel.pk, str(error), now=instants.now())
    return stood


def _adapter(channel: Channel) -> Listens:
    adapter: Adapter = registry.adapter_of(channel.kind)
    if not isinstance(adapter, Listens):
        raise TypeError(f"{channel.kind} holds no connection")
    return adapter
