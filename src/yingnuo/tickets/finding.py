"""Which are the newest messages, or tickets, that have these words and are within the reader's sight?

There are two ways, and PostgreSQL's planner picks the wrong one in one case of two, by factors of thousands: to walk
from the newest on until enough is found, cheap for common words, or to gather all that the index knows and sort it,
cheap for rare ones. Which one is taken is decided here, by how common the rarest word is (`kit.shares`), and each way
is written so that the server has no other. A way that turns out dear is left for the other before it has cost much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from yingnuo.kit import reading, search, shares
from yingnuo.kit.shares import Shares
from yingnuo.tickets.narrowing import Where, Words

_KEEP = """
INSERT INTO tickets_messagewords (message_id, search) SELECT unnest(%s::bigint[]), unnest(%s::text[])::tsvector
"""


def keep(texts: Sequence[tuple[int, str]]) -> None:
    """Makes new messages (id, text) findable, in the caller's transaction."""
    rows = [(pk, search.document(text)) for pk, text in texts if text]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [[pk for pk, _words in rows], [words for _pk, words in rows]])


@dataclass(frozen=True, slots=True)
class Source:
    """Where words are kept: the table, its key, and where a hit's own conditions are looked at."""

    table: str
    key: str
    seen: str


TICKETS = Source(
    "tickets_ticket", "id", "SELECT 1 FROM tickets_ticket WHERE tickets_ticket.id = hit.id AND {where} OFFSET 0"
)
MESSAGES = Source(
    "tickets_messagewords", "message_id",
    "SELECT 1 FROM tickets_message m JOIN tickets_ticket ON tickets_ticket.id = m.ticket_id "
    "WHERE m.id = hit.id AND {where} OFFSET 0",
)  # fmt: skip

FIRST_WALK, FAR_WALK, GATHERED = 300, 30_000, 4_000  # rows looked at; finds gathered
ALL = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Search:
    """One search: what for, where, what the reader may see of it, and how many of the newest."""

    source: Source
    asked: Words
    sight: Where
    most: int


def newest(wanted: Search, *, now: datetime) -> list[int]:
    """The keys of the newest that fit, newest first."""
    if not wanted.asked.query:
        return []
    for way, rows in _ways(wanted, shares.of(wanted.source.table, now=now)):
        found = way(wanted, rows)
        if found is not None and (way is not walk or len(found) >= wanted.most or rows == ALL):
            return found
    return []


_Way = Callable[[Search, int], list[int] | None]


def _ways(wanted: Search, known: Shares) -> Iterator[tuple[_Way, int]]:
    """What to try in turn, until one has all there is or as many as are wanted."""
    musts = wanted.asked.musts
    if not musts:  # the index knows only where words are, not where they are not
        yield walk, FAR_WALK
        yield walk, ALL
        return
    part = known.most(musts)
    if part * known.rows <= GATHERED // 2:
        yield (gather_forced if musts[-1][1] else gather), GATHERED
    else:
        yield walk, min(max(FIRST_WALK, round(3 * wanted.most / part)), FAR_WALK // 5)
        yield gather_forced, GATHERED
    yield walk, FAR_WALK
    yield gather_forced, ALL


def walk(wanted: Search, rows: int) -> list[int]:
    """Of the newest `rows`, those that fit: read in order, until there are enough."""
    source = wanted.source
    inner = f"SELECT {source.key} AS id, search FROM {source.table} ORDER BY {source.key} DESC LIMIT %s"  # noqa: S608
    hits = f"SELECT id FROM ({inner}) AS newest WHERE search @@ %s::tsquery OFFSET 0"  # noqa: S608
    values = (rows, wanted.asked.query, *wanted.sight.values, wanted.most)
    return _keys(_within_sight(wanted, hits), values)


def gather(wanted: Search, rows: int) -> list[int] | None:
    """All that the index knows, sorted; None when that is `rows` or more."""
    source = wanted.source
    hits = f"SELECT {source.key} AS id FROM {source.table} WHERE search @@ %s::tsquery LIMIT %s"  # noqa: S608
    inner = "SELECT id FROM gathered ORDER BY id DESC OFFSET 0"
    seen = _within_sight(wanted, inner)
    statement = f"WITH gathered AS MATERIALIZED ({hits}) SELECT (SELECT count(*) FROM gathered), ARRAY({seen})"  # noqa: S608
    [(count, found)] = reading.tuples(statement, (wanted.asked.query, rows, *wanted.sight.values, wanted.most))
    return None if count >= rows else list(found)


def gather_forced(wanted: Search, rows: int) -> list[int] | None:
    """As `gather`, where the planner might hold the word for common and read the whole table for it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        found = gather(wanted, rows)
        cursor.execute("SET LOCAL enable_seqscan = on")
    return found


def _within_sight(wanted: Search, hits: str) -> str:
    """Of hits in order, those the reader may see; each is looked at by its key, and no more of them than needed."""
    seen = (
        f"CROSS JOIN LATERAL ({wanted.source.seen.format(where=wanted.sight.sql)}) AS seen" if wanted.sight.sql else ""
    )
    return f"SELECT hit.id FROM ({hits}) AS hit {seen} ORDER BY hit.id DESC LIMIT %s"  # noqa: S608


def _keys(statement: str, values: Sequence[object]) -> list[int]:
    return [pk for (pk,) in reading.tuples(statement, values)]


def best(wanted: Search, *, among: int, now: datetime) -> list[int]:
    """As `newest`, those where the words stand closest and most often first, judged among the `among` newest."""
    pool = newest(Search(wanted.source, wanted.asked, wanted.sight, among), now=now)
    source = wanted.source
    ranked = (
        f"SELECT {source.key} FROM {source.table} WHERE {source.key} = ANY(%s::bigint[]) "  # noqa: S608
        f"ORDER BY ts_rank_cd(search, %s::tsquery) DESC, {source.key} DESC LIMIT %s"
    )
    return _keys(ranked, (pool, wanted.asked.query, wanted.most))
