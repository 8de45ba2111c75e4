"""Which are the newest messages, or tickets, that have these words and are within the reader's sight?

There are two ways, and PostgreSQL's planner picks the wrong one in one case of two, by factors of thousands: to walk
from the newest on until enough is found, cheap for common words, or to gather all that the index knows and sort it,
cheap for rare ones. Which one is taken is decided here, by how common the rarest word is (`kit.shares`), and each way
is written so that the server has no other. A way that turns out dear is left for the other before it has cost much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from yingnuo.kit import reading, search, shares
from yingnuo.tickets.narrowing import Where, Words

_KEEP = """
INSERT INTO tickets_messagewords (message_id, search) SELECT unnest(%s::bigint[]), unnest(%s::text[])::tsvector
ON CONFLICT (message_id) DO UPDATE SET search = excluded.search
"""


def keep(texts: Sequence[tuple[int, str]]) -> None:
    """Makes messages (id, text) findable by what they say now, in the caller's transaction."""
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
    known = shares.of(wanted.source.table, now=now)
    if not wanted.asked.musts:  # the index knows only where words are, not where they are not
        return _walk_on(wanted, FIRST_WALK) or walk(wanted, ALL)
    part = known.most(wanted.asked.musts)
    if part * known.rows > GATHERED // 2:
        common = _walk_on(wanted, min(max(FIRST_WALK, round(2 * wanted.most / part)), FAR_WALK // 5))
        if common is not None:
            return common
        if len(wanted.asked.musts) == 1:  # its share is that of the hits: too many for less than all of them
            return gather_forced(wanted, ALL) or []
        return _gather_on(wanted, gather_forced)
    begins = any(begins for _token, begins in wanted.asked.musts)  # of beginnings the planner knows least
    return _gather_on(wanted, gather_forced if begins and known.rows > FAR_WALK else gather)


def _walk_on(wanted: Search, rows: int) -> list[int] | None:
    """By walking `rows`, and then as far as it seems to take; None when that is not enough or would be too far.

    A walk ends where enough is found, so that one that is allowed to go far costs nothing more where it need not.
    """
    found = walk(wanted, rows)
    if len(found) < wanted.most:
        further = round(2 * rows * wanted.most / max(len(found), 0.5))
        found = walk(wanted, min(further, FAR_WALK // 2)) if found or rows == FIRST_WALK else []
    return found if len(found) >= wanted.most else None


def _gather_on(wanted: Search, way: Callable[[Search, int], list[int] | None]) -> list[int]:
    """All that the index knows; when that turns out to be a lot, a long walk is tried before it."""
    found = way(wanted, GATHERED)
    if found is None:
        walked = walk(wanted, FAR_WALK)
        found = walked if len(walked) >= wanted.most else gather_forced(wanted, ALL)
    return found or []


def walk(wanted: Search, rows: int) -> list[int]:
    """Of the newest `rows`, those that fit: read in order, until there are enough."""
    source = wanted.source
    inner = f"SELECT {source.key} AS id, search FROM {source.table} ORDER BY {source.key} DESC LIMIT %s"  # noqa: S608
    hits = f"SELECT id FROM ({inner}) AS newest WHERE search @@ %s::tsquery ORDER BY id DESC OFFSET 0"  # noqa: S608
    values = (rows, wanted.asked.query, *wanted.sight.values, wanted.most)
    if rows < FAR_WALK // 2:
        return _keys(_within_sight(wanted, hits), values)
    with _by_index_only():
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
    with _by_index_only():
        return gather(wanted, rows)


@contextmanager
def _by_index_only() -> Iterator[None]:
    """Inside, the planner reads no table from end to end and sorts it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        yield
        cursor.execute("SET LOCAL enable_seqscan = on")


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
