"""How are runs of the lab and what they show named at the desk?"""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from yingnuo.desk import faces
from yingnuo.desk.choices import Names
from yingnuo.planning import asking, showing
from yingnuo.planning.models import LabRun, RunState
from yingnuo.planning.ready import READY
from yingnuo.promises.models import Calendar

TONES = {RunState.WAITING: "gray", RunState.RUNNING: "blue", RunState.DONE: "green", RunState.FAILED: "red"}


def title(run: LabRun) -> str:
    """What its maker called it, else the ready-made question, else its trials."""
    if run.title:
        return run.title
    asked = asking.read(run.asked)
    ready = READY.get(asked.ready)
    return str(ready.title) if ready else ", ".join(trial.name for trial in asked.trials)


def days(run: LabRun) -> str:
    """The days it looks at."""
    asked = asking.read(run.asked)
    return f"{asked.first_day} – {asked.last_day}"


def name_of(known: Names) -> Callable[[str, str], str]:
    """The words for a code of a dimension: teams by code, people by number."""
    teams = {card.code: card.name for card in known.organisation.teams.values()}

    def name(dimension: str, code: str) -> str:
        if dimension == "milestone":
            return faces.milestone(code)
        if dimension == "team":
            return teams.get(code, code) or _("nobody")
        if dimension == "agent":
            return (known.person(int(code)) if code.isdecimal() else "") or _("nobody")
        return showing.plain(dimension, code)

    return name


def shift_of() -> Callable[[str], str]:
    """The words for a service time's code."""
    names = dict(Calendar.objects.values_list("code", "name"))
    return lambda code: names.get(code, code)
