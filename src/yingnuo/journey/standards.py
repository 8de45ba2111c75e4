"""What happens around a standard's life: who is told of a proposal, what comes in force by itself, what follows it?

The work process calls `Round.step` again and again. Any number of them may: a version comes in force once, and a notice
is written once, by their own keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.utils import timezone

from yingnuo.alerts import matters
from yingnuo.alerts import services as alerts
from yingnuo.journey import moving, reactions, work
from yingnuo.kit import instants
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM, Actor
from yingnuo.promises import bringing, holiday_watch, life, versions
from yingnuo.promises.life import Proposal
from yingnuo.promises.models import CalendarVersion, Version, VersionState
from yingnuo.promises.runs import RunKind
from yingnuo.promises.written import Written

_log = structlog.get_logger(__name__)
LOOK_EVERY_S = 2.0
REMIND_EVERY = timedelta(hours=1)
_LOCK = 0x5354414E  # one process at a time lets promises follow; "STAN"
IN_APP, MAIL = "in_app", "mail"


def propose(actor: Actor, *, version: Version, edition: int, proposal: Proposal, now: datetime) -> Version:
    """A draft is proposed, and those who may decide are told."""
    with work.unit():
        return _proposed(actor, version, edition, proposal, now)


def bring(actor: Actor, *, found: Sequence[Written], proposal: Proposal | None, now: datetime) -> list[Version]:
    """Standards out of a file become drafts, and are proposed when that is said: all of them or none."""
    with work.unit():
        rows = bringing.draft(actor, found=found, now=now)
        if proposal is None:
            return rows
        return [_proposed(actor, row, row.edition, proposal, now) for row in rows]


def _proposed(actor: Actor, version: Version, edition: int, proposal: Proposal, now: datetime) -> Version:
    row = life.propose(actor, version=version, edition=edition, proposal=proposal, now=now)
    _tell(life.deciders(row).values_list("pk", flat=True), matters.about_version(row, "proposed"), (IN_APP,), now)
    return row


def approve(actor: Actor, *, version: Version, note: str = "", now: datetime) -> Version:
    """A proposal is approved, and its authors are told. Open promises that are to follow it do so in a moment."""
    with work.unit():
        row = life.approve(actor, version=version, note=note, now=now)
        _tell(_others(actor, row), matters.about_version(row, "approved"), (IN_APP,), now)
    return row


def reject(actor: Actor, *, version: Version, note: str, now: datetime) -> Version:
    """A proposal is refused, and its authors are told."""
    with work.unit():
        row = life.reject(actor, version=version, note=note, now=now)
        _tell(_others(actor, row), matters.about_version(row, "rejected"), (IN_APP,), now)
    return row


def _others(actor: Actor, row: Version) -> set[int]:
    return {*row.authors, row.proposed_by_id or 0} - {actor.id if actor.kind == "staff" else 0, 0}


def enact(*, now: datetime) -> list[Version]:
    """What was approved for a moment that is here comes in force; its authors and approver are told."""
    with work.unit():
        found = life.enact(now=now)
        for row in found:
            people = {*row.authors, row.proposed_by_id or 0, row.decided_by_id or 0} - {0}
            _tell(people, matters.about_version(row, "in_force"), (IN_APP,), now)
    return found


def follow(*, now: datetime) -> int:
    """Open promises follow the versions in force that say so; how many versions. At least once each, one after another.

    The lock goes with the connection: when this process is killed, the next one goes on.
    """
    if not life.to_follow() or not _alone():
        return 0
    try:
        waiting = life.to_follow()
        for version in waiting:
            _begin_moving(version, now)
            life.followed(version)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    return len(waiting)


def _begin_moving(version: Version, now: datetime) -> None:
    """Hands the open promises over to the move; the one place that names it."""
    kind = RunKind.CALENDAR if isinstance(version, CalendarVersion) else RunKind.POLICY
    moving.begin(SYSTEM, kind=kind.value, code=versions.standard_of(version).code, now=now)


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def remind(*, now: datetime) -> int:
    """Tells of versions whose review is due, once, and of missing public holidays, once a week; how many notices."""
    told = 0
    with work.unit():
        for version in life.to_review(on=timezone.localdate(now)):
            people = {*version.authors, version.proposed_by_id or 0, version.decided_by_id or 0} - {0}
            told += _tell(people, matters.about_version(version, "review"), (IN_APP,), now)
        for lack in holiday_watch.lacking(now=now):
            people = set(holiday_watch.responsible(lack.calendar))
            told += _tell(people, matters.about_holidays(lack, now), (IN_APP, MAIL), now)
    return told


def _tell(people: Iterable[int], about: matters.About, ways: tuple[str, ...], now: datetime) -> int:
    active = set(Staff.objects.filter(pk__in=set(people), active=True).values_list("pk", flat=True))
    notices = [matters.notice(about, staff, way, now) for staff in sorted(active) for way in ways]
    fresh = alerts.write(notices, now=now)
    if fresh:
        reactions.noticed(active)
    return fresh


class Round:
    """The work of one process: what came due in the life of standards, and now and then what is to be reminded of."""

    def __init__(self) -> None:
        self.reminded: datetime | None = None

    def step(self, *, now: datetime | None = None) -> float:
        """One look; how many seconds to sleep until the next."""
        at = now or instants.now()
        if _any_due(at):
            for version in enact(now=at):
                _log.info("standard.in_force", standard=versions.what(version), version=version.number)
        follow(now=at)
        if self.reminded is None or at - self.reminded >= REMIND_EVERY:
            remind(now=at)
            self.reminded = at
        return LOOK_EVERY_S


def _any_due(now: datetime) -> bool:
    for sort in versions.Sort:
        waiting = versions.rows(sort).filter(state=VersionState.APPROVED)
        if any(v.effective_from is None or v.effective_from <= now for v in waiting):
            return True
    return False
