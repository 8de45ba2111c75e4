"""Which tags are there, what do they mean, and how do they change everywhere at once?"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Path, Router, Schema
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from yingnuo.api import render
from yingnuo.api.asked import PathId, without_nul
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked
from yingnuo.journey import tagging
from yingnuo.kit import instants
from yingnuo.kit.errors import NotFound
from yingnuo.people.roles import require
from yingnuo.tickets import queries
from yingnuo.tickets import tags as services
from yingnuo.tickets.models import OPEN_STATUSES
from yingnuo.tickets.tag_models import Tag, TagRun, Tone

router = Router(tags=["catalogue"])
MOST_TAGS = 500
TagPath = Annotated[str, Path(min_length=1, max_length=services.LONGEST)]
TagName = Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=services.LONGEST)]


class TagOut(Schema):
    """A tag with how many open tickets within sight carry it. `tone` is its colour; not `active`: used no more."""

    tag: str
    open: int
    description: str = ""
    tone: str = "gray"
    active: bool = True


class Tags(Schema):
    """The tags of open tickets, the most used first, then those that no open ticket carries."""

    items: list[TagOut]


class TagIn(Schema):
    """What is said of a tag. `active`: it is offered."""

    model_config = ConfigDict(extra="forbid")
    description: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=200)] = ""
    tone: Tone = Tone.GRAY
    active: bool = True


class TagRenameIn(Schema):
    """The new name."""

    model_config = ConfigDict(extra="forbid")
    to: TagName


class TagMergeIn(Schema):
    """The tag of which it becomes part."""

    model_config = ConfigDict(extra="forbid")
    into: TagName


class TagRetireIn(Schema):
    """With `strip` tickets lose it too."""

    model_config = ConfigDict(extra="forbid")
    strip: bool = False


class TagTouchedOut(Schema):
    """What names a tag: tickets, saved lists, rules and macros, and promise standards, which let it not change."""

    tickets: int
    open: int
    lists: int
    rules: list[str]
    standards: list[str]


class TagRunOut(Schema):
    """A change of a tag on its way through the tickets: `done` of `total`; `ended_at` null: under way."""

    id: int
    what: str
    tag: str
    into: str
    total: int
    done: int
    at: datetime
    ended_at: datetime | None
    undone: bool


class TagChanged(Schema):
    """The change that was begun; null where no ticket changes."""

    run: TagRunOut | None = Field(None)


@router.get("/tags", response={200: Tags, **READING}, summary="List tags (ticket.view)")
def list_tags(request: Asked) -> HttpResponse:
    """The tags of the house; counted are open tickets within sight."""
    require(request.auth, "ticket.view")
    rows = queries.visible_to(request.auth).filter(status__in=OPEN_STATUSES).exclude(tags=[])
    counted = Counter(tag for tags in rows.values_list("tags", flat=True).iterator() for tag in tags)
    known = {t.name: t for t in Tag.objects.order_by("name")}
    names = dict.fromkeys([*(name for name, _n in counted.most_common()), *known])
    shown = [_tag(known.get(name) or Tag(name=name), counted[name]) for name in names]
    return render.answer(Tags(items=shown[:MOST_TAGS]))


def _tag(row: Tag, count: int) -> TagOut:
    return TagOut(tag=row.name, open=count, description=row.description, tone=row.tone, active=row.active)


@router.put("/tags/{name}", response={200: TagOut, **ALL}, summary="Make or describe (settings.edit)")
def put_tag(request: Asked, name: TagPath, body: TagIn) -> HttpResponse:
    """A tag with what it means and its colour."""
    known = Tag.objects.filter(name=services.tidy(name)).values_list("pk", flat=True).first()
    saved = services.save(
        request.auth, pk=known, name=name, description=body.description, tone=body.tone, active=body.active,
        now=instants.now(),
    )  # fmt: skip
    return render.answer(_tag(saved, services.used([saved.name])[saved.name].open))


def _named(name: str) -> Tag:
    row = Tag.objects.filter(name=services.tidy(name)).first()
    if row is None:
        raise NotFound(_("There is no such tag."), code="tag_not_found")
    return row


@router.get("/tags/{name}/use", response={200: TagTouchedOut, **READING}, summary="What names it (settings.view)")
def read_tag_use(request: Asked, name: TagPath) -> HttpResponse:
    """What a change of the tag would change."""
    require(request.auth, "settings.view")
    found = tagging.touched(_named(name).name)
    return render.answer(
        TagTouchedOut(
            tickets=found.used.all, open=found.used.open, lists=found.lists, rules=found.rules,
            standards=found.standards,
        )
    )  # fmt: skip


@router.post("/tags/{name}/rename", response={200: TagChanged, **ALL}, summary="Rename (settings.edit)")
def rename_tag(request: Asked, name: TagPath, body: TagRenameIn) -> HttpResponse:
    """Another name in tickets, rules, macros and saved lists; tickets follow piece by piece."""
    require(request.auth, "settings.edit")
    return _begun(tagging.rename(request.auth, pk=_named(name).pk, to=body.to, now=instants.now()))


@router.post("/tags/{name}/merge", response={200: TagChanged, **ALL}, summary="Merge (settings.edit)")
def merge_tag(request: Asked, name: TagPath, body: TagMergeIn) -> HttpResponse:
    """The tag becomes part of another, everywhere."""
    require(request.auth, "settings.edit")
    into = _named(body.into).pk
    return _begun(tagging.merge(request.auth, pk=_named(name).pk, into=into, now=instants.now()))


@router.post("/tags/{name}/retire", response={200: TagChanged, **ALL}, summary="Retire (settings.edit)")
def retire_tag(request: Asked, name: TagPath, body: TagRetireIn) -> HttpResponse:
    """The tag is offered no more."""
    require(request.auth, "settings.edit")
    return _begun(tagging.retire(request.auth, pk=_named(name).pk, strip=body.strip, now=instants.now()))


def _begun(run: TagRun | None) -> HttpResponse:
    if run is not None:
        tagging.at_once(run, now=instants.now())
    return render.answer(TagChanged(run=_run(run) if run else None))


def _run(row: TagRun) -> TagRunOut:
    return TagRunOut(
        id=row.pk, what=row.what, tag=row.name, into=row.into, total=row.total, done=row.done, at=row.at,
        ended_at=row.ended_at, undone=row.undone,
    )  # fmt: skip


@router.get("/tag-changes/{run_id}", response={200: TagRunOut, **READING}, summary="How far? (settings.view)")
def read_tag_change(request: Asked, run_id: PathId) -> HttpResponse:
    """One change of a tag."""
    require(request.auth, "settings.view")
    row = TagRun.objects.filter(pk=run_id).first()
    if row is None:
        raise NotFound(_("There is no such change."), code="tag_change_not_found")
    return render.answer(_run(row))


@router.post("/tag-changes/{run_id}/undo", response={200: TagChanged, **ALL}, summary="Undo (settings.edit)")
def undo_tag_change(request: Asked, run_id: PathId) -> HttpResponse:
    """A renamed tag gets its old name back."""
    return _begun(tagging.undo(request.auth, run=run_id, now=instants.now()))
