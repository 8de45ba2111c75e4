"""How do product lines and custom fields change?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, Invalid, NotFound, Outdated
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.tickets import values
from yingnuo.tickets.models import Editors, Field, FieldType, Needed, ProductLine, Ticket
from yingnuo.tickets.values import Wrong

Row = TypeVar("Row", ProductLine, Field)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A product line; `skill` is what an agent needs to work on it, "" for none."""

    code: str
    name: str
    skill: str = ""


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """A custom field. `choices` are for the types of choice; no `kinds` means tickets of every kind.

    `words` has name, help and choices in other languages; `limits` as `tickets.models.Field` says.
    """

    code: str
    name: str
    type: str = FieldType.TEXT
    choices: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    on_portal: bool = False
    position: int = 0
    help: str = ""
    words: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    default: str = ""
    needed: str = Needed.NEVER
    editors: str = Editors.AGENTS


def save_line(actor: Actor, *, pk: int | None, facts: LineFacts, now: datetime) -> ProductLine:
    """A new or changed product line; the code of one that tickets carry stays."""
    require(actor, "settings.edit")
    if pk is not None:
        _refuse_new_code(ProductLine.objects.filter(pk=pk).values_list("code", flat=True).first(), facts.code)
    return _save(actor, ProductLine, pk, asdict(facts), now)


def save_field(
    actor: Actor, *, pk: int | None, facts: FieldFacts, version: int | None = None, now: datetime
) -> Field:  # fmt: skip
    """A new or changed custom field; Invalid where it makes no sense, Outdated when it is not at `version` any more."""
    require(actor, "settings.edit")
    _refuse_odd(facts)
    if pk is not None:
        _refuse_new_code(Field.objects.filter(pk=pk).values_list("code", flat=True).first(), facts.code)
    plain = {"choices": list(facts.choices), "kinds": list(facts.kinds)}
    return _save(actor, Field, pk, asdict(facts) | plain, now, version)


def _refuse_odd(facts: FieldFacts) -> None:
    """Invalid for limits that exclude everything, a choice without choices, a default that is no value."""
    wrong: dict[str, Any] = {}
    if facts.type in (FieldType.CHOICE, FieldType.CHOICES) and not facts.choices:
        wrong["choices"] = _("Name at least one.")
    if len(set(facts.choices)) < len(facts.choices) or any(len(c) > 80 for c in facts.choices):
        wrong["choices"] = _("Each once, with at most 80 characters.")
    if problem := _odd_pattern(str(facts.limits.get("pattern", ""))):
        wrong["pattern"] = problem
    least, most = facts.limits.get("least"), facts.limits.get("most")
    if least is not None and most is not None and least > most:
        wrong["most"] = _("Write one that is not below the least.")
    if not wrong and facts.default:
        lines = dict(ProductLine.objects.values_list("code", "name"))
        sketch = Field(type=facts.type, choices=list(facts.choices), limits=facts.limits, words=facts.words)
        try:
            values.read(sketch, facts.default, lines)
        except Wrong as problem:
            wrong["default"] = problem.said
    if wrong:
        raise Invalid(_("The field cannot be used as it is."), fields=wrong)


_REPEATED_GROUP = re.compile(r"\)\s*[*+{]")  # nested repeats are what makes a pattern run for minutes


def _odd_pattern(pattern: str) -> Any:
    if len(pattern) > 200 or _REPEATED_GROUP.search(pattern):
        return _("At most 200 characters, and no group that repeats.")
    try:
        re.compile(pattern)
    except re.error:
        return _("This is no regular expression.")
    return None


def _refuse_new_code(old: str | None, new: str) -> None:
    if old is not None and old != new:
        raise Invalid(_("The code never changes: tickets carry it."), fields={"code": _("Leave it as it is.")})


def delete_line(actor: Actor, *, row: ProductLine, now: datetime) -> None:
    """Takes a product line away; Conflict while tickets carry it."""
    require(actor, "settings.edit")
    if Ticket.objects.filter(product_line=row.code).exists():
        raise Conflict(_("Tickets carry this product line; it stays."), code="in_use")
    _delete(actor, row, now)


def retire_field(actor: Actor, *, row: Field, now: datetime) -> None:
    """Takes a custom field out of use: asked no more, what tickets carry in it is still shown."""
    _retired(actor, row, now, now)


def revive_field(actor: Actor, *, row: Field, now: datetime) -> None:
    """Takes a retired field into use again."""
    _retired(actor, row, None, now)


def _retired(actor: Actor, row: Field, at: datetime | None, now: datetime) -> None:
    require(actor, "settings.edit")
    with transaction.atomic():
        row.retired_at, row.version = at, row.version + 1
        row.save(update_fields=["retired_at", "version"])
        _note(actor, row, now)


def delete_field(actor: Actor, *, row: Field, now: datetime) -> None:
    """Takes a custom field away that no ticket carries; Conflict for others, which can only be retired."""
    require(actor, "settings.edit")
    if Ticket.objects.filter(fields__has_key=row.code).exists():
        raise Conflict(_("Tickets carry values in it: retire it instead."), code="in_use")
    _delete(actor, row, now)


def _delete(actor: Actor, row: ProductLine | Field, now: datetime) -> None:
    with transaction.atomic():
        _note(actor, row, now)
        row.delete()


def _save(
    actor: Actor, model: type[Row], pk: int | None, facts: dict[str, Any], now: datetime, version: int | None = None
) -> Row:  # fmt: skip
    try:
        with transaction.atomic():
            row = model() if pk is None else model._default_manager.select_for_update().filter(pk=pk).first()
            if row is None:
                raise NotFound(_("Somebody has deleted it."))
            if isinstance(row, Field) and pk is not None:
                if version is not None and row.version != version:
                    raise Outdated(_("Somebody changed it since you read it. Read it again."))
                row.version += 1
            for name, value in facts.items():
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
