"""How does a run of the lab come about: the same events under each standard, and each team's queue with other people?

Pure: no database, no Django. `yingnuo lab --log` uses it as the desk's page does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from yingnuo.engine import lab, lab_figures, staffing
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.clock import Calendars
from yingnuo.engine.lab import Terming, Verdict, Verdicts
from yingnuo.engine.lab_figures import DIMENSIONS, Line
from yingnuo.engine.lab_history import History
from yingnuo.engine.staffing import Crew, Fit, Work
from yingnuo.planning.sheet import Column, Sheet, Split, TeamPlan

FIRST_ANSWER = "first_response"
#: Teams and agents beyond the largest are left out of a sheet's lines, other dimensions have few.
MOST_LINES = 60
Heard = Callable[[int, int], None]
Shifts = Callable[[str], Calendar]


@dataclass(frozen=True, slots=True)
class Crewing:
    """Who works in a team today: so many people, by the shift of a calendar's code."""

    people: int
    shift: str


@dataclass(frozen=True, slots=True)
class Source:
    """What happened, how it came out, who worked. `kind`: log or database; `teams` by the history's names.

    `begun` and `ended` (epoch seconds) are the days for which people are paid.
    """

    title: str
    kind: str
    history: History
    was: Verdicts
    begun: int
    ended: int
    zone: str
    teams: Mapping[str, Crewing]


@dataclass(frozen=True, slots=True)
class Laid:
    """A standard to be laid over the events; `milestones` are those it promises.

    `shifts` gives the calendar of a code by which people would then work, where the standard changes that too.
    """

    name: str
    terming: Terming
    calendars: Calendars
    milestones: tuple[str, ...]
    shifts: Shifts | None = None


@dataclass(frozen=True, slots=True)
class Staffing:
    """Which people and shifts to try, by team: a number, a calendar's code, further people in shifts of their own.

    `wanted` is the share of first answers to be kept (0..1), `hourly` what an hour of one person costs, `penalty` what
    one broken first answer costs; `handling` replaces the fitted handling time (seconds).
    """

    people: Mapping[str, int] = field(default_factory=dict)
    shifts: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    wanted: float = 0.9
    hourly: float = 0.0
    penalty: float = 0.0
    handling: int | None = None


def run(source: Source, laid: Sequence[Laid], asked: Staffing, shifts: Shifts, heard: Heard | None = None) -> Sheet:
    """The sheet; `shifts` gives the calendar of a code. `heard` is told (steps done, steps in all) on the way."""
    tell = heard or (lambda done, of: None)
    steps = 2 + 2 * len(laid)
    history, queues = source.history, _queues(source, asked, shifts)
    tell(1, steps)
    columns = [_column("", source, source.was, None, (), _plans(queues, source, source.was, asked, shifts))]
    tell(2, steps)
    for n, one in enumerate(laid):
        found = lab.replay(history, one.terming, one.calendars)
        tell(3 + 2 * n, steps)
        plans = _plans(queues, source, found, asked, one.shifts or shifts)
        unjudged = tuple(m for m in one.milestones if m not in history.milestones)
        columns.append(_column(one.name, source, found, source.was, unjudged, plans))
        tell(4 + 2 * n, steps)
    return Sheet(
        source.title, source.kind, len(history.tickets), len(history), source.begun, source.ended, source.zone,
        asked.wanted, asked.hourly, asked.penalty, tuple(columns),
    )  # fmt: skip


def _column(
    name: str, source: Source, found: Verdicts, was: Verdicts | None, unjudged: tuple[str, ...],
    plans: tuple[TeamPlan, ...],
) -> Column:  # fmt: skip
    history = source.history
    splits = tuple(Split(d, _often(lab_figures.split(history, found, d, was))) for d in DIMENSIONS)
    cases = lab_figures.cases(history, found, was) if was is not None else ()
    served = len(history.teams) - len(plans)
    return Column(name, lab_figures.total(found, was), splits, cases, unjudged, found.folded, plans, served)


def _often(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=lambda line: (-line.promised, line.code))[:MOST_LINES])


# Queues


@dataclass(frozen=True, slots=True)
class _Queue:
    """A team's first answers: their rows in the history, the work, today's crews, the fitted handling."""

    team: str
    rows: lab.Rows
    work: Work
    today: tuple[Crew, ...]
    fit: Fit


