"""kill -9 of workers while they call a webhook: every event arrives, and what is repeated bears the id it had."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.crash.stand import Stand, standing

pytestmark = pytest.mark.xdist_group("crash")
WORKERS = ("work-1", "work-2")
KILLS, TICKETS = 12, 24


class Receiver:
    """A slow receiver of this process: bodies by webhook-id."""

    def __init__(self) -> None:
        self.came: dict[str, list[bytes]] = defaultdict(list)
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.came))
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/hook"

    def __enter__(self) -> Receiver:
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()


def _handler(came: dict[str, list[bytes]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came[self.headers["webhook-id"]].append(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(0.05)  # so that a kill meets calls under way
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    return Handler


def test_no_event_is_lost_and_what_is_repeated_has_the_same_id() -> None:
    dice = random.Random(20261201)
    with standing() as stand, Receiver() as receiver:
        stand.environment["YINGNUO_INNER_HOSTS"] = "127.0.0.1"
        for name in ("web", *WORKERS):
            stand.fork(name)
        stand.wait_for_web()
        status, told = stand.post("/webhooks", {"name": "ERP", "url": receiver.url, "events": ["*"]})
        assert status == 201
        for n in range(KILLS):
            for part in range(TICKETS // KILLS):
                _open(stand, f"{n}-{part}")
            time.sleep(dice.uniform(0.1, 0.9))
            stand.kill(dice.choice(WORKERS))
        _settle(stand)
        rows = stand.rows("SELECT key, body, state, event_id FROM webhooks_delivery ORDER BY id")
        events = stand.rows(
            "SELECT e.id FROM ledger_event e, webhooks_endpoint w WHERE e.id > w.since_id AND e.code ~ "
            "'^(ticket|message|promise|breach)[.]' AND e.id <= (SELECT up_to FROM webhooks_reading)"
        )
    repeated = sum(len(bodies) - 1 for bodies in receiver.came.values())
    sys.stdout.write(f"\n{KILLS} kills, {len(events)} events, {len(rows)} deliveries, {repeated} calls repeated\n")
    assert told["secret"]
    assert {row["event_id"] for row in rows} == {event["id"] for event in events}
    assert {row["state"] for row in rows} == {"delivered"}
    assert receiver.came.keys() == {row["key"] for row in rows}
    bodies = {row["key"]: row["body"].encode() for row in rows}
    assert all(body == bodies[key] for key, came in receiver.came.items() for body in came)


def _open(stand: Stand, key: str) -> None:
    body = {
        "text": f"It stopped, {key}.",
        "kind": "fault",
        "contact": {"name": "Chen", "email": "chen@harbour.example"},
    }
    assert stand.post("/tickets", body, key=key)[0] == 201


def _settle(stand: Stand) -> None:
    """The promises of seconds run out; leases of the dead are taken as over."""
    time.sleep(10)
    stand.do("UPDATE webhooks_delivery SET retry_at = now() WHERE state = 'sending' AND retry_at > now()")
    end = time.monotonic() + 60
    while stand.rows("SELECT count(*) AS n FROM webhooks_delivery WHERE state <> 'delivered'")[0]["n"]:
        stand.tend()
        assert time.monotonic() < end, stand.rows(
            "SELECT state, problem, count(*) FROM webhooks_delivery GROUP BY 1, 2"
        )
        time.sleep(0.3)
