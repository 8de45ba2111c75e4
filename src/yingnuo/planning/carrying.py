"""How is a run of the promise lab carried out, and what is said when it cannot be?

Under the name of whoever asked, with what he may see when it runs.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from yingnuo.engine.errors import EngineError
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.people.roles import actor_for_staff
from yingnuo.planning import asking, laying, past, queries, running
from yingnuo.planning.asking import Asked
from yingnuo.planning.models import LabRun, RunState
from yingnuo.planning.past import Days

#: A run that has told nothing for so long was killed with its worker.
LOST_AFTER = timedelta(minutes=30)
PROBLEMS = {
    "refused": _("What was asked for is not there any more, or you may no longer see it."),
    "engine": _("A target cannot be reached in the service time it names."),
    "nothing": _("No promises began in these days."),
    "lost": _("The worker that ran it was stopped. Try again."),
}


def carry_out(run: int, *, now: datetime) -> None:
    """Does a waiting run; nothing when it was thrown away, begun or finished meanwhile."""
    begun = LabRun.objects.filter(pk=run, state=RunState.WAITING).update(state=RunState.RUNNING)
    row = LabRun.objects.select_related("created_by").filter(pk=run).first()
    if not begun or row is None:
        return
    asked = asking.read(row.asked)
    try:
        found = running.run(
            _source(row, asked, now), [laying.of_trial(trial) for trial in asked.trials], laying.staffing(asked),
            laying.in_force().shift, lambda done, of: _tell(run, done, of),
        )  # fmt: skip
    except Refused as refused:
        _end(run, RunState.FAILED, now, problem=refused.code if refused.code in PROBLEMS else "refused")
    except EngineError:
        _end(run, RunState.FAILED, now, problem="engine")
    else:
        _end(run, RunState.DONE, now, sheet=found.as_mapping())


def _source(row: LabRun, asked: Asked, now: datetime) -> running.Source:
    """What happened in the asked days, as its maker may see it today, and no team that he could not see then."""
    actor = actor_for_staff(row.created_by)
    if not queries.covers(actor, row.teams):
        raise Invalid(PROBLEMS["refused"], code="refused")
    found = past.source(actor, days=days_of(asked), title=row.title, zone=asked.zone, now=now)
    if not len(found.history):
        raise Invalid(PROBLEMS["nothing"], code="nothing")
    return found


def days_of(asked: Asked) -> Days:
    """The instants of the asked days in their zone."""
    zone = ZoneInfo(asked.zone)
    first, last = (datetime.fromisoformat(day).replace(tzinfo=zone) for day in (asked.first_day, asked.last_day))
    return Days(first, last + timedelta(days=1))


def _tell(run: int, done: int, of: int) -> None:
    LabRun.objects.filter(pk=run).update(steps_done=done, steps=of)


def _end(run: int, state: RunState, now: datetime, **more: object) -> None:
    LabRun.objects.filter(pk=run).update(state=state, finished_at=now, **more)


def give_up_lost(*, now: datetime) -> int:
    """Runs whose worker was killed are told as failed; how many there were."""
    rows = LabRun.objects.filter(state=RunState.RUNNING, created_at__lt=now - LOST_AFTER)
    return rows.update(state=RunState.FAILED, finished_at=now, problem="lost")
