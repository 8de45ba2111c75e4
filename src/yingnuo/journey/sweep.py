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

from yingnuo.alerts import recipients, steps, telling
from yingnuo.alerts import services as alerts
from yingnuo.alerts.recipients import Situation
from yingnuo.alerts.rules import rules
from yingnuo.alerts.services import NewNotice
from yingnuo.alerts.telling import Address, Addressed, Teller
from yingnuo.engine import clock
from yingnuo.engine import promise as engine_promise
from yingnuo.engine.clock import State
from yingnuo.engine.errors import EngineError
from yingnuo.engine.promise import Moment, MomentKind
from yingnuo.engine.terms import Step
from yingnuo.journey import customers, dispatch, reactions, work
from yingnuo.journey.customers import Word
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import Refused
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.queries import Organisation, Person, organisation, persons
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import due, marking
from yingnuo.promises.due import Due
from yingnuo.promises.standards import calendar, standards, terms_of
from yingnuo.tickets.models import Ticket

_log = structlog.get_logger(__name__)
BATCH = 1_000
Told: TypeAlias = dict[str, str | int | list[int]]
_CUSTOMER = "customer"
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
        org: Organisation = organisation.at(revision)
        one_each = {p.situation: p for p in rows}
        self.situations = {key: Situation(p.id, p.ticket, *key) for key, p in one_each.items()}
        ids = recipients.candidates(self.situations.values(), org)
        people: Mapping[int, Person] = persons(ids, now=now)
        self.teller = Teller(
            rules.at(revision), org=org, people=people, on_shift=dispatch.on_shift(revision, now),
            calendars=telling.service_times(standards.at(revision)), at=self.at,
        )  # fmt: skip
        self.told: dict[tuple[object, ...], Addressed] = {}
        self.people: dict[int, list[int]] = {}
        self.taken_up: Mapping[tuple[int, str], int] | None = None
        self.swept, self.notices, self.entries = Swept(promises=len(rows)), list[NewNotice](), list[Entry]()
        self.words: list[tuple[Word, Told]] = []

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
        self.tell_customers()
        ledger.record(SYSTEM, self.entries, now=self.now)
        return self.swept

    def fire_one(self, p: Due, state: State) -> None:
        terms = terms_of(p.terms)
        for moment in engine_promise.moments_until(terms, state, p.fired, p.ack_due, calendar):
            late = self.at - moment.wake_at
            self.swept.latest_s = max(self.swept.latest_s, late)
            again = moment.code in p.fired
            p.fired[moment.code] = self.at
            if moment.step is None:
                self.break_(p, state)
            elif why := self.skipped(p, moment):
                self.skip(p, moment.code, why)
            else:
                params = self.tell(p, moment, moment.step, late)
                if _CUSTOMER in moment.step.audience and not again:  # once, though the due moment may move
                    broken = p.broken is not None
                    word = Word(p.id, p.ticket, moment.code, p.milestone, p.due, broken=broken)
                    self.words.append((word, params))
        p.arm(terms, state)

    def skipped(self, p: Due, moment: Moment) -> str:
        """Why a step is not given: the breach stands for it, or somebody took up the step it repeats; "" if it is."""
        if moment.collapsed:
            return "collapsed"
        code = steps.base(moment.code)
        if code == moment.code or code not in p.fired:
            return ""
        if self.taken_up is None:
            self.taken_up = steps.taken_up([row.id for row in self.rows])
        return "acknowledged" if self.taken_up.get((p.id, code), 0) >= p.fired[code] else ""

    def skip(self, p: Due, code: str, why: str) -> None:
        params = {"step": code, "milestone": p.milestone, "reason": why}
        self.entries.append(Entry(_SKIPPED, p.ticket, f"promise:{p.id}", params))

    def break_(self, p: Due, state: State) -> None:
        self.swept.broken += 1
        if p.break_at(state.breached_at):
            broken = instants.instant_or_none(p.broken)
            params = {"milestone": p.milestone, "due": broken.isoformat() if broken else None, "holder": p.holder}
            self.entries.append(Entry(_BROKEN, p.ticket, f"promise:{p.id}", params))

    def tell(self, p: Due, moment: Moment, step: Step, late: int) -> Told:
        addressed = self.addressed(p, step)
        ack_at = self.at + step.ack_seconds if step.ack_seconds else None
        if ack_at is not None and addressed.calm:
            p.ack_due[step.code] = ack_at
        p.ack_due.pop(step.of, None)
        reason = _REASONS[moment.kind]
        told = addressed.for_due(p.due)
        self.notices += [
            NewNotice(
                p.id, p.generation, step.code, staff, way, role, reason, p.ticket, p.milestone, p.due, moment.at,
                ack_at, held,
            )
            for staff, role, way, held in told
        ]  # fmt: skip
        params: Told = {
            "step": step.code, "milestone": p.milestone, "reason": reason,
            "people": self.people_of(told), "late": late,
        }  # fmt: skip
        self.entries.append(Entry(_GIVEN, p.ticket, f"promise:{p.id}", params))
        return params

    def people_of(self, told: tuple[Address, ...]) -> list[int]:
        """Each person once; found once in a round, for the addresses are kept in `told`."""
        people = self.people.get(id(told))
        if people is None:
            people = self.people[id(told)] = list(dict.fromkeys(a.staff for a in told))
        return people

    def tell_customers(self) -> None:
        """The ledger says of each step that it told the customer too, or why it did not."""
        refusals = customers.tell([word for word, _params in self.words], now=self.now)
        for (_word, params), refused in zip(self.words, refusals, strict=True):
            if refused is None:
                params["customer"] = 1
            else:
                self.entries.append(refused)

    def addressed(self, p: Due, step: Step) -> Addressed:
        """Who is told of a step; the same in the same situation, found once in a round."""
        key = (id(step), p.situation)  # terms are kept for good, so that no two steps of a round share an id
        told = self.told.get(key)
        if told is None:
            told = self.told[key] = self.teller.of_step(step, self.situations[p.situation])
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
