"""Which open tickets are likeliest to see a promise broken, and why?

Once a night the model is learnt from what ended (`refit`), once a minute every open promise is judged by it
(`judge_open`), and each ticket keeps the greatest risk among its promises not yet broken, with what it rests on: lists
order by it and show it without asking anything more. What is broken already cannot break again: it stands under
"overdue".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from yingnuo.engine import risk_fit
from yingnuo.engine.risk import Asked, Judge, Model, Risk
from yingnuo.engine.risk_fit import Case
from yingnuo.kit import instants, reading, revisions
from yingnuo.kit.revisions import Book
from yingnuo.promises.standards import calendar, terms_of
from yingnuo.scorecards import risk_history, risk_scene
from yingnuo.scorecards.models import RiskModel
from yingnuo.scorecards.risk_scene import Around, Features, Scene
from yingnuo.tickets import services as tickets
from yingnuo.tickets.services import AtRisk

KEPT = 30  # models; the newest is in force, the others tell how it was
_LOCK = 7_161_001  # of judging: one worker at a time is enough, whoever comes second has nothing to do


class Open(NamedTuple):
    """An open promise, instants in epoch seconds; `due` None while its clock stands still."""

    ticket: int
    milestone: str
    terms: int
    paused: bool
    due: int | None
    broke: int | None
    remaining: int
    started: int
    kind: str
    urgency: str
    team: int | None
    agent: int | None
    urged: int | None

    def left(self, at: int) -> int:
        """Working seconds left at `at`; 0 when its moment has passed."""
        if self.due is None:
            return self.remaining
        return calendar(terms_of(self.terms).calendar).elapsed(at, self.due) if self.due > at else 0

    def overdue(self, at: int) -> bool:
        """Whether it is broken, noticed or not."""
        return self.broke is not None or (self.due is not None and self.due < at)

    @property
    def around(self) -> Around:
        """As its neighbours see it."""
        return Around(
            self.ticket, self.milestone, self.urgency, self.kind, self.team, self.agent, self.started,
            broke_at=self.broke,
        )  # fmt: skip


_OPEN = """
SELECT p.ticket_id, p.milestone, p.terms_id, p.standing = 'paused', floor(extract(epoch FROM p.due_at))::bigint,
    floor(extract(epoch FROM p.broken_at))::bigint, p.remaining, floor(extract(epoch FROM p.started_at))::bigint,
    t.kind, t.urgency, t.team_id, t.agent_id,
    CASE WHEN t.urged > 0 THEN floor(extract(epoch FROM t.urged_at))::bigint END
FROM tickets_ticket t JOIN promises_promise p ON p.ticket_id = t.id
WHERE t.status IN ('new', 'open', 'waiting') AND p.ended_at IS NULL AND p.milestone <> 'task'
ORDER BY p.id
"""
_RISKS = "SELECT id, risk FROM tickets_ticket WHERE status IN ('new', 'open', 'waiting') AND risk IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Judged:
    """One open promise that is not broken yet: its risk, and what that rests on. `used` are working seconds."""

    ticket: int
    milestone: str
    risk: Risk
    features: Features
    used: int

    @property
    def at_risk(self) -> AtRisk:
        """As the ticket keeps it: codes and numbers, no sentences."""
        f = self.features
        why: dict[str, str | int] = {
            "milestone": self.milestone, "of": round(self.risk.comparable), "broke": round(100 * self.risk.share),
            "after": self.used,
        }  # fmt: skip
        why |= {name: 1 for name in ("away", "urged", "broken_link", "paused") if getattr(f, name)}
        return AtRisk(round(self.risk.probability, 2), why | ({"ahead": f.ahead} if f.ahead else {}))


def refit(*, now: datetime) -> RiskModel:
    """Learns anew from history and puts the model in force."""
    cases, seen = risk_history.learn(now)
    at = instants.seconds(now)
    model = risk_fit.fit([*cases, *(_case(p, at) for p in _open())], seen)
    with transaction.atomic():
        row = RiskModel.objects.create(
            fitted_at=now, n=model.n, brier_before=model.brier_before, brier_after=model.brier_after,
            spec=model.to_spec(),
        )  # fmt: skip
        kept = RiskModel.objects.order_by("-pk").values_list("pk", flat=True)[:KEPT]
        RiskModel.objects.exclude(pk__in=list(kept)).delete()
        revisions.bump()
    return row


def _case(p: Open, at: int) -> Case:
    """What is open now: broken, or open until now and no further known."""
    target = terms_of(p.terms).target_seconds
    used = 1.01 if p.overdue(at) else min(1.0, max(0.0, 1 - p.left(at) / target))
    return Case(p.around.cells, used, ended=False, at=at)


def _load() -> Judge | None:
    row = RiskModel.objects.order_by("-pk").first()
    return Judge(Model.from_spec(row.spec)) if row else None


_judge: Book[Judge | None] = Book(_load)


def judge_open(*, now: datetime) -> int:
    """Judges every open promise and writes what has changed (by a hundredth); how many tickets were written.

    The first time it learns first. Nothing is done while another worker is at it.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        judge = _judge.at(revisions.current())
        if judge is None:
            judge = Judge(Model.from_spec(refit(now=now).spec))
        return _write(greatest(judged(_open(), judge, now=now)))


def _open() -> list[Open]:
    return reading.rows(Open._make, _OPEN)


def judged(open_: Sequence[Open], judge: Judge, *, now: datetime) -> list[Judged]:
    """Those of these promises that are not broken yet, judged; the broken ones are only neighbours."""
    at = instants.seconds(now)
    urged = {p.ticket: p.urged for p in open_ if p.urged is not None}
    scene = Scene([p.around for p in open_], risk_scene.crew(), urged)
    whole = [p for p in open_ if not p.overdue(at)]
    asked, features, used = [], [], []
    for p in whole:
        around, target = p.around, terms_of(p.terms).target_seconds
        seconds = max(0, target - p.left(at))
        special = scene.features(around, at, paused=p.paused)
        asked.append(Asked(around.cells, seconds / target, special.values))
        features.append(special)
        used.append(seconds)
    risks = judge.judge(asked)
    return [
        Judged(p.ticket, p.milestone, found, special, seconds)
        for p, found, special, seconds in zip(whole, risks, features, used, strict=True)
    ]


def greatest(found: Sequence[Judged]) -> dict[int, Judged]:
    """Of each ticket the promise likeliest to break; of equals the first given."""
    most: dict[int, Judged] = {}
    for one in found:
        known = most.get(one.ticket)
        if known is None or one.risk.probability > known.risk.probability:
            most[one.ticket] = one
    return most


def _write(most: Mapping[int, Judged]) -> int:
    before: dict[int, float] = dict(reading.tuples(_RISKS))
    after = {ticket: one.at_risk for ticket, one in most.items()}
    changed: dict[int, AtRisk | None] = {pk: new for pk, new in after.items() if before.get(pk) != new.risk}
    changed |= dict.fromkeys(before.keys() - after.keys())
    tickets.set_risks(changed)
    return len(changed)
