"""How is a run of the promise lab asked for, shared and thrown away?

Asked for at a page; a worker carries it out (`carrying`).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import Conflict
from yingnuo.people.models import Staff
from yingnuo.people.roles import Actor, require
from yingnuo.planning import asking, laying, queries, tasks
from yingnuo.planning.asking import Asked
from yingnuo.planning.models import LabRun
from yingnuo.planning.past import VERB

#: One person's runs that wait or run at the same time.
MOST_AT_ONCE = 3


def ask(actor: Actor, *, asked: Asked, title: str, now: datetime) -> LabRun:
    """A run, stored and left to a worker; Invalid says what makes no sense, Conflict that too many of his wait."""
    require(actor, VERB)
    asking.check(asked)
    for trial in asked.trials:
        laying.of_trial(trial)
    _check_shifts(asked)
    with transaction.atomic():
        Staff.objects.select_for_update().get(pk=actor.id)
        if queries.unfinished(actor) >= MOST_AT_ONCE:
            raise Conflict(_("Wait until one of your runs is finished."), code="too_many_runs")
        row = LabRun.objects.create(
            title=title[:120], created_at=now, created_by_id=actor.id,
            teams=None if actor.teams is None else sorted(actor.teams), asked=asked.as_mapping(),
        )  # fmt: skip
        tasks.run.defer(run=row.pk)
    return row


def _check_shifts(asked: Asked) -> None:
    shift = laying.known_shifts(laying.in_force())
    wanted = laying.staffing(asked)
    for code in [*wanted.shifts.values(), *(code for extra in wanted.extra.values() for code, _n in extra)]:
        shift(code)


def share(actor: Actor, *, run: int, shared: bool) -> None:
    """Lets others read a run of one's own who see what it shows, or no longer."""
    require(actor, VERB)
    row = queries.own(actor, run)
    LabRun.objects.filter(pk=row.pk).update(shared=shared)


def throw_away(actor: Actor, *, run: int) -> None:
    """Deletes a run of one's own; a worker that is at it finds nothing to write to."""
    require(actor, VERB)
    queries.own(actor, run).delete()
