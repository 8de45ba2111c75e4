"""Workers are killed at random while calls run: in the end each call is there once, with its right outcome.

What came and went while nobody listened no exchange tells afterwards; its queue_log does, and is taken in at the end.
Every missed call has its one call back, every answered one its ticket. CRASH_CALL_ROUNDS kills, 12 without it.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.channels.ami_server import AmiServer
from tests.crash.stand import Stand, standing

pytestmark = pytest.mark.xdist_group("crash")
ROUNDS = int(os.environ.get("CRASH_CALL_ROUNDS", "12"))
WORKERS = ("work-1", "work-2")


class Callers(threading.Thread):
    """Call all the time, each from a number of his own; every third gives up."""

    def __init__(self, pbx: AmiServer) -> None:
        super().__init__(daemon=True)
        self.pbx, self.over = pbx, threading.Event()
        self.expected: dict[str, str] = {}

    def run(self) -> None:
        dice, number = random.Random(11), 0
        while not self.over.is_set():
            number += 1
            call = self.pbx.comes(f"138{number:08d}", queue="service")
            time.sleep(dice.uniform(0.1, 0.6))
            answered = number % 3 != 0
            if answered:
                self.pbx.rings(call, "8001")
                self.pbx.connects(call, "8001")
                time.sleep(dice.uniform(0.1, 0.6))
            self.pbx.hangs_up(call)
            self.expected[call] = "answered" if answered else "abandoned"


def test_no_call_is_lost_or_comes_twice_over_kills_of_the_workers(tmp_path: Path) -> None:
    dice = random.Random(20261201)
    with AmiServer() as pbx, standing() as stand:
        stand._python("-m", "tests.crash.telephone", str(pbx.port))
        for name in WORKERS:
            stand.fork(name)
        _until(lambda: pbx.listeners() >= 1)
        callers = Callers(pbx)
        callers.start()
        for _ in range(ROUNDS):
            time.sleep(dice.uniform(0.5, 2.0))
            stand.kill(dice.choice(WORKERS))
        callers.over.set()
        callers.join(30)
        _until(lambda: not stand.rows("SELECT 1 FROM channels_raw WHERE state = 'stored'"))
        live = stand.rows("SELECT count(*) AS n FROM telephony_call")[0]["n"]
        log = tmp_path / "queue_log"
        log.write_text("\n".join(pbx.log), encoding="utf-8")
        for _time in range(2):
            stand._python("-m", "yingnuo", "calls", "import", str(log), "--channel", "pbx", "--owe-hours", "1")
        _judge(stand, callers.expected)
        sys.stdout.write(
            f"\n{ROUNDS} kills, {len(callers.expected)} calls, {live} of them heard live, {pbx.logins} logins\n"
        )


def _until(ready: object, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not ready():  # type: ignore[operator]
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


def _judge(stand: Stand, expected: dict[str, str]) -> None:
    found = stand.rows("SELECT id, external_id, outcome, number, ticket_id FROM telephony_call WHERE direction = 'in'")
    assert {row["external_id"]: row["outcome"] for row in found} == expected
    assert len(found) == len(expected)
    assert [row for row in found if row["ticket_id"] is None] == []
    tasks = Counter(row["number"] for row in stand.rows("SELECT number FROM telephony_callbacktask"))
    missed = {row["number"] for row in found if row["outcome"] == "abandoned"}
    assert {number for number in missed if tasks[number] != 1} == set()
    told = stand.rows("SELECT code, subject FROM ledger_event WHERE code IN ('call.missed', 'call.answered')")
    twice = {one for one, n in Counter((r["code"], r["subject"]) for r in told).items() if n > 1}
    assert twice == set()
    assert stand.rows("SELECT 1 FROM channels_raw WHERE state = 'failed'") == []
    assert len({row["ticket_id"] for row in found}) == len(expected), "one number, one ticket"
