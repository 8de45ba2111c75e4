"""How does what happens reach other programs? The work process's loop over webhooks.

Settled rows of the ledger become deliveries; each endpoint has a lane of its own, so that one that is slow or away
delays no other; who is an administrator hears of one that was switched off by itself.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from django.db import connection

from yingnuo.alerts import matters
from yingnuo.alerts import services as alerts
from yingnuo.alerts.rules import IN_APP
from yingnuo.journey import reactions, work
from yingnuo.kit import instants
from yingnuo.ledger.settled import Settling
from yingnuo.people.roles import those_who_may
from yingnuo.webhooks import deliver, fanout, services
from yingnuo.webhooks.models import Endpoint

_log = structlog.get_logger(__name__)
LANES = 8
CLAIMS = 20  # that one lane makes before others have their turn
LONGEST_SLEEP_S = 0.5
PURGE_EVERY = timedelta(hours=1)


class Round:
    """The loop of one work process."""

    def __init__(self) -> None:
        self._settling = Settling()
        self._threads = ThreadPoolExecutor(LANES, thread_name_prefix="webhook")
        self._busy: dict[int, Future[None]] = {}
        self._purged: datetime | None = None

    def step(self) -> float:
        """Reads on, fills free lanes; seconds to sleep: none while there is more to read."""
        more = fanout.fan_out(self._settling.look())
        self._busy = {pk: lane for pk, lane in self._busy.items() if not lane.done()}
        now = instants.now()
        for pk in deliver.due(now=now):
            if len(self._busy) < LANES and pk not in self._busy:
                self._busy[pk] = self._threads.submit(_lane, pk)
        tell(now=now)
        self._purge(now)
        return 0.0 if more else LONGEST_SLEEP_S

    def _purge(self, now: datetime) -> None:
        if self._purged is None or now - self._purged >= PURGE_EVERY:
            while services.purge(now=now):
                pass
            self._purged = now


def _lane(endpoint: int) -> None:
    try:
        for _turn in range(CLAIMS):
            taken = deliver.claim(endpoint, now=instants.now())
            if taken is None:
                return
            deliver.deliver(taken)
    except Exception:  # noqa: BLE001  # the leases run out and the rows are due again
        _log.exception("webhook.trouble", endpoint=endpoint)
    finally:
        connection.close()


def tell(*, now: datetime) -> int:
    """Tells the administrators of endpoints that were switched off by themselves, once; how many there were."""
    if not Endpoint.objects.filter(state="off", told_at=None).exclude(why_off="hand").exists():
        return 0
    with work.unit():
        rows = services.untold(now=now)
        admins = list(those_who_may("admin").values_list("pk", flat=True))
        abouts = [matters.about_webhook(row.pk, row.name, now) for row in rows]
        notices = [matters.notice(about, pk, way, now) for about in abouts for pk in admins for way in (IN_APP, "mail")]
        if alerts.write(notices, now=now):
            reactions.noticed(admins)
    return len(rows)
