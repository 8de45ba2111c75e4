"""What does the demonstration's own process do?

The older history first, then the simulator; beside both, a mail sink.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from yingnuo.channels import sinks
from yingnuo.demo import company, services
from yingnuo.demo.models import Demonstration
from yingnuo.demo.simulator import Simulator
from yingnuo.kit import instants

_log = structlog.get_logger(__name__)
_TICK_S = 1.0
_AFTER_TROUBLE_S = 3.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def run(stop: threading.Event) -> None:
    """Runs until `stop` is set. Of several processes one acts, the others wait for its end."""
    with ExitStack() as stack:
        stack.enter_context(_mail_sink())
        while not stop.is_set() and not _is_mine():
            stop.wait(_AFTER_TROUBLE_S)
        company.point_sms_here()
        _history(stop)
        _simulate(stop)
    connection.close()


def _is_mine() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('yingnuo.demo'))")
        return bool(cursor.fetchone()[0])


def _history(stop: threading.Event) -> None:
    if stop.is_set():
        return
    began = instants.now()
    if services.load_history(now=began):
        _log.info("demo.history", seconds=round((instants.now() - began).total_seconds(), 1))


def _simulate(stop: threading.Event) -> None:
    row = Demonstration.objects.first()
    if row is None:
        _log.warning("demo.not_loaded")
        stop.wait()
        return
    simulator = Simulator(seed=row.seed, now=instants.now())
    while not stop.is_set():
        try:
            simulator.step(now=instants.now())
            pause = _TICK_S
        except DatabaseError as error:
            _log.warning("demo.database_trouble", problem=str(error)[:200])
            connection.close()
            simulator = Simulator(seed=row.seed, now=instants.now())
            pause = _AFTER_TROUBLE_S
        stop.wait(pause)


@contextmanager
def _mail_sink() -> Iterator[None]:
    """Takes the mail that goes to this machine; where the port is taken, or mail goes elsewhere, there is none."""
    stop_sink = None
    if settings.EMAIL_HOST in _LOOPBACK:
        try:
            stop_sink = sinks.start_sink(settings.EMAIL_PORT)
        except OSError as error:
            _log.warning("demo.no_mail_sink", problem=str(error))
    try:
        yield
    finally:
        if stop_sink:
            stop_sink()
