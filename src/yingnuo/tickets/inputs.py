"""How are custom fields shown to be filled in, and read again from what was posted?

An input is called `fields.<code>`; beside it stands `was.fields.<code>`, what its reader saw. What he left alone is not
written, what both changed is refused with a word. A field that its form hides is not sent at all (`filling.js`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from yingnuo.kit.errors import Invalid
from yingnuo.people.roles import Actor
from yingnuo.tickets import fields, values
from yingnuo.tickets.fields import PREFIX, Fieldbook, Held, Item, Section
from yingnuo.tickets.models import FieldType

_WAS = f"was.{PREFIX}"
_HTML = {
    FieldType.NUMBER: "number", FieldType.DATE: "date", FieldType.MOMENT: "datetime-local", FieldType.EMAIL: "email",
    FieldType.PHONE: "tel", FieldType.LINK: "url",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Input:
    """One field as a form shows it. `was` is its kept value as text; `options` are (value, word, chosen)."""

    item: Item
    name: str
    label: str
    help: str
    look: str  # select, ticks, tick, area, or the type of an <input>
    value: str
    was: str
    options: tuple[tuple[str, str, bool], ...]
    unit: str
    needed: bool
    readonly: bool
    problem: str

    @property
    def on(self) -> str:
        """The name of the input on which it depends whether this one is shown; "" for none."""
        return PREFIX + self.item.show.field if self.item.show else ""

    @property
    def when(self) -> str:
        """The values of that input with which it is shown, a line each; "" for any."""
        return "\n".join(self.item.show.values) if self.item.show else ""

    @property
    def need_on(self) -> str:
        """The name of the input on which it depends whether this one is needed."""
        return PREFIX + self.item.need.field if self.item.need else ""

    @property
    def need_when(self) -> str:
        """The values of that input with which it is needed."""
        return "\n".join(self.item.need.values) if self.item.need else ""


@dataclass(frozen=True, slots=True)
class Part:
    """A section with its inputs."""

    word: str
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Filling:
    """What stands around a form: who fills it in, what is kept, by when it is needed, what was posted and refused."""

    actor: Actor
    held: Held
    moment: str = ""
    posted: QueryDict | None = None
    problems: Mapping[str, Any] | None = None


def parts(form: Sequence[Section], about: Filling, known: Fieldbook) -> list[Part]:
    """The form as inputs; without sections there is nothing to fill in."""
    return [Part(s.word, tuple(_input(i, about, known) for i in s.items)) for s in form if s.items]


def _input(item: Item, about: Filling, known: Fieldbook) -> Input:
    field, name = item.field, PREFIX + item.field.code
    held = about.held.get(field.code)
    said = about.posted.getlist(name) if about.posted is not None and _WAS + field.code in about.posted else None
    chosen = (
        set(said) if said is not None else {str(v) for v in held} if isinstance(held, list) else {values.text_of(held)}
    )
    problem = str((about.problems or {}).get(name, ""))
    return Input(
        item, name, values.name_of(field), values.help_of(field), _look(field.type),
        said[0] if said else "" if said is not None else _shown(field.type, held), values.text_of(held),
        tuple((code, word, code in chosen) for code, word in _options(item, known)), field.limits.get("unit", ""),
        (bool(about.moment) and item.needed(about.held, about.moment)) or (bool(item.need) and bool(about.moment)),
        not fields.may_edit(about.actor, field), problem,
    )  # fmt: skip


def _look(kind: str) -> str:
    looks: dict[str, str] = {
        FieldType.CHOICE: "select", FieldType.LINE: "select", FieldType.CHECKBOX: "tick", FieldType.CHOICES: "ticks",
        FieldType.LONG: "area",
    }  # fmt: skip
    return looks.get(kind) or _HTML.get(FieldType(kind), "text")


def _shown(kind: str, held: object) -> str:
    """The value as its input takes it: a moment in the reader's zone."""
    text = values.text_of(held)
    at = values.moment_of(text) if kind == FieldType.MOMENT else None
    return f"{timezone.localtime(at):%Y-%m-%dT%H:%M}" if at else text


def _options(item: Item, known: Fieldbook) -> list[tuple[str, str]]:
    if item.field.type == FieldType.LINE:
        return list(known.lines.items())
    return [(choice, values.choice_word(item.field, choice)) for choice in item.field.choices]


def posted(said: QueryDict, held: Held, known: Fieldbook) -> dict[str, object]:
    """What is to be written, by code; Invalid where somebody else changed a field meanwhile."""
    touched: dict[str, object] = {}
    clashing: dict[str, Any] = {}
    for code, field in known.fields.items():
        if _WAS + code not in said:
            continue
        given = said.getlist(PREFIX + code) or (["false"] if field.type == FieldType.CHECKBOX else [])
        mine, was = _as_kept(known, code, given), str(said[_WAS + code]).replace("\r\n", "\n")
        if mine == was or (mine == "false" and not was):
            continue
        current = values.text_of(held.get(code))
        if current not in (was, mine):
            clashing[PREFIX + code] = _("Changed meanwhile to “%(value)s”. Yours was “%(mine)s”.") % {
                "value": known.said(code, held.get(code)), "mine": ", ".join(given),
            }  # fmt: skip
        touched[code] = given
    if clashing:
        raise Invalid(_("Somebody changed it since you read it."), fields=clashing, code="changed_meanwhile")
    return touched


def _as_kept(known: Fieldbook, code: str, given: list[str]) -> str:
    try:
        return values.text_of(values.read(known.fields[code], given, known.lines))
    except values.Wrong:
        return "\n".join(given)


def first_posted(said: QueryDict, form: Sequence[Section]) -> dict[str, object]:
    """What was filled in on the form of a ticket that is about to be opened; of hidden fields nothing."""
    found: dict[str, object] = {}
    for item in (i for section in form for i in section.items):
        code = item.field.code
        if given := [one for one in said.getlist(PREFIX + code) if one.strip()]:
            found[code] = given
    return found


def missing(actor: Actor, kind: str, held: Held, known: Fieldbook) -> list[Part]:
    """What the form of a kind needs before a ticket is resolved and is not filled in, as inputs."""
    wanted = tuple(fields.lacking(known.form(kind), held, fields.RESOLVE))
    return parts((Section("", {}, wanted),), Filling(actor, held, fields.RESOLVE), known)
