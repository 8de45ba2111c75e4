"""What does somebody want to try in the lab, and is it sensible?

`Asked` is what a form or an address says and what a run keeps. A trial takes the standards in force, puts other
versions of standards and service times in the place of some, and may sharpen one target or open on Saturdays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import Invalid

MOST_TRIALS = 3
LONGEST_DAYS = 400
_MOST_PEOPLE = 500


@dataclass(frozen=True, slots=True)
class Target:
    """Another target for one milestone, of tickets of one urgency ("" for all); in seconds."""

    milestone: str
    urgency: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Trial:
    """One standard to lay over what happened. `policies` and `calendars` are version keys such as "default@4"."""

    name: str
    policies: tuple[str, ...] = ()
    calendars: tuple[str, ...] = ()
    target: Target | None = None
    saturdays: bool = False

    @property
    def changes(self) -> bool:
        """Whether it is anything but what is in force."""
        return bool(self.policies or self.calendars or self.target or self.saturdays)


@dataclass(frozen=True, slots=True)
class TeamAsked:
    """Other people for one team; None and "" leave it as it is. `extra` people work daily from `begins` to `ends`."""

    team: str
    people: int | None = None
    shift: str = ""
    extra: int = 0
    begins: str = ""
    ends: str = ""

    @property
    def changes(self) -> bool:
        """Whether anything is changed."""
        return self.people is not None or bool(self.shift or self.extra)


@dataclass(frozen=True, slots=True)
class Asked:
    """A whole run. Days are ISO dates of the maker's zone, the last one included; `wanted` is a share in 0..1.

    `ready` is the code of the ready-made question it was, "" for one of somebody's own.
    """

    first_day: str
    last_day: str
    zone: str
    trials: tuple[Trial, ...]
    teams: tuple[TeamAsked, ...] = ()
    wanted: float = 0.9
    hourly: float = 0.0
    penalty: float = 0.0
    ready: str = ""

    def as_mapping(self) -> dict[str, object]:
        """Plain JSON."""
        return asdict(self)


def read(given: Mapping[str, Any]) -> Asked:
    """What `as_mapping` wrote."""
    trials = tuple(_trial(one) for one in given["trials"])
    teams = tuple(TeamAsked(**one) for one in given["teams"])
    return Asked(**{**given, "trials": trials, "teams": teams})


def _trial(given: Mapping[str, Any]) -> Trial:
    target = given["target"]
    return Trial(
        given["name"], tuple(given["policies"]), tuple(given["calendars"]), Target(**target) if target else None,
        given["saturdays"],
    )  # fmt: skip


def check(asked: Asked) -> None:
    """Invalid says which field makes no sense and what would."""
    problems = {**_days_problem(asked), **_trials_problem(asked), **_money_problem(asked)}
    for team in asked.teams:
        if problem := _team_problem(team):
            problems[f"team-{team.team}"] = problem
    if problems:
        raise Invalid(next(iter(problems.values())), fields=problems, code="lab_not_sensible")


def _days_problem(asked: Asked) -> dict[str, Any]:
    first, last = _day(asked.first_day), _day(asked.last_day)
    if first is None or last is None:
        return {"first_day": _("This is no date.")}
    if not 1 <= (last - first).days + 1 <= LONGEST_DAYS:
        return {"first_day": _("Choose from one day to %(n)s days.") % {"n": LONGEST_DAYS}}
    return {}


def _trials_problem(asked: Asked) -> dict[str, Any]:
    if len(asked.trials) > MOST_TRIALS:
        return {"trials": _("At most %(n)s standards can stand side by side.") % {"n": MOST_TRIALS}}
    if not asked.trials:
        return {"trials": _("Change something: a standard, a service time, a target, or a team's people.")}
    if any(trial.target and trial.target.seconds < 60 for trial in asked.trials):
        return {"trials": _("A target is at least one minute.")}
    return {}


def _money_problem(asked: Asked) -> dict[str, Any]:
    if not 0 < asked.wanted < 1:
        return {"wanted": _("Write a share from 1 to 99 per cent.")}
    return {"hourly": _("Costs cannot be negative.")} if min(asked.hourly, asked.penalty) < 0 else {}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _team_problem(team: TeamAsked) -> Any:
    numbers = [n for n in (team.people, team.extra) if n is not None]
    if any(not 0 <= n <= _MOST_PEOPLE for n in numbers):
        return _("Write a number of people from 0 to %(n)s.") % {"n": _MOST_PEOPLE}
    if team.extra and not (_is_time(team.begins) and _is_time(team.ends) and team.begins != team.ends):
        return _("Say from when to when the further people work.")
    return None


def _is_time(text: str) -> bool:
    hours, colon, minutes = text.partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2):
        return False
    return timedelta(hours=int(hours), minutes=int(minutes)) <= timedelta(hours=24) and int(minutes) < 60
