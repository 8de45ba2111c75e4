"""Fifty times kill -9, at random, of a worker, the web process or PostgreSQL: nothing accepted is lost or told twice.

The number of rounds is CRASH_ROUNDS, 50 without it. All of it runs in one process of its own data folder; with xdist
the tests of this folder stay on one worker.
"""

from __future__ import annotations

import itertools
import os
import random
import sys
import threading
import time
import uuid
from collections import Counter

import pytest

from tests.crash import judging
from tests.crash.stand import Stand, standing

pytestmark = pytest.mark.xdist_group("crash")
ROUNDS = int(os.environ.get("CRASH_ROUNDS", "50"))
WORKERS = ("work-1", "work-2")
VICTIMS = (*WORKERS, *WORKERS, "web", "web", "postgres")
LONGEST_TARGET_S, SETTLES_WITHIN_S = 8, 60


class Customers(threading.Thread):
    """Ask all the time; a request without an answer is sent again under its key. Every third is answered at once."""

    def __init__(self, stand: Stand) -> None:
        super().__init__(daemon=True)
        self.stand, self.over = stand, threading.Event()
        self.accepted: dict[str, int] = {}
        self.sent_again = Counter[int]()  # by status; 0: no answer

    def run(self) -> None:
        for n in itertools.count():
            if self.over.is_set():
                return
            self._ask(n)
            time.sleep(0.1)

    def _ask(self, n: int) -> None:
        key, contact = uuid.uuid4().hex, {"name": "Chen", "email": "chen@harbour.example"}
        body = {"text": f"It stopped, number {n}.", "kind": "fault", "contact": contact}
        while True:
            status, told = self.stand.post("/tickets", body, key=key)
            if status == 201:
                break
            if self.over.is_set():
                return
            assert status in (0, 500, 503), status
            self.sent_again[status] += 1
            time.sleep(0.1)
        self.accepted[key] = told["id"]
        if n % 3 == 0:
            then = "resolve" if n % 2 else ""
            self.stand.post(f"/tickets/{told['id']}/messages", {"type": "reply", "text": "Try this.", "then": then})


def test_nothing_is_lost_and_nothing_comes_twice_over_fifty_kills() -> None:
    dice = random.Random(20261123)
    with standing() as stand:
        for name in ("web", *WORKERS):
            stand.fork(name)
        stand.wait_for_web()
        customers = Customers(stand)
        customers.start()
        for _ in range(ROUNDS):
            _let_something_happen(customers, dice)
            stand.kill(dice.choice(VICTIMS))
            stand.tend()
        customers.over.set()
        customers.join(30)
        assert not customers.is_alive()
        _settle(stand)
        verdict = judging.judge(stand, customers.accepted)
        sys.stdout.write(
            f"\n{ROUNDS} kills, {len(customers.accepted)} requests accepted, sent again {dict(customers.sent_again)}, "
            f"{verdict.promises} promises, {verdict.broken} broken, {verdict.notices} notices, "
            f"{verdict.skipped} warnings collapsed, {stand.gateways.repeats} deliveries repeated\n"
        )
        assert verdict.wrong == []
        assert len(customers.accepted) >= ROUNDS / 4
        assert verdict.notices >= len(customers.accepted)
        assert _troubles(stand) == []


def _let_something_happen(customers: Customers, dice: random.Random) -> None:
    """A request is accepted, or two seconds pass; then a moment more, so that kills fall anywhere."""
    before, end = len(customers.accepted), time.monotonic() + 2
    while len(customers.accepted) == before and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(dice.uniform(0, 0.4))


def _settle(stand: Stand) -> None:
    """The last promises fall due; leases of the dead and pauses between attempts are taken as over."""
    time.sleep(LONGEST_TARGET_S + 1)
    stand.kill_workers()
    stand.do("UPDATE alerts_notice SET retry_at = now() WHERE state IN ('pending', 'sending')")
    for name in WORKERS:
        stand.fork(name)
    end = time.monotonic() + SETTLES_WITHIN_S
    while not judging.settled(stand):
        stand.tend()
        assert time.monotonic() < end, stand.rows("SELECT way, state, count(*) FROM alerts_notice GROUP BY 1, 2")
        time.sleep(0.3)


def _troubles(stand: Stand) -> list[str]:
    """Lines of the processes' log that tell of anything but a database that was away."""
    lines = stand.log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line[:300] for line in lines if '"loop.trouble"' in line]
