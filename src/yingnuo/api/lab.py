"""How is a run of the promise lab asked for, read, shared and thrown away, by whom a token acts for?"""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router

from yingnuo.api import render
from yingnuo.api.asked import PathId
from yingnuo.api.asked_house import LabIn, PageQuery, ShareIn
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked, staff_of
from yingnuo.api.told_figures import LabOut, LabPage
from yingnuo.api.told_house import Gone
from yingnuo.kit import instants, pages
from yingnuo.people.roles import require
from yingnuo.planning import asking, queries, services
from yingnuo.planning.models import LabRun

router = Router(tags=["lab"])


@router.get("/lab/runs", response={200: LabPage, **READING}, summary="List lab runs (dashboard.view)")
def list_lab_runs(request: Asked, asked: Query[PageQuery]) -> HttpResponse:
    """His own runs and shared ones of which he sees every team, the latest first."""
    require(request.auth, "dashboard.view")
    rows = queries.visible_to(request.auth)
    page = pages.keyset(rows, by=["-created_at", "-id"], after=asked.after, size=asked.limit)
    return render.answer(LabPage(items=[_run(r) for r in page.rows], next=page.next))


def _run(r: LabRun, *, whole: bool = False) -> LabOut:
    return LabOut(
        id=r.pk, title=r.title, state=r.state, problem=r.problem, created_at=r.created_at,
        created_by=render.person(r.created_by), finished_at=r.finished_at, shared=r.shared, steps=r.steps,
        steps_done=r.steps_done, asked=r.asked, sheet=r.sheet if whole else None,
    )  # fmt: skip


@router.post("/lab/runs", response={201: LabOut, **ALL}, summary="Ask for a lab run (dashboard.view)")
def add_lab_run(request: Asked, body: LabIn) -> HttpResponse:
    """A worker carries it out; read it again until its state is done."""
    require(request.auth, "dashboard.view")
    staff_of(request)
    given = body.model_dump(mode="json", exclude={"title"})
    row = services.ask(request.auth, asked=asking.read({**given, "ready": ""}), title=body.title, now=instants.now())
    return render.answer(_run(LabRun.objects.select_related("created_by").get(pk=row.pk)), status=201)


@router.get("/lab/runs/{run_id}", response={200: LabOut, **READING}, summary="Read a lab run (dashboard.view)")
def read_lab_run(request: Asked, run_id: PathId) -> HttpResponse:
    """One run with its sheet, when it is done."""
    return render.answer(_run(queries.get_for(request.auth, run_id), whole=True))


@router.post("/lab/runs/{run_id}/share", response={200: LabOut, **ALL}, summary="Share a lab run (dashboard.view)")
def share_lab_run(request: Asked, run_id: PathId, body: ShareIn) -> HttpResponse:
    """Lets others read a run of one's own who see what it shows, or no longer."""
    services.share(request.auth, run=run_id, shared=body.shared)
    return read_lab_run(request, run_id)


@router.delete("/lab/runs/{run_id}", response={200: Gone, **ALL}, summary="Throw away (dashboard.view)")
def delete_lab_run(request: Asked, run_id: PathId) -> HttpResponse:
    """A run of one's own."""
    services.throw_away(request.auth, run=run_id)
    return render.answer(Gone(deleted=str(run_id)))
