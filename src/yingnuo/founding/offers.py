"""Which service hours and which promises can a newcomer choose from, ready-made?"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yingnuo.engine.calendar_spec import WEEKDAYS
from yingnuo.engine.errors import BadSpec
from yingnuo.engine.policy import Facts
from yingnuo.engine.policy import Policy as EnginePolicy
from yingnuo.kit import formats
from yingnuo.promises import public_holidays, versions

_SPAN = re.compile(r"(\d+)([smhd])")
_UNIT_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
YEARS_BEFORE, YEARS_AFTER = 1, 1


@dataclass(frozen=True, slots=True)
class Hours:
    """Ready-made hours: a word, what it means, and the days with their windows (none: round the clock)."""

    code: str
    word: str | Promise
    text: str | Promise
    days: int = 0
    windows: tuple[tuple[str, str], ...] = ()


HOURS = {
    h.code: h
    for h in (
        Hours("5x8", _("5 × 8"), _("Monday to Friday, 9:00–12:00 and 13:00–18:00"), 5,
              (("09:00", "12:00"), ("13:00", "18:00"))),
        Hours("6x10", _("6 × 10"), _("Monday to Saturday, 9:00–19:00"), 6, (("09:00", "19:00"),)),
        Hours("7x24", _("7 × 24"), _("Every day, round the clock")),
    )
}  # fmt: skip


def calendar(code: str, *, zone: str, country: str, now: datetime) -> dict[str, object]:
    """The specification of ready-made hours in a zone, closed on the country's public holidays where we know them."""
    hours = HOURS[code]
    if not hours.days:
        return {"timezone": zone, "always_open": True}
    week = {day: [list(window) for window in hours.windows] for day in WEEKDAYS[: hours.days]}
    spec: dict[str, object] = {"timezone": zone, "weekly": week}
    years = list(range(now.year - YEARS_BEFORE, now.year + YEARS_AFTER + 1))
    with_days = {**spec, public_holidays.KEY: {"country": country, "years": years}}
    try:
        public_holidays.expand(with_days)
    except BadSpec:  # a country whose holidays nobody has listed: the company lists its own
        return spec
    return with_days


@dataclass(frozen=True, slots=True)
class Level:
    """A ready-made standard: the shipped one with every target `times` as long."""

    code: str
    word: str | Promise
    text: str | Promise
    times: float


LEVELS = {
    level.code: level
    for level in (
        Level("calm", _("Calm"), _("For a small team that also does other work."), 2.0),
        Level("usual", _("Usual"), _("What most service desks promise. Begin here if in doubt."), 1.0),
        Level("quick", _("Quick"), _("For teams with somebody on duty at all hours."), 0.5),
    )
}


def policy(code: str) -> dict[str, Any]:
    """The specification of a level; the law's own limits (regulator cases) stay as they are."""
    spec: dict[str, Any] = copy.deepcopy(versions.default_pack().policy)
    for rule in spec["rules"]:
        if rule["code"] != "regulator":
            for terms in filter(None, rule["promises"].values()):
                terms["target"] = _times(terms["target"], LEVELS[code].times)
    return spec


def _times(target: str, times: float) -> str:
    seconds = sum(int(n) * _UNIT_S[unit] for n, unit in _SPAN.findall(target)) * times
    return f"{max(1, round(seconds / 60))}m"


@dataclass(frozen=True, slots=True)
class Given:
    """What a customer gets in one case: seconds until the first answer and the solution, and whose hours count."""

    case: str
    answer_s: int
    answer_always: bool
    solution_s: int
    solution_always: bool

    @property
    def answer(self) -> str:
        """The time until the first answer in words."""
        return _span(self.answer_s, always=self.answer_always)

    @property
    def solution(self) -> str:
        """The time until the solution in words."""
        return _span(self.solution_s, always=self.solution_always)


def _span(seconds: int, *, always: bool) -> str:
    """Working time never speaks of days: 24 hours of service are three working days to most."""
    whole, rest = divmod(seconds, formats.HOUR)
    if always or not whole:
        return formats.duration(seconds)
    return " ".join([gettext("%(n)s h") % {"n": whole}, *([formats.duration(rest)] if rest else [])])


CASES = (
    ("urgent", {"urgency": "urgent"}), ("important", {"urgency": "important"}), ("general", {"urgency": "general"}),
    ("complaint", {"kind": "complaint", "urgency": "general"}),
)  # fmt: skip


def gets(code: str) -> list[Given]:
    """What a customer gets by this level, asked of the engine as it would be for his ticket."""
    engine = EnginePolicy.from_spec(policy(code))
    return [_given(engine, case, facts) for case, facts in CASES]


def _given(engine: EnginePolicy, case: str, facts: Mapping[str, str]) -> Given:
    kind, urgency = facts.get("kind", "enquiry"), facts["urgency"]
    asked = Facts(kind=kind, urgency=urgency, channel="portal", tier="standard")
    answer, solution = (engine.match(asked, milestone).terms for milestone in ("first_response", "resolution"))
    if answer is None or solution is None:
        raise ValueError(f"the shipped standard promises nothing in the case {case}")
    return Given(
        case, answer.target_seconds, answer.calendar == "always", solution.target_seconds,
        solution.calendar == "always",
    )  # fmt: skip
