"""What does a work process do all day?

The sweep over due promises, the stored mails and other arrivals that wait to be taken in, the outboxes of notices and
of messages, files that are still with their provider, connections that are held to providers and mailboxes, mail that
comes by SMTP, replies that wait to leave, chats that wait or fell silent, machines and their alarms, webhooks,
imports, the seals of the ledger, standards that come in force, batches that move open promises to other terms, and the
job queue (mail fetching, giving out tickets). Any number of such processes share the work through row locks; any may be
killed.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import cast

import psycopg
import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException

from yingnuo.alerts import deliver
from yingnuo.channels import idling, lanes, smtp_in, streams
from yingnuo.journey import (
    automating,
    chat_rounds,
    devices,
    heard,
    importing,
    moving,
    outgoing,
    post_in,
    sealing,
    sending,
    standards,
    sweep,
)
from yingnuo.kit import instants, memory

_log = structlog.get_logger(__name__)
LONGEST_SLEEP_S = 0.5
_AFTER_TROUBLE_S = 2.0


def run(stop: threading.Event, *, job_threads: int = 4) -> None:
    """Works until `stop` is set, then finishes what is under way and returns."""
    memory.keep_what_is_loaded()
    loops = [threading.Thread(target=loop, args=(name, stop), name=name, daemon=True) for name in _STEPS]
    for thread in loops:
        thread.start()
    asyncio.run(_jobs(stop, job_threads))
    for thread in loops:
        thread.join(timeout=30)


def loop(name: str, stop: threading.Event) -> None:
    """One of the loops of `run`, by its name, until `stop` is set."""
    step = _STEPS[name]()
    while not stop.is_set():
        try:
            pause = step()
        except (DatabaseError, InterfaceError) as error:  # it restarts: every row is still due
            _log.warning("loop.database_trouble", loop=name, problem=str(error)[:200])
            connection.close()
            pause = _AFTER_TROUBLE_S
        except Exception:  # noqa: BLE001  # a loop that dies silently breaks promises; it is logged and tried again
            _log.exception("loop.trouble", loop=name)
            pause = _AFTER_TROUBLE_S
        if pause:
            close_old_connections()
            stop.wait(pause)
    connection.close()


def _sweep() -> float:
    """One round; how long to sleep: not at all while there is more to do."""
    swept = sweep.run_once()
    if swept.promises:
        _log.info("sweep", promises=swept.promises, notices=swept.notices, broken=swept.broken, latest_s=swept.latest_s)
    if swept.promises >= sweep.BATCH:
        return 0.0
    upcoming = sweep.next_moment()
    if upcoming is None:
        return LONGEST_SLEEP_S
    return min(LONGEST_SLEEP_S, max(0.01, (upcoming - instants.now()).total_seconds()))


def _notices() -> float:
    return 0.0 if deliver.deliver_due() else LONGEST_SLEEP_S


def _recompute() -> float:
    return 0.0 if moving.step() else LONGEST_SLEEP_S


async def _jobs(stop: threading.Event, threads: int) -> None:
    """The job queue until `stop` is set; begun anew when it fails, for the other loops go on too."""
    while not stop.is_set():
        try:
            await _work_on_jobs(stop, threads)
        except (DatabaseError, InterfaceError, psycopg.Error, ConnectorException) as error:  # as in `loop`
            _log.warning("loop.database_trouble", loop="jobs", problem=str(error)[:200])
            await asyncio.sleep(_AFTER_TROUBLE_S)
        except Exception:  # noqa: BLE001  # as in `loop`
            _log.exception("loop.trouble", loop="jobs")
            await asyncio.sleep(_AFTER_TROUBLE_S)


async def _work_on_jobs(stop: threading.Event, threads: int) -> None:
    worker_app = app.with_connector(cast("DjangoConnector", app.connector).get_worker_connector())
    async with worker_app.open_async():
        worker = asyncio.create_task(
            worker_app.run_worker_async(concurrency=threads, install_signal_handlers=False, delete_jobs="successful")
        )
        while not stop.is_set() and not worker.done():
            await asyncio.sleep(0.2)
        if not worker.done():
            worker.cancel()
        [ended] = await asyncio.gather(worker, return_exceptions=True)
        if isinstance(ended, Exception):  # a cancellation is none
            raise ended


#: The loops of a work process: by name, what makes the step that each repeats.
_STEPS: dict[str, Callable[[], Callable[[], float]]] = {
    "sweep": lambda: _sweep, "mails": lambda: post_in.Round().step, "notices": lambda: _notices,
    "messages": lambda: lanes.Round().step, "seals": lambda: sealing.Round().step, "recompute": lambda: _recompute,
    "standards": lambda: standards.Round().step, "heard": lambda: heard.Round().step,
    "files": lambda: lanes.Files().step, "streams": lambda: streams.Round().step,
    "mailboxes": lambda: idling.Round().step, "smtp": lambda: smtp_in.Round().step,
    "chats": lambda: chat_rounds.Round().step, "devices": lambda: devices.Round().step,
    "webhooks": lambda: outgoing.Round().step, "imports": lambda: importing.Round().step,
    "automation": lambda: automating.Round().step, "sending": lambda: sending.Round().step,
}  # fmt: skip
