"""How is it shown that no row of the ledger was changed, taken away or slipped in afterwards?

Rows that are only ever appended are closed in blocks: a seal holds the digest of a block's rows and the digest of the
seal before it. Whoever changes one row has to change every later seal, and each head that left the house (on a proof,
in a log) tells on him.

Nobody waits for a seal. Ids are drawn in one order and committed in another, so a block may be closed only when no
transaction can bring a smaller id any more: an id is drawn under a lock on its sequence that lasts as long as the
transaction. So first the highest drawn id is read, then who holds that lock; when all those are gone, every row up to
that id is there or will never be. Readers, backups among them, delay nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from yingnuo.engine import merkle
from yingnuo.engine.merkle import Link
from yingnuo.ledger.models import Seal

BLOCK = 10_000  # rows of one seal, at most
BEGINNING = "0" * 64
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of rows that never change. `text` is SQL for a row `r` as a JSON array, free of zone and locale."""

    name: str
    text: str

    @property
    def leaf(self) -> str:
        """SQL for the leaf of a row `r`, as `merkle.leaf`."""
        return f"sha256('\\x00'::bytea || convert_to({self.text}, 'UTF8'))"


def instant(column: str) -> str:
    """SQL for an instant as whole microseconds since 1970, which no setting can make look different."""
    return f"(extract(epoch FROM r.{column}) * 1000000)::bigint"


EVENTS = Table(
    "ledger_event",
    f"jsonb_build_array(r.id, {instant('at')}, r.code, r.actor_kind, r.actor_id, r.ticket_id, r.subject, r.params)"
    "::text",
)


def link_of(seal: Seal) -> Link:
    """A seal as the engine takes it, which needs no database to judge it."""
    sealed = (seal.sealed_at - _EPOCH) // _MICROSECOND
    return Link(seal.number, seal.table, seal.after_id, seal.last_id, seal.rows, seal.root, seal.previous, sealed)


def digest_of(seal: Seal) -> str:
    """The digest of a link from everything else in it."""
    return link_of(seal).digest()


def head() -> Seal | None:
    """The newest link."""
    return Seal.objects.order_by("-number").first()


class Sealer:
    """Closes what has settled; one in each work process, of which one at a time does it."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._tables = tables
        self._drawn: tuple[int, ...] = ()  # per table: the id up to which it may be closed …
        self._awaited: set[str] = set()  # … as soon as these transactions are gone
        self._sealed: tuple[int, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether there is something to close as soon as those who write have ended."""
        return bool(self._awaited)

    def step(self, *, now: datetime) -> bool:
        """Closes at most one block of each table; True when there is more to close at once."""
        if not self._settled():
            return False
        closed = [_close(table, up_to, now) for table, up_to in zip(self._tables, self._drawn, strict=True)]
        if None not in closed and not any(closed):
            self._sealed, self._drawn = self._drawn, ()
        return any(closed)

    def _settled(self) -> bool:
        if self._awaited:
            self._awaited &= holders(self._tables)
        elif not self._drawn:
            highest = drawn(self._tables)
            if highest == self._sealed:
                return False
            self._drawn, self._awaited = highest, holders(self._tables)
        return not self._awaited


def _sequence(table: Table) -> str:
    return f"{table.name}_id_seq"


def drawn(tables: Sequence[Table]) -> tuple[int, ...]:
    """The highest id that was ever drawn for each table, whether its row is there already or not."""
    highest = ", ".join(f"(SELECT last_value - (NOT is_called)::int FROM {_sequence(t)})" for t in tables)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {highest}")
        return tuple(cursor.fetchone() or ())


_HOLDERS = """
SELECT DISTINCT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relation = ANY(%s::regclass[]) AND mode = 'RowExclusiveLock' AND pid IS DISTINCT FROM pg_backend_pid()
"""


