"""How well is a hotline answered? Every figure is a named formula over counts; nothing counted is "no data", never 0 %.

Counts are of incoming calls. `lost` stands for abandoned and unanswered ones: a call that the queue let go after its
time was up must not better a figure. `y` is the target of the service level in seconds, `short` the wait below which a
lost call counts as a short one (a wrong number, a caller who thought better of it).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ServiceLevel(StrEnum):
    """The four ways in which a service level is counted; which one is meant is said beside the figure."""

    OFFERED = "offered"  # answered ≤ y ÷ (answered + lost)
    ANSWERED = "answered"  # answered ≤ y ÷ answered
    WITHOUT_SHORT = "without_short"  # answered ≤ y ÷ (answered + lost − short)
    LOST_IN_TIME = "lost_in_time"  # (answered ≤ y + lost ≤ y) ÷ (answered + lost)


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted of a stretch of time. Sums are of seconds; `lost_in_time` are lost ones that waited ≤ y."""

    attempts: int = 0
    blocked: int = 0
    menu: int = 0
    answered: int = 0
    in_time: int = 0
    abandoned: int = 0
    unanswered: int = 0
    short: int = 0
    lost_in_time: int = 0
    waited: int = 0
    talked: int = 0
    held: int = 0
    wrapup: int = 0
    handled: int = 0
    longest: int = 0

    @property
    def lost(self) -> int:
        """Calls that asked for a person and got none."""
        return self.abandoned + self.unanswered

    @property
    def asked(self) -> int:
        """Calls that asked for a person and are over or answered."""
        return self.answered + self.lost


@dataclass(frozen=True, slots=True)
class Ratio:
    """A part of a whole; `value` None where there is nothing to divide by."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """The share or mean."""
        return self.part / self.whole if self.whole > 0 else None


def availability(c: Counts) -> Ratio:
    """Line availability 畅通率: 1 − blocked ÷ attempts."""
    return Ratio(c.attempts - c.blocked, c.attempts)


def answer_rate(c: Counts) -> Ratio:
    """Answer rate 接通率: answered by a person ÷ asked for a person."""
    return Ratio(c.answered, c.asked)


def service_level(c: Counts, formula: ServiceLevel) -> Ratio:
    """Service level by one of the four formulas."""
    part, whole = {
        ServiceLevel.OFFERED: (c.in_time, c.asked),
        ServiceLevel.ANSWERED: (c.in_time, c.answered),
        ServiceLevel.WITHOUT_SHORT: (c.in_time, c.asked - c.short),
        ServiceLevel.LOST_IN_TIME: (c.in_time + c.lost_in_time, c.asked),
    }[formula]
    return Ratio(part, whole)


def abandonment(c: Counts) -> Ratio:
    """Abandonment: (lost − short) ÷ (answered + lost − short)."""
    return Ratio(c.lost - c.short, c.asked - c.short)


def speed_of_answer(c: Counts) -> Ratio:
    """ASA: waits of answered calls ÷ answered, in seconds."""
    return Ratio(c.waited, c.answered)


def handle_time(c: Counts) -> Ratio:
    """AHT: (talk + hold + wrap-up) ÷ answered calls that are over, in seconds."""
    return Ratio(c.talked + c.held + c.wrapup, c.handled)
