"""What happens at the moments that came due: warn, break, escalate, wake the snoozed?

A worker claims due promises by the partial index on `next_at`, skips what another holds, folds each at the database's
own now, writes notices and arms the next moment in the same transaction. Killed at any point, it has done all or
nothing; late, it dates everything at its own moment and says how late it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import structlog
from django.db import connection

from yingnuo.alerts import recipients
from yingnuo.alerts import services as alerts
from yingnuo.alerts.recipients import OnShift, Recipient, Situation
from yingnuo.alerts.services import NewNotice
from yingnuo.engine import clock
from yingnuo.engine import promise as engine_promise
from yingnuo.engine.clock import State
from yingnuo.engine.errors import EngineError
from yingnuo.engine.promise import Moment, MomentKind
from yingnuo.engine.terms import Step
from yingnuo.journey import dispatch, reactions, work
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import Refused
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.queries import Organisation, Person, organisation, persons
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import due, marking
from yingnuo.promises.due import Due
from yingnuo.promises.standards import calendar, terms_of
from yingnuo.tickets.models import Ticket

_log = structlog.get_logger(__name__)
BATCH = 1_000
Told: TypeAlias = Mapping[str, str | int | list[int]]
_BROKEN, _GIVEN, _SKIPPED = Code.PROMISE_BROKEN, Code.NOTICE_GIVEN, Code.NOTICE_SKIPPED  # slow to name in Python 3.11
PUT_OFF_S = 3_600  # a promise that cannot be judged (a calendar version is gone, say) is looked at again after this
_REASONS = {
    MomentKind.WARNING: "warning",
    MomentKind.UNACKNOWLEDGED: "unacknowledged",
    MomentKind.DUE: "broken",
    MomentKind.BREACH: "broken",
}


@dataclass(slots=True)
class Swept:
    """What one round did. `latest_s` is the greatest lateness of a moment, in seconds."""

    promises: int = 0
    notices: int = 0
    broken: int = 0
    woken: int = 0
    latest_s: int = 0
    staff: set[int] = field(default_factory=set)


def run_once(*, now: datetime | None = None, most: int = BATCH) -> Swept:
    """One round over what is due. Without `now` the database's clock judges; simulations give their own."""
    moment, any_promise = due.peek(now)
    if not (any_promise or _any_asleep(moment)):
        return Swept()
    with work.unit():
        rows = due.claim(moment, most)
        swept = _Round(rows, moment).fire() if rows else Swept()
        swept.woken = _wake(moment)
        if rows:
            reactions.noticed(swept.staff)
            reactions.changed([p.ticket for p in rows])
    return swept


def next_moment() -> datetime | None:
    """When the next promise is due to be looked at; one index look-up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(next_at) FROM promises_promise WHERE next_at IS NOT NULL")
        row = cursor.fetchone()
    return row[0] if row else None


class _Round:
    """One round over claimed promises: what all are judged on, what is kept for those in one situation, what came."""

    def __init__(self, rows: Sequence[Due], now: datetime) -> None:
        revision = revisions.current()
        self.rows, self.now, self.at = rows, now, instants.seconds(now)
        self.org: Organisation = organisation.at(revision)
        self.on_shift: OnShift = dispatch.on_shift(revision, now)
        one_each = {p.situation: p for p in rows}
        self.situations = {key: Situation(p.id, p.ticket, *key) for key, p in one_each.items()}
        ids = recipients.candidates(self.situations.values(), self.org)
        self.people: Mapping[int, Person] = persons(ids, now=now)
        self.told: dict[tuple[object, ...], list[Recipient]] = {}
        self.swept, self.notices, self.entries = Swept(promises=len(rows)), list[NewNotice](), list[Entry]()

    def fire(self) -> Swept:
        marks = marking.marks_of_due(self.rows)
        for p in self.rows:
            try:
                self.fire_one(p, clock.fold(terms_of(p.first_terms), marks[p.id], self.at, calendar))
            except (EngineError, Refused, LookupError, ValueError):  # one bad promise must not silence all others
                _log.exception("promise.cannot_be_judged", promise=p.id)
                p.next = self.at + PUT_OFF_S
        self.swept.notices = alerts.write(self.notices, now=self.now)
        self.swept.staff = {n.staff for n in self.notices}
        due.store(self.rows)
        ledger.record(SYSTEM, self.entries, now=self.now)
        return self.swept

    def fire_one(self, p: Due, state: State) -> None:
        terms = terms_of(p.terms)
        for moment in engine_promise.moments_until(terms, state, p.fired, p.ack_due, calendar):
            late = self.at - moment.wake_at
            self.swept.latest_s = max(self.swept.latest_s, late)
            p.fired[moment.code] = self.at
            if moment.step is None:
                self.break_(p, state)
            elif moment.collapsed:
                params = {"step": moment.code, "milestone": p.milestone, "reason": "collapsed"}
                self.entries.append(Entry(_SKIPPED, p.ticket, f"promise:{p.id}", params))
            else:
                self.tell(p, moment, moment.step, late)
        p.arm(terms, state)

    def break_(self, p: Due, state: State) -> None:
        self.swept.broken += 1
        if p.break_at(state.breached_at):
            broken = instants.instant_or_none(p.broken)
            params = {"milestone": p.milestone, "due": broken.isoformat() if broken else None, "holder": p.holder}
            self.entries.append(Entry(_BROKEN, p.ticket, f"promise:{p.id}", params))

    def tell(self, p: Due, moment: Moment, step: Step, late: int) -> None:
        told = self.recipients_of(p, step)
        ack_at = self.at + step.ack_seconds if step.ack_seconds else None
        if ack_at is not None and told:
            p.ack_due[step.code] = ack_at
        p.ack_due.pop(step.of, None)
        reason = _REASONS[moment.kind]
        self.notices += [
            NewNotice(
                p.id, p.generation, step.code, who.staff, way, who.role, reason, p.ticket, p.milestone, p.due,
                moment.at, ack_at,
            )
            for who in told
            for way in step.ways
        ]  # fmt: skip
        params: Told = {
            "step": step.code, "milestone": p.milestone, "reason": reason, "people": [who.staff for who in told],
            "late": late,
        }  # fmt: skip
        self.entries.append(Entry(_GIVEN, p.ticket, f"promise:{p.id}", params))

    def recipients_of(self, p: Due, step: Step) -> list[Recipient]:
        """The same people for the same roles in the same situation: found once in a round."""
        key = (step.audience, p.situation)
        told = self.told.get(key)
        if told is None:
            told = self.told[key] = recipients.resolve(
                step.audience, self.situations[p.situation], org=self.org, people=self.people, on_shift=self.on_shift
            )
        return told


def _any_asleep(now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(wake_at) <= %s FROM tickets_ticket WHERE wake_at IS NOT NULL", [now])
        return bool(cursor.fetchone()[0])


def _wake(now: datetime) -> int:
    rows = Ticket.objects.select_for_update(skip_locked=True, of=("self",)).filter(wake_at__lte=now)
    ids = list(rows.values_list("pk", flat=True)[:BATCH])
    if ids:
        Ticket.objects.filter(pk__in=ids).update(wake_at=None)
        ledger.record(SYSTEM, [Entry(Code.TICKET_WOKE, pk) for pk in ids], now=now)
        reactions.changed(ids)
    return len(ids)
