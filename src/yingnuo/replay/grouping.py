"""How do the rows of one ticket come together, however large the log is?

`grouped`: the rows of a ticket stand together in the file. Memory: the rows of one ticket, and every id once (about
100 bytes each) to notice a ticket that comes again. `any`: rows go to 64 temporary files by a hash of their id first;
memory is that of the largest of these, about a sixty-fourth of the log, and the disk holds the log once more.
"""

from __future__ import annotations

import pickle
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from operator import attrgetter
from typing import IO

from yingnuo.replay.errors import ReplayError
from yingnuo.replay.rows import Row

_BUCKETS = 64


def by_ticket(rows: Iterable[Row], order: str) -> Iterator[list[Row]]:
    """The rows of each ticket in order of time, those of one instant in the file's order."""
    tickets = _together(rows) if order == "grouped" else _gathered(rows)
    return (sorted(ticket, key=attrgetter("at")) for ticket in tickets)


def _together(rows: Iterable[Row]) -> Iterator[list[Row]]:
    seen: set[str] = set()
    for name, group in groupby(rows, key=attrgetter("id")):
        ticket = list(group)
        if name in seen:
            raise ReplayError(
                f"row {ticket[0].number}: {name} comes again after other tickets; "
                "write `order: any` under `log` in the mapping"
            )
        seen.add(name)
        yield ticket


def _gathered(rows: Iterable[Row]) -> Iterator[list[Row]]:
    with ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(_BUCKETS)]
        for row in rows:
            pickle.dump(row, files[zlib.crc32(row.id.encode()) % _BUCKETS], protocol=5)
        for file in files:
            file.seek(0)
            yield from _bucket(file)


def _bucket(file: IO[bytes]) -> list[list[Row]]:
    found: dict[str, list[Row]] = {}
    while True:
        try:
            row: Row = pickle.load(file)  # noqa: S301  # our own temporary file, which nobody else can open
        except EOFError:
            return list(found.values())
        found.setdefault(row.id, []).append(row)
