"""What does a ticket carry in its custom fields, for reading, and what does it lack?"""

from __future__ import annotations

from dataclasses import dataclass

from yingnuo.tickets import fields
from yingnuo.tickets.fields import Fieldbook
from yingnuo.tickets.models import FieldType, Ticket


@dataclass(frozen=True, slots=True)
class Fact:
    """One value that a ticket carries, for reading. `href`: where it leads; `gone`: the field is not used any more."""

    name: str
    value: str
    href: str = ""
    gone: bool = False


def of(t: Ticket, known: Fieldbook) -> list[Fact]:
    """What a ticket carries: the fields of its form in their order, then those of a former kind or retired ones."""
    shown = {i.field.code: i.field for i in fields.visible(known.form(t.kind), t.fields)}
    others = [code for code in t.fields if code not in shown]
    return [
        Fact(known.name(code), known.said(code, value), _href(known, code, value), code not in shown)
        for code in (*shown, *others)
        if (value := t.fields.get(code)) not in (None, "", [])
    ]


def _href(known: Fieldbook, code: str, value: object) -> str:
    kind = known.fields[code].type if code in known.fields else ""
    if kind == FieldType.LINK and str(value).startswith(("https://", "http://")):
        return str(value)
    return f"mailto:{value}" if kind == FieldType.EMAIL else ""


def unready(t: Ticket, known: Fieldbook) -> str:
    """The names of what must be filled in before it is resolved; "" when nothing is missing."""
    return fields.names_of(fields.lacking(known.form(t.kind), t.fields, fields.RESOLVE)) if t.is_open else ""
