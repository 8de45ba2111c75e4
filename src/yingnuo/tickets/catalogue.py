"""How do product lines and custom fields change?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.tickets.models import Field, FieldType, ProductLine, Ticket

Row = TypeVar("Row", ProductLine, Field)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A product line; `skill` is what an agent needs to work on it, "" for none."""

    code: str
    name: str
    skill: str = ""


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """A custom field. `choices` is for the type CHOICE; no `kinds` means tickets of every kind."""

    code: str
    name: str
    type: str = FieldType.TEXT
    choices: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    on_portal: bool = False
    position: int = 0


def save_line(actor: Actor, *, pk: int | None, facts: LineFacts, now: datetime) -> ProductLine:
    """A new or changed product line; the code of one that tickets carry stays."""
    require(actor, "settings.edit")
    if pk is not None:
        _refuse_new_code(ProductLine.objects.filter(pk=pk).values_list("code", flat=True).first(), facts.code)
    return _save(actor, ProductLine, pk, asdict(facts), now)


def save_field(actor: Actor, *, pk: int | None, facts: FieldFacts, now: datetime) -> Field:
    """A new or changed custom field; Invalid for a choice without choices."""
    require(actor, "settings.edit")
    if facts.type == FieldType.CHOICE and not facts.choices:
        raise Invalid(_("A choice needs something to choose from."), fields={"choices": _("Name at least one.")})
    if pk is not None:
        _refuse_new_code(Field.objects.filter(pk=pk).values_list("code", flat=True).first(), facts.code)
    values = asdict(facts) | {"choices": list(facts.choices), "kinds": list(facts.kinds)}
    return _save(actor, Field, pk, values, now)


def _refuse_new_code(old: str | None, new: str) -> None:
    if old is not None and old != new:
        raise Invalid(_("The code never changes: tickets carry it."), fields={"code": _("Leave it as it is.")})


def delete_line(actor: Actor, *, row: ProductLine, now: datetime) -> None:
    """Takes a product line away; Conflict while tickets carry it."""
    require(actor, "settings.edit")
    if Ticket.objects.filter(product_line=row.code).exists():
        raise Conflict(_("Tickets carry this product line; it stays."), code="in_use")
    _delete(actor, row, now)


def delete_field(actor: Actor, *, row: Field, now: datetime) -> None:
    """Takes a custom field away; what tickets carry in it stays in them unseen."""
    require(actor, "settings.edit")
    _delete(actor, row, now)


def _delete(actor: Actor, row: ProductLine | Field, now: datetime) -> None:
    with transaction.atomic():
        _note(actor, row, now)
        row.delete()


def _save(actor: Actor, model: type[Row], pk: int | None, values: dict[str, Any], now: datetime) -> Row:
    try:
        with transaction.atomic():
            row = model() if pk is None else model._default_manager.select_for_update().filter(pk=pk).first()
            if row is None:
                raise NotFound(_("Somebody has deleted it."))
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
            _note(actor, row, now)
    except IntegrityError as error:
        raise Conflict(_("This code is taken. Choose another."), code="code_taken") from error
    return row


def _note(actor: Actor, row: ProductLine | Field, now: datetime) -> None:
    what = str(row._meta.model_name)
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"{what}:{row.pk}", {"what": what})], now=now)
    revisions.bump()
