"""How late are promises noticed at a thousand due per second while one of two workers is killed twice a second?

`python -m bench firing [--quick]`. Every second for a minute (quick: 15 s) a thousand promises fall due: each is
folded, broken at its due instant, told to its holder and noted. Two processes run the work process's own sweep loop,
each with its own connection; every half second one of them, by turns, gets kill -9 wherever it is, and another is
forked in its place (`bench.loops`).

Late is how long after its moment a notice could be seen by others, which is when its transaction was committed:
somebody looks ten times a second, so a figure is up to a tenth of a second too great and never too small. Afterwards
each promise must be broken at its due instant, with one notice, one ledger row of the breach and one of the notice:
none lost, none twice.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg
from django.db import connection, transaction

from bench import fill, loops, stage
from bench.loops import Nursery
from bench.measuring import Report, costing, quick
from bench.stage import Stage
from yingnuo.promises.standards import copies_of

PER_SECOND, SECONDS, QUICK_SECONDS = 1_000, 60, 15
TICKETS, TARGET_S, AHEAD_S = 20_000, 3_600, 45
KILL_EVERY_S, LOOK_EVERY_S, P99_S = 0.5, 0.1, 1.0
_DATABASE = "bench_firing"
_MAKE_DUE = """
INSERT INTO promises_promise (ticket_id, milestone, first_terms_id, terms_id, team_id, agent_id, started_at,
    generation, standing, due_at, worked, overrun, remaining, next_at, fired, ack_due)
SELECT t.id, 'callback', %(copy)s, %(copy)s, t.team_id, t.agent_id, d.due - interval '1 s' * %(target)s, 1, 'running',
    d.due, 0, 0, %(target)s, d.due + interval '1 s', '{}', '{}'
