"""Which open promises does another version of a service time move, from when to when, and how are they moved?

A version never moves by itself what was promised under another one. Whoever makes one sees first what would move, and
may move it: every open promise that is not broken is then counted in the new version from that moment on, the time used
so far in the one it ran in. All in one pass: a query for the promises and one for their marks, the rest in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet

from yingnuo.engine import clock
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.clock import MarkKind
from yingnuo.engine.terms import Terms
from yingnuo.kit import instants
from yingnuo.people.roles import Actor
from yingnuo.promises import deriving, marking, standards
from yingnuo.promises.marking import Change
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import terms_of
from yingnuo.tickets.models import Ticket

_LAST = 2**62  # after all that is recorded
REASON = "calendar"


@dataclass(frozen=True, slots=True)
class Move:
    """One open promise: due `before` as it stands, and `after` under the other version; None while it stands still."""

    promise: int
    ticket: int
    milestone: str
    before: datetime | None
    after: datetime | None

    @property
    def by(self) -> int:
        """Seconds by which it falls due later; negative for sooner, 0 where it does not move."""
        return int((self.after - self.before).total_seconds()) if self.after and self.before else 0


@dataclass(frozen=True, slots=True)
class Moves:
    """All open promises under another version of one service time."""

    all: tuple[Move, ...]

    @property
    def moved(self) -> tuple[Move, ...]:
        """Those that fall due at another moment, the next due first."""
        return tuple(sorted((m for m in self.all if m.by), key=lambda m: (str(m.before), m.promise)))

    @property
    def later(self) -> int:
        """How many fall due later."""
        return sum(m.by > 0 for m in self.all)

    @property
    def sooner(self) -> int:
        """How many fall due sooner."""
        return sum(m.by < 0 for m in self.all)


def preview(code: str, calendar: Calendar, *, now: datetime, key: str = "") -> Moves:
    """What would move if a calendar, stored as `key` or not stored yet, came in the place of its versions in force."""
    asked = key or f"{code}@new"
    rows = list(_open(code, except_key=key))
    after = _folded(rows, asked, lambda name: calendar if name == asked else standards.calendar(name), now)
    return Moves(tuple(_move(p, state) for p, state in zip(rows, after, strict=True) if not state.broken))


def left_behind(code: str, *, key: str) -> int:
    """How many open promises go by another version of a calendar than `key`; one look-up."""
    return _open(code, except_key=key).count()


def _open(code: str, *, except_key: str) -> QuerySet[Promise]:
    """Open promises that go by a version of this calendar and are not broken, in the order of their tickets."""
    rows = Promise.objects.filter(ended_at=None, broken_at=None, terms__spec__calendar__startswith=f"{code}@")
    return rows.exclude(terms__spec__calendar=except_key).order_by("ticket_id", "id")


def _folded(
    rows: Sequence[Promise], key: str, calendars: Callable[[str], Calendar], now: datetime
) -> list[clock.State]:
    at, marks = instants.seconds(now), marking.marks_of(rows)
    return [
        clock.fold(
            terms_of(p.first_terms_id),
            [*marks[p.pk], clock.Mark(MarkKind.RETARGETED, at, seq=_LAST, terms=_under(p, key))],
            at, calendars,
        )
        for p in rows
    ]  # fmt: skip


def _under(p: Promise, key: str) -> Terms:
    return replace(terms_of(p.terms_id), calendar=key)


def _move(p: Promise, state: clock.State) -> Move:
    return Move(p.pk, p.ticket_id, p.milestone, p.due_at, instants.instant_or_none(state.due))


def apply(actor: Actor, *, code: str, key: str, now: datetime) -> list[int]:
    """Moves what `preview` shows to the stored version `key`, inside the caller's transaction; the tickets' ids.

    Tickets are locked before promises, as every command does.
    """
    found = set(_open(code, except_key=key).values_list("ticket_id", flat=True))
    locked = list(Ticket.objects.select_for_update(of=("self",)).filter(pk__in=found).order_by("pk").only("pk"))
    rows = {p.pk: p for p in Promise.objects.select_for_update().filter(ticket__in=locked, ended_at=None)}
    chosen = [rows[p.pk] for p in _open(code, except_key=key) if p.pk in rows]
    states = _folded(chosen, key, standards.calendar, now)
    changes = [
        Change(p, MarkKind.RETARGETED, now, REASON, _under(p, key))
        for p, state in zip(chosen, states, strict=True)
        if not state.broken
    ]
    marking.retarget(actor, changes=changes, now=now)
    _refresh(rows.values())
    return [t.pk for t in locked]


def _refresh(rows: Iterable[Promise]) -> None:
    owed = list(rows)
    deriving.refresh_dues({p.ticket_id for p in owed}, owed)
