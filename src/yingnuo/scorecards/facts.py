"""How many promises were kept, broken and cancelled, when, by whom, and how late were the broken ones?

A promise counts at the instant of its verdict: kept when it was met, broken at its due instant, cancelled when it
ended. So a past day's figures do not move when a late answer comes at last. An open promise past its due instant is
broken now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from yingnuo.engine import clock, kpi
from yingnuo.kit import instants
from yingnuo.people.roles import Actor
from yingnuo.promises.breach_models import Breach, ExcuseCode
from yingnuo.promises.marking import marks_of
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import calendar, terms_of
from yingnuo.scorecards import sight
from yingnuo.scorecards.periods import Period
from yingnuo.scorecards.sight import Filters, Where


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The promises of one group: attainment, lateness of the broken ones (working seconds), effect of warnings.

    `forgiven` is the attainment with the `excused` of the broken ones left out.
    """

    attainment: kpi.Attainment
    overrun: kpi.Overrun
    warning: kpi.Share
    forgiven: kpi.Attainment
    excused: int

    def judged(self, filters: Filters) -> kpi.Attainment:
        """The attainment that the reader asked for: with the excused ones, or with them left out."""
        return self.forgiven if filters.excused == "out" else self.attainment


@dataclass(slots=True)
class Tally:
    """Counts on their way to `Verdicts`."""

    kept: int = 0
    late: int = 0  # broken and ended
    overdue: int = 0  # broken and still owed
    cancelled: int = 0
    warned: int = 0
    warned_kept: int = 0
    late_by: int = 0  # sum of the overruns of the broken ones
    latest: int = 0
    excused: int = 0  # of `late`
    excused_overdue: int = 0  # of `overdue`

    def add(self, other: Tally) -> None:
        """Counts another tally in."""
        self.kept += other.kept
        self.late += other.late
        self.overdue += other.overdue
        self.cancelled += other.cancelled
        self.warned += other.warned
        self.warned_kept += other.warned_kept
        self.late_by += other.late_by
        self.latest = max(self.latest, other.latest)
        self.excused += other.excused
        self.excused_overdue += other.excused_overdue

    def verdicts(self) -> Verdicts:
        """The figures, by the engine's formulas; the sums of `kpi.overrun` were made where the rows are."""
        broken = self.late + self.overdue
        return Verdicts(
            kpi.attainment(self.kept, self.late, self.overdue, self.cancelled),
            kpi.Overrun(broken, self.late_by / broken, self.latest) if broken else kpi.overrun(()),
            kpi.warning_effectiveness(self.warned_kept, self.warned),
            kpi.attainment(self.kept, self.late - self.excused, self.overdue - self.excused_overdue, self.cancelled),
            self.excused + self.excused_overdue,
        )


@dataclass(frozen=True, slots=True)
class Counted:
    """Tallies of a period: the whole, the period before, each part of its course, each milestone, each group."""

    now: Tally
    before: Tally
    course: list[Tally]  # one for each of the period's edges
    milestones: dict[str, Tally]
    groups: dict[str, Tally]  # by the trait's value as text


def ended(where: Where, start: datetime, end: datetime, columns: str) -> Where:
    """A statement over promises that have ended and whose verdict fell in [start, end).

    It gives the instant of the verdict (`at`) and `columns` of outcomes `o`, of which `where` speaks.
    """
    kept, broken = sight.within("o.ended_at", start, end), sight.within("p.broken_at", start, end)
    return Where(
        f"SELECT o.ended_at AS at, {columns} FROM promises_outcome o "  # noqa: S608  # fixed names only
        f"WHERE o.standing IN ('kept', 'cancelled') AND {kept.sql} AND {where.sql} "
        f"UNION ALL SELECT p.broken_at AS at, {columns} FROM promises_promise p "
        f"JOIN promises_outcome o ON o.promise_id = p.id WHERE {broken.sql} AND {where.sql}",
        kept.params + where.params + broken.params + where.params,
    )


_COUNTS = """
    count(*) FILTER (WHERE standing = 'kept'), count(*) FILTER (WHERE standing = 'broken'),
    count(*) FILTER (WHERE standing = 'cancelled'), count(*) FILTER (WHERE warned AND standing <> 'cancelled'),
    count(*) FILTER (WHERE warned AND standing = 'kept'),
    coalesce(sum(overrun) FILTER (WHERE standing = 'broken'), 0)::bigint,
    coalesce(max(overrun) FILTER (WHERE standing = 'broken'), 0),
    count(*) FILTER (WHERE standing = 'broken' AND excused)
"""
#: Whether an excuse was granted for the promise of a row `o`; the few that were are looked up once a statement.
EXCUSED = "o.promise_id IN (SELECT b.promise_id FROM promises_breach b WHERE b.excuse = 'granted')"


