"""How does a provider that is slow or away delay nobody but itself?

Each channel has a lane of its own, in which one claim at a time is sent; outgoing mail without a channel is lane 0.
While a lane is at it nothing more is claimed for its channel, and what the other channels have goes on.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor

import structlog
from django.db import connection

from yingnuo.channels import missing_files, post
from yingnuo.channels.models import Delivery

_log = structlog.get_logger(__name__)
LANES = 8
LONGEST_SLEEP_S = 0.5


class Round:
    """The work process's loop over messages that wait to leave."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LANES, thread_name_prefix="lane")
        self._busy: dict[int, Future[None]] = {}

    def step(self) -> float:
        """Claims for every free lane; seconds to sleep: none while there is more."""
        self._busy = {lane: work for lane, work in self._busy.items() if not work.done()}
        if len(self._busy) >= LANES:
            return LONGEST_SLEEP_S
        rows = post.claim(50, busy=self._busy.keys())
        by_lane: dict[int, list[Delivery]] = defaultdict(list)
        for row in rows:
            by_lane[row.channel_id or 0].append(row)
        for lane, mine in by_lane.items():
            self._busy[lane] = self._threads.submit(_send, mine)
        return 0.0 if rows else LONGEST_SLEEP_S


def _send(rows: list[Delivery]) -> None:
    try:
        post.deliver(rows)
    except Exception:  # noqa: BLE001  # the leases run out and the rows are due again
        _log.exception("lane.trouble")
    finally:
        connection.close()


class Files:
    """The loop over files that came as references."""

    def step(self) -> float:
        """Fetches what is due; seconds to sleep."""
        return 0.0 if missing_files.fetch_due() else 1.0
