"""How do open promises follow a version in force, and how far are they?"""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router

from yingnuo.api import render
from yingnuo.api.asked import PathId
from yingnuo.api.organisation import CodePath
from yingnuo.api.refused import ALL, READING
from yingnuo.api.standards import SORTS, SortPath
from yingnuo.api.tokens import Asked
from yingnuo.api.told_standards import RunOut, Runs
from yingnuo.journey import moving
from yingnuo.kit import instants
from yingnuo.kit.errors import NotFound
from yingnuo.people.roles import require
from yingnuo.promises import batches
from yingnuo.promises.runs import Recompute

router = Router(tags=["standards"])
RUN = {200: RunOut, **ALL}


@router.get("/runs", response={200: Runs, **READING}, summary="Promises that follow (settings.view)")
def list_runs(request: Asked) -> HttpResponse:
    """The latest 50 runs by which open promises were moved to a version in force."""
    require(request.auth, "settings.view")
    return render.answer(
        Runs(items=[_run(r) for r in Recompute.objects.prefetch_related("pieces").order_by("-pk")[:50]])
    )


def _run(r: Recompute) -> RunOut:
    progress = batches.progress_of(r)
    return RunOut(
        id=r.pk, sort=r.kind, code=r.code, version=r.version, state=r.state, at=r.at, started_at=r.started_at,
        finished_at=r.finished_at, problem=r.problem, total=progress.total, done=progress.done, counts=r.counts,
    )  # fmt: skip


@router.get("/runs/{run_id}", response={200: RunOut, **READING}, summary="Read a run (settings.view)")
def read_run(request: Asked, run_id: PathId) -> HttpResponse:
    """How far it is."""
    require(request.auth, "settings.view")
    row = Recompute.objects.filter(pk=run_id).first()
    if row is None:
        raise NotFound(_("There is no such run."), code="run_not_found")
    return render.answer(_run(row))


@router.post("/standards/{sort}/{code}/move", response=RUN, summary="Let open promises follow (settings.edit)")
def begin_run(request: Asked, sort: SortPath, code: CodePath) -> HttpResponse:
    """Open promises are moved to the version in force; workers do it."""
    run = moving.begin(request.auth, kind=SORTS[sort].value, code=code, now=instants.now())
    return render.answer(_run(run))


@router.post("/runs/{run_id}/stop", response=RUN, summary="Stop a run (settings.edit)")
def stop_run(request: Asked, run_id: PathId) -> HttpResponse:
    """What is moved stays moved, the rest stays where it is."""
    return render.answer(_run(moving.stop(request.auth, run=run_id, now=instants.now())))


@router.post("/runs/{run_id}/go-on", response=RUN, summary="Go on with a run (settings.edit)")
def go_on(request: Asked, run_id: PathId) -> HttpResponse:
    """One that was stopped or failed, if its version is still in force."""
    return render.answer(_run(moving.go_on(request.auth, run=run_id, now=instants.now())))
