"""How is a batch over open promises cut into pieces, who does which, and what came of it?

Any number of workers share the pieces through row locks. A piece, what it moved and that it is done are one
transaction: whoever is killed in the middle has done nothing, and the next one takes the piece up. The caller holds the
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yingnuo.engine.policy import Policy as EnginePolicy
from yingnuo.kit.errors import Conflict, NotFound
from yingnuo.people.roles import SYSTEM, Actor
from yingnuo.promises import standards
from yingnuo.promises.models import Calendar, Policy, PolicyVersion
from yingnuo.promises.moving import PIECE, Asked, Scenario, Tally
from yingnuo.promises.recompute import Moved
from yingnuo.promises.runs import Recompute, RecomputePiece, RunKind, RunState
from yingnuo.tickets.models import Ticket

UNDER_WAY = (RunState.WAITING, RunState.RUNNING)
MOST_ATTEMPTS = 3
MOST_NAMED = 50  # tickets whose promises broke that are remembered
BUSY_AGAIN = timedelta(milliseconds=300)  # when somebody was at work on a ticket of a piece
FAILED_AGAIN = timedelta(seconds=5)
SUPERSEDED = "superseded"


def begin(actor: Actor, *, kind: str, code: str, now: datetime) -> Recompute:
    """A batch to the version in force, or the one that is under way to it already; one to an older version is stopped.

    NotFound when there is no such standard, Conflict when it is out of force.
    """
    version = _in_force(kind, code, locked=True)
    for run in Recompute.objects.select_for_update().filter(kind=kind, code=code, state__in=UNDER_WAY):
        if run.version == version:
            return run
        end(run, RunState.STOPPED, problem=SUPERSEDED, now=now)
    by = actor.id if actor.kind == "staff" else None
    return Recompute.objects.create(kind=kind, code=code, version=version, at=now, by_id=by)


def _in_force(kind: str, code: str, *, locked: bool = False) -> int:
    rows: QuerySet[Calendar] | QuerySet[Policy] = (
        Policy if kind == RunKind.POLICY else Calendar
    )._default_manager.all()
    row = (rows.select_for_update() if locked else rows).filter(code=code).first()
    if row is None:
        raise NotFound(_("There is no such standard or service time."), code="standard_not_found")
    if isinstance(row, Policy) and not row.active:
        raise Conflict(_("This standard is out of force: put it in force first."), code="not_in_force")
    return row.current


def is_superseded(run: Recompute) -> bool:
    """Whether another version than the batch's has come into force, or none is any more."""
    try:
        return _in_force(run.kind, run.code) != run.version
    except Conflict:
        return True


def scenario_of(run: Recompute) -> Scenario:
    """What the batch moves promises to."""
    if run.kind == RunKind.CALENDAR:
        key = f"{run.code}@{run.version}"
        return Scenario(calendars={run.code: (key, standards.calendar(key))})
    version = PolicyVersion.objects.get(policy__code=run.code, number=run.version)
    return Scenario(policies={run.code: EnginePolicy.from_spec(version.spec, run.version)})


def actor_of(run: Recompute) -> Actor:
    """In whose name it moves promises: whoever began it."""
    return Actor(kind="staff", id=run.by_id) if run.by_id else SYSTEM


def under_way() -> list[Recompute]:
    """The batches that are not over, the oldest first; one look into an index that is nearly always empty."""
    return list(Recompute.objects.filter(state__in=UNDER_WAY).order_by("id"))


def locked(run: int, *states: str) -> Recompute | None:
    """The batch, locked, if it is in one of these states and nobody else is busy with it."""
    rows = Recompute.objects.select_for_update(skip_locked=True, of=("self",))
    return rows.filter(pk=run, state__in=states).first()


def cut(run: Recompute, asked: Asked, *, now: datetime) -> None:
    """Cuts a (locked) waiting batch into pieces; from then on it runs."""
    ids, pieces = asked.tickets(), []
    while part := list(islice(ids, PIECE)):
        pieces.append(RecomputePiece(run=run, first=part[0], last=part[-1], total=len(part)))
    RecomputePiece.objects.bulk_create(pieces)
    run.total, run.state, run.started_at = sum(p.total for p in pieces), RunState.RUNNING, now
    run.save(update_fields=["total", "state", "started_at"])


