"""What becomes of open promises when a standard or service time has a new version? They stay, until somebody has them
moved: at once where there are few, by the workers piece by piece where there are many.

A piece is one transaction: its row is claimed, then its tickets, then their promises are locked, as every command locks
them; a ticket that somebody is at work on is left out and taken up again a moment later, so nobody waits for a batch
longer than one piece of it takes.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import DatabaseError, InterfaceError, connection
from django.utils.translation import gettext_lazy as _

from yingnuo.journey import reactions, work
from yingnuo.kit import instants, live, revisions
from yingnuo.kit.errors import Conflict, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import SYSTEM, Actor, require
from yingnuo.promises import batches, recompute
from yingnuo.promises.moving import PIECE
from yingnuo.promises.runs import Recompute, RecomputePiece, RunState
from yingnuo.promises.scenario import Asked

_log = structlog.get_logger(__name__)
AT_ONCE = 2  # pieces that nobody need wait for a worker to do


def begin(actor: Actor, *, kind: str, code: str, now: datetime) -> Recompute:
    """Has the open promises moved to the version in force of a "policy" or "calendar", as it stands at `now`.

    Workers do it; one that is under way to the same version is given back instead of a second one.
    """
    require(actor, "settings.edit")
    with work.unit():
        run = batches.begin(actor, kind=kind, code=code, now=now)
        if run.at == now:
            _noted(actor, run, now)
    return run


def move(actor: Actor, *, kind: str, code: str, now: datetime) -> Recompute:
    """As `begin`; where there are only a few pieces to do, they are done when this returns."""
    run = begin(actor, kind=kind, code=code, now=now)
    _cut(run, now)
    if run.pieces.count() <= AT_ONCE:
        while _piece(run, now):
            pass
        _finish(run, now)
    run.refresh_from_db()
    return run


def stop(actor: Actor, *, run: int, now: datetime) -> Recompute:
    """Ends a batch before its time: what is moved stays moved, the rest stays where it is."""
    require(actor, "settings.edit")
    with work.unit():
        row = _waited_for(run, *batches.UNDER_WAY)
        batches.end(row, RunState.STOPPED, now=now)
        _noted(actor, row, now)
    return row


def go_on(actor: Actor, *, run: int, now: datetime) -> Recompute:
    """Takes up a batch again that was stopped or failed, if its version is still in force."""
    require(actor, "settings.edit")
    with work.unit():
        row = _waited_for(run, RunState.STOPPED, RunState.FAILED)
        if batches.is_superseded(row):
            raise Conflict(_("Another version is in force by now: begin anew with that one."), code="superseded")
        batches.go_on(row)
        _noted(actor, row, now)
    return row


def _waited_for(run: int, *states: str) -> Recompute:
    row = Recompute.objects.select_for_update(of=("self",)).filter(pk=run).first()
    if row is None:
        raise NotFound(_("There is no such batch."), code="recompute_not_found")
    if row.state not in states:
        raise Conflict(_("The batch has come further in the meantime; look again."), code="recompute_state")
    return row


def _noted(actor: Actor, run: Recompute, now: datetime) -> None:
    tally = batches.progress_of(run).tally
    what = f"{run.kind}:{run.code}"
    told: dict[str, ledger.Value] = {
        "what": what,
        "version": run.version,
        "recompute": run.state,
        "moved": tally.tickets,
    }
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, what, told)], now=now)


# --- what workers do


def step(*, now: datetime | None = None) -> bool:
    """Does one piece of the oldest batch that has one to be done; False when there is none at the moment."""
    at = now or instants.now()
    return any(_advance(run, at) for run in batches.under_way())


def _advance(run: Recompute, now: datetime) -> bool:
    if run.state == RunState.WAITING:
        return _cut(run, now)
    return _piece(run, now) or _finish(run, now)


def _cut(run: Recompute, now: datetime) -> bool:
    with work.unit():
        row = batches.locked(run.pk, RunState.WAITING)
        if row is not None:
            batches.cut(row, _asked(row), now=now)
    return row is not None


def _piece(run: Recompute, now: datetime) -> bool:
    """Does a piece; one that cannot be done is tried again later, and in the end fails its batch."""
    first: int | None = None
    try:
        with work.unit():
            piece = batches.claim(run, now=now)
            if piece is None:
                return False
            first = piece.first
            if batches.is_superseded(run):
                return _superseded(run, now)
            _move(run, piece, now)
    except (DatabaseError, InterfaceError):
        raise  # the piece is still there; the loop waits for the database
    except Exception as error:  # noqa: BLE001  # it is logged, kept with the batch and shown
        _log.exception("recompute.piece_failed", run=run.pk, first=first)
        with work.unit():
            batches.note_failure(run.pk, first or 0, f"{type(error).__name__}: {error}", now=now)
    return True


def _move(run: Recompute, piece: RecomputePiece, now: datetime) -> None:
    with connection.cursor() as cursor:
        # a piece that a crash of the database undoes is done again: nobody need wait for the disk
        cursor.execute("SET LOCAL synchronous_commit = off")
        # the due moment stands in an index, so every index of the ticket is written again, the words it is found by
        # among them: in big lots that takes a fraction of the time (a vacuum or the next lot merges what is pending)
        cursor.execute("SET LOCAL gin_pending_list_limit = '16MB'")
    asked = _asked(run)
    locked = batches.lock_tickets(piece, asked)
    moved = recompute.move(
        batches.actor_of(run), asked, tickets=locked.ids, at=run.at, reason=run.kind, now=max(now, run.at)
    )
    batches.note(piece, moved, busy=locked.busy, now=now)
    if piece.total == run.total:
        reactions.changed(moved.tickets)


def _superseded(run: Recompute, now: datetime) -> bool:
    row = batches.locked(run.pk, RunState.RUNNING)
    if row is not None:
        batches.end(row, RunState.STOPPED, problem=batches.SUPERSEDED, now=now)
        _noted(SYSTEM, row, now)
    return row is not None


def _finish(run: Recompute, now: datetime) -> bool:
    """Ends a batch of which nothing is left; never "more to do at once"."""
    with work.unit():
        row = batches.locked(run.pk, RunState.RUNNING)
        if row is not None and batches.is_over(row):
            failed = row.pieces.filter(done_at=None).exists()
            batches.end(row, RunState.FAILED if failed else RunState.DONE, now=now)
            _noted(batches.actor_of(row), row, now)
            if row.total > PIECE:
                live.publish(live.RESYNC)  # too many to name: every open page looks again, once
                _tidy()
    return False


def _tidy() -> None:
    """Merges the words that are still pending, so that no search and no agent's command has to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('ticket_search'), gin_clean_pending_list('ticket_tags')")


_kept: dict[str, tuple[tuple[str, int, int], Asked]] = {}


def _asked(run: Recompute) -> Asked:
    """What the batch is to move promises to; kept from piece to piece, for rules are long to compile."""
    key = (str(connection.settings_dict["NAME"]), run.pk, revisions.current())
    kept = _kept.get("last")
    if kept is None or kept[0] != key:
        kept = _kept["last"] = key, Asked(batches.scenario_of(run))
    return kept[1]
