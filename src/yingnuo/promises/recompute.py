"""How are the open promises of some tickets moved to other terms, thousands at a time?

What `recounting` foresees is written: a mark, the promise's columns and a ledger row for each promise that moves, and
the tickets' next due moments. Nearly all of it in a handful of statements for any number of promises; those that had
to be folded alone, end or begin go the way of every command (`marking`, `giving`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import connection

from yingnuo.engine.clock import MarkKind
from yingnuo.engine.terms import Terms
from yingnuo.kit import columns, instants, revisions
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor
from yingnuo.promises import deriving, giving, marking
from yingnuo.promises.giving import Gift
from yingnuo.promises.marking import Change as Marked
from yingnuo.promises.models import MilestoneCode, Promise
from yingnuo.promises.moving import Tally, known_milestones, tally, touched
from yingnuo.promises.recounting import NONE, Effects, Fate, Outlook, effects, foresee, rows_of
from yingnuo.promises.scenario import Asked
from yingnuo.promises.standards import copies_of
from yingnuo.tickets import services as tickets_services
from yingnuo.tickets.models import Ticket

NO_TERMS = "no_terms"


@dataclass(frozen=True, slots=True)
class Moved:
    """What was done: the counts, the tickets a promise of which has nothing left, and all tickets that were changed."""

    tally: Tally
    broken: tuple[int, ...]
    tickets: tuple[int, ...]


def move(
    actor: Actor, asked: Asked, *, tickets: Sequence[int], at: datetime, reason: str, now: datetime
) -> Moved:  # fmt: skip
    """Moves the open promises of (locked) tickets as if the scenario had been in force since `at`; `reason` is kept.

    It must be what is in force. Twice does nothing the second time.
    """
    facts = asked.facts(tickets)
    rows = rows_of(tickets, locked=True)
    wanted = [asked.change(row, facts) for row in rows]
    calendars = asked.scenario.calendar
    outlook = foresee(rows, wanted, at=instants.seconds(at), now=instants.seconds(now), calendars=calendars)
    seen = effects(outlook, calendars)
    goes_on = outlook.places(Fate.GOES_ON)
    _store(actor, outlook, seen, [place for place in goes_on if place not in outlook.single], at, reason, now)
    alone = [place for place in goes_on if place in outlook.single]
    ended = outlook.places(Fate.ENDS)
    _move_alone(actor, outlook, alone, at, reason, now)
    _end(actor, outlook, ended, facts, now)
    given = _give(actor, asked, facts, now)
    by_hand = {rows[place].ticket for place in (*alone, *ended)} | {p.ticket_id for p in given}
    changed = touched(outlook) | by_hand
    _refresh(outlook, seen, changed - by_hand)
    if by_hand:
        deriving.refresh_dues(
            by_hand, Promise.objects.filter(ticket__in=by_hand, ended_at=None).exclude(milestone=MilestoneCode.TASK)
        )
    broken = {rows[place].ticket for place in seen.breaks.nonzero()[0].tolist()}
    return Moved(_sum(outlook, seen, len(given), len(changed)), tuple(sorted(broken)), tuple(sorted(changed)))


def _sum(outlook: Outlook, seen: Effects, given: int, tickets: int) -> Tally:
    found = Tally(given=given, tickets=tickets)
    for mine in tally(outlook, seen).values():
        found.add(mine)
    return found


# --- as arrays

_COLUMNS: columns.Columns = (
    ("id", "bigint"), ("terms", "bigint"), ("due", "bigint"), ("next", "bigint"), ("worked", "bigint"),
    ("remaining", "bigint"),
)  # fmt: skip
_STORE = f"""
UPDATE promises_promise p SET generation = p.generation + 1, terms_id = d.terms, due_at = to_timestamp(d.due),
    next_at = to_timestamp(d.next), worked = d.worked, remaining = d.remaining,
    standing = CASE WHEN d.due IS NULL THEN 'paused' ELSE 'running' END