def claim(run: Recompute, *, now: datetime) -> RecomputePiece | None:
    """A piece that nobody else has, locked until the transaction ends; None when there is none just now."""
    rows = RecomputePiece.objects.select_for_update(skip_locked=True, of=("self",))
    free = rows.filter(_open(), run=run, run__state=RunState.RUNNING)
    return free.filter(Q(retry_at=None) | Q(retry_at__lte=now)).order_by("first").first()


def _open() -> Q:
    return Q(done_at=None, attempts__lt=MOST_ATTEMPTS)


@dataclass(frozen=True, slots=True)
class Locked:
    """Tickets of a piece, locked; `busy` others were left out, for somebody is at work on them."""

    ids: Sequence[int]
    busy: int


_LOCK = "SELECT id FROM tickets_ticket WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"


def lock_tickets(piece: RecomputePiece, asked: Asked) -> Locked:
    """Locks the tickets of a piece that still concern the batch, without waiting for anybody."""
    wanted = list(asked.tickets(piece.first, piece.last))
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [wanted])
        ids = [pk for (pk,) in cursor.fetchall()]
    return Locked(ids, len(wanted) - len(ids))


def note(piece: RecomputePiece, moved: Moved, *, busy: int, now: datetime) -> None:
    """What was done of a piece; it is done when nobody was in the way."""
    sums = Tally(**piece.counts)
    sums.add(moved.tally)
    piece.counts = asdict(sums)
    piece.broken_tickets = sorted({*piece.broken_tickets, *moved.broken})[:MOST_NAMED]
    piece.done = piece.total - busy
    piece.done_at, piece.retry_at = (now, None) if not busy else (None, now + BUSY_AGAIN)
    piece.save(update_fields=["counts", "broken_tickets", "done", "done_at", "retry_at"])


def note_failure(run: int, first: int, problem: str, *, now: datetime) -> None:
    """A piece could not be done; it is tried again, MOST_ATTEMPTS times in all."""
    rows = RecomputePiece.objects.filter(run=run, first=first)
    rows.update(attempts=F("attempts") + 1, retry_at=now + FAILED_AGAIN)
    Recompute.objects.filter(pk=run).update(problem=problem[:200])


def is_over(run: Recompute) -> bool:
    """Whether no piece is left to be done."""
    return not RecomputePiece.objects.filter(_open(), run=run).exists()


def end(run: Recompute, state: RunState, *, problem: str = "", now: datetime) -> None:
    """Ends a (locked) batch: its counts are summed up; pieces that were not done stay, so that it can go on."""
    progress = progress_of(run)
    run.state, run.finished_at, run.done = state, now, progress.done
    run.problem = problem or (run.problem if state == RunState.FAILED else "")
    run.counts, run.broken_tickets = asdict(progress.tally), list(progress.broken)
    run.save()
    if state == RunState.DONE:
        run.pieces.all().delete()


def go_on(run: Recompute) -> None:
    """Takes up a (locked) batch again that was stopped or failed."""
    run.state, run.finished_at, run.problem = (RunState.RUNNING if run.started_at else RunState.WAITING), None, ""
    run.save(update_fields=["state", "finished_at", "problem"])
    run.pieces.filter(done_at=None).update(attempts=0, retry_at=None)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch has come: tickets, counts of promises, and tickets whose promises have nothing left."""

    total: int
    done: int
    tally: Tally
    broken: tuple[int, ...]

    @property
    def percent(self) -> int:
        """0 to 100; less than 100 until all is done."""
        return 100 * self.done // self.total if self.total else 0


def progress_of(run: Recompute) -> Progress:
    """How far it has come: its own counts once it is done, before that those of its pieces."""
    if run.state == RunState.DONE:
        return Progress(run.total, run.done, Tally(**run.counts), tuple(run.broken_tickets))
    sums, done, broken = Tally(), 0, set[int]()
    for piece in run.pieces.all():
        done += piece.done
        sums.add(Tally(**piece.counts))
        broken.update(piece.broken_tickets)
    return Progress(run.total, done, sums, tuple(sorted(broken)[:MOST_NAMED]))


def tickets_of(actor: Actor, ids: Sequence[int]) -> list[Ticket]:
    """Those of these tickets that the actor may see."""
    return list(Ticket.objects.filter(actor.ticket_filter(), pk__in=ids).order_by("pk"))
