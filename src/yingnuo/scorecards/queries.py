"""What does a period look like in figures? The one function that pages, exports and the interface call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from yingnuo.engine import kpi
from yingnuo.people.roles import Actor, require
from yingnuo.scorecards import facts, flow, responses, sight, watch
from yingnuo.scorecards.facts import Tally, Verdicts
from yingnuo.scorecards.flow import Flow
from yingnuo.scorecards.periods import Period
from yingnuo.scorecards.responses import Responses
from yingnuo.scorecards.sight import Filters
from yingnuo.scorecards.watch import Watch

VERB = "dashboard.view"


@dataclass(frozen=True, slots=True)
class Line:
    """The verdicts of one milestone or one group; `code` is the trait's value as text, "" for none."""

    code: str
    verdicts: Verdicts


@dataclass(frozen=True, slots=True)
class Summary:
    """All figures of a period within the reader's sight; `backlog` alone is of this moment.

    `course` has one attainment for each of the period's edges, `course_forgiven` the same with excused breaches left
    out. `groups` are split by the trait `group_by`, largest
    first.
    """

    period: Period
    filters: Filters
    group_by: str
    promises: Verdicts
    promises_before: Verdicts
    course: tuple[kpi.Attainment, ...]
    course_forgiven: tuple[kpi.Attainment, ...]
    milestones: tuple[Line, ...]
    groups: tuple[Line, ...]
    responses: Responses
    responses_before: Responses
    flow: Flow
    watch: Watch
    backlog: kpi.Backlog

    @property
    def judged_course(self) -> tuple[kpi.Attainment, ...]:
        """The course that the reader asked for."""
        return self.course_forgiven if self.filters.excused == "out" else self.course


def summary(
    actor: Actor, period: Period, filters: Filters | None = None, *, group_by: str = "team", now: datetime
) -> Summary:
    """Every figure of a period; nine statements. NotAllowed without `dashboard.view`; ValueError for no such trait."""
    require(actor, VERB)
    asked = filters or Filters()
    sight.column(group_by)
    counted = facts.count(actor, period, asked, group_by=group_by, now=now)
    given, given_before = responses.first_responses(actor, period, asked)
    course = [tally.verdicts() for tally in counted.course]
    return Summary(
        period, asked, group_by, counted.now.verdicts(), counted.before.verdicts(),
        tuple(part.attainment for part in course), tuple(part.forgiven for part in course),
        _lines(counted.milestones), _lines(counted.groups), given, given_before, flow.measure(actor, period, asked),
        watch.measure(actor, period, asked), flow.backlog(actor, asked, now=now),
    )  # fmt: skip


def _lines(tallies: dict[str, Tally]) -> tuple[Line, ...]:
    lines = [Line("" if code == "None" else code, tally.verdicts()) for code, tally in tallies.items()]
    return tuple(sorted(lines, key=_size))


def _size(line: Line) -> tuple[int, str]:
    return -line.verdicts.attainment.share.n, line.code
