"""Which fields does a ticket of some kind have, which are shown and needed as it stands, and what may be written?

The one place through which values of custom fields go: desk, portal, programs, tables, rules and macros.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid
from yingnuo.kit.revisions import Book
from yingnuo.people.roles import Actor
from yingnuo.tickets import values
from yingnuo.tickets.models import Editors, Field, Form, Needed, ProductLine, Ticket
from yingnuo.tickets.values import Value, Wrong

PREFIX = "fields."  # of a field's name in forms and problems
CREATE, RESOLVE = Needed.CREATE, Needed.RESOLVE
LEADS = "ticket.lead_fields"  # the verb for fields that only leads fill in
MOST_VALUES = 100
Held = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class On:
    """Holds when the field has one of the values; without any, when it has one at all."""

    field: str
    values: tuple[str, ...] = ()

    def holds(self, held: Held) -> bool:
        """Whether it does."""
        value = held.get(self.field)
        if value in (None, "", [], False) and not (value is False and "false" in self.values):
            return False
        found = {str(one) for one in value} if isinstance(value, list) else {values.text_of(value)}
        return not self.values or bool(found & {*self.values})

    def to_spec(self) -> dict[str, Any]:
        """As it is stored."""
        return {"field": self.field, "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class Item:
    """One field in a form. Without `need` it is needed whenever its field says so."""

    field: Field
    show: On | None = None
    need: On | None = None

    def needed(self, held: Held, moment: str) -> bool:
        """Whether it must be filled in by then: opening a ticket, or resolving it."""
        when = self.field.needed or (RESOLVE if self.need else Needed.NEVER)
        return bool(when) and when in (CREATE, moment) and (self.need is None or self.need.holds(held))


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under a heading; `words` has it in other languages."""

    name: str
    words: Mapping[str, str]
    items: tuple[Item, ...]

    @property
    def word(self) -> str:
        """The heading in the present language."""
        return self.words.get(get_language() or "") or self.name


@dataclass(frozen=True, slots=True)
class Fieldbook:
    """Every field and form at one revision. `lines`: product lines by code. Retired fields are in `fields` only."""

    fields: Mapping[str, Field]
    forms: Mapping[str, tuple[Section, ...]]
    lines: Mapping[str, str]

    def form(self, kind: str) -> tuple[Section, ...]:
        """The form of a kind: as somebody arranged it, else all its fields in one section."""
        if kind in self.forms:
            return self.forms[kind]
        own = tuple(Item(f) for f in self.fields.values() if not f.retired_at and (not f.kinds or kind in f.kinds))
        return (Section("", {}, own),) if own else ()

    def portal_form(self, kind: str) -> tuple[Section, ...]:
        """What of it customers fill in."""
        kept = (
            Section(
                s.name, s.words, tuple(i for i in s.items if i.field.on_portal and i.field.editors != Editors.LEADS)
            )
            for s in self.form(kind)
        )
        return tuple(s for s in kept if s.items)

    def said(self, code: str, value: object) -> str:
        """A value as its reader sees it."""
        return values.said(self.fields.get(code), value, self.lines)

    def choices(self, code: str, words: Sequence[str]) -> list[str]:
        """The choices of a field that have one of these words in some language."""
        field = self.fields.get(code)
        return [choice for word, choice in values.by_word(field).items() if word in words] if field else []

    def name(self, code: str) -> str:
        """The name of a field in the present language; its code when it is gone."""
        field = self.fields.get(code)
        return values.name_of(field) if field else code


def _load() -> Fieldbook:
    fields = {f.code: f for f in Field.objects.order_by("position", "id")}
    forms = {f.kind: read_form(f.sections, fields) for f in Form.objects.all()}
    return Fieldbook(fields, forms, dict(ProductLine.objects.order_by("name").values_list("code", "name")))


_book: Book[Fieldbook] = Book(_load)


def book(revision: int | None = None) -> Fieldbook:
    """Fields and forms at a revision; None: at the present one, which costs a small query."""
    return _book.at(revisions.current() if revision is None else revision)


def kept() -> Fieldbook:
    """What this process read last: for pages that asked for it already."""
    return _book.kept()


def read_form(sections: Sequence[Mapping[str, Any]], fields: Mapping[str, Field]) -> tuple[Section, ...]:
    """A stored form; what was retired meanwhile is left out."""
    return tuple(Section(str(s.get("name", "")), s.get("words", {}), tuple(_items(s, fields))) for s in sections)


def _items(section: Mapping[str, Any], fields: Mapping[str, Field]) -> Iterator[Item]:
    for one in section.get("fields", ()):
        field = fields.get(one["code"])
        if field is not None and not field.retired_at:
            yield Item(field, on_of(one.get("show")), on_of(one.get("need")))


def on_of(spec: Mapping[str, Any] | None) -> On | None:
    """A stored condition."""
    return On(str(spec["field"]), tuple(str(v) for v in spec.get("values", ()))) if spec else None


def visible(form: Sequence[Section], held: Held) -> list[Item]:
    """What of a form is shown with these values; what hangs on a hidden field is hidden too."""
    shown: list[Item] = []
    seen: dict[str, Any] = {}
    for item in (i for section in form for i in section.items):
        if item.show is None or item.show.holds(seen):
            shown.append(item)
            seen[item.field.code] = held.get(item.field.code)
    return shown


