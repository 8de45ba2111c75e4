"""What may a program send about custom fields, forms and what customers own?"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from yingnuo.api.asked import Body, Code, Language, without_nul
from yingnuo.api.asked_house import Title
from yingnuo.tickets.models import Editors, FieldType, Kind, Needed

Help = Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=200)]


class FieldWords(Body):
    """A custom field in one language; `choices` has the word of each choice."""

    name: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=80)] = ""
    help: Help = ""
    choices: Annotated[dict[Title, Title], Field(max_length=200)] = {}


class FieldLimits(Body):
    """What a field takes. `pattern` is a regular expression for the whole text, the others are for numbers."""

    pattern: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=200)] | None = None
    least: Annotated[float, Field(ge=-1e15, le=1e15)] | None = None
    most: Annotated[float, Field(ge=-1e15, le=1e15)] | None = None
    decimals: Annotated[int, Field(ge=0, le=6)] | None = None
    unit: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=20)] | None = None


class FieldIn(Body):
    """A custom field; `choices` for the types of choice, no `kinds` means tickets of every kind.

    `name` and `help` are in the house's language, `words` has them in others.
    """

    name: Title
    type: FieldType = FieldType.TEXT
    choices: Annotated[tuple[Title, ...], Field(max_length=200)] = ()
    kinds: Annotated[tuple[Kind, ...], Field(max_length=20)] = ()
    on_portal: bool = False
    position: Annotated[int, Field(ge=0, le=999)] = 0
    help: Help = ""
    words: dict[Language, FieldWords] = {}
    limits: FieldLimits = FieldLimits()
    default: Help = ""
    needed: Needed = Needed.NEVER
    editors: Editors = Editors.AGENTS
    retired: bool = Field(False, description="Asked no more; what tickets carry in it is still shown.")


class OnIn(Body):
    """Holds when a field that stands before has one of the values; without values, when it is filled in at all."""

    field: Code
    values: Annotated[tuple[Title, ...], Field(max_length=20)] = ()


class ItemIn(Body):
    """A field in a form: when it is shown and needed; null for always, and for as the field says."""

    code: Code
    show: OnIn | None = None
    need: OnIn | None = None


class SectionIn(Body):
    """Fields under a heading; `words` has it in other languages."""

    name: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=80)] = ""
    words: dict[Language, Title] = {}
    fields: Annotated[tuple[ItemIn, ...], Field(max_length=60)] = ()


class FormIn(Body):
    """How the form of a kind is arranged."""

    sections: Annotated[tuple[SectionIn, ...], Field(max_length=12)]


class UnitIn(Body):
    """Something that a customer owns; `warranty_until` is the last day it is under warranty."""

    product_line: Code = ""
    model: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=80)] = ""
    serial: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=80)] = ""
    bought_on: date | None = None
    warranty_until: date | None = None
    contract: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=80)] = ""
    note: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=400)] = ""
    gone: bool = Field(False, description="The customer has it no more.")
