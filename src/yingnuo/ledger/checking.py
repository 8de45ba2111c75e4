"""Is every sealed row still what it was when it was sealed?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from yingnuo.engine import merkle
from yingnuo.ledger import seals
from yingnuo.ledger.models import Seal
from yingnuo.ledger.seals import BEGINNING, Table

_AT_ONCE = 50_000  # rows that are looked at in one go, or a single block
_LINKS = 1_000


class Fault(StrEnum):
    """What can be wrong with a link."""

    LINK_MISSING = "link_missing"  # a number is left out, or the first is not 1
    LINK_CHANGED = "link_changed"  # its own digest does not come out
    NOT_FOLLOWING = "not_following"  # it does not follow from the link before
    ROWS_MISSING = "rows_missing"
    ROWS_ADDED = "rows_added"
    ROW_CHANGED = "row_changed"
    UNKNOWN_TABLE = "unknown_table"


@dataclass(frozen=True, slots=True)
class Broken:
    """The first link that does not hold: which rows it covers, and between which moments they were sealed."""

    fault: Fault
    number: int
    table: str
    after_id: int
    last_id: int
    rows: int
    found: int
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Chain:
    """What a walk along the chain found: how many links and rows hold, the last link that does, what broke."""

    links: int
    rows: int
    head: Seal | None
    broken: Broken | None


def walk(tables: Sequence[Table]) -> Chain:
    """Recomputes every link from the first on, and stops at the first one that is broken."""
    links, rows, before = 0, 0, None
    ends: dict[str, int] = {}
    for batch in _batches():
        leaves = _leaves({t.name: t for t in tables}, batch)
        for seal in batch:
            fault = _link(seal, before, ends.get(seal.table, 0)) or _rows(seal, leaves.get(seal.number))
            if fault:
                return Chain(links, rows, before, _broken(fault, seal, before, leaves.get(seal.number, [])))
            links, rows, before = links + 1, rows + seal.rows, seal
            ends[seal.table] = seal.last_id
    return Chain(links, rows, before, None)


def _batches() -> Iterator[list[Seal]]:
    """All links in order, some at a time: as many as have rows to be looked at in one go."""
    last = None
    while True:
        later = Seal.objects.all() if last is None else Seal.objects.filter(number__gt=last)
        found = list(later.order_by("number")[:_LINKS])
        if not found:
            return
        last = found[-1].number
        batch: list[Seal] = []
        for seal in found:
            if batch and sum(s.rows for s in batch) + seal.rows > _AT_ONCE:
                yield batch
                batch = []
            batch.append(seal)
        yield batch


def _leaves(tables: Mapping[str, Table], batch: Sequence[Seal]) -> dict[int, list[bytes]]:
    found: dict[int, list[bytes]] = {}
    for name, same in groupby(sorted(batch, key=lambda s: s.table), key=lambda s: s.table):
        if name in tables:
            found |= seals.leaves_of(tables[name], list(same))
    return found


def _link(seal: Seal, before: Seal | None, end: int) -> Fault | None:
    if seal.number != (before.number if before else 0) + 1:
        return Fault.LINK_MISSING
    if seal.digest != seals.digest_of(seal):
        return Fault.LINK_CHANGED
    follows = seal.previous == (before.digest if before else BEGINNING) and seal.after_id == end
    return None if follows else Fault.NOT_FOLLOWING


def _rows(seal: Seal, leaves: Sequence[bytes] | None) -> Fault | None:
    if leaves is None:
        return Fault.UNKNOWN_TABLE
    if len(leaves) != seal.rows:
        return Fault.ROWS_MISSING if len(leaves) < seal.rows else Fault.ROWS_ADDED
    return None if merkle.root(leaves).hex() == seal.root else Fault.ROW_CHANGED


def _broken(fault: Fault, seal: Seal, before: Seal | None, leaves: Sequence[bytes]) -> Broken:
    since = before.sealed_at if before else None
    return Broken(
        fault, seal.number, seal.table, seal.after_id, seal.last_id, seal.rows, len(leaves), since, seal.sealed_at
    )
