"""What does it cost to show the queue and a ticket, and does it grow?

`python -m bench pages [--quick]`. Whole HTML pages of the desk from a real web process over the loopback, signed in, at
1,000, 100,000 and 1,000,000 open tickets (quick: without the last): an agent's queue as it opens, a manager's queue
over everything, and a ticket with twenty messages. Processor time of the web process and of all database processes.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
from collections.abc import Mapping

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import fill, stage
from bench.measuring import Report, costing, quick, spread
from bench.serving import Web, serving
from bench.stage import Stage
from yingnuo.people import accounts
from yingnuo.people.models import Staff

QUEUE_MS, TICKET_MS, GROWTH = 10.0, 15.0, 1.5
WARM, ASKED = 40, 200


def main() -> int:
    """Measure, print, judge; the exit code."""
    with stage.opened() as here:
        report = Report("pages")
        sizes = (1_000, 100_000) if quick() else (1_000, 100_000, 1_000_000)
        queue = [measure(here, report, count) for count in sizes]
        report.at_most(f"agent's queue, {sizes[-1]:,} to {sizes[0]:,} tickets", queue[-1] / queue[0], GROWTH, "times")
    return report.status()


def measure(here: Stage, report: Report, count: int) -> float:
    """One size; the milliseconds of the agent's queue."""
    database = fill.house(here, count)
    stage.use(database)
    agent, manager = _signed_in(f"agent{fill.AGENTS - 1}"), _signed_in("agent0")
    with serving(here, database) as web:
        queue = _page(here, report, web, agent, "/tickets/", f"agent's queue of {count:,}", QUEUE_MS)
        _page(here, report, web, manager, "/tickets/?scope=all", f"manager's queue of {count:,}", QUEUE_MS)
        talk = f"/tickets/{fill.TALK}/"
        _page(here, report, web, manager, talk, f"ticket with 20 messages of {count:,}", TICKET_MS)
    return queue


def _page(
    here: Stage, report: Report, web: Web, cookie: Mapping[str, str], path: str, what: str, limit: float
) -> float:
    for _ in range(WARM):
        _get(web, cookie, path)
    with costing(web.pid, here.postmaster) as cost:
        took = [_get(web, cookie, path) for _ in range(ASKED)]
    report.at_most(what, cost.ms(ASKED), limit, "ms CPU", f"{cost.per(ASKED)}; wall {spread(took)}")
    if what in report.missed:
        _explain(report, cookie, path)
    return cost.ms(ASKED)


def _get(web: Web, cookie: Mapping[str, str], path: str) -> float:
    status, text, took = web.ask("GET", path, cookie)
    assert status == 200, (status, path, text[:300])
    assert b"<html" in text
    return took


def _signed_in(username: str) -> dict[str, str]:
    client = Client()
    client.force_login(Staff.objects.get(username=username), backend=accounts.PATH)
    return {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())}


def _explain(report: Report, cookie: Mapping[str, str], path: str) -> None:
    client = Client(headers=dict(cookie))
    client.get(path)
    with CaptureQueriesContext(connection) as statements:
        client.get(path)
    slowest = sorted(statements.captured_queries, key=lambda one: -float(one["time"]))[:5]
    report.note(f"statements: {len(statements)}; the slowest:")
    for one in slowest:
        report.note(f"  {one['time']} s  {one['sql'][:300]}")
    with cProfile.Profile() as profile:
        for _ in range(20):
            client.get(path)
    pstats.Stats(profile).sort_stats("cumulative").print_stats("yingnuo|template/base|db/models/query|backends", 25)


if __name__ == "__main__":
    sys.exit(main())
