"""What does it cost to show the queue and a ticket, and does it grow?

`python -m bench pages [--quick]`. Whole HTML pages of the desk from a real web process over the loopback, signed in, at
1,000, 100,000 and 1,000,000 open tickets (quick: without the last), with all that lies beside them: an agent's queue as
it opens, a manager's queue over everything, a ticket with twenty messages, and the lead's wall, which counts what is
open. Processor time of the web process and of all database processes; what the server took by the wall is judged only
where the machine is quiet.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import sys
from collections.abc import Mapping

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import fill, stage
from bench.measuring import Cost, Report, costing, quick, spread
from bench.serving import Web, serving
from bench.stage import Stage
from yingnuo.people import accounts
from yingnuo.people.models import Staff

QUEUE_MS, TICKET_MS, GROWTH, P95_MS = 10.0, 15.0, 1.5, 80.0
ASKED = 200
QUIET = 1.5  # load above which wall time is the neighbours' as much as ours


def main() -> int:
    """Measure, print, judge; the exit code."""
    with stage.opened() as here:
        report = Report("pages")
        sizes = (1_000, 100_000) if quick() else (1_000, 100_000, 1_000_000)
        costs = [measure(here, report, count) for count in sizes]
        for what in ("agent's queue", "manager's queue", "ticket"):
            grown = costs[-1][what] / costs[0][what]
            report.at_most(f"{what}, {sizes[-1]:,} to {sizes[0]:,} tickets", grown, GROWTH, "times")
    return report.status()


def measure(here: Stage, report: Report, count: int) -> dict[str, float]:
    """One size; the milliseconds of each page."""
    database = fill.house(here, count)
    stage.use(database)
    agent, manager = _signed_in(f"agent{fill.AGENTS - 1}"), _signed_in("agent0")
    pages = {
        "agent's queue": (agent, "/tickets/", QUEUE_MS), "manager's queue": (manager, "/tickets/?scope=all", QUEUE_MS),
        "ticket": (manager, f"/tickets/{fill.TALK}/", TICKET_MS),
    }  # fmt: skip
    with serving(here, database) as web:
        costs = {what: _page(here, report, web, f"{what} of {count:,}", page) for what, page in pages.items()}
        cost, took = _asked(here, web, manager, "/wall/", ASKED // 10)
        report.note(f"wall of {count:,}: {cost.per(ASKED // 10)}; wall clock {spread(took)}")
    return costs


def _page(here: Stage, report: Report, web: Web, what: str, page: tuple[Mapping[str, str], str, float]) -> float:
    cookie, path, limit = page
    cost, took = _asked(here, web, cookie, path, ASKED)
    report.at_most(what, cost.ms(ASKED), limit, "ms CPU", f"{cost.per(ASKED)}; wall {spread(took)}")
    if os.getloadavg()[0] < QUIET:
        report.at_most(f"{what}, p95", 1000 * sorted(took)[int(0.95 * len(took))], P95_MS, "ms by the wall")
    if what in report.missed:
        _explain(report, cookie, path)
    return cost.ms(ASKED)


def _asked(here: Stage, web: Web, cookie: Mapping[str, str], path: str, times: int) -> tuple[Cost, list[float]]:
    for _ in range(max(5, times // 5)):
        _get(web, cookie, path)
    with costing(web.pid, here.postmaster) as cost:
        took = [_get(web, cookie, path) for _ in range(times)]
    return cost, took


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
