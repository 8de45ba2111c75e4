"""What ought there to be after the crashes? Computed from marks and terms alone, without the product's own engine.

The calendar is "always", so working time is plain time: due = start + target, a warning two seconds before it, a breach
at it. A promise that was met in time owes nothing after that; of one met late only what its date says is judged, since
nobody knows who was quicker. Where a warning was missed because all workers were dead until the breach, the ledger must
say so.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.crash.stand import Stand
from tests.crash.standard import LADDER, TARGETS

_TOLD = {"lead": "bo", "departments": "mia"}
Key = tuple[int, int, str, str, str]  # promise, generation, step, person, way


@dataclass(slots=True)
class Verdict:
    """What is wrong, in words; nothing when all is well."""

    wrong: list[str] = field(default_factory=list)
    promises: int = 0
    broken: int = 0
    notices: int = 0
    skipped: int = 0

    def check(self, right: object, what: str) -> None:
        """Notes `what` when it is not right."""
        if not right:
            self.wrong.append(what)


def judge(stand: Stand, accepted: dict[str, int]) -> Verdict:
    """Everything that was accepted (idempotency key → ticket), and everything that had to follow."""
    verdict = Verdict()
    _judge_requests(stand, accepted, verdict)
    found = _notices(stand)
    skipped = _skipped(stand)
    met = {row["promise_id"]: row["at"] for row in stand.rows("SELECT * FROM promises_mark WHERE kind = 'met'")}
    allowed: set[Key] = set()
    for p in stand.rows("SELECT * FROM promises_promise"):
        verdict.promises += 1
        allowed |= _judge_promise(p, met.get(p["id"]), found, skipped, verdict)
    verdict.notices, verdict.skipped = len(found), len(skipped)
    verdict.check(found.keys() <= allowed, f"notices that nobody owes: {sorted(found.keys() - allowed)[:5]}")
    _judge_deliveries(stand, verdict)
    return verdict


def _judge_requests(stand: Stand, accepted: dict[str, int], verdict: Verdict) -> None:
    kept = Counter({row["key"]: row["n"] for row in stand.rows(
        "SELECT split_part(key, ':', 3) AS key, count(*) AS n FROM channels_raw WHERE key LIKE '%:ticket:%' GROUP BY 1"
    )})  # fmt: skip
    tickets = {row["key"]: row["ticket_id"] for row in stand.rows(
        "SELECT split_part(key, ':', 3) AS key, ticket_id FROM channels_raw WHERE key LIKE '%:ticket:%'"
    )}  # fmt: skip
    promised = Counter(row["ticket_id"] for row in stand.rows("SELECT ticket_id FROM promises_promise"))
    words = stand.rows("SELECT ticket_id FROM tickets_message WHERE author = 'customer'")
    said = Counter(row["ticket_id"] for row in words)
    for key, ticket in accepted.items():
        verdict.check(kept[key] == 1, f"request {key} was kept {kept[key]} times")
        verdict.check(tickets.get(key) == ticket, f"request {key} is ticket {tickets.get(key)}, told was {ticket}")
        verdict.check(promised[ticket] == len(TARGETS), f"ticket {ticket} has {promised[ticket]} promises")
        verdict.check(said[ticket] == 1, f"ticket {ticket} holds its words {said[ticket]} times")
    count = stand.rows("SELECT count(*) AS n FROM tickets_ticket")[0]["n"]
    verdict.check(count == len(tickets), f"{count} tickets of {len(tickets)} requests")


def _notices(stand: Stand) -> dict[Key, datetime]:
    rows = stand.rows(
        "SELECT n.*, s.username FROM alerts_notice n JOIN people_staff s ON s.id = n.staff_id "
        "WHERE n.ticket_id <> 0"  # what is about no ticket (holidays that are missing, say) nobody foretold
    )
    keys = [(r["promise_id"], r["generation"], r["step"], r["username"], r["way"]) for r in rows]
    assert len(set(keys)) == len(keys), "a notice stands there twice"
    return {key: row["moment"] for key, row in zip(keys, rows, strict=True)}


def _skipped(stand: Stand) -> set[tuple[int, str]]:
    rows = stand.rows("SELECT subject, params FROM ledger_event WHERE code = 'notice.skipped'")
    return {(int(r["subject"].removeprefix("promise:")), r["params"]["step"]) for r in rows}


def _judge_promise(
    p: dict[str, Any], met: datetime | None, found: dict[Key, datetime], skipped: set[tuple[int, str]], v: Verdict
) -> set[Key]:
    """Checks one promise; the keys of all notices it may have."""
    due = p["started_at"] + timedelta(seconds=TARGETS[p["milestone"]])
    late = met is not None and met.replace(microsecond=0) > due
    v.broken += met is None or late
    v.check((p["standing"] == "broken") == (met is None or late), f"promise {p['id']} stands {p['standing']}")
    v.check(p["broken_at"] == (due if met is None or late else None), f"promise {p['id']} broken at {p['broken_at']}")
    v.check(p["next_at"] is None, f"promise {p['id']} still waits for {p['next_at']}")
    allowed: set[Key] = set()
    for step in LADDER:
        moment = due - timedelta(seconds=int(str(step.get("before", 0))))
        keys = _keys(p["id"], step, p["generation"])
        there = {key for key in keys if key in found}
        if met is None:
            collapsed = "before" in step and (p["id"], step["step"]) in skipped
            wanted = set() if collapsed else {key for key in keys if key[1] == 1}
            different = sorted(wanted ^ there)
            v.check(not different, f"promise {p['id']} {step['step']}: {different}, collapsed {collapsed}")
        elif met < moment:
            v.check(not there, f"promise {p['id']} was met at {met}, yet {step['step']} of {moment} was told")
        v.check(all(found[key] == moment for key in there), f"promise {p['id']} {step['step']}: wrongly dated")
        allowed |= keys
    return allowed


def _keys(promise: int, step: dict[str, Any], generations: int) -> set[Key]:
    return {
        (promise, generation, step["step"], _TOLD[role], way)
        for generation in range(1, generations + 1)
        for role in step["to"]
        for way in step["by"]
    }


def _judge_deliveries(stand: Stand, verdict: Verdict) -> None:
    """Each group that went out together (one person, one way, one moment) must have been received under its key."""
    rows = stand.rows(
        "SELECT way, state, staff_id, sent_at, min(id) AS first, count(*) AS n FROM alerts_notice "
        "WHERE way <> 'in_app' GROUP BY way, state, staff_id, sent_at"
    )
    for row in rows:
        if row["state"] != "sent":
            verdict.wrong.append(f"{row['n']} notices by {row['way']} are {row['state']}")
        elif row["way"] == "sms":
            key = f"notice-{row['first']}-{row['n']}"
            verdict.check(stand.gateways.texts[key], f"SMS {key} never came")
        else:
            key = f"<notice-{row['first']}@yingnuo.example>"
            verdict.check(stand.gateways.mails[key], f"mail {key} never came")


def settled(stand: Stand) -> bool:
    """Nothing is due and nothing waits to be sent."""
    [row] = stand.rows(
        "SELECT (SELECT count(*) FROM promises_promise WHERE next_at IS NOT NULL) + "
        "(SELECT count(*) FROM alerts_notice WHERE state IN ('pending', 'sending')) AS n"
    )
    return bool(row["n"] == 0)
