"""What does a program get about figures, the present standing, and runs of the promise lab?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yingnuo.api.told import Answer, PersonOut, TeamOut


class PeriodOut(Answer):
    """The stretch that is measured, and the one it is compared with."""

    code: str
    start: datetime
    end: datetime
    zone: str
    step: str
    before_start: datetime
    before_end: datetime


class FigureOut(Answer):
    """One number. `of`: "" for the whole, "before" for the period before, else `trait:value` or `from:instant`.

    `value` is null where n is 0; `low` and `high` are the Wilson interval of a share.
    """

    formula: str
    part: str
    of: str
    value: float | None
    unit: str
    n: int | None
    low: float | None
    high: float | None


class FiguresOut(Answer):
    """Every figure of a period within the token's sight."""

    period: PeriodOut
    filters: dict[str, Any]
    group_by: str
    figures: list[FigureOut]


class CaseOut(Answer):
    """One case behind a figure: a ticket, and of a promise its milestone, standing and lateness in working seconds."""

    ticket: int
    at: datetime
    milestone: str
    standing: str
    late: int | None
    waited: int | None


class Cases(Answer):
    """One page of the cases behind a figure, the newest first; `next` is "" at the end."""

    items: list[CaseOut]
    next: str


class BlamedOut(Answer):
    """A team whose link used the time of breaches; `share` of all that were looked at."""

    team: TeamOut | None
    breaches: int
    share: float | None
    used_seconds: int
    over_budget: int
    over_seconds: int


class ByLinkOut(Answer):
    """Breaches by the link that used their time; `more`: there were more than the `n` looked at."""

    items: list[BlamedOut]
    n: int
    more: bool


class CountOut(Answer):
    """How many tickets; `more`: at least so many."""

    n: int
    more: bool


class TeamLineOut(Answer):
    """The open tickets of one team; `team` null: of none yet."""

    team: TeamOut | None
    open: int
    overdue: int
    at_risk: int
    unassigned: int
    waiting: int


class ColleagueOut(Answer):
    """Somebody who is there, with what he holds."""

    person: PersonOut | None
    team: TeamOut | None
    presence: str
    load: int
    capacity: int


class StandingOut(Answer):
    """How it stands at this moment."""

    open: CountOut
    at_risk: CountOut
    overdue: CountOut
    unassigned: CountOut
    waiting: CountOut
    teams: list[TeamLineOut]
    people: list[ColleagueOut]


class LabOut(Answer):
    """A run of the promise lab: waiting, running, done or failed; `sheet` is there when it is done."""

    id: int
    title: str
    state: str
    problem: str
    created_at: datetime
    created_by: PersonOut | None
    finished_at: datetime | None
    shared: bool
    steps: int
    steps_done: int
    asked: dict[str, Any]
    sheet: dict[str, Any] | None = None  # only in the answer for one run


class LabPage(Answer):
    """One page of runs; `next` is "" at the end."""

    items: list[LabOut]
    next: str