def _queues(source: Source, asked: Staffing, shifts: Shifts) -> list[_Queue]:
    """The teams with people and enough first answers that were kept or broken."""
    return list(_each_queue(source, asked, shifts))


def _each_queue(source: Source, asked: Staffing, shifts: Shifts) -> Iterator[_Queue]:
    history, was = source.history, source.was
    if FIRST_ANSWER not in history.milestones:
        return
    first = history.milestone == history.milestones.index(FIRST_ANSWER)
    judged = first & np.isin(was.verdict, (Verdict.KEPT, Verdict.BROKEN)) & (was.due != lab.NEVER)
    for code, team in enumerate(history.teams):
        rows = np.flatnonzero(judged & (history.team == code))
        crewing = source.teams.get(team)
        if len(rows) < staffing.FEWEST or crewing is None or crewing.people < 1:
            continue
        rows = rows[np.lexsort((was.due[rows], history.start[rows]))]
        work = staffing.work(history.start[rows], was.due[rows])
        today = (Crew(shifts(crewing.shift), crewing.people),)
        kept = float(np.mean(was.verdict[rows] == Verdict.KEPT))
        yield _Queue(team, rows, work, today, _fit(work, today, kept, asked))


def _fit(work: Work, today: Sequence[Crew], kept: float, asked: Staffing) -> Fit:
    if asked.handling is None:
        return staffing.fit(work, today, kept)
    modelled = staffing.simulate(work, today, asked.handling).kept(work.due) / len(work)
    return Fit(asked.handling, modelled, kept)


def _then(team: str, crewing: Crewing, asked: Staffing, shifts: Shifts) -> tuple[Crew, ...]:
    base = Crew(shifts(asked.shifts.get(team, crewing.shift)), asked.people.get(team, crewing.people))
    more = [Crew(shifts(code), people) for code, people in asked.extra.get(team, ())]
    return tuple(crew for crew in (base, *more) if crew.people > 0)


def _plans(
    queues: Sequence[_Queue], source: Source, found: Verdicts, asked: Staffing, shifts: Shifts
) -> tuple[TeamPlan, ...]:
    plans = (_plan(queue, source, found, asked, shifts) for queue in queues)
    return tuple(sorted(plans, key=lambda plan: (-plan.answers, plan.team)))


def _plan(
    queue: _Queue, source: Source, found: Verdicts, asked: Staffing, shifts: Shifts
) -> TeamPlan:  # fmt: skip
    crewing, due = source.teams[queue.team], found.due[queue.rows]
    promised = due != lab.NEVER
    work = queue.work.due_at(np.where(promised, due, queue.work.due))
    answers, handling = int(promised.sum()), queue.fit.handling
    shift_then = asked.shifts.get(queue.team, crewing.shift)

    def share(crews: Sequence[Crew]) -> tuple[float, float]:
        """The share kept, and the mean seconds until work begins."""
        if not crews or not answers:
            return 0.0, 0.0
        run_ = staffing.simulate(work, crews, handling)
        kept = int(np.count_nonzero((run_.answered <= work.due)[promised]))
        return kept / answers, float(np.mean(run_.begun - work.arrived))

    def enough(people: int) -> float:
        return share((Crew(shifts(shift_then), people),))[0]

    crews = _then(queue.team, crewing, asked, shifts)
    (today, waited_was), (then, waited_then) = share(queue.today), share(crews)
    needed = staffing.needed(enough, asked.wanted, crewing.people) if answers else None
    cost = _Cost(asked, source.begun, source.ended, answers)
    crew_needed = None if needed is None else (Crew(shifts(shift_then), needed),)
    return TeamPlan(
        queue.team, answers, handling, crewing.people, crewing.shift, sum(crew.people for crew in crews),
        shift_then, queue.fit.recorded, queue.fit.modelled, today, then, round(waited_was), round(waited_then), needed,
        cost.of(queue.today, today), cost.of(crews, then),
        None if crew_needed is None or needed is None else cost.of(crew_needed, enough(needed)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Cost:
    asked: Staffing
    begun: int
    until: int
    answers: int

    def of(self, crews: Sequence[Crew], kept: float) -> float:
        """People × hours on duty × hourly, and the penalty for each answer that the model breaks."""
        paid = staffing.hours(crews, self.begun, self.until) * self.asked.hourly
        return round(paid + (1 - kept) * self.answers * self.asked.penalty, 2)
