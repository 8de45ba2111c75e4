"""Which runs of the lab may a reader see?"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import NotFound
from yingnuo.people.roles import Actor, require
from yingnuo.planning.models import LabRun, RunState
from yingnuo.planning.past import VERB


def visible_to(actor: Actor) -> QuerySet[LabRun]:
    """His own, and shared ones of which he sees every team; the latest first."""
    seen = Q() if actor.teams is None else Q(teams__isnull=False, teams__contained_by=sorted(actor.teams))
    own = Q(created_by_id=actor.id) if actor.kind == "staff" else Q(pk=None)
    rows = LabRun.objects.filter(own | (Q(shared=True) & seen)).select_related("created_by")
    return rows.order_by("-created_at", "-id")


def get_for(actor: Actor, run: int) -> LabRun:
    """The run; NotFound hides what the actor may not see, NotAllowed whom the lab is closed to."""
    require(actor, VERB)
    row = visible_to(actor).filter(pk=run).first()
    if row is None:
        raise NotFound(_("There is no such run."), code="lab_run_not_found")
    return row


def own(actor: Actor, run: int) -> LabRun:
    """A run of the actor's own; NotFound for any other."""
    row = LabRun.objects.filter(pk=run, created_by_id=actor.id).first() if actor.kind == "staff" else None
    if row is None:
        raise NotFound(_("There is no such run."), code="lab_run_not_found")
    return row


def unfinished(actor: Actor) -> int:
    """How many of the actor's runs wait or run."""
    return LabRun.objects.filter(created_by_id=actor.id, state__in=(RunState.WAITING, RunState.RUNNING)).count()


def covers(actor: Actor, teams: Sequence[int] | None) -> bool:
    """Whether the actor sees all of these teams (None: every team)."""
    return actor.teams is None or (teams is not None and actor.teams >= set(teams))
