"""Which fields has the form of a kind of ticket, in which order, shown and needed when, and how is it arranged?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router
from ninja.params.functions import Header

from yingnuo.api import matching, render
from yingnuo.api import told_house as out
from yingnuo.api.asked_fields import FormIn, ItemIn, OnIn
from yingnuo.api.matching import Match
from yingnuo.api.refused import ALL, GUARDED, READING
from yingnuo.api.tokens import Asked
from yingnuo.kit import instants
from yingnuo.kit.errors import Invalid
from yingnuo.people.roles import require
from yingnuo.tickets import fields, forms
from yingnuo.tickets.fields import Fieldbook, Item, On, Section
from yingnuo.tickets.models import Kind

router = Router(tags=["catalogue"])


@router.get("/forms/{kind}", response={200: out.FormOut, **READING}, summary="Read a kind's form (ticket.view)")
def read_form(request: Asked, kind: Kind) -> HttpResponse:
    """The form of a kind, as somebody arranged it or as it is by itself."""
    require(request.auth, "ticket.view")
    return _answer(kind)


@router.put("/forms/{kind}", response={200: out.FormOut, **GUARDED}, summary="Arrange a form (settings.edit)")
def put_form(
    request: Asked, kind: Kind, body: FormIn, if_match: Annotated[Match, Header("", alias="If-Match")]
) -> HttpResponse:
    """Sections with fields; a condition looks at a field that stands before."""
    require(request.auth, "settings.edit")
    known = fields.book()
    sections = [
        Section(s.name, {str(code): word for code, word in s.words.items()}, _items(s.fields, known))
        for s in body.sections
    ]
    forms.save(request.auth, kind=kind, sections=sections, version=matching.number(request), now=instants.now())
    return _answer(kind)


@router.delete("/forms/{kind}", response={200: out.FormOut, **ALL}, summary="Forget an arrangement (settings.edit)")
def delete_form(request: Asked, kind: Kind) -> HttpResponse:
    """The kind has all its fields again, by their position."""
    forms.forget(request.auth, kind=kind, now=instants.now())
    return _answer(kind)


def _items(given: Sequence[ItemIn], known: Fieldbook) -> tuple[Item, ...]:
    unknown = [i.code for i in given if i.code not in known.fields or known.fields[i.code].retired_at]
    if unknown:
        raise Invalid(_("There is no such field."), fields={code: _("There is no such field.") for code in unknown})
    return tuple(Item(known.fields[i.code], _on(i.show), _on(i.need)) for i in given)


def _on(given: OnIn | None) -> On | None:
    return On(given.field, given.values) if given else None


def _answer(kind: str) -> HttpResponse:
    found = forms.of_kind(kind)
    sections = [
        out.SectionOut(name=s.name, words=dict(s.words), fields=[_item(i) for i in s.items]) for s in found.sections
    ]
    shown = out.FormOut(kind=kind, version=found.version, sections=sections)
    return matching.tagged(render.answer(shown), found.version)


def _item(item: Item) -> out.ItemOut:
    show, need = (out.OnOut(field=on.field, values=list(on.values)) if on else None for on in (item.show, item.need))
    return out.ItemOut(code=item.field.code, show=show, need=need)
