"""Which regions, departments and teams are there, and how do they change? A PUT makes what is not there yet."""

from __future__ import annotations

from typing import Annotated

from django.db.models import Model
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Path, Router

from yingnuo.api import render
from yingnuo.api import told_house as out
from yingnuo.api.asked_house import DepartmentIn, RegionIn, TeamIn
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked
from yingnuo.kit import instants
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.people import organisation as services
from yingnuo.people.models import Department, Region, Staff, Team
from yingnuo.people.organisation import DepartmentFacts, RegionFacts, TeamFacts
from yingnuo.people.roles import require

router = Router(tags=["organisation"])
CodePath = Annotated[str, Path(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]


@router.get("/regions", response={200: out.Regions, **READING}, summary="List regions (people.view)")
def list_regions(request: Asked) -> HttpResponse:
    """Every service region."""
    require(request.auth, "people.view")
    return render.answer(out.Regions(items=[_region(r) for r in Region.objects.order_by("code")]))


def _region(r: Region) -> out.RegionOut:
    return out.RegionOut(code=r.code, name=r.name, zone=r.zone)


@router.put("/regions/{code}", response={200: out.RegionOut, **ALL}, summary="Make or change (people.edit)")
def put_region(request: Asked, code: CodePath, body: RegionIn) -> HttpResponse:
    """A service region."""
    facts = RegionFacts(code, body.name, body.zone)
    saved = services.save_region(request.auth, pk=_pk(Region, code), facts=facts, now=instants.now())
    return render.answer(_region(saved))


@router.delete("/regions/{code}", response={200: out.Gone, **ALL}, summary="Take away (people.edit)")
def delete_region(request: Asked, code: CodePath) -> HttpResponse:
    """A region to which nothing belongs any more."""
    return _deleted(request, Region, code)


def _pk(model: type[Model], code: str) -> int | None:
    found: int | None = model._default_manager.filter(code=code).values_list("pk", flat=True).first()
    return found


def _deleted(request: Asked, model: type[Region | Department], code: str) -> HttpResponse:
    require(request.auth, "people.edit")
    row = model._default_manager.filter(code=code).first()
    if row is None:
        raise NotFound(_("Somebody has deleted it."))
    services.delete(request.auth, row=row, now=instants.now())
    return render.answer(out.Gone(deleted=code))


def id_of(model: type[Model], code: str | None, field: str) -> int | None:
    """The id of a code that a body names; None for none, Invalid for an unknown one."""
    if not code:
        return None
    found = _pk(model, code)
    if found is None:
        raise Invalid(_("This value cannot be used."), fields={field: _("There is nothing of this code.")})
    return found


def _needed(model: type[Model], code: str, field: str) -> int:
    found = id_of(model, code, field)
    if found is None:
        raise Invalid(_("This value cannot be used."), fields={field: _("This field is required.")})
    return found


def staff_id(username: str | None, field: str) -> int | None:
    """The id of a user name that a body names; None for none, Invalid for an unknown one."""
    if not username:
        return None
    found = Staff.objects.filter(username__iexact=username).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid(_("There is no such person."), fields={field: _("Name a person by the user name.")})
    return found


@router.get("/departments", response={200: out.Departments, **READING}, summary="List departments (people.view)")
def list_departments(request: Asked) -> HttpResponse:
    """Every department."""
    require(request.auth, "people.view")
    rows = Department.objects.select_related("parent", "head").order_by("code")
    return render.answer(out.Departments(items=[_department(d) for d in rows]))


def _department(d: Department) -> out.DepartmentOut:
    return out.DepartmentOut(
        code=d.code, name=d.name, parent=d.parent.code if d.parent else None, head=d.head.username if d.head else None,
        kinds=list(d.kinds), product_lines=list(d.product_lines),
    )  # fmt: skip


@router.put("/departments/{code}", response={200: out.DepartmentOut, **ALL}, summary="Make or change (people.edit)")
def put_department(request: Asked, code: CodePath, body: DepartmentIn) -> HttpResponse:
    """A department."""
    require(request.auth, "people.edit")
    facts = DepartmentFacts(
        code, body.name, id_of(Department, body.parent, "parent"), staff_id(body.head, "head"),
        tuple(kind.value for kind in body.kinds), body.product_lines,
    )  # fmt: skip
    saved = services.save_department(request.auth, pk=_pk(Department, code), facts=facts, now=instants.now())
    return render.answer(_department(Department.objects.select_related("parent", "head").get(pk=saved.pk)))


@router.delete("/departments/{code}", response={200: out.Gone, **ALL}, summary="Take away (people.edit)")
def delete_department(request: Asked, code: CodePath) -> HttpResponse:
    """A department to which no team belongs any more."""
    return _deleted(request, Department, code)


@router.get("/teams", response={200: out.Teams, **READING}, summary="List teams (people.view)")
def list_teams(request: Asked) -> HttpResponse:
    """Every team, also those that take no tickets any more."""
    require(request.auth, "people.view")
    rows = Team.objects.select_related("department", "lead", "region").order_by("code")
    return render.answer(out.Teams(items=[_team(t) for t in rows]))


def _team(t: Team) -> out.TeamDetail:
    return out.TeamDetail(
        code=t.code, name=t.name, kind=t.kind, tier=t.tier, department=t.department.code,
        lead=t.lead.username if t.lead else None, region=t.region.code if t.region else None, calendar=t.calendar,
        active=t.active, strategy=t.strategy, asks_note=t.asks_note, away_after=t.away_after,
    )  # fmt: skip


@router.put("/teams/{code}", response={200: out.TeamDetail, **ALL}, summary="Make or change (people.edit)")
def put_team(request: Asked, code: CodePath, body: TeamIn) -> HttpResponse:
    """A team. One that is not `active` takes no tickets; teams are never deleted, for old tickets name them."""
    require(request.auth, "people.edit")
    facts = TeamFacts(
        code, body.name, _needed(Department, body.department, "department"), body.kind, body.tier,
        staff_id(body.lead, "lead"), id_of(Region, body.region, "region"), body.calendar, body.active,
        body.strategy, body.asks_note, body.away_after,
    )  # fmt: skip
    saved = services.save_team(request.auth, pk=_pk(Team, code), facts=facts, now=instants.now())
    return render.answer(_team(Team.objects.select_related("department", "lead", "region").get(pk=saved.pk)))
