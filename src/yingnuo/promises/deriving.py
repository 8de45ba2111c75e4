"""How do a promise's columns follow from its folded state, and how are they stored for many at once?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

from yingnuo.engine import promise as engine_promise
from yingnuo.engine.clock import Standing, State
from yingnuo.engine.terms import Terms, When
from yingnuo.kit import columns, instants
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import calendar, terms_of
from yingnuo.tickets import services as tickets

DERIVED = (
    "generation", "standing", "due_at", "met_at", "ended_at", "broken_at", "worked", "overrun", "remaining", "next_at",
)  # fmt: skip


def derive(promise: Promise, terms: Terms, state: State) -> None:
    """Sets every derived column of a promise from its state and arms its next moment; a new generation."""
    promise.generation += 1
    broken = state.breached_at is not None
    promise.standing = Standing.BROKEN.value if broken else state.standing.value  # cancelling never unbreaks
    promise.due_at = instants.instant_or_none(state.due)
    promise.met_at = instants.instant_or_none(state.met)
    promise.ended_at = instants.instant_or_none(state.ended_at)
    promise.broken_at = instants.instant_or_none(state.breached_at)
    promise.worked, promise.overrun, promise.remaining = state.worked, state.overrun, state.remaining
    arm(promise, terms, state)


def arm(promise: Promise, terms: Terms, state: State) -> None:
    """Sets `next_at` to the next moment of interest, None when nothing can happen by itself."""
    moment = engine_promise.next_moment(terms, state, promise.fired, promise.ack_due, calendar)
    promise.next_at = instants.instant(moment.wake_at) if moment else None


_COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "bigint"), ("generation", "int"), ("standing", "text"), ("terms_id", "bigint"), ("due_at", "timestamptz"),
    ("met_at", "timestamptz"), ("ended_at", "timestamptz"), ("broken_at", "timestamptz"), ("worked", "bigint"),
    ("overrun", "bigint"), ("remaining", "bigint"), ("next_at", "timestamptz"), ("team_id", "bigint"),
    ("agent_id", "bigint"), ("fired", "jsonb"), ("ack_due", "jsonb"),
)  # fmt: skip
_SETTINGS = ", ".join(f"{name} = d.{name}" for name, _kind in _COLUMNS[1:])
_STORE = f"UPDATE promises_promise p SET {_SETTINGS} FROM {columns.source(_COLUMNS)} WHERE p.id = d.id"  # noqa: S608


def store(promises: Sequence[Promise]) -> None:
    """Writes the derived columns of many promises in one statement."""
    if not promises:
        return
    values = ([getattr(p, name) for p in promises] for name, _kind in _COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(_STORE, columns.pack(_COLUMNS, values))


def set_dues(drafts: Iterable[Promise]) -> None:
    """Gives tickets that are not stored yet their next due moment from their drafted promises."""
    for p in drafts:
        ticket, due = p.ticket, p.due_at
        if due is None or p.ended_at is not None:
            continue
        risk = _risk(p, due)
        if ticket.due_at is None or due < ticket.due_at:
            ticket.due_at, ticket.next_milestone = due, p.milestone
        ticket.risk_at = risk if ticket.risk_at is None else min(risk, ticket.risk_at)


def refresh_dues(ticket_ids: Iterable[int], promises: Iterable[Promise]) -> None:
    """Writes each ticket's next due moment from its promises; `promises` must hold all its open ones."""
    dues: dict[int, tuple[datetime | None, datetime | None, str]] = dict.fromkeys(ticket_ids, (None, None, ""))
    for p in promises:
        if p.ended_at is not None or p.due_at is None:
            continue
        due, risk, milestone = dues[p.ticket_id]
        own_risk = _risk(p, p.due_at)
        if due is None or p.due_at < due:
            due, milestone = p.due_at, p.milestone
        dues[p.ticket_id] = (due, own_risk if risk is None else min(risk, own_risk), milestone)
    tickets.set_dues(dues)


def _risk(promise: Promise, due_at: datetime) -> datetime:
    """When the first warning is due; the due moment itself where the ladder warns of nothing."""
    terms = terms_of(promise.terms_id)
    warnings = [step for step in terms.ladder if step.when is When.BEFORE]
    if not warnings:
        return due_at
    due, working = instants.seconds(due_at), calendar(terms.calendar)
    target = terms.target_from(instants.seconds(promise.started_at), working)
    return instants.instant(working.back(due, max(step.lead(target) for step in warnings)))
