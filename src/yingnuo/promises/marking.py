"""How does a fact change promises?

A mark is appended, the promise folded anew; its columns, outcome and ledger rows follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from yingnuo.engine import clock
from yingnuo.engine.clock import MarkKind, State
from yingnuo.engine.terms import Terms
from yingnuo.kit import bulk, instants
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor
from yingnuo.promises import deriving
from yingnuo.promises.due import Due
from yingnuo.promises.models import Mark, Outcome, Promise, StandingCode
from yingnuo.promises.standards import calendar, copies_of, terms_of
from yingnuo.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Change:
    """One fact about one promise, about to be marked. `terms` only with RETARGETED."""

    promise: Promise
    kind: MarkKind
    at: datetime
    reason: str = ""
    terms: Terms | None = None


def marks_of(promises: Sequence[Promise]) -> dict[int, list[clock.Mark]]:
    """All marks of these promises as the engine takes them, in recorded order; the start is in the promise's row."""
    return _marks({p.pk: instants.seconds(p.started_at) for p in promises})


def marks_from(promises: Sequence[Promise], rows: Iterable[Mark]) -> dict[int, list[clock.Mark]]:
    """As `marks_of`, of rows that were read already, in the order of their ids."""
    found = {p.pk: [clock.Mark(MarkKind.STARTED, instants.seconds(p.started_at))] for p in promises}
    for row in rows:
        if row.promise_id in found:
            found[row.promise_id].append(_engine_mark(row))
    return found


def marks_of_due(rows: Sequence[Due]) -> dict[int, list[clock.Mark]]:
    """As `marks_of`, without asking for promises of the first generation, to which nothing has happened yet."""
    found = {r.id: [clock.Mark(MarkKind.STARTED, r.started)] for r in rows if r.generation == 1}
    older = {r.id: r.started for r in rows if r.generation > 1}
    return found | _marks(older) if older else found


def _marks(starts: Mapping[int, int]) -> dict[int, list[clock.Mark]]:
    found = {pk: [clock.Mark(MarkKind.STARTED, started)] for pk, started in starts.items()}
    for row in Mark.objects.filter(promise_id__in=list(found)).order_by("id"):
        found[row.promise_id].append(_engine_mark(row))
    return found


def _engine_mark(row: Mark) -> clock.Mark:
    return clock.Mark(
        MarkKind(row.kind),
        instants.seconds(row.at),
        seq=row.pk,
        reason=row.reason,
        recorded_at=instants.seconds(row.recorded_at),
        terms=terms_of(row.terms_id) if row.terms_id else None,
    )


def state_of(promise: Promise, *, now: datetime) -> State:
    """The promise's state at `now`, folded from its marks; reads the database, writes nothing."""
    marks = marks_of([promise])[promise.pk]
    return clock.fold(terms_of(promise.first_terms_id), marks, instants.seconds(now), calendar)


def apply(actor: Actor, *, ticket: Ticket, changes: Sequence[Change], now: datetime) -> list[Promise]:
    """Marks the (locked) promises of one ticket; returns those touched. The caller refreshes the ticket's dues."""
    touched = _learn(actor, changes, now)
    for promise in touched:
        if promise.ended_at is None and promise.broken_at is None:  # a breach that was taken back had kept its holder
            promise.team_id, promise.agent_id = ticket.team_id, ticket.agent_id
    deriving.store(touched)
    if touched:
        settle(ticket, touched)
    return touched


def retarget(actor: Actor, *, changes: Sequence[Change], now: datetime) -> None:
    """Marks (locked) promises of many tickets with other terms, which ends none of them, so that no outcome follows."""
    deriving.store(_learn(actor, changes, now))


def _learn(actor: Actor, changes: Sequence[Change], now: datetime) -> list[Promise]:
    """Appends the marks, folds the promises anew and records what came of it; they are not stored yet."""
    learnt: dict[int, list[Change]] = {}
    for c in changes:
        learnt.setdefault(c.promise.pk, []).append(c)
    touched = [facts[0].promise for facts in learnt.values()]
    if touched:
        copies = _append(actor, changes, now)
        marks = marks_of(touched)
        entries = [e for p in touched for e in _refold(p, marks[p.pk], learnt[p.pk], copies, now)]
        ledger.record(actor, entries, now=now)
    return touched


def _append(actor: Actor, changes: Sequence[Change], now: datetime) -> Mapping[Terms, int]:
    """Writes the marks; the ids of the copies of their terms."""
    copies = copies_of({c.terms for c in changes if c.terms})
    bulk.create([_mark(actor, c, copies[c.terms] if c.terms else None, now) for c in changes])
    return copies


def _mark(actor: Actor, c: Change, terms: int | None, now: datetime) -> Mark:
    return Mark(
        promise=c.promise, kind=c.kind.value, at=c.at, recorded_at=now, reason=c.reason, terms_id=terms,
        actor_kind=actor.kind, actor_id=actor.id,
    )  # fmt: skip


def _refold(
    promise: Promise, marks: Sequence[clock.Mark], learnt: Sequence[Change], copies: Mapping[Terms, int], now: datetime
) -> list[Entry]:
    before = _Before(promise.standing, promise.ended_at, promise.broken_at, promise.met_at, promise.terms_id)
    state = clock.fold(terms_of(promise.first_terms_id), marks, instants.seconds(now), calendar)
    if state.terms != terms_of(promise.terms_id):
        promise.terms_id = copies.get(state.terms) or copies_of({state.terms})[state.terms]
    deriving.derive(promise, state.terms, state)
    why = next((c.reason for c in learnt if c.kind is MarkKind.RETARGETED), "")
    return _correction(promise, before, learnt) + _entries(promise, state, _Why(_end_reason(marks), why), before)


