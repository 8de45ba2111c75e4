"""How fast is a log replayed by the engine alone, and in how much memory?

Run `python bench/bench_replay.py [LOG.csv.gz MAPPING]`. Without arguments a log of 100,000 rows is made up (seeded):
14,286 tickets of seven rows that are answered, handed on, wait and are solved. One process; the limit is 70,480 rows in
10 seconds, whatever the log's size. Exits with 1 when it is missed.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

from yingnuo.replay import by_engine, grouping, mapping, results, standard, story
from yingnuo.replay.rows import Sheet, Tally

MINUTE = "%Y-%m-%d %H:%M"
ROWS, LEAST_PER_SECOND = 100_000, 7_048
STATES = ("New", "Active", "Active", "Awaiting User Info", "Active", "Resolved", "Closed")
HEADER = (
    "number,incident_state,caller_id,opened_at,sys_updated_at,contact_type,category,priority,assignment_group,"
    "assigned_to,resolved_at,made_sla"
)


def made_up(folder: Path) -> Path:
    """A log in the form of the shipped mapping."""
    rng, lines = random.Random(7), [HEADER]
    start = datetime(2024, 1, 1, tzinfo=UTC)
    for n in range(ROWS // len(STATES) + 1):
        opened = at = start + timedelta(minutes=rng.randrange(366 * 1440))
        priority, caller = rng.choice("1233344"), rng.randrange(5000)
        for step, state in enumerate(STATES):
            group = "70" if step < 2 else str(rng.randrange(30))
            lines.append(f"T{n:07},{state},{caller},{opened:{MINUTE}},{at:{MINUTE}},Phone,1,{priority},{group},,,true")
            at += timedelta(minutes=rng.randrange(1, 900))
    path = folder / "log.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def main() -> int:
    """Replay and print; 1 when too slow."""
    with tempfile.TemporaryDirectory() as folder:
        log, name = (
            (Path(sys.argv[1]), sys.argv[2]) if sys.argv[2:] else (made_up(Path(folder)), "servicenow-incidents")
        )
        chosen, tally = mapping.load(name), Tally()
        pack = standard.cut(standard.load(None, chosen.service, range(1995, 2051)), chosen.milestones)
        ready = standard.compiled(pack)
        began, worked = perf_counter(), process_time()
        told = (story.tell(t, chosen) for t in grouping.by_ticket(Sheet(log, chosen).rows(tally), chosen.log.order))
        totals = results.total(by_engine.replay(told, chosen, ready), lambda result: None)
        seconds, used = perf_counter() - began, process_time() - worked
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{totals.tickets:,} tickets, {tally.rows:,} rows: {seconds:.2f} s ({used:.2f} s of processor time)")
    print(f"{tally.rows / used:,.0f} rows a second of processor time, {memory:.0f} MB at most")
    for milestone, f in totals.milestones().items():
        print(f"{milestone:16}{f.kept:>8} kept {f.late + f.overdue:>8} broken {f.cancelled:>6} cancelled")
    return int(tally.rows / used < LEAST_PER_SECOND)


if __name__ == "__main__":
    sys.exit(main())