FROM {columns.source(_COLUMNS)} WHERE p.id = d.id
"""  # noqa: S608  # made of the names above
_MARKED: columns.Columns = (("promise", "bigint"), ("reason", "text"), ("terms", "bigint"))
_MARK = f"""
INSERT INTO promises_mark (promise_id, kind, at, recorded_at, reason, terms_id, actor_kind, actor_id)
SELECT d.promise, %s, %s, %s, d.reason, d.terms, %s, %s FROM {columns.source(_MARKED)}
"""  # noqa: S608  # made of the names above


def _store(
    actor: Actor, outlook: Outlook, seen: Effects, places: Sequence[int], at: datetime, reason: str, now: datetime
) -> None:  # fmt: skip
    """Marks, columns and ledger rows of those that were counted as arrays; none of them is broken."""
    if not places:
        return
    terms = [seen.terms[place] for place in places]
    copies = _copies(terms)
    ids = [outlook.rows[place].id for place in places]
    numbers = [copies[id(one)] for one in terms]
    dues, nexts = (_moments(column[places].tolist()) for column in (outlook.due, outlook.next))
    _mark(actor, MarkKind.RETARGETED, (ids, [reason] * len(ids), numbers), at, now)
    still = [(outlook.rows[place].id, w.still, None) for place in places if (w := outlook.wanted[place]) and w.still]
    if still:
        _mark(actor, MarkKind.PAUSED, list(zip(*still, strict=True)), at, now)
    worked, remaining = outlook.worked[places].tolist(), outlook.remaining[places].tolist()
    with connection.cursor() as cursor:
        cursor.execute(_STORE, columns.pack(_COLUMNS, (ids, numbers, dues, nexts, worked, remaining)))
    ledger.record(actor, _entries(outlook, places, terms, dues, reason), now=now)


def _copies(terms: Sequence[Terms]) -> dict[int, int]:
    """The stored copies by the very object: terms are long to hash, and there are few."""
    distinct = {id(one): one for one in terms}
    copies = copies_of(set(distinct.values()))
    return {key: copies[one] for key, one in distinct.items()}


def _moments(values: Sequence[int]) -> list[int | None]:
    return [None if value == NONE else value for value in values]


def _mark(actor: Actor, kind: MarkKind, values: Sequence[Sequence[object]], at: datetime, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [kind.value, at, now, actor.kind, actor.id, *columns.pack(_MARKED, values)])


_RETARGETED = Code.PROMISE_RETARGETED  # slow to name in Python 3.11


def _entries(
    outlook: Outlook, places: Sequence[int], terms: Sequence[Terms], dues: Sequence[int | None], reason: str
) -> list[Entry]:
    """As `marking` notes them for a promise at a time."""
    found = []
    for place, one, due in zip(places, terms, dues, strict=True):
        row = outlook.rows[place]
        about, until = f"promise:{row.id}", None if due is None else instants.instant(due).isoformat()
        found.append(Entry(_RETARGETED, row.ticket, about, {
            "milestone": row.milestone, "due": until, "rule": one.rule, "policy": one.policy, "reason": reason,
        }))  # fmt: skip
        if row.due is not None and due is None:
            params = {"milestone": row.milestone, "reason": outlook.still[place]}
            found.append(Entry(Code.PROMISE_PAUSED, row.ticket, about, params))
        elif row.due is None and due is not None:
            found.append(Entry(Code.PROMISE_RESUMED, row.ticket, about, {"milestone": row.milestone, "due": until}))
    return found


def _refresh(outlook: Outlook, seen: Effects, tickets: set[int]) -> None:
    """The tickets' next due moments from all their open promises, as `deriving.refresh_dues`."""
    found = [place for place, row in enumerate(outlook.rows) if row.ticket in tickets]
    if not found:
        return
    places = np.array(found, dtype=np.intp)
    owners = np.array([outlook.rows[place].ticket for place in found], dtype=np.int64)
    dues, risks = outlook.due[places], seen.risk[places]
    running = dues != NONE
    dues, risks = (np.where(running, column, 2**62) for column in (dues, risks))
    order = np.lexsort((places, dues, owners))
    firsts = order[np.unique(owners[order], return_index=True)[1]]  # the next due promise of each ticket
    starts = np.unique(owners, return_index=True)[1]
    least = np.minimum.reduceat(risks, starts)
    still = ~running[firsts]
    tickets_services.set_many_dues(
        owners[firsts].tolist(), _moments(np.where(still, NONE, dues[firsts]).tolist()),
        _moments(np.where(still, NONE, least).tolist()),
        [outlook.rows[found[first]].milestone if due else "" for first, due in zip(firsts, ~still, strict=True)],
    )  # fmt: skip


# --- one by one


def _promises(outlook: Outlook, places: Iterable[int]) -> dict[int, Promise]:
    return Promise.objects.in_bulk([outlook.rows[place].id for place in places])


def _move_alone(
    actor: Actor, outlook: Outlook, places: Sequence[int], at: datetime, reason: str, now: datetime
) -> None:  # fmt: skip
    promises, changes = _promises(outlook, places), []
    for place in places:
        p, change = promises[outlook.rows[place].id], outlook.change(place)
        since = at if outlook.single[place] == outlook.at else now
        changes.append(Marked(p, MarkKind.RETARGETED, since, reason, change.terms))
        if change.still:
            changes.append(Marked(p, MarkKind.PAUSED, since, change.still))
    marking.retarget(actor, changes=changes, now=now)


def _end(
    actor: Actor, outlook: Outlook, places: Sequence[int], tickets: Mapping[int, Ticket], now: datetime
) -> None:  # fmt: skip
    promises = _promises(outlook, places)
    changes = [Marked(p, MarkKind.CANCELLED, now, NO_TERMS) for p in promises.values()]
    marking.retarget(actor, changes=changes, now=now)
    for p in promises.values():
        marking.settle(tickets[p.ticket_id], [p])


def _give(actor: Actor, asked: Asked, tickets: Mapping[int, Ticket], now: datetime) -> list[Promise]:
    """As `services.rederived`: from the ticket's start or, where that would have run out already, from now."""
    owed = [
        (tickets[pk], milestone)
        for pk, known in known_milestones(tickets).items()
        for milestone, _terms in asked.newly_owed(tickets[pk], known)
    ]
    if not owed:
        return []
    revision = revisions.current()
    drafts = giving.draft([Gift(t, m, t.created_at) for t, m in owed], revision=revision, now=now)
    over = [Gift(p.ticket, p.milestone, now) for p in drafts if p.broken_at]
    again = giving.draft(over, revision=revision, now=now)
    return giving.store(actor, drafts=[p for p in drafts if not p.broken_at] + again, now=now)