def holders(tables: Sequence[Table]) -> set[str]:
    """The transactions that have drawn an id of these tables and have not ended; our own is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDERS, [[_sequence(t) for t in tables]])
        return {row[0] for row in cursor.fetchall()}


def _close(table: Table, up_to: int, now: datetime) -> bool | None:
    """Closes the next block of rows up to that id, if there is one; True when it was full, None out of turn."""
    with transaction.atomic():
        if not take_turn():
            return None
        last, before = Seal.objects.filter(table=table.name).order_by("-last_id").first(), head()
        after = last.last_id if last else 0
        highest, leaves = _block(table, after, up_to)
        if not leaves:
            return False
        full = len(leaves) == BLOCK
        seal = Seal(
            number=before.number + 1 if before else 1, table=table.name, after_id=after,
            last_id=highest if full else up_to, rows=len(leaves), root=merkle.root(leaves).hex(),
            previous=before.digest if before else BEGINNING, sealed_at=now,
        )  # fmt: skip
        seal.digest = digest_of(seal)
        seal.save(force_insert=True)
    return full


def take_turn() -> bool:
    """Whether nobody else is sealing until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('yingnuo.seal'))")
        return bool((cursor.fetchone() or (False,))[0])


def begin_anew() -> None:
    """Lets go of the whole chain in the caller's transaction: only where older rows come in later than newer ones.

    Waits for whoever is sealing. Nothing but the demonstration's invented past has a reason to.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('yingnuo.seal'))")
    Seal.objects.all().delete()


def _block(table: Table, after: int, up_to: int) -> tuple[int, list[bytes]]:
    query = (
        f"SELECT coalesce(max(id), 0), string_agg(leaf, ''::bytea ORDER BY id) FROM (SELECT r.id, {table.leaf} AS leaf "  # noqa: S608
        f"FROM {table.name} r WHERE r.id > %s AND r.id <= %s ORDER BY r.id LIMIT %s) b"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [after, up_to, BLOCK])
        highest, leaves = cursor.fetchone() or (0, None)
    return highest, merkle.split(bytes(leaves or b""))


def leaves_of(table: Table, seals: Iterable[Seal]) -> dict[int, list[bytes]]:
    """The leaves of the rows that these seals of one table cover now, by the seal's number."""
    query = (
        "SELECT s.number, b.leaves FROM ledger_seal s CROSS JOIN LATERAL "  # noqa: S608
        f"(SELECT string_agg({table.leaf}, ''::bytea ORDER BY r.id) AS leaves FROM {table.name} r "
        "WHERE r.id > s.after_id AND r.id <= s.last_id) b WHERE s.number = ANY(%s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [[s.number for s in seals]])
        return {number: merkle.split(bytes(leaves or b"")) for number, leaves in cursor.fetchall()}


def unsealed(table: Table) -> int:
    """How many rows of a table stand behind its last seal."""
    last = Seal.objects.filter(table=table.name).order_by("-last_id").first()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table.name} WHERE id > %s", [last.last_id if last else 0])  # noqa: S608
        return int((cursor.fetchone() or (0,))[0])


def below(table: Table) -> int:
    """How many rows have a number that no sequence draws, so that no seal covers them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table.name} WHERE id < 1")  # noqa: S608
        return int((cursor.fetchone() or (0,))[0])


@dataclass(frozen=True, slots=True)
class Sealed:
    """One row as it is sealed: its text, and how its seal is reached. `seal` None: it is not sealed yet."""

    table: str
    id: int
    text: str
    seal: Seal | None
    place: int
    path: tuple[str, ...]


def sealed_rows(table: Table, ids: Sequence[int]) -> Iterator[Sealed]:
    """These rows in the order of their ids, each with the way from it to its seal."""
    query = f"SELECT r.id, {table.text} FROM {table.name} r WHERE r.id = ANY(%s) ORDER BY r.id"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, [list(ids)])
        rows: list[tuple[int, str]] = cursor.fetchall()
    seals = list(_seals_of(table, [pk for pk, _text in rows]))
    leaves = leaves_of(table, {s.number: s for s in seals if s}.values())
    for (pk, text), seal in zip(rows, seals, strict=True):
        if seal is None:
            yield Sealed(table.name, pk, text, None, 0, ())
            continue
        place = leaves[seal.number].index(merkle.leaf(text))
        path = tuple(node.hex() for node in merkle.path(leaves[seal.number], place))
        yield Sealed(table.name, pk, text, seal, place, path)


def _seals_of(table: Table, ids: Sequence[int]) -> Iterator[Seal | None]:
    """The seal of each id, in order; one look-up a block."""
    found: Seal | None = None
    for pk in ids:
        if found is None or found.last_id < pk:
            found = Seal.objects.filter(table=table.name, last_id__gte=pk).order_by("last_id").first()
        yield found
