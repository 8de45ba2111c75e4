"""How fast does the lab judge a million tickets with three promises each under a changed policy?

On one core, in processor seconds: 90 days of tickets of 120 sets of facts, a third of the promises with one to three
waits, rules by urgency, kind and channel over three calendars, one target in working days; the figures, split by
milestone, urgency, kind, channel and team, and the saved and lost ones are counted too. A thousand tickets change their
facts half-way, so that their promises are folded one by one.
"""

from __future__ import annotations

import sys
from itertools import product
from time import perf_counter, process_time

import numpy as np

from bench.measuring import Report, quick
from yingnuo.engine import lab, lab_figures
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.clock import fold
from yingnuo.engine.lab import Verdicts
from yingnuo.engine.lab_history import OPEN, Changes, History, Spells
from yingnuo.engine.policy import Facts, Policy
from yingnuo.engine.terms import Terms

LIMIT_S, QUICK_LIMIT_S = 5.0, 1.0
MILESTONES = ("first_response", "workaround", "resolution")
REASONS = ("waiting_customer", "waiting_parts", "appointment", "force_majeure")
BEGIN, DAYS = 1_767_225_600, 90  # 2026-01-01
DAY = 86_400
CHANGED = 1_000
_WEEK = {day: [["09:00", "12:00"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
CALENDARS = {
    "office": Calendar.from_spec({"timezone": "Asia/Shanghai", "weekly": _WEEK, "holidays": ["2026-01-01"]}),
    "long": Calendar.from_spec({"timezone": "Asia/Shanghai", "weekly": _WEEK | {"sat": [["09:00", "18:00"]]}}),
    "always": Calendar.from_spec({"timezone": "UTC", "always_open": True}),
}


def policy(factor: float, calendar: str) -> Policy:
    """A standard of which all targets are `factor` times the usual ones and counted in `calendar`."""

    def promise(seconds: int, where: str = calendar) -> dict[str, object]:
        return {"target": int(seconds * factor), "calendar": where, "pauses": "customer"}

    rules = [
        {"code": "urgent", "when": {"urgency": "urgent"}, "promises": {
            "first_response": promise(900, "always"), "workaround": promise(14_400), "resolution": promise(28_800)}},
        {"code": "phone", "when": {"channel": ["phone", "chat"]}, "promises": {"first_response": promise(1_800)}},
        {"code": "repair", "when": {"kind": ["repair", "return"]}, "promises": {
            "resolution": {"target": "5wd", "calendar": calendar, "pauses": "*"}}},
        {"code": "rest", "promises": {
            "first_response": promise(7_200), "workaround": promise(57_600), "resolution": promise(115_200)}},
    ]  # fmt: skip
    sets = {"customer": ["waiting_customer", "appointment"]}
    return Policy.from_spec({"code": "bench", "pause_sets": sets, "rules": rules})


def history(tickets: int) -> History:
    """Tickets of made-up facts, starts, waits and ends; the same on every run."""
    rng = np.random.default_rng(20_260_101)
    kinds, urgencies = ("fault", "enquiry", "repair", "return", "complaint"), ("urgent", "important", "general")
    channels = ("mail", "phone", "chat", "portal")
    facts = tuple(
        Facts(kind=k, urgency=u, channel=c, tier=t)
        for k, u, c, t in product(kinds, urgencies, channels, ("standard", "gold"))
    )
    n, k = 3 * tickets, len(MILESTONES)
    opened = np.sort(rng.integers(BEGIN, BEGIN + DAYS * DAY, tickets))
    start = np.repeat(opened, k)
    took = rng.exponential(np.tile([5_400.0, 40_000.0, 150_000.0], tickets)).astype(np.int64)
    end = np.where(rng.random(n) < 0.03, OPEN, start + took)
    many = np.where(rng.random(n) < 1 / 3, rng.integers(1, 4, n), 0)
    first = np.concatenate(([0], np.cumsum(many)))
    at = np.repeat(np.arange(n), many)
    since = start[at] + (rng.random(len(at)) * took[at]).astype(np.int64)
    order = np.lexsort((since, at))
    since = since[order]
    until = since + rng.exponential(20_000.0, len(at)).astype(np.int64) + 1
    reason = (rng.integers(0, len(REASONS), n)[at] + np.arange(len(at)) - first[at]) % len(REASONS)
    changed = np.zeros(n + 1, dtype=np.int64)
    changed[1 : k * CHANGED + 1] = 1
    offsets = np.cumsum(changed)
    team = rng.integers(0, 20, tickets).astype(np.int32)
    return History(
        tickets=range(tickets), facts=facts, milestones=MILESTONES, reasons=REASONS,
        teams=tuple(f"team-{t}" for t in range(20)), agents=(),
        ticket=np.repeat(np.arange(tickets, dtype=np.int32), k),
        milestone=np.tile(np.arange(k, dtype=np.int32), tickets),
        given=np.repeat(rng.integers(0, len(facts), tickets).astype(np.int32), k),
        start=start, end=end, cancelled=(rng.random(n) < 0.05) & (end != OPEN), team=np.repeat(team, k),
        agent=np.full(n, -1, dtype=np.int32),
        pauses=Spells(first, since, until, reason.astype(np.int32)),
        changes=Changes(offsets, start[: k * CHANGED] + 600, np.zeros(k * CHANGED, dtype=np.int32)),
        marks={}, until=BEGIN + (DAYS + 10) * DAY,
    )  # fmt: skip


def judged(told: History, standard: Policy) -> Verdicts:
    """Every promise under a standard."""

    def terms(facts: Facts) -> dict[str, Terms]:
        return {m: match.terms for m, match in standard.match_all(facts).items() if match.terms is not None}

    return lab.replay(told, terms, CALENDARS.__getitem__)


def main() -> int:
    """Print figures beside the limit; compare a sample with the fold."""
    tickets = 100_000 if quick() else 1_000_000
    report = Report(f"lab: {tickets:,} tickets x {len(MILESTONES)} milestones under a changed policy")
    told = history(tickets)
    was = judged(told, policy(1, "office"))
    begun, cpu = perf_counter(), process_time()
    found = judged(told, policy(0.7, "long"))
    counted = process_time() - cpu
    lines = [lab_figures.split(told, found, d, was) for d in ("milestone", "urgency", "kind", "channel", "team")]
    spent, wall = process_time() - cpu, perf_counter() - begun
    report.at_most(
        "judged and counted", spent, QUICK_LIMIT_S if quick() else LIMIT_S, "s CPU",
        f"{counted:.2f} s of it judging; {wall:.2f} s wall; {len(told) / spent:,.0f} promises/s; "
        f"{found.folded:,} of {len(told):,} folded one by one; {len(told.pauses.since):,} waits",
    )  # fmt: skip
    _compare(report, told, found)
    for line in lines[0]:
        report.note(f"{line.code}: {line.share.value or 0:.1%} kept, {line.saved:,} saved, {line.lost:,} lost")
    return report.status()


def _compare(report: Report, told: History, found: Verdicts) -> None:
    """A sample against `clock.fold`: the same due moment, working time, overrun and verdict; and the ratio."""
    sample = [int(p) for p in np.random.default_rng(1).integers(3 * CHANGED, len(told), 3_000) if found.terms[p] >= 0]
    marks = [told.marks_of(p) for p in sample]
    cpu = process_time()
    states = [
        fold(found.known[found.terms[p]], said, told.until, CALENDARS.__getitem__)
        for p, said in zip(sample, marks, strict=True)
    ]
    each = (process_time() - cpu) / len(sample)
    for p, state in zip(sample, states, strict=True):
        due = lab.NEVER if state.due is None else state.due
        seen = (found.due[p], found.worked[p], found.overrun[p], found.verdict[p])
        assert seen == (due, state.worked, state.overrun, lab.verdict_of(state)), p
    report.note(f"a sample of {len(sample):,} agrees with the fold, which takes {1e6 * each:.1f} µs for each")


if __name__ == "__main__":
    sys.exit(main())
