"""How is the demonstration loaded, and how is it halted and set going again?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.demo import (
    acts,
    automations,
    chats,
    company,
    consents,
    favours,
    history,
    hotline,
    incidents,
    machines,
    marks,
    owned,
    plan,
    player,
)  # fmt: skip
from yingnuo.demo.models import Demonstration
from yingnuo.demo.plan import Plan
from yingnuo.demo.told import told
from yingnuo.journey import dispatch, sweep
from yingnuo.kit import live, revisions
from yingnuo.kit.errors import Conflict, NotFound
from yingnuo.people.models import Presence, Staff
from yingnuo.people.roles import Actor, require
from yingnuo.promises.standards import standards
from yingnuo.tickets.models import Ticket

SEED = 20_261_111
TOPIC = "demo"
_FRESH = timedelta(minutes=2)  # notices of so short a time ago are left for the worker to send
_ALIVE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Status:
    """How the demonstration stands. `moving`: the simulator is running and not paused."""

    loaded: bool
    complete: bool = False
    paused: bool = False
    moving: bool = False


def status(*, now: datetime) -> Status:
    """How it stands; `loaded` False where there is none."""
    row = Demonstration.objects.first()
    if row is None or row.recent_at is None:
        return Status(loaded=False)
    alive = row.beat_at is not None and now - row.beat_at < _ALIVE
    return Status(True, row.history_at is not None, row.paused, alive and not row.paused)


def is_empty() -> bool:
    """Whether a company may be founded here: nobody works here yet and nobody has asked."""
    return not (Staff.objects.exists() or Ticket.objects.exists())


def load(*, seed: int = SEED, scale: float = 1.0, now: datetime) -> None:
    """Founds the company and plays its recent days up to `now`; Conflict where there is something already."""
    if Demonstration.objects.exists() or not is_empty():
        raise Conflict(_("There is a company in this database already."), code="not_empty")
    with _hurried():
        before = marks.highest()
        with transaction.atomic():
            row = Demonstration.objects.create(seed=seed, scale=scale, at=now)
            history.keep_room(tickets=plan.most(scale))
            company.found(chance=Random(seed), now=now)  # noqa: S311  # the same seed, the same company
            machines.found(now=now)
            owned.found(seed=seed, now=now)
            hotline.found(now=now)
            chosen = _plan(row)
            history.keep_numbers(tickets=plan.hundreds(len(chosen.older) * 1.06))
        player.Player(player.world(acts.Past()), seed=seed).play(chosen.recent, until=now)
        chats.play(now=now)
        machines.play(acts.Past(), seed=seed, now=now)
        hotline.play(seed=seed, now=now)
        consents.found(now=now)
        favours.found(now=now)
        while (moment := sweep.next_moment()) is not None and moment <= now:
            sweep.run_once(now=moment)  # what these promised, at its very second
        history.settle_notices(before=now - _FRESH)
        _presences(now)
        incidents.found(now=now)
        automations.found(now=now)
        Demonstration.objects.filter(pk=row.pk).update(recent_at=now, marks=marks.between(before))


def load_history(*, now: datetime) -> bool:
    """Plays the older history and adds it; False when it is there already, or the recent days are not."""
    with history.alone():
        return _load_history(now)


def _load_history(now: datetime) -> bool:
    row = Demonstration.objects.first()
    if row is None or row.recent_at is None or row.history_at is not None or row.removing_at is not None:
        return False
    with _hurried(), history.apart():
        chosen = _plan(row)
        player.Player(player.world(acts.Past()), seed=row.seed + 1).play(chosen.older, until=now)
        history.settle_notices(before=now)
    Demonstration.objects.filter(pk=row.pk).update(history_at=now)
    return True


def _plan(row: Demonstration) -> Plan:
    office = standards.at(revisions.current()).calendar("office")
    return plan.make(seed=row.seed, scale=row.scale, office=office, now=row.at)


@contextmanager
def _hurried() -> Iterator[None]:
    """Commits do not wait for the disk: what a power cut takes can be loaded again."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
        try:
            yield
        finally:
            if not connection.needs_rollback:
                cursor.execute("RESET synchronous_commit")


def _presences(now: datetime) -> None:
    """Who is on shift is there; the others have gone home. Whoever may sign in is there at any hour."""
    is_open = dispatch.on_shift(revisions.current(), now)
    logins = set(told("company")["logins"])
    gone = [s.pk for s in Staff.objects.exclude(username__in=logins) if s.calendar and not is_open(s.calendar)]
    Staff.objects.filter(pk__in=gone).update(presence=Presence.OFFLINE)


def pause(actor: Actor, *, now: datetime) -> Status:
    """The simulator does nothing until it is resumed; promises run on."""
    return _steer(actor, paused=True, now=now)


def resume(actor: Actor, *, now: datetime) -> Status:
    """The simulator goes on."""
    return _steer(actor, paused=False, now=now)


def _steer(actor: Actor, *, paused: bool, now: datetime) -> Status:
    require(actor, "demo.steer")
    with transaction.atomic():
        if not Demonstration.objects.update(paused=paused):
            raise NotFound(_("No demonstration is loaded."), code="no_demonstration")
        live.publish(TOPIC)
    return status(now=now)


def beat(*, now: datetime) -> bool:
    """The simulator's sign of life; whether it may act."""
    Demonstration.objects.update(beat_at=now)
    row = Demonstration.objects.first()
    return row is not None and row.recent_at is not None and not row.paused and row.removing_at is None
