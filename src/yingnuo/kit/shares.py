"""In which share of a table's rows does a word occur?

PostgreSQL gathers that anyway when it analyses the table (`pg_stats`); its planner multiplies what it should not, and
chooses by that. Here the shares are read once in ten minutes and kept, so that whoever asks may choose better.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

_KEPT_FOR = 600  # seconds
_kept: dict[tuple[str, str], tuple[int, Shares]] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Shares:
    """How many rows a table has, and of its frequent words, sorted, the share of rows that have each.

    `least` is the share of the rarest word known; what is not known is rarer. 1 when nothing is known at all.
    """

    rows: int
    words: tuple[str, ...]
    parts: tuple[float, ...]
    least: float

    def of(self, word: str, *, begins: bool = False) -> float:
        """The largest share this word may have; with `begins`, any word that begins so."""
        place = bisect_left(self.words, word)
        total = 0.0
        while place < len(self.words) and (self.words[place].startswith(word) if begins else self.words[place] == word):
            total += self.parts[place]
            place += 1
        return min(1.0, total or self.least)

    def most(self, wanted: Sequence[tuple[str, bool]]) -> float:
        """The largest share of rows that may have all these (word, whether only its beginning): the rarest decides."""
        return min((self.of(word, begins=begins) for word, begins in wanted), default=1.0)


_READ = """
SELECT greatest(c.reltuples, 0)::bigint, s.most_common_elems::text::text[], s.most_common_elem_freqs
FROM pg_class c LEFT JOIN pg_stats s ON s.tablename = c.relname AND s.attname = %s AND s.schemaname = current_schema()
WHERE c.oid = to_regclass(%s)
"""


def of(table: str, *, column: str = "search", now: datetime) -> Shares:
    """The shares of a tsvector column's words; at most ten minutes old."""
    key, turn = (str(connection.settings_dict["NAME"]), table), int(now.timestamp()) // _KEPT_FOR
    kept = _kept.get(key)
    if kept is None or kept[0] != turn:
        kept = turn, _read(table, column)
        with _lock:
            _kept[key] = kept
    return kept[1]


def forget() -> None:
    """Drops what is kept: tables were filled or emptied at a stroke."""
    with _lock:
        _kept.clear()


def _read(table: str, column: str) -> Shares:
    with connection.cursor() as cursor:
        cursor.execute(_READ, [column, table])
        rows, words, parts = cursor.fetchone() or (0, None, None)
    pairs = sorted(zip(words or (), parts or (), strict=False))  # figures of the server's own stand behind the parts
    known, shares = tuple(word for word, _part in pairs), tuple(part for _word, part in pairs)
    return Shares(rows, known, shares, min(shares, default=1.0))
