"""How long does it take to move a million open promises to a changed service time?

`python -m bench recompute [--quick]`. 500,000 open tickets (quick: 50,000) with two promises each, due over the next
working days; then a day off is written into the calendar that all of them go by, and two of the work process's own
loops do the batch: everything is written as in earnest (mark, columns, ledger row of each promise, due moments of the
tickets, fsync on). Of ten promises two were paused and run again, one stands still, one had got other terms before;
one of forty was warned already, so that it must be folded alone.

Timed is from the press of the button until the batch says that it is done; the processes run already, as they do in a
house. Afterwards it is held against the preview that was shown before, and a thousand promises against the engine's
fold.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from time import perf_counter

import numpy as np
from django.db import connection, transaction

from bench import fill, loops, stage
from bench.measuring import Report, costing, quick
from bench.stage import Stage
from yingnuo.engine import recompute as arrays
from yingnuo.engine.clock import MarkKind
from yingnuo.engine.recompute import Fact
from yingnuo.engine.terms import Terms
from yingnuo.journey import moving
from yingnuo.kit import columns, instants
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import marking, standards, versions
from yingnuo.promises import moving as promised
from yingnuo.promises.models import CalendarVersion, Promise
from yingnuo.promises.runs import Recompute
from yingnuo.promises.scenario import Scenario
from yingnuo.promises.standards import copies_of

TICKETS, QUICK_TICKETS, WORKERS = 500_000, 50_000, 2
LIMIT_S = 60.0
HOUR, DAY = 3_600, 86_400
REASON = "waiting_customer"
_MARKS = """
INSERT INTO promises_mark (promise_id, kind, at, recorded_at, reason, terms_id, actor_kind, actor_id)
SELECT id, %s, p.started_at + interval '1 s' * %s, now(), %s, %s, 'staff', 1 FROM promises_promise p
WHERE p.id %% 20 = ANY(%s)
"""
_SET: columns.Columns = (
    ("id", "bigint"), ("due", "bigint"), ("next", "bigint"), ("worked", "bigint"), ("remaining", "bigint"),
)  # fmt: skip
_STORE = f"""
UPDATE promises_promise p SET generation = %s, due_at = to_timestamp(d.due), next_at = to_timestamp(d.next),
    worked = d.worked, remaining = d.remaining, terms_id = %s,
    standing = CASE WHEN d.due IS NULL THEN 'paused' ELSE 'running' END,
    fired = CASE WHEN p.id %% 40 = 7 THEN '{{"early": 1}}'::jsonb ELSE '{{}}'::jsonb END