def count(actor: Actor, period: Period, filters: Filters, *, group_by: str, now: datetime) -> Counted:
    """All tallies of a period; one statement for what has ended, two for what is overdue now."""
    counted = Counted(Tally(), Tally(), [Tally() for _edge in period.edges], {}, {})
    cells = _ended_cells(actor, period, filters, group_by)
    for bucket, milestone, group, is_now, tally in cells:
        if bucket is None:
            if is_now and group is not None:
                counted.groups.setdefault(group, Tally()).add(tally)
        else:
            _place(counted, bucket, milestone, tally)
    for promise, tally in _overdue_tallies(actor, period, filters, group_by, now):
        bucket = _bucket(period, promise.due_at or now)
        _place(counted, bucket, promise.milestone, tally)
        if bucket > _GAP:
            counted.groups.setdefault(str(promise.trait), Tally()).add(tally)  # type: ignore[attr-defined]
    return counted


_GAP = 2  # buckets: 1 the period before, 2 between the two (empty or left out), 3 and up the parts of the period


def _place(counted: Counted, bucket: int, milestone: str, tally: Tally) -> None:
    if bucket < _GAP:
        counted.before.add(tally)
    elif bucket > _GAP:
        counted.now.add(tally)
        counted.course[bucket - _GAP - 1].add(tally)
        counted.milestones.setdefault(milestone, Tally()).add(tally)


def bounds(period: Period) -> list[datetime]:
    """The thresholds for width_bucket: see _GAP."""
    return [period.before_start, period.before_end, *period.edges]


def _bucket(period: Period, at: datetime) -> int:
    return sum(at >= bound for bound in bounds(period))


_Cell = tuple[int | None, str, str | None, bool, Tally]


def _ended_cells(actor: Actor, period: Period, filters: Filters, group_by: str) -> list[_Cell]:
    trait = f"o.{sight.column(group_by)}::text AS trait"
    columns = f"o.standing, o.overrun, o.warned, o.milestone, {trait}, {EXCUSED} AS excused"
    where = sight.of_promises(actor, filters)
    facts = ended(where, period.before_start, period.end, columns)
    sql = (
        f"WITH facts AS ({facts.sql}), placed AS (SELECT *, width_bucket(at, %s::timestamptz[]) AS bucket, "  # noqa: S608
        f"at >= %s::timestamptz AS is_now FROM facts) "
        f"SELECT bucket, milestone, coalesce(trait, 'None'), coalesce(is_now, false), {_COUNTS} FROM placed "
        "GROUP BY GROUPING SETS ((bucket, milestone), (is_now, trait))"
    )
    rows = sight.fetch(sql, [*facts.params, bounds(period), period.start])
    return [_cell(*row) for row in rows]


def _cell(bucket: int | None, milestone: str, trait: str, is_now: bool, *counts: Any) -> _Cell:
    kept, late, *rest = counts
    tally = Tally(kept, late, 0, *rest)
    return bucket, milestone, trait, is_now, tally


def overdue(actor: Actor, filters: Filters, *, now: datetime) -> QuerySet[Promise]:
    """Promises that are still owed past their due instant, within sight. A breach fixes the due instant for good."""
    return Promise.objects.filter(within_sight(actor, filters), ended_at=None, due_at__lt=now)


def within_sight(actor: Actor, f: Filters) -> Q:
    """As `sight.of_promises`, for promises themselves: traits are the ticket's, the holder is the promise's."""
    names = [n for n in sight.GROUPS if n != "milestone" and getattr(f, n)]
    wanted = Q(**{f"ticket__{sight.column(n)}": getattr(f, n) for n in names})
    if f.milestone:
        wanted &= Q(milestone=f.milestone)
    if f.agreement:
        wanted &= Q(terms__spec__agreement=f.agreement)
    if actor.teams is None:
        return wanted
    seen = Q(team_id__in=actor.teams)
    return wanted & (seen | Q(agent_id=actor.id) if actor.kind == "staff" else seen)


def _overdue_tallies(
    actor: Actor, period: Period, filters: Filters, group_by: str, now: datetime
) -> Iterable[tuple[Promise, Tally]]:
    trait = F("milestone") if group_by == "milestone" else F(f"ticket__{sight.column(group_by)}")
    rows = overdue(actor, filters, now=now).annotate(trait=trait)
    found = list(rows.filter(due_at__gte=period.before_start, due_at__lt=period.end))
    excused = excused_of(found)
    for promise, late in zip(found, overruns(found, now=now), strict=True):
        yield promise, Tally(
            overdue=1, warned=int(was_warned(promise)), late_by=late, latest=late,
            excused_overdue=int(promise.pk in excused),
        )  # fmt: skip


def excused_of(promises: Sequence[Promise]) -> set[int]:
    """Those of these promises for which an excuse was granted; no query for none."""
    if not promises:
        return set()
    rows = Breach.objects.filter(promise_id__in=[p.pk for p in promises], excuse=ExcuseCode.GRANTED)
    return set(rows.values_list("promise_id", flat=True))


def was_warned(promise: Promise) -> bool:
    """Whether a step of the ladder fired before the due instant of a promise that is overdue."""
    due = promise.due_at
    return due is not None and any(at < instants.seconds(due) for at in promise.fired.values())


def overruns(promises: Sequence[Promise], *, now: datetime) -> list[int]:
    """The working seconds by which each open promise is late at `now`, pauses left out; one query."""
    marks, at = marks_of(promises) if promises else {}, instants.seconds(now)
    return [clock.fold(terms_of(p.first_terms_id), marks[p.pk], at, calendar).overrun for p in promises]
