"""Which questions can a lead ask the lab without filling in anything?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.people.queries import TeamCard
from yingnuo.planning.asking import Asked, Target, TeamAsked, Trial

FRONT_LINE = 1


@dataclass(frozen=True, slots=True)
class Days:
    """The days to look at (ISO dates, the last one included) in a zone."""

    first: str
    last: str
    zone: str


@dataclass(frozen=True, slots=True)
class Ready:
    """One ready-made question: its words, and what it asks for some teams."""

    code: str
    title: Promise
    text: Promise
    icon: str
    ask: Callable[[Days, Sequence[TeamCard]], Asked]


def _urgent(days: Days, teams: Sequence[TeamCard]) -> Asked:
    trials = (Trial("ready:urgent10", target=Target("first_response", "urgent", 600)),)
    return Asked(days.first, days.last, days.zone, trials, ready="urgent10")


def _evening(days: Days, teams: Sequence[TeamCard]) -> Asked:
    asked = tuple(TeamAsked(t.code, extra=1, begins="18:00", ends="22:00") for t in teams if t.tier == FRONT_LINE)
    return Asked(days.first, days.last, days.zone, (Trial("ready:as_it_is"),), asked, ready="evening")


def _saturday(days: Days, teams: Sequence[TeamCard]) -> Asked:
    trials = (Trial("ready:saturday", saturdays=True),)
    return Asked(days.first, days.last, days.zone, trials, ready="saturday")


READY: Mapping[str, Ready] = {
    one.code: one
    for one in (
        Ready(
            "urgent10", _("Urgent answers in 10 minutes"),
            _("Would we have kept it, had we promised urgent customers a first answer in 10 minutes?"),
            "urgent", _urgent,
        ),
        Ready(
            "evening", _("One person more in the evening"),
            _("What would one more person in each front-line team, every day from 18:00 to 22:00, have saved?"),
            "user-plus", _evening,
        ),
        Ready(
            "saturday", _("Saturdays open"),
            _("What falls due sooner, and is it kept, when every service time opens on Saturdays as on Fridays?"),
            "calendar-plus", _saturday,
        ),
    )
}  # fmt: skip
#: The heads of columns that a trial keeps as a code.
HEADS: Mapping[str, Promise] = {
    "ready:urgent10": _("Urgent in 10 minutes"), "ready:as_it_is": _("As promised now"),
    "ready:saturday": _("Saturdays open"),
}  # fmt: skip
