"""What do customers own of us, and is it under warranty? Read and written down by programs."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router
from ninja.params.functions import Header

from yingnuo.api import matching, render
from yingnuo.api import told_house as out
from yingnuo.api.asked import PathId
from yingnuo.api.asked_fields import UnitIn
from yingnuo.api.matching import Match
from yingnuo.api.refused import ALL, GUARDED, READING
from yingnuo.api.tokens import Asked
from yingnuo.devices import units
from yingnuo.devices.models import Unit
from yingnuo.devices.units import Facts
from yingnuo.kit import instants
from yingnuo.kit.errors import NotFound
from yingnuo.people.models import Contact
from yingnuo.people.roles import require

router = Router(tags=["customers"])


@router.get("/contacts/{contact_id}/units", response={200: out.Units, **READING}, summary="Products (customer.view)")
def list_units(request: Asked, contact_id: PathId) -> HttpResponse:
    """What a customer and his company own; what he has still first, the longest warranty leading."""
    require(request.auth, "customer.view")
    return render.answer(out.Units(items=[_unit(u) for u in units.of_customer(_contact(contact_id))[:200]]))


@router.post("/contacts/{contact_id}/units", response={201: out.UnitOut, **ALL}, summary="Add one (customer.edit)")
def add_unit(request: Asked, contact_id: PathId, body: UnitIn) -> HttpResponse:
    """Something that a customer owns. 409 when another one has the serial number."""
    require(request.auth, "customer.edit")
    facts = Facts(**body.model_dump())
    row = units.save(request.auth, pk=None, facts=facts, contact=_contact(contact_id).pk, now=instants.now())
    return matching.tagged(render.answer(_unit(row), status=201), row.version)


@router.put("/units/{unit_id}", response={200: out.UnitOut, **GUARDED}, summary="Change one (customer.edit)")
def change_unit(
    request: Asked, unit_id: PathId, body: UnitIn, if_match: Annotated[Match, Header("", alias="If-Match")]
) -> HttpResponse:
    """Everything of it but whose it is."""
    require(request.auth, "customer.edit")
    facts, version = Facts(**body.model_dump()), matching.number(request)
    row = units.save(request.auth, pk=_get(unit_id).pk, facts=facts, version=version, now=instants.now())
    return matching.tagged(render.answer(_unit(row)), row.version)


@router.delete("/units/{unit_id}", response={200: out.UnitOut, **ALL}, summary="Remove one (customer.edit)")
def delete_unit(request: Asked, unit_id: PathId) -> HttpResponse:
    """One that was written down by mistake; one that was given away is `gone` instead."""
    require(request.auth, "customer.edit")
    row = _get(unit_id)
    told = _unit(row)
    units.delete(request.auth, row=row, now=instants.now())
    return render.answer(told)


def _contact(pk: int) -> Contact:
    row = Contact.objects.select_related("company").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such customer."), code="contact_not_found")
    return row


def _get(pk: int) -> Unit:
    row = Unit.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such product."), code="unit_not_found")
    return row


def _unit(u: Unit) -> out.UnitOut:
    plain = {name: getattr(u, name) for name in (
        "product_line", "model", "serial", "bought_on", "warranty_until", "contract", "note", "gone", "version",
    )}  # fmt: skip
    standing = units.warranty(u, today=units.today(instants.now())).standing
    return out.UnitOut(
        id=u.pk, contact=u.contact_id, company=u.company_id, device=u.device_id, warranty=standing, **plain
    )
