"""What does noticing cost: an idle look, a promise that falls due, a batch that is taken in?

`python -m bench sweep [--quick]`. Three parts:

- A tick with nothing due, among 1,000 and 1,000,000 (quick: 100,000) armed promises.
- Promises falling due, noticed one after the other in the product's own rounds with everything that belongs to it
  (folded, broken at the due instant, ledger, notices, live events, next step armed), beside the least that PostgreSQL
  alone can do: one statement that takes due rows with SKIP LOCKED, marks them and inserts one row each under the key of
  a notice. Once on a bare table of two columns and once on the promises' own; the limit is judged by the bare one.
  Beside it what the product's own rows cost without the product: one statement that stores the same promise, notice
  and two ledger rows as constants. No program that keeps these rows can be cheaper.
- Requests taken in by batches of 500, with routing, promises, ledger and search index.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

from bench import fill, stage
from bench.measuring import Cost, Report, costing, median_cost, quick
from bench.stage import Stage
from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival, ArrivalKind
from yingnuo.channels.models import ChannelKind
from yingnuo.engine.terms import Terms
from yingnuo.journey import intake, sweep
from yingnuo.journey.incoming import Incoming
from yingnuo.kit import instants, memory
from yingnuo.people.roles import SYSTEM
from yingnuo.promises.standards import copies_of
from yingnuo.tickets.models import Ticket

DUE, BATCH, LOOKS, IDLE_RUNS = 20_000, sweep.BATCH, 500, 7
TAKEN, PER_TAKE = 10_000, 500
IDLE_MS, DRAIN_SHARE, TAKEN_PER_S = 1.0, 0.30, 1_000

_MAKE_DUE = """
INSERT INTO promises_promise (ticket_id, milestone, first_terms_id, terms_id, team_id, agent_id, started_at,
    generation, standing, due_at, worked, overrun, remaining, next_at, fired, ack_due)
SELECT t.id, 'callback', %s, %s, t.team_id, s.id, now() - interval '3610 s', 1, 'running', now() - interval '10 s', 0,
    0, 3600, now() - interval '9 s', '{}', '{}'
FROM tickets_ticket t JOIN people_staff s ON s.id = t.agent_id WHERE t.id <= %s
"""
_TABLES = """
DROP TABLE IF EXISTS bare_fired, bare_due;
CREATE TABLE bare_fired (promise bigint, generation int, step text, staff bigint, way text,
    PRIMARY KEY (promise, generation, step, staff, way));
CREATE TABLE bare_due (id bigint PRIMARY KEY, next_at timestamptz);
CREATE INDEX ON bare_due (next_at, id) WHERE next_at IS NOT NULL;
INSERT INTO bare_due SELECT id, next_at FROM promises_promise WHERE milestone = 'callback'
"""
_DRAIN = """
WITH due AS (SELECT id FROM {table} WHERE next_at <= now() ORDER BY next_at, id LIMIT {batch} FOR UPDATE SKIP LOCKED),
    marked AS (UPDATE {table} t SET {marks} FROM due WHERE t.id = due.id RETURNING t.id)
INSERT INTO bare_fired SELECT id, 1, 'broken', 1, 'in_app' FROM marked
"""
_BARE = _DRAIN.format(table="bare_due", marks="next_at = NULL", batch=BATCH)
_OWN = _DRAIN.format(table="promises_promise", marks="next_at = NULL, standing = 'broken'", batch=BATCH)

_SAME_ROWS = f"""
WITH due AS (SELECT id FROM promises_promise WHERE next_at <= now() ORDER BY next_at, id LIMIT {BATCH}
        FOR UPDATE SKIP LOCKED),
    broken AS (UPDATE promises_promise p SET next_at = NULL, standing = 'broken', broken_at = due_at, remaining = 0,
        fired = '{{"due": 1764500000, "broken": 1764500000}}' FROM due WHERE p.id = due.id
        RETURNING p.id, p.ticket_id, p.agent_id, p.due_at),
    told AS (INSERT INTO alerts_notice (promise_id, generation, step, staff_id, way, role, reason, ticket_id, milestone,
        due_at, moment, at, state, attempts, problem)
        SELECT id, 1, 'broken', agent_id, 'in_app', 'holder', 'broken', ticket_id, 'callback', due_at, due_at, now(),
        'sent', 0, '' FROM broken),
    kept AS (INSERT INTO ledger_event (at, code, actor_kind, actor_id, ticket_id, subject, params)
        SELECT now(), code, 'system', 0, ticket_id, 'promise:' || id, params::jsonb FROM broken CROSS JOIN (VALUES
        ('promise.broken', '{{"milestone": "callback", "due": "2026-11-30T12:00:00+00:00", "holder": 7}}'),
        ('notice.given', '{{"step": "broken", "milestone": "callback", "reason": "broken", "people": [7], "late": 9}}'))
        AS codes(code, params))
