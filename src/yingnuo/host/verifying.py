"""Is the ledger of this installation what it was, and does a proof agree with it: in lines for the operator?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yingnuo.engine.proof import Problem
from yingnuo.journey import proof as proofs
from yingnuo.journey.sealing import TABLES
from yingnuo.ledger import checking as ledger_checking
from yingnuo.ledger import seals
from yingnuo.ledger.checking import Broken, Fault
from yingnuo.ledger.models import Seal
from yingnuo.promises import checking as promise_checking
from yingnuo.promises.checking import Odd

SAMPLE = 50  # of so many promises one is judged in a quick look
_MOST_TOLD = 20
_FAULTS = {
    Fault.LINK_MISSING: "a seal before it is missing",
    Fault.LINK_CHANGED: "the seal itself was changed",
    Fault.NOT_FOLLOWING: "the seal does not follow from the one before",
    Fault.ROWS_MISSING: "rows are missing",
    Fault.ROWS_ADDED: "rows were added",
    Fault.ROW_CHANGED: "a row was changed",
    Fault.UNKNOWN_TABLE: "this version knows no such table",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing looked at, and whether it is as it must be."""

    holds: bool
    subject: str
    seen: str


def installation(*, quick: bool, expected: str, now: datetime) -> Iterator[Line]:
    """The chain, what is not sealed yet, the copies of terms, and the promises. `expected` is an earlier head or ""."""
    chain = ledger_checking.walk(TABLES)
    head = f"the head is {chain.head.number}:{chain.head.digest}" if chain.head else "there is no head yet"
    if chain.broken:
        yield Line(False, "chain", _broken(chain.broken))
    else:
        yield Line(True, "chain", f"{chain.links:,} seals over {chain.rows:,} rows hold; {head}")
    for table in TABLES:
        if count := seals.below(table):
            yield Line(False, "chain", f"{table.name}: {count:,} rows with numbers below 1, which no seal can cover")
    if expected:
        yield _expected(expected)
    fresh = ", ".join(f"{count:,} of {table.name}" for table in TABLES if (count := seals.unsealed(table)))
    yield Line(True, "not sealed yet", fresh or "none")
    yield from _odd("terms", promise_checking.terms(), "every copy is that of its digest")
    yield from _promises(quick, now)


def _expected(text: str) -> Line:
    number, _colon, digest = text.partition(":")
    known = Seal.objects.filter(number=int(number) if number.isdigit() else 0).values_list("digest", flat=True).first()
    holds = known is not None and len(digest) >= 8 and known.startswith(digest)
    return Line(holds, "expected head", f"{text} is {'a seal of this chain' if holds else 'not in this chain'}")


def _broken(b: Broken) -> str:
    span = f"sealed until {_moment(b.until)}" + (f", after {_moment(b.since)}" if b.since else "")
    rows = f"{b.rows:,} rows were sealed, {b.found:,} are there"
    return f"seal {b.number} over {b.table} {b.after_id + 1}–{b.last_id} ({span}): {_FAULTS[b.fault]}; {rows}"


def _moment(at: datetime | None) -> str:
    return at.isoformat(sep=" ", timespec="seconds") if at else "—"


def _promises(quick: bool, now: datetime) -> Iterator[Line]:
    looked, odd = 0, list[Odd]()
    for count, found in promise_checking.promises(one_in=SAMPLE if quick else 1, now=now):
        looked += count
        odd += found
    share = f" (one in {SAMPLE})" if quick else ""
    yield from _odd("promises", odd, f"{looked:,}{share} stand as their marks say")
    if not quick:
        yield from _odd("given", promise_checking.whole(), "every promise is there that the ledger gave, and no other")


def _odd(subject: str, found: Iterable[Odd], well: str) -> Iterator[Line]:
    odd = list(found)
    if not odd:
        yield Line(True, subject, well)
    for one in odd[:_MOST_TOLD]:
        what = f"{one.what} is {one.kept}" if one.kept else one.what
        yield Line(
            False, subject, f"{one.table} {one.id}: {what}" + (f", must be {one.follows}" if one.follows else "")
        )
    if len(odd) > _MOST_TOLD:
        yield Line(False, subject, f"and {len(odd) - _MOST_TOLD:,} more")


def proof(read: Mapping[str, Any]) -> Iterator[Line]:
    """What of a proof that holds in itself the installation bears out."""
    yield from problems("ledger", proofs.against_ledger(read), "it holds the same rows under the same seals")


def problems(subject: str, found: Iterable[Problem], well: str) -> Iterator[Line]:
    """A line for each problem, or the one that says there is none."""
    told = [Line(False, subject, f"{p.about}: {p.what}" if p.about else p.what) for p in found]
    yield from told or [Line(True, subject, well)]