FROM generate_series(0, %(count)s - 1) n
CROSS JOIN LATERAL (SELECT %(first)s::timestamptz + interval '1 s' * (n / %(rate)s) AS due) d
JOIN held t ON t.place = n %% (SELECT count(*) FROM held)
"""
_HELD = """
CREATE TEMP TABLE held AS SELECT id, team_id, agent_id, row_number() OVER (ORDER BY id) - 1 AS place
FROM tickets_ticket WHERE agent_id IS NOT NULL
"""
_SEEN = "CREATE UNLOGGED TABLE bench_seen (promise bigint PRIMARY KEY, seen_at timestamptz)"
_LOOK = """
INSERT INTO bench_seen SELECT promise_id, clock_timestamp() FROM alerts_notice
WHERE id > (SELECT COALESCE(max(id), 0) - 6000 FROM alerts_notice) ON CONFLICT DO NOTHING
"""
_LATE = """
SELECT date_part('epoch', s.seen_at - p.due_at) - 1 FROM bench_seen s JOIN promises_promise p ON p.id = s.promise
"""
_WRONG = {
    "not broken at the due instant": "SELECT count(*) FROM promises_promise WHERE milestone = 'callback' "
    "AND (broken_at IS DISTINCT FROM due_at OR next_at IS NOT NULL)",
    "without a notice": "SELECT count(*) FROM promises_promise p WHERE milestone = 'callback' "
    "AND NOT EXISTS (SELECT 1 FROM alerts_notice n WHERE n.promise_id = p.id)",
    "with two notices": "SELECT count(*) FROM (SELECT 1 FROM alerts_notice GROUP BY promise_id HAVING count(*) > 1) d",
    "not noted once as broken": "SELECT abs(count(*) - count(DISTINCT subject)) + abs(count(*) - %(count)s) "
    "FROM ledger_event WHERE code = 'promise.broken'",
    "not noted once as told": "SELECT abs(count(*) - count(DISTINCT subject)) + abs(count(*) - %(count)s) "
    "FROM ledger_event WHERE code = 'notice.given'",
}


def main() -> int:
    """Measure, print, judge; the exit code."""
    seconds = QUICK_SECONDS if quick() else SECONDS
    with stage.opened() as here:
        report = Report("firing")
        try:
            _house(here)
            _measure(here, report, seconds)
        finally:
            stage.drop(here, _DATABASE)
    return report.status()


def _house(here: Stage) -> None:
    stage.drop(here, _DATABASE)
    stage.create(here, _DATABASE)
    stage.use(_DATABASE)
    fill.company()
    fill.tickets(TICKETS)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE promises_promise SET next_at = NULL")  # they would be in the way
        cursor.execute(_SEEN)


def _make_due(first: datetime, count: int) -> None:
    step = {"step": "broken", "after": 0, "to": ["holder"], "by": ["in_app"]}
    terms = fill.terms(milestone="callback", calendar="always@1", target=TARGET_S, ladder=[step])
    with transaction.atomic():
        copy = copies_of({terms})[terms]
    values = {"copy": copy, "target": TARGET_S, "count": count, "first": first, "rate": PER_SECOND}
    with connection.cursor() as cursor:
        cursor.execute(_HELD)
        cursor.execute(fill.literal(_MAKE_DUE, values))
        cursor.execute("ANALYZE promises_promise")


@dataclass(slots=True)
class Looker(threading.Thread):
    """Looks at what others can see, on a connection of its own."""

    address: str
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        threading.Thread.__init__(self, daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        with psycopg.connect(self.address, autocommit=True) as database:
            database.execute("SET synchronous_commit = off")
            while not self.over.wait(LOOK_EVERY_S):
                database.execute(_LOOK)


def _measure(here: Stage, report: Report, seconds: int) -> None:
    count = PER_SECOND * seconds
    looker = Looker(here.address(_DATABASE))
    with loops.running(here.environment(_DATABASE)) as nursery:
        first = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=AHEAD_S)
        _make_due(first, count)
        workers = [nursery.fork("sweep") for _ in range(2)]
        looker.start()
        ahead = (first - datetime.now(UTC)).total_seconds()
        if ahead < 1:
            raise SystemExit(f"the machine is too busy: promises were ready {-ahead:.0f} s after the first fell due")
        time.sleep(ahead)
        with costing(here.postmaster, here.postmaster) as cost:
            kills = _kill(nursery, workers, until=first + timedelta(seconds=seconds + 1))
        _settle(count)
        looker.over.set()
        looker.join()
    _tell(report, count, kills)
    report.note(f"database: {1000 * cost.database_s / count:.2f} ms of processor time a promise")


def _kill(nursery: Nursery, workers: list[int], until: datetime) -> int:
    """By turns, on the half second; how many."""
    kills, turn = 0, time.monotonic()
    while datetime.now(UTC) < until:
        turn += KILL_EVERY_S
        time.sleep(max(0.0, turn - time.monotonic()))
        victim = kills % len(workers)
        nursery.kill(workers[victim])
        workers[victim] = nursery.fork("sweep")
        kills += 1
    return kills


def _settle(count: int) -> None:
    end = time.monotonic() + 120
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute("SELECT count(*) FROM bench_seen")
            if cursor.fetchone()[0] >= count:
                return
            time.sleep(0.2)


def _tell(report: Report, count: int, kills: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LATE)
        late = sorted(seconds for (seconds,) in cursor.fetchall())
        wrong = {}
        for what, statement in _WRONG.items():
            cursor.execute(statement, {"count": count} if "%(count)s" in statement else None)
            wrong[what] = cursor.fetchone()[0]
    report.note(f"{count:,} promises, {PER_SECOND:,} a second; {kills} kills -9, two workers")
    if late:
        p99 = late[min(len(late) - 1, int(0.99 * len(late)))]
        more = f"p50 {statistics.median(late):.2f} s, p90 {late[int(0.9 * len(late))]:.2f} s, max {late[-1]:.2f} s"
        report.at_most("late, p99", p99, P99_S, "s", more)
    report.at_most("never seen", count - len(late), 0)
    for what, found in wrong.items():
        report.at_most(what, found, 0)


if __name__ == "__main__":
    sys.exit(main())
