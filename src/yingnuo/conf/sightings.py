"""Whose desk is open now?

Each web process knows the streams that it holds. Once a minute it writes down whose they are, so that a worker can tell
who has gone; a short loss of the network is over before anybody counts as gone.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog
from django.db import Error, close_old_connections

from yingnuo.kit import instants, live
from yingnuo.people import presence

EVERY_SECONDS = 60.0
_OWN = "notices:"  # every page of the desk hears this topic of its reader
_log = structlog.get_logger(__name__)


async def keep_watch() -> None:
    """Until it is cancelled."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        await asyncio.to_thread(note)


def note() -> None:
    """Writes down whose streams this process holds. Without a database it is left to the next minute."""
    staff = [int(topic.removeprefix(_OWN)) for topic in live.heard() if topic.startswith(_OWN)]
    close_old_connections()
    try:
        presence.seen(staff, now=instants.now())
    except Error as error:
        _log.warning("sightings.lost", error=str(error))
    finally:
        close_old_connections()


@contextlib.asynccontextmanager
async def watching() -> AsyncIterator[None]:
    """While it lasts, somebody watches."""
    task = asyncio.create_task(keep_watch(), name="yn-sightings")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