@dataclass(frozen=True, slots=True)
class _Why:
    """The reasons of what may have happened to a promise."""

    ended: str
    retargeted: str


@dataclass(frozen=True, slots=True)
class _Before:
    """How a promise stood before something about it was learnt."""

    standing: str
    ended_at: datetime | None
    broken_at: datetime | None
    met_at: datetime | None
    terms_id: int


def _correction(p: Promise, before: _Before, learnt: Sequence[Change]) -> list[Entry]:
    """That something learnt late took a verdict back or dated it otherwise. What was sent because of it stays sent."""
    if any(c.kind is MarkKind.REOPENED for c in learnt):
        return []  # owed anew: what was, was so
    unbroken = before.broken_at is not None and p.broken_at is None
    redated = before.met_at is not None and p.met_at != before.met_at
    if not (unbroken or redated):
        return []
    params = {
        "milestone": p.milestone, "was": before.standing, "is": p.standing,
        "happened": min(c.at for c in learnt).isoformat(),
    }  # fmt: skip
    return [Entry(Code.PROMISE_CORRECTED, p.ticket_id, f"promise:{p.pk}", params)]


def _end_reason(marks: Sequence[clock.Mark]) -> str:
    return next((m.reason for m in sorted(marks, key=clock.order, reverse=True) if m.kind is MarkKind.CANCELLED), "")


def _entries(p: Promise, state: State, why: _Why, before: _Before) -> list[Entry]:
    due = p.due_at.isoformat() if p.due_at else None
    found: list[tuple[Code, dict[str, str | int | None]]] = []
    if p.terms_id != before.terms_id:
        terms = state.terms
        more = {"due": due, "rule": terms.rule, "policy": terms.policy, "reason": why.retargeted}
        found.append((Code.PROMISE_RETARGETED, {**more}))
    if p.broken_at and not before.broken_at:
        found.append((Code.PROMISE_BROKEN, {"due": p.broken_at.isoformat(), "holder": p.agent_id}))
    if p.ended_at and not before.ended_at:
        found.append(_ending(p, why.ended))
    elif before.ended_at and not p.ended_at:
        found.append((Code.PROMISE_REOPENED, {"due": due}))
    elif p.standing == StandingCode.PAUSED and before.standing != StandingCode.PAUSED:
        found.append((Code.PROMISE_PAUSED, {"reason": state.pause_reason}))
    elif before.standing == StandingCode.PAUSED and p.standing != StandingCode.PAUSED:
        found.append((Code.PROMISE_RESUMED, {"due": due}))
    return [Entry(code, p.ticket_id, f"promise:{p.pk}", {"milestone": p.milestone, **more}) for code, more in found]


def _ending(p: Promise, reason: str) -> tuple[Code, dict[str, str | int | None]]:
    if p.met_at is None:
        return Code.PROMISE_CANCELLED, {"reason": reason}
    if p.broken_at:
        return Code.PROMISE_MET_LATE, {"overrun": p.overrun}
    return Code.PROMISE_KEPT, {"worked": p.worked}


def ending(p: Promise, reason: str = "") -> Entry:
    """The ledger's row about how a promise ended."""
    code, more = _ending(p, reason)
    return Entry(code, p.ticket_id, f"promise:{p.pk}", {"milestone": p.milestone, **more})


def met_at_once(actor: Actor, *, promises: Sequence[Promise], now: datetime) -> None:
    """The marks and outcomes of promises that were drafted as met and have just been stored."""
    if not promises:
        return
    bulk.create([_mark(actor, Change(p, MarkKind.MET, p.met_at or now), None, now) for p in promises])
    bulk.create([_outcome(p.ticket, p) for p in promises])


def settle(ticket: Ticket, promises: Sequence[Promise]) -> None:
    """Keeps one outcome row for each promise that has ended and none for those owed again."""
    again = [p.pk for p in promises if p.ended_at is None]
    if again:
        Outcome.objects.filter(promise_id__in=again).delete()
    Outcome.objects.bulk_create(
        [_outcome(ticket, p) for p in promises if p.ended_at is not None],
        update_conflicts=True,
        unique_fields=["promise"],
        update_fields=[
            "standing",
            "team_id",
            "agent_id",
            "ended_at",
            "worked",
            "elapsed",
            "overrun",
            "warned",
            "target",
        ],
    )


def _warned(p: Promise) -> bool:
    """Whether a step of the ladder fired before the breach: "due" is in `fired` too, and late warnings collapse."""
    return any(p.broken_at is None or at < instants.seconds(p.broken_at) for at in p.fired.values())


def _outcome(ticket: Ticket, p: Promise) -> Outcome:
    terms = terms_of(p.terms_id)
    ended_at = p.ended_at or p.started_at
    target = terms.target_from(instants.seconds(p.started_at), calendar(terms.calendar))
    return Outcome(
        promise=p, ticket_id=ticket.pk, milestone=p.milestone, standing=p.standing, agreement=terms.agreement,
        kind=ticket.kind, urgency=ticket.urgency, via=ticket.via, tier=ticket.tier, product_line=ticket.product_line,
        region=ticket.region, team_id=p.team_id, agent_id=p.agent_id, started_at=p.started_at, ended_at=ended_at,
        target=target, worked=p.worked, elapsed=max(0, int((ended_at - p.started_at).total_seconds())),
        overrun=p.overrun, warned=_warned(p),
    )  # fmt: skip