def lacking(form: Sequence[Section], held: Held, moment: str) -> list[Item]:
    """What must be filled in by that moment and is not."""
    return [i for i in visible(form, held) if i.needed(held, moment) and held.get(i.field.code) in (None, "", [])]


def may_edit(actor: Actor, field: Field) -> bool:
    """Whether this actor fills the field in."""
    if actor.kind == "contact":
        return field.on_portal and field.editors != Editors.LEADS
    return field.editors != Editors.LEADS or actor.may(LEADS)


def accepted(
    actor: Actor, *, said: Mapping[str, object], held: Held, known: Fieldbook
) -> dict[str, Value | None]:  # fmt: skip
    """The changes that were asked for, typed; None empties a field. Invalid names each as `fields.<code>`."""
    changes: dict[str, Value | None] = {}
    wrong: dict[str, Promise | str] = {}
    for code, one in said.items():
        try:
            value = _accepted(actor, known.fields.get(code), one, held.get(code), known)
        except Wrong as error:
            wrong[PREFIX + code] = error.said
        else:
            if value != held.get(code):
                changes[code] = value
    if wrong:
        code, problem = next(iter(wrong.items()))
        name = known.name(code.removeprefix(PREFIX))
        raise Invalid(gettext_lazy("%(name)s: %(said)s"), fields=wrong, code="bad_fields", name=name, said=str(problem))
    return changes


def _accepted(actor: Actor, field: Field | None, said: object, old: object, known: Fieldbook) -> Value | None:
    if field is None or (actor.kind == "contact" and not field.on_portal):
        raise Wrong(gettext_lazy("There is no such field."))
    value = values.read(field, said, known.lines)
    if value == old or (value is None and not old):
        return value
    if field.retired_at:
        raise Wrong(gettext_lazy("This field is not used any more."))
    if not may_edit(actor, field):
        raise Wrong(gettext_lazy("Only leads change this field."))
    return value


def refuse_lacking(form: Sequence[Section], held: Held, moment: str) -> None:
    """Invalid, by `fields.<code>`, where something must be filled in by that moment."""
    if missing := lacking(form, held, moment):
        raise Invalid(
            gettext_lazy("Fill in first: %(names)s"), code="fields_needed", names=names_of(missing),
            fields={PREFIX + i.field.code: gettext_lazy("This is needed.") for i in missing},
        )  # fmt: skip


def names_of(items: Sequence[Item]) -> str:
    """Their names in one line."""
    return ", ".join(values.name_of(i.field) for i in items)


def new(
    actor: Actor, *, kind: str, said: Mapping[str, object], portal: bool = False, known: Fieldbook | None = None
) -> tuple[tuple[str, str], ...]:  # fmt: skip
    """The values of a ticket about to be opened, as text that travels with the arrival; Invalid as `accepted`.

    Of a form on the portal only what customers fill in is needed. Without a kind the rules choose one: nothing is.
    """
    known = known or book()
    held = {
        code: value for code, value in accepted(actor, said=said, held={}, known=known).items() if value is not None
    }
    if kind:
        refuse_lacking(known.portal_form(kind) if portal else known.form(kind), held, CREATE)
    return tuple((code, values.text_of(value)) for code, value in held.items())


def opened(pairs: Sequence[tuple[str, str]], *, kind: str, known: Fieldbook) -> dict[str, Any]:
    """What a new ticket carries: values that travelled as text, typed again, and the defaults of its form.

    Nothing that a customer sent is lost: what cannot be read is kept as the text that it is.
    """
    held: dict[str, Any] = {}
    for code, text in pairs[:MOST_VALUES]:
        field = known.fields.get(code)
        try:
            value = values.read(field, text, known.lines) if field else text
        except Wrong:
            value = text
        if value is not None:
            held[code] = value
    for item in (i for section in known.form(kind) for i in section.items):
        default = default_of(item.field, known)
        if default is not None and item.field.code not in held:
            held[item.field.code] = default
    shown = {i.field.code for i in visible(known.form(kind), held)}
    given = {code for code, _text in pairs}
    return {code: value for code, value in held.items() if code in shown or code in given}


def default_of(field: Field, known: Fieldbook) -> Value | None:
    """What a new ticket has in the field when nobody says anything."""
    if not field.default:
        return None
    try:
        return values.read(field, field.default, known.lines)
    except Wrong:  # a product line that is gone meanwhile
        return None


def refuse_unready(actor: Actor, *, ticket: Ticket) -> None:
    """Invalid where people or programs would resolve a ticket without what its form needs by then."""
    if actor.kind in ("staff", "token"):
        refuse_lacking(book().form(ticket.kind), ticket.fields, RESOLVE)


def changed_words(ticket: Ticket, changes: Mapping[str, Value | None]) -> Iterator[tuple[str, str, str]]:
    """Each change as the ledger keeps it: the field's name in it, the old and the new value as text."""
    for code, value in changes.items():
        yield f"field:{code}", values.text_of(ticket.fields.get(code))[:200], values.text_of(value)[:200]


def explained(code: str, text: str, known: Fieldbook) -> str:
    """A value out of the ledger as its reader sees it."""
    field = known.fields.get(code)
    if field is None or not text:
        return text or _("nothing")
    try:
        return values.said(field, values.read(field, text, known.lines), known.lines)
    except Wrong:
        return text
