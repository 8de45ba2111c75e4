"""What does one request cost that opens one ticket?

`python -m bench intake [--quick]`. POST /api/v1/tickets over the loopback to a real web process, one after the other,
each durable (fsync on) when 201 comes back, with recognised customer, routing, two or more promises, search index and
ledger; among 100,000 and 1,000,000 tickets (quick: 100,000 only). Processor time of the web process and of all database
processes. When the limit is missed, the statements are counted and the profile's head is printed.
"""

from __future__ import annotations

import cProfile
import json
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

LIMIT_MS, WARM, ASKED = 5.0, 200, 1_000
PATH = "/api/v1/tickets"
_TEXTS = (
    "The washing machine shows E3 and there is a leak under it since this morning. Please send somebody.",
    "洗衣机漏水，显示E3，请尽快派人来看。购买不到一年，应在保修期内。",
    "There is a noise when it spins, like metal on metal. The invoice is from March.",
    "发票抬头开错了，请帮忙重开。另外想问一下延保怎么买。",
)


def main() -> int:
    """Measure, print, judge; the exit code."""
    with stage.opened() as here:
        report = Report("intake by REST")
        for count in (100_000,) if quick() else (100_000, 1_000_000):
            measure(here, report, count)
    return report.status()


def measure(here: Stage, report: Report, count: int) -> None:
    """One size."""
    database = fill.house(here, count)
    stage.use(database)
    headers = {"Authorization": f"Bearer {fill.token()}"}
    with serving(here, database) as web:
        for n in range(WARM):
            _open(web, headers, n)
        with costing(web.pid, here.postmaster) as cost:
            took = [_open(web, headers, n) for n in range(ASKED)]
    what = f"one ticket among {count:,}"
    report.at_most(what, cost.ms(ASKED), LIMIT_MS, "ms CPU", f"{cost.per(ASKED)}; wall {spread(took)}")
    _count_statements(report, headers)
    if what in report.missed:
        _profile(headers)


def body(n: int) -> dict[str, object]:
    """What is asked: a known customer, an important fault of a known product line."""
    customer = n % fill.CUSTOMERS
    return {
        "subject": f"Washing machine {n} shows E3", "text": _TEXTS[n % len(_TEXTS)], "kind": "fault",
        "urgency": "important", "product_line": f"line-{n % fill.LINES}",
        "contact": {"name": f"Customer {customer}", "email": f"customer{customer}@example.com"},
    }  # fmt: skip


def _open(web: Web, headers: Mapping[str, str], n: int) -> float:
    status, text, took = web.ask("POST", PATH, headers, body(n))
    assert status == 201, (status, text[:500])
    assert len(json.loads(text)["promises"]) >= 2, text[:500]
    return took


def _count_statements(report: Report, headers: Mapping[str, str]) -> None:
    client = Client(headers=dict(headers))
    client.post(PATH, body(0), content_type="application/json")
    with CaptureQueriesContext(connection) as statements:
        assert client.post(PATH, body(1), content_type="application/json").status_code == 201
    report.note(f"statements: {len(statements)}")
    if "--statements" in sys.argv:
        for one in statements.captured_queries:
            report.note(f"  {one['sql'][:150]}")


def _profile(headers: Mapping[str, str]) -> None:
    client = Client(headers=dict(headers))
    client.post(PATH, body(0), content_type="application/json")
    with cProfile.Profile() as profile:
        for n in range(200):
            client.post(PATH, body(n), content_type="application/json")
    pstats.Stats(profile).sort_stats("cumulative").print_stats("yingnuo|ninja|pydantic|models/query|backends", 40)


if __name__ == "__main__":
    sys.exit(main())
