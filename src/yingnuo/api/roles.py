"""Which roles are there, what may each do, and how does that change?"""

from __future__ import annotations

from typing import Annotated

from django.db.models import Count
from django.http import HttpResponse
from ninja import Router, Schema
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from yingnuo.api import render
from yingnuo.api.asked import Code, without_nul
from yingnuo.api.organisation import CodePath
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked, acting
from yingnuo.kit import instants, revisions
from yingnuo.people import role_services as services
from yingnuo.people import roles, verbs
from yingnuo.people.models import Staff
from yingnuo.people.queries import organisation
from yingnuo.people.role_models import Sight
from yingnuo.people.role_services import RoleFacts
from yingnuo.people.roles import Actor, Standing, require

router = Router(tags=["organisation"])
RoleName = Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=40)]
VerbCode = Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z_]+(\.[a-z_]+)?$")]


class RoleIn(Schema):
    """A role. `verbs` are all of its rights (`GET /verbs`), `sight` how far it sees; an empty name is the base's.

    `base`: the built-in role that a new one is made of. `edition` is that of the role that was read, 0 for a new one
    and for a built-in one as it was built.
    """

    model_config = ConfigDict(extra="forbid")
    verbs: Annotated[list[VerbCode], Field(max_length=200)]
    sight: Sight
    base: Code = "agent"
    zh_hans: RoleName = ""
    zh_hant: RoleName = ""
    en: RoleName = ""
    edition: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class RoleStateIn(Schema):
    """Whether a role of the house is offered."""

    model_config = ConfigDict(extra="forbid")
    active: bool


class RoleOut(Schema):
    """A role as it stands. `granted` and `withdrawn`: in what it differs from the built-in one of its `base`."""

    code: str
    base: str
    name: str
    zh_hans: str
    zh_hant: str
    en: str
    sight: str
    verbs: list[str]
    granted: list[str]
    withdrawn: list[str]
    active: bool
    edition: int
    people: int


class RoleList(Schema):
    """Every role, the built-in ones first."""

    items: list[RoleOut]


class VerbOut(Schema):
    """A right: what it allows in words, and with which others it belongs together."""

    code: str
    words: str
    group: str


class VerbList(Schema):
    """Every right that a role may have."""

    items: list[VerbOut]


@router.get("/verbs", response={200: VerbList, **READING}, summary="List the rights of roles (people.view)")
def list_verbs(request: Asked) -> HttpResponse:
    """Every right, in words of the language asked for."""
    require(request.auth, "people.view")
    items = [VerbOut(code=v.code, words=str(v.word), group=str(g.title)) for g in verbs.GROUPS for v in g.verbs]
    return render.answer(VerbList(items=items))


@router.get("/roles", response={200: RoleList, **READING}, summary="List roles (people.view)")
def list_roles(request: Asked) -> HttpResponse:
    """Every role, also retired ones."""
    require(request.auth, "people.view")
    held = _held()
    known = organisation.at(revisions.current())
    return render.answer(RoleList(items=[_role(role, held.get(role.code, 0)) for role in roles.standings(known)]))


def _held() -> dict[str, int]:
    return dict(Staff.objects.filter(active=True).values_list("role").annotate(n=Count("pk")))


def _role(role: Standing, held: int) -> RoleOut:
    simplified, traditional, english = role.names
    return RoleOut(
        code=role.code, base=role.base, name=role.word, zh_hans=simplified, zh_hant=traditional, en=english,
        sight=role.sight, verbs=verbs.sorted_as_shown(role.verbs), granted=verbs.sorted_as_shown(role.granted),
        withdrawn=verbs.sorted_as_shown(role.withdrawn), active=role.active, edition=role.edition, people=held,
    )  # fmt: skip


@router.get("/roles/{code}", response={200: RoleOut, **READING}, summary="Read a role (people.view)")
def read_role(request: Asked, code: CodePath) -> HttpResponse:
    """One role."""
    require(request.auth, "people.view")
    return _told(code)


def _told(code: str) -> HttpResponse:
    return render.answer(_role(services.of(code), _held().get(code, 0)))


@router.put("/roles/{code}", response={200: RoleOut, **ALL}, summary="Make or change a role (role.edit)")
def put_role(request: Asked, code: CodePath, body: RoleIn) -> HttpResponse:
    """A role, from the next request on of whoever has it. Only rights that the token has can come or go."""
    actor = _person(request.auth)
    facts = RoleFacts(frozenset(body.verbs), body.sight, body.zh_hans, body.zh_hant, body.en)
    known = organisation.at(revisions.current()).roles
    if code in roles.VERBS or code in known:
        services.save(actor, code=code, facts=facts, edition=body.edition, now=instants.now())
    else:
        services.add(actor, code=code, base=body.base, facts=facts, now=instants.now())
    return _told(code)


def _person(actor: Actor) -> Actor:
    """A role is changed by a person; a program that acts for nobody changes none."""
    require(actor, "role.edit")
    return acting(actor)


@router.put("/roles/{code}/state", response={200: RoleOut, **ALL}, summary="Retire or offer again (role.edit)")
def set_role_state(request: Asked, code: CodePath, body: RoleStateIn) -> HttpResponse:
    """A role of the house that nobody has can be retired."""
    services.retire(_person(request.auth), code=code, active=body.active, now=instants.now())
    return _told(code)


@router.post("/roles/{code}/restore", response={200: RoleOut, **ALL}, summary="As it was built (role.edit)")
def restore_role(request: Asked, code: CodePath) -> HttpResponse:
    """A built-in role as it came with the product."""
    services.restore(_person(request.auth), code=code, now=instants.now())
    return _told(code)
