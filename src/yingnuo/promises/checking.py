"""Does every promise stand as its terms and its marks say, and is each there that the ledger says was given?

What is kept in a promise's columns is only ever derived; whoever changes a column by hand changes no mark, and whoever
changes a mark breaks its seal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from yingnuo.engine import clock
from yingnuo.engine.clock import MarkKind, Standing, State
from yingnuo.engine.errors import EngineError
from yingnuo.engine.terms import Terms
from yingnuo.kit import instants, reading
from yingnuo.kit.errors import Refused
from yingnuo.ledger.codes import Code
from yingnuo.promises import marking
from yingnuo.promises.models import Promise, TermsCopy
from yingnuo.promises.standards import calendar, terms_of

_CHUNK = 5_000
_CLOCKS_APART_S = 300  # how far the database's clock may be ahead of ours


@dataclass(frozen=True, slots=True)
class Odd:
    """Something that does not fit: which row, what of it, what is kept and what follows from the facts."""

    table: str
    id: int
    what: str
    kept: str = ""
    follows: str = ""


class _Kept(NamedTuple):
    """A promise's columns; instants in epoch seconds."""

    id: int
    first_terms: int
    terms: int
    generation: int
    started: int
    standing: str
    due: int | None
    met: int | None
    ended: int | None
    broken: int | None
    next: int | None
    worked: int
    overrun: int
    remaining: int


_INSTANTS = ("started_at", "due_at", "met_at", "ended_at", "broken_at", "next_at")
_EPOCH = {name: f"floor(date_part('epoch', {name}))::bigint" for name in _INSTANTS}
_ROWS = f"""
SELECT id, first_terms_id, terms_id, generation, {_EPOCH["started_at"]}, standing, {_EPOCH["due_at"]},
    {_EPOCH["met_at"]}, {_EPOCH["ended_at"]}, {_EPOCH["broken_at"]}, {_EPOCH["next_at"]}, worked, overrun, remaining
FROM promises_promise
"""  # noqa: S608  # made of the names above
_NEXT = f"{_ROWS} WHERE id > %s AND id %% %s = 0 ORDER BY id LIMIT {_CHUNK}"


def promises(*, one_in: int, now: datetime) -> Iterator[tuple[int, list[Odd]]]:
    """Looks at one promise in so many (1: all), chunk by chunk: how many, and which of them do not fit."""
    last, at = 0, instants.seconds(now)
    while rows := reading.rows(_Kept._make, _NEXT, [last, one_in]):
        last = rows[-1].id
        marks = _marks(rows)
        suspects = [row.id for row in rows if _differences(row, marks[row.id], at)]
        yield len(rows), [odd for pk in suspects for odd in _again(pk, at)]


def _marks(rows: Sequence[_Kept]) -> Mapping[int, list[clock.Mark]]:
    older = [Promise(id=r.id, started_at=instants.instant(r.started)) for r in rows if r.generation > 1]
    found = {r.id: [clock.Mark(MarkKind.STARTED, r.started)] for r in rows}
    return found | (marking.marks_of(older) if older else {})


def _again(pk: int, at: int) -> list[Odd]:
    """A second look at one promise, locked, with all its marks: it may have changed between the two readings."""
    with transaction.atomic():
        for row in reading.rows(_Kept._make, f"{_ROWS} WHERE id = %s FOR UPDATE", [pk]):
            marks = marking.marks_of([Promise(id=pk, started_at=instants.instant(row.started))])[pk]
            return _differences(row, marks, at)
    return []