FROM {columns.source(_SET)} WHERE p.id = d.id
"""  # noqa: S608  # made of the names above


def main() -> int:
    """Measure, print, judge; the exit code."""
    count = QUICK_TICKETS if quick() else TICKETS
    with stage.opened() as here:
        report = Report("recompute")
        database = _house(here, count)
        try:
            _measure(here, report, database, count)
        finally:
            stage.drop(here, database)
    return report.status()


def _house(here: Stage, count: int) -> str:
    database = f"bench_recompute_{count}"
    stage.drop(here, database)
    stage.create(here, database)
    stage.use(database)
    begun = perf_counter()
    fill.company()
    fill.tickets(count)
    _make_true()
    stage.settle()
    print(f"     filled {database} in {perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    return database


_PAST: tuple[tuple[tuple[int, ...], tuple[tuple[str, int], ...]], ...] = (
    (tuple(range(8, 20)), ()),
    ((0, 1, 2, 3), (("paused", 600), ("resumed", 4_200))),
    ((4, 5), (("paused", 900),)),
    ((6, 7), (("retargeted", 1_200),)),
)


def _make_true() -> None:
    """Promises as the product would keep them: terms of days, begun within ten hours, with what happened to them."""
    pauses = ["waiting_customer", "waiting_parts"]
    answer = fill.terms(target=30 * HOUR, pauses=pauses)
    solve = fill.terms(milestone="resolution", target=60 * HOUR, pauses=pauses)
    others = {"first_response": fill.terms(target=25 * HOUR, pauses=pauses), "resolution": None}
    others["resolution"] = fill.terms(milestone="resolution", target=50 * HOUR, pauses=pauses)
    copies = copies_of({answer, solve, *(t for t in others.values() if t)})
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        for terms in (answer, solve):
            cursor.execute(
                "UPDATE promises_promise SET first_terms_id = %s, terms_id = %s, "
                "started_at = date_trunc('second', now()) - (ticket_id %% 36000 + 7200) * interval '1 s' "
                "WHERE milestone = %s",
                [copies[terms], copies[terms], terms.milestone],
            )
        for terms in (answer, solve):
            other = others[terms.milestone]
            assert other is not None
            for kinds, past in _PAST:
                _happen(terms, other, copies[other], kinds, past)
        cursor.execute("SET synchronous_commit = on")


def _happen(terms: Terms, other: Terms, copy: int, kinds: Sequence[int], past: Sequence[tuple[str, int]]) -> None:
    """Marks a share of the promises of these terms and stores how they stand."""
    with connection.cursor() as cursor:
        for kind, after in past:
            of = copy if kind == "retargeted" else None
            reason = "" if of else REASON
            cursor.execute(
                _MARKS + " AND milestone = %s", [kind, after, reason, of, list(kinds), terms.milestone]
            )  # fmt: skip
        cursor.execute(
            "SELECT id, floor(date_part('epoch', started_at))::bigint FROM promises_promise "
            "WHERE milestone = %s AND id %% 20 = ANY(%s)", [terms.milestone, list(kinds)],
        )  # fmt: skip
        ids, starts = np.array(cursor.fetchall(), dtype=np.int64).T
    facts = [Fact(MarkKind(kind), "" if kind == "retargeted" else REASON, other if kind == "retargeted" else None)
             for kind, _after in past]  # fmt: skip
    now = instants.seconds(instants.now())
    alike = arrays.fold_alike(terms, facts, starts, [starts + after for _k, after in past], now, standards.calendar)
    assert not alike.single.any()
    due, wake = alike.due.tolist(), arrays.first_moments(alike, standards.calendar(alike.terms.calendar)).tolist()
    none = [None] * len(ids)
    with connection.cursor() as cursor:
        values = (ids.tolist(), none if alike.paused else due, none if alike.paused else wake, alike.worked.tolist(),
                  alike.remaining.tolist())  # fmt: skip
        terms_id = copy if "retargeted" in dict(past) else copies_of({terms})[terms]
        cursor.execute(_STORE, [1 + len(past), terms_id, *columns.pack(_SET, values)])


def _measure(here: Stage, report: Report, database: str, count: int) -> None:
    now = instants.now()
    scenario = _change()
    begun = perf_counter()
    foretold = promised.preview(scenario, now=now).all
    report.note(f"previewed {2 * count:,} promises in {perf_counter() - begun:.1f} s, nothing written: {foretold}")
    began = perf_counter()
    left = promised.left_behind("office", key="office@2")
    report.note(
        f"the page asks whether any is left behind: {1000 * (perf_counter() - began):.1f} ms ({left:,} at least)"
    )
    with loops.running(here.environment(database)) as nursery:
        for _ in range(WORKERS):
            nursery.fork("recompute")
        time.sleep(2)
        with costing(nursery.process.pid, here.postmaster) as cost:
            run = moving.begin(SYSTEM, kind="calendar", code="office", now=instants.now())
            _wait(run)
    done = Recompute.objects.get(pk=run.pk)
    assert done.state == "done", (done.state, done.problem)
    moved = done.counts["later"] + done.counts["sooner"]
    _judge(done, foretold)
    promises = done.counts["looked"]
    report.note(f"{promises:,} promises of {done.counts['tickets']:,} tickets, {moved:,} due at another moment")
    report.note(f"processor time: {cost.per(promises)}; {promises / cost.wall_s:,.0f} promises a second")
    per_million = cost.wall_s * 1_000_000 / promises
    what = "moved, writes included" if count == TICKETS else "moved, writes included, scaled to a million"
    report.at_most(what, per_million, LIMIT_S, "s a million", f"of the limit {per_million / LIMIT_S:.2f}")


def _change() -> Scenario:
    """Tomorrow and the day after close at noon."""
    spec = CalendarVersion.objects.get(calendar__code="office", number=1).spec
    days = [instants.instant(instants.seconds(instants.now()) + n * DAY).date().isoformat() for n in (1, 2)]
    spec = {**spec, "overrides": {day: [["09:00", "12:00"]] for day in days}}
    with transaction.atomic():
        versions.save_calendar(SYSTEM, code="office", name="Office", spec=spec, now=instants.now())
    return Scenario(calendars={"office": ("office@2", standards.calendar("office@2"))})


def _wait(run: Recompute) -> None:
    end = perf_counter() + 3_600
    while Recompute.objects.filter(pk=run.pk, state__in=("waiting", "running")).exists():
        assert perf_counter() < end
        time.sleep(0.05)


def _judge(run: Recompute, foretold: promised.Tally) -> None:
    """As foretold, nobody left behind, and a thousand promises as the fold says."""
    counts = promised.Tally(**run.counts)
    assert (counts.looked, counts.moved, counts.tickets) == (foretold.looked, foretold.moved, foretold.tickets)
    assert promised.left_behind("office", key="office@2") == 0
    for p in Promise.objects.order_by("?")[:1_000]:
        state = marking.state_of(p, now=run.at)
        assert p.due_at == instants.instant_or_none(state.due), p.pk
        assert standards.terms_of(p.terms_id) == state.terms, p.pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT promise_id) FROM promises_mark WHERE reason = 'calendar'")
        assert cursor.fetchone() == (counts.looked, counts.looked)
        cursor.execute("SELECT count(*) FROM ledger_event WHERE code = 'promise.retargeted'")
        assert cursor.fetchone()[0] == counts.looked


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
