"""Which product lines and custom fields are there, and how do they change? A PUT makes what is not there yet."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router
from ninja.params.functions import Header

from yingnuo.api import matching, render
from yingnuo.api import told_house as out
from yingnuo.api.asked_fields import FieldIn
from yingnuo.api.asked_house import LineIn
from yingnuo.api.matching import Match
from yingnuo.api.organisation import CodePath
from yingnuo.api.refused import ALL, GUARDED, READING
from yingnuo.api.tokens import Asked
from yingnuo.kit import instants
from yingnuo.kit.errors import NotFound
from yingnuo.people.roles import require
from yingnuo.tickets import catalogue as services
from yingnuo.tickets.catalogue import FieldFacts, LineFacts
from yingnuo.tickets.models import Field, ProductLine

router = Router(tags=["catalogue"])


@router.get("/product-lines", response={200: out.Lines, **READING}, summary="List product lines (ticket.view)")
def list_lines(request: Asked) -> HttpResponse:
    """Every product line."""
    require(request.auth, "ticket.view")
    return render.answer(out.Lines(items=[_line(line) for line in ProductLine.objects.order_by("code")]))


def _line(line: ProductLine) -> out.LineOut:
    return out.LineOut(code=line.code, name=line.name, skill=line.skill)


@router.put("/product-lines/{code}", response={200: out.LineOut, **ALL}, summary="Make or change (settings.edit)")
def put_line(request: Asked, code: CodePath, body: LineIn) -> HttpResponse:
    """A product line."""
    known = ProductLine.objects.filter(code=code).values_list("pk", flat=True).first()
    facts = LineFacts(code, body.name, body.skill)
    return render.answer(_line(services.save_line(request.auth, pk=known, facts=facts, now=instants.now())))


@router.delete("/product-lines/{code}", response={200: out.Gone, **ALL}, summary="Take away (settings.edit)")
def delete_line(request: Asked, code: CodePath) -> HttpResponse:
    """A product line that no ticket carries."""
    require(request.auth, "settings.edit")
    row = ProductLine.objects.filter(code=code).first()
    if row is None:
        raise NotFound(_("Somebody has deleted it."))
    services.delete_line(request.auth, row=row, now=instants.now())
    return render.answer(out.Gone(deleted=code))


@router.get("/fields", response={200: out.Fields, **READING}, summary="List custom fields (ticket.view)")
def list_fields(request: Asked) -> HttpResponse:
    """Every custom field of tickets."""
    require(request.auth, "ticket.view")
    return render.answer(out.Fields(items=[_field(f) for f in Field.objects.order_by("position", "id")]))


def _field(f: Field) -> out.FieldOut:
    return out.FieldOut(
        code=f.code, name=f.name, type=f.type, choices=list(f.choices), kinds=list(f.kinds), on_portal=f.on_portal,
        position=f.position, help=f.help, words=f.words, limits=f.limits, default=f.default, needed=f.needed,
        editors=f.editors, retired_at=f.retired_at, version=f.version,
    )  # fmt: skip


@router.put("/fields/{code}", response={200: out.FieldOut, **GUARDED}, summary="Make or change (settings.edit)")
def put_field(
    request: Asked, code: CodePath, body: FieldIn, if_match: Annotated[Match, Header("", alias="If-Match")]
) -> HttpResponse:  # fmt: skip
    """A custom field."""
    known, now = Field.objects.filter(code=code).values_list("pk", flat=True).first(), instants.now()
    words = {str(language): told.model_dump(exclude_defaults=True) for language, told in body.words.items()}
    facts = FieldFacts(
        code, body.name, body.type, body.choices, tuple(kind.value for kind in body.kinds), body.on_portal,
        body.position, body.help, words, body.limits.model_dump(exclude_none=True), body.default, body.needed,
        body.editors,
    )  # fmt: skip
    row = services.save_field(request.auth, pk=known, facts=facts, version=matching.number(request), now=now)
    if body.retired != (row.retired_at is not None):
        (services.retire_field if body.retired else services.revive_field)(request.auth, row=row, now=now)
    return matching.tagged(render.answer(_field(row)), row.version)


@router.delete("/fields/{code}", response={200: out.Gone, **ALL}, summary="Take away (settings.edit)")
def delete_field(request: Asked, code: CodePath) -> HttpResponse:
    """A custom field that no ticket carries; others can be retired."""
    require(request.auth, "settings.edit")
    row = Field.objects.filter(code=code).first()
    if row is None:
        raise NotFound(_("Somebody has deleted it."))
    services.delete_field(request.auth, row=row, now=instants.now())
    return render.answer(out.Gone(deleted=code))