def _differences(row: _Kept, marks: Sequence[clock.Mark], at: int) -> list[Odd]:
    looked = min(max(at, (row.broken or 0) + 1), at + _CLOCKS_APART_S)
    try:
        state = clock.fold(terms_of(row.first_terms), marks, looked, calendar)
        terms = terms_of(row.terms)
    except (EngineError, Refused, LookupError, ValueError, TermsCopy.DoesNotExist) as error:
        return [Odd("promises_promise", row.id, "cannot be judged", follows=str(error))]
    follows = _follows(row, state)
    kept = row._asdict()
    found = [
        Odd("promises_promise", row.id, name, _told(name, kept[name]), _told(name, value))
        for name, value in follows.items()
        if kept[name] != value
    ]
    return found + _other_terms(row, terms, state)


def _other_terms(row: _Kept, terms: Terms, state: State) -> list[Odd]:
    if terms == state.terms:
        return []
    return [Odd("promises_promise", row.id, "terms", terms.digest()[:12], state.terms.digest()[:12])]


def _follows(row: _Kept, state: State) -> dict[str, Any]:
    """The columns as they must be. The amounts of what still runs are those of its last change, and not compared."""
    broken, standing = state.breached_at, Standing.BROKEN.value if state.broken else state.standing.value
    if state.open and broken is not None and row.broken is None and _noticed_soon(row, broken):
        broken, standing = None, Standing.RUNNING.value
    told = {"standing": standing, "due": state.due, "met": state.met, "ended": state.ended_at, "broken": broken}
    if state.open:
        return told
    return {**told, "worked": state.worked, "overrun": state.overrun, "remaining": state.remaining}


def _noticed_soon(row: _Kept, broken: int) -> bool:
    """Whether the sweep, which states breaches, will come to this one by itself."""
    return row.next is not None and row.next <= broken + 1


def _told(name: str, value: object) -> str:
    if name in ("due", "met", "ended", "broken") and isinstance(value, int):
        return instants.instant(value).isoformat()
    return "none" if value is None else str(value)


def terms() -> Iterator[Odd]:
    """Copies of terms that are not what their digest says."""
    for copy in TermsCopy.objects.order_by("id").iterator(chunk_size=1000):
        try:
            digest = Terms.from_spec(copy.spec).digest()
        except EngineError as error:
            yield Odd("promises_termscopy", copy.pk, "cannot be read", follows=str(error))
            continue
        if digest != copy.digest:
            yield Odd("promises_termscopy", copy.pk, "digest", copy.digest[:12], digest[:12])


# Ledger and table are joined as wholes: an index look-up for each of a million would take minutes.
_TAKEN = """
SELECT g.id FROM (
    SELECT DISTINCT substr(subject, 9)::bigint AS id FROM ledger_event WHERE code = %s AND subject LIKE 'promise:%%'
) g LEFT JOIN promises_promise p ON p.id = g.id WHERE p.id IS NULL ORDER BY 1 LIMIT 100
"""
_SLIPPED_IN = """
SELECT p.id FROM promises_promise p LEFT JOIN (
    SELECT substr(subject, 9)::bigint AS id FROM ledger_event WHERE code = %s AND subject LIKE 'promise:%%'
) g ON g.id = p.id WHERE g.id IS NULL ORDER BY 1 LIMIT 100
"""
_OUTCOMES = """
SELECT p.id FROM promises_promise p LEFT JOIN promises_outcome o ON o.promise_id = p.id
WHERE (o.id IS NULL) <> (p.ended_at IS NULL) OR o.standing <> p.standing OR o.ended_at <> p.ended_at
    OR o.overrun <> p.overrun OR o.worked <> p.worked OR o.started_at <> p.started_at OR o.ticket_id <> p.ticket_id
ORDER BY 1 LIMIT 100
"""


def whole() -> Iterator[Odd]:
    """Promises that the ledger gave and that are gone, that nobody gave, or whose measured outcome is another one."""
    given = [Code.PROMISE_GIVEN.value]
    for what, query, values in (
        ("given, but gone", _TAKEN, given),
        ("never given", _SLIPPED_IN, given),
        ("its outcome is another one", _OUTCOMES, []),
    ):
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            yield from (Odd("promises_promise", pk, what) for (pk,) in cursor.fetchall())