SELECT id FROM broken
"""  # noqa: S608  # a number written above


@dataclass(frozen=True, slots=True)
class Ladder:
    """What a promise of the bench does when it falls due."""

    title: str
    to: tuple[str, ...]
    by: tuple[str, ...]

    def terms(self) -> Terms:
        """The terms of such a promise."""
        step = {"step": "broken", "after": 0, "to": list(self.to), "by": list(self.by)}
        return fill.terms(milestone="callback", calendar="always@1", ladder=[step])


ONE = Ladder("1 person by 1 way", ("holder",), ("in_app",))
NINE = Ladder("3 people by 3 ways", ("holder", "lead", "department_head"), ("in_app", "mail", "sms"))


def main() -> int:
    """Measure, print, judge; the exit code."""
    with stage.opened() as here:
        report = Report("sweep")
        idle(here, report)
        database = "bench_sweep"
        stage.drop(here, database)
        stage.use(fill.house(here, DUE))
        stage.create(here, database, like=fill.name(DUE))
        stage.use(database)
        Ticket.objects.filter(agent=None).update(agent=1)  # a ticket without a holder tells everybody on duty
        due(here, report)
        batches(here, report)
    return report.status()


def idle(here: Stage, report: Report) -> None:
    """A tick with nothing due; the sizes take turns, so that a machine that slows down slows both."""
    sizes = (1_000, 100_000 if quick() else 1_000_000)
    places = {count: fill.house(here, count) for count in sizes}
    costs: dict[int, list[Cost]] = {count: [] for count in sizes}
    for _ in range(IDLE_RUNS):
        for count, place in places.items():
            stage.use(place)
            sweep.run_once()
            costs[count].append(median_cost(1, os.getpid(), here.postmaster, _look))
    middle = {count: sorted(found, key=lambda c: c.cpu_s)[IDLE_RUNS // 2] for count, found in costs.items()}
    for count, cost in middle.items():
        report.at_most(f"tick, nothing due of {2 * count:,}", cost.ms(LOOKS), IDLE_MS, "ms CPU", cost.per(LOOKS))
    ticks = [cost.ms(LOOKS) for cost in middle.values()]
    report.at_most("tick, most to few promises", max(ticks) / min(ticks), 1.25, "times")


def _look() -> None:
    for _ in range(LOOKS):
        assert sweep.run_once().promises == 0
        sweep.next_moment()


def due(here: Stage, report: Report) -> None:
    """Promises falling due against the bare drain, in one run."""
    memory.keep_what_is_loaded()  # as the work process does
    _make_due(ONE)
    with connection.cursor() as cursor:
        for statement in _TABLES.split(";\n"):
            cursor.execute(statement)
    bare = _timed(here, lambda: _drain(_BARE))
    _told(report, "bare drain, table of two columns", bare, DUE)
    _clear("bare_fired")
    own = _timed(here, lambda: _drain(_OWN))
    _told(report, "bare drain, the promises' own table", own, DUE)
    _make_due(ONE)
    rows = _timed(here, lambda: _drain(_SAME_ROWS))
    _told(report, "the same rows by SQL alone, 1 person by 1 way", rows, DUE)
    for ladder in (ONE, NINE):
        _make_due(ladder)
        cost = _timed(here, _sweep)
        written = _count("alerts_notice")
        assert written == DUE * len(ladder.to) * len(ladder.by) or ladder is NINE, written
        _told(report, f"noticed, {ladder.title}", cost, DUE)
        share, own_share = bare.cpu_s / cost.cpu_s, own.cpu_s / cost.cpu_s
        more = f"of the promises' own drain {own_share:.2f}; by the wall {bare.wall_s / cost.wall_s:.2f}"
        if ladder is ONE:
            more += f"; of the same rows by SQL {rows.cpu_s / cost.cpu_s:.2f}"
            report.at_least(f"share of the bare drain, {ladder.title}", share, DRAIN_SHARE, more=more)
        else:
            report.note(f"share of the bare drain, {ladder.title}: {share:.2f}; {more}")
        rates = f"{written / cost.cpu_s:,.0f} a CPU second, {written / cost.wall_s:,.0f} by the wall"
        report.note(f"notices {written:,}: {rates}")


def batches(here: Stage, report: Report) -> None:
    """Batches taken in with all effects."""
    _take(PER_TAKE, 0)
    stage.settle()  # else the server cleans up after the notices meanwhile
    with costing(os.getpid(), here.postmaster) as cost:
        for first in range(PER_TAKE, PER_TAKE + TAKEN, PER_TAKE):
            _take(PER_TAKE, first)
    report.at_least(
        "taken in by batches of 500, tickets a CPU second", TAKEN / cost.cpu_s, TAKEN_PER_S,
        more=f"{cost.per(TAKEN)}; by the wall {TAKEN / cost.wall_s:,.0f}/s",
    )  # fmt: skip


def _timed(here: Stage, work: Callable[[], int]) -> Cost:
    stage.settle()
    with costing(os.getpid(), here.postmaster) as cost:
        done = work()
    assert done == DUE, done
    return cost


def _told(report: Report, what: str, cost: Cost, count: int) -> None:
    rates = f"{count / cost.cpu_s:,.0f} a CPU second, {count / cost.wall_s:,.0f} a second by the wall"
    report.note(f"{what}: {rates}; {cost.per(count)}")


def _make_due(ladder: Ladder) -> None:
    terms = ladder.terms()
    _clear("alerts_notice")
    with transaction.atomic():
        copy = copies_of({terms})[terms]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM promises_promise WHERE milestone = 'callback'")
        cursor.execute(_MAKE_DUE, [copy, copy, DUE])


def _clear(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table}")


def _drain(statement: str) -> int:
    done = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(statement)
            if not cursor.rowcount:
                return done
            done += cursor.rowcount


def _sweep() -> int:
    done = 0
    while swept := sweep.run_once().promises:
        done += swept
    return done


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  # a name written above
        return int(cursor.fetchone()[0])


def _take(count: int, first: int) -> None:
    now = datetime.now(UTC)
    channel = accept.built_in(ChannelKind.API)
    incoming = [_incoming(channel, n, now) for n in range(first, first + count)]
    taken = intake.take(SYSTEM, via="api", incoming=incoming, now=instants.now())
    assert len(taken) == count


def _incoming(channel: object, n: int, now: datetime) -> Incoming:
    text = f"The washing machine {n} shows E3 and there is a leak under it. 洗衣机漏水，显示E3，请尽快派人来看。"
    arrival = Arrival(
        f"bench-{n}", now, ArrivalKind.REQUEST, subject=f"Washing machine {n} leaks", text=text,
        sender_name=f"Customer {n % fill.CUSTOMERS}", sender_address=f"customer{n % fill.CUSTOMERS}@example.com",
        ticket_kind="fault", urgency="important", product_line=f"line-{n % fill.LINES}",
    )  # fmt: skip
    raw = accept.draft(channel, content=arrival.text.encode(), received_at=now)  # type: ignore[arg-type]
    return Incoming(raw, arrival)


if __name__ == "__main__":
    sys.exit(main())
