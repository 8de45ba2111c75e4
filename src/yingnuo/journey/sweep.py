"""What happens at the moments that came due: warn, break, escalate, wake the snoozed?

A worker claims due promises by the partial index on `next_at`, skips what another holds, folds each at the database's
own now, writes notices and arms the next moment in the same transaction. Killed at any point, it has done all or
nothing; late, it dates everything at its own moment and says how late it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from yingnuo.alerts import recipients
from yingnuo.alerts import services as alerts
from yingnuo.alerts.recipients import OnShift, Situation
from yingnuo.alerts.services import NewNotice
from yingnuo.engine import clock
from yingnuo.engine import promise as engine_promise
from yingnuo.engine.clock import State
from yingnuo.engine.promise import Moment, MomentKind
from yingnuo.engine.terms import Step, Terms
from yingnuo.journey import dispatch, reactions, work
from yingnuo.kit import instants, revisions
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.queries import Organisation, Person, organisation, persons
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import deriving, marking
from yingnuo.promises.models import Promise, StandingCode
from yingnuo.promises.standards import calendar, terms_of
from yingnuo.tickets.models import Ticket

BATCH = 500
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


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every promise of a round is judged on."""

    now: datetime
    org: Organisation
    people: dict[int, Person]
    on_shift: OnShift


def run_once(*, now: datetime | None = None, most: int = BATCH) -> Swept:
    """One round over what is due. Without `now` the database's clock judges; simulations give their own."""
    with work.unit():
        moment = now or _database_now()
        rows = _claim(moment, most)
        swept = _fire(rows, moment) if rows else Swept()
        swept.woken = _wake(moment)
        if rows:
            reactions.noticed(swept.staff)
            reactions.changed([p.ticket_id for p in rows])
    return swept


def next_moment() -> datetime | None:
    """When the next promise is due to be looked at; one index look-up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(next_at) FROM promises_promise WHERE next_at IS NOT NULL")
        row = cursor.fetchone()
    return row[0] if row else None


def _database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]  # type: ignore[no-any-return]  # one row by construction


def _claim(now: datetime, most: int) -> list[Promise]:
    rows = Promise.objects.select_for_update(skip_locked=True, of=("self",)).filter(next_at__lte=now)
    return list(rows.select_related("ticket").defer("ticket__search").order_by("next_at", "id")[:most])


def _fire(rows: Sequence[Promise], now: datetime) -> Swept:
    revision = revisions.current()
    org = organisation.at(revision)
    ids = recipients.candidates([_situation(p) for p in rows], org)
    ground = _Ground(now, org, persons(ids, now=now), dispatch.on_shift(revision, now))
    marks = marking.marks_of_stored(rows)
    swept, notices, entries = Swept(promises=len(rows)), list[NewNotice](), list[Entry]()
    for p in rows:
        state = clock.fold(terms_of(p.first_terms_id), marks[p.pk], instants.seconds(now), calendar)
        _fire_one(p, state, ground, swept, notices, entries)
    swept.notices = alerts.write(notices, now=now)
    swept.staff = {n.staff for n in notices}
    deriving.store(rows)
    ledger.record(SYSTEM, entries, now=now)
    return swept


def _situation(p: Promise) -> Situation:
    ticket: Ticket = p.ticket
    return Situation(p.pk, ticket.pk, ticket.kind, ticket.product_line, ticket.team_id, ticket.agent_id)


def _fire_one(
    p: Promise, state: State, ground: _Ground, swept: Swept, notices: list[NewNotice], entries: list[Entry]
) -> None:
    terms = terms_of(p.terms_id)
    at = instants.seconds(ground.now)
    for moment in engine_promise.moments_until(terms, state, p.fired, p.ack_due, calendar):
        swept.latest_s = max(swept.latest_s, at - moment.wake_at)
        p.fired[moment.code] = at
        if moment.step is None:
            _break(p, state, swept, entries)
        elif moment.collapsed:
            entries.append(_entry(p, Code.NOTICE_SKIPPED, moment, {"reason": "collapsed"}))
        else:
            told = _tell(p, terms, moment, moment.step, ground, notices)
            late = at - moment.wake_at
            entries.append(
                _entry(p, Code.NOTICE_GIVEN, moment, {"reason": _REASONS[moment.kind], "people": told, "late": late})
            )
    deriving.arm(p, terms, state)


def _break(p: Promise, state: State, swept: Swept, entries: list[Entry]) -> None:
    swept.broken += 1
    p.standing = StandingCode.BROKEN
    p.remaining = 0
    if p.broken_at is None and state.breached_at is not None:
        p.broken_at = instants.instant(state.breached_at)
        params = {"milestone": p.milestone, "due": p.broken_at.isoformat(), "holder": p.agent_id}
        entries.append(Entry(Code.PROMISE_BROKEN, p.ticket_id, f"promise:{p.pk}", params))


def _tell(p: Promise, terms: Terms, moment: Moment, step: Step, ground: _Ground, notices: list[NewNotice]) -> list[int]:
    told = recipients.resolve(
        step.audience, _situation(p), org=ground.org, people=ground.people, on_shift=ground.on_shift
    )
    ack_at = instants.seconds(ground.now) + step.ack_seconds if step.ack_seconds else None
    if ack_at and told:
        p.ack_due[step.code] = ack_at
    p.ack_due.pop(step.of, None)
    due = p.due_at
    notices += [
        NewNotice(
            p.pk, p.generation, step.code, who.staff, way, who.role, _REASONS[moment.kind], p.ticket_id, p.milestone,
            due, instants.instant(moment.at), instants.instant_or_none(ack_at),
        )
        for who in told
        for way in step.ways
    ]  # fmt: skip
    return [who.staff for who in told]


def _entry(p: Promise, code: Code, moment: Moment, more: dict[str, str | int | list[int]]) -> Entry:
    params = {"step": moment.code, "milestone": p.milestone, **more}
    return Entry(code, p.ticket_id, f"promise:{p.pk}", params)


def _wake(now: datetime) -> int:
    rows = Ticket.objects.select_for_update(skip_locked=True, of=("self",)).filter(wake_at__lte=now)
    ids = list(rows.values_list("pk", flat=True)[:BATCH])
    if ids:
        Ticket.objects.filter(pk__in=ids).update(wake_at=None)
        ledger.record(SYSTEM, [Entry(Code.TICKET_WOKE, pk) for pk in ids], now=now)
        reactions.changed(ids)
    return len(ids)
