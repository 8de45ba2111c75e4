"""How is the form of a kind arranged: which fields, in which order and sections, shown and needed when?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid, NotFound, Outdated
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.tickets import fields
from yingnuo.tickets.fields import Item, On, Section
from yingnuo.tickets.models import Form, Kind

MOST_SECTIONS, MOST_FIELDS, MOST_VALUES, LONGEST = 12, 60, 20, 80


@dataclass(frozen=True, slots=True)
class Version:
    """A form as it is stored: its sections, and the version that a change names; 0 where nobody arranged it yet."""

    sections: tuple[Section, ...]
    version: int


def of_kind(kind: str) -> Version:
    """The form of a kind as it is now; NotFound for what is no kind."""
    if kind not in Kind.values:
        raise NotFound(_("There is no such kind of ticket."), code="kind_not_found")
    known = fields.book()
    row = Form.objects.filter(kind=kind).first()
    return Version(fields.read_form(row.sections, known.fields) if row else known.form(kind), row.version if row else 0)


def save(
    actor: Actor, *, kind: str, sections: Sequence[Section], version: int | None = None, now: datetime
) -> Version:  # fmt: skip
    """Arranges the form of a kind; Outdated when it is not at `version` any more, Invalid where it makes no sense."""
    require(actor, "settings.edit")
    if kind not in Kind.values:
        raise NotFound(_("There is no such kind of ticket."), code="kind_not_found")
    _refuse_odd(sections)
    with transaction.atomic():
        row, made = Form.objects.select_for_update().get_or_create(kind=kind, defaults={"version": 0})
        if version is not None and row.version != version:
            raise Outdated(_("Somebody changed it since you read it. Read it again."))
        spec = [spec_of(s) for s in sections]
        if made or row.sections != spec:
            row.sections, row.version = spec, row.version + 1
            row.save()
            _note(actor, kind, "arranged", now)
    return Version(tuple(sections), row.version)


def forget(actor: Actor, *, kind: str, now: datetime) -> None:
    """Takes an arrangement away: the kind has all its fields again, by their position."""
    require(actor, "settings.edit")
    with transaction.atomic():
        if Form.objects.filter(kind=kind).delete()[0]:
            _note(actor, kind, "forgotten", now)


def _note(actor: Actor, kind: str, how: str, now: datetime) -> None:
    entry = Entry(Code.SETTING_CHANGED, 0, f"form:{kind}", {"what": "form", "kind": kind, "how": how})
    ledger.record(actor, [entry], now=now)
    revisions.bump()


def spec_of(section: Section) -> dict[str, Any]:
    """A section as it is stored."""
    items = [
        {
            "code": i.field.code,
            "show": i.show.to_spec() if i.show else None,
            "need": i.need.to_spec() if i.need else None,
        }
        for i in section.items
    ]
    return {"name": section.name, "words": dict(section.words), "fields": items}


def _refuse_odd(sections: Sequence[Section]) -> None:
    """Invalid where a field stands twice, hangs on one that does not stand before it, or there is too much."""
    order = [i.field.code for s in sections for i in s.items]
    if len(sections) > MOST_SECTIONS or len(order) > MOST_FIELDS or any(len(s.name) > LONGEST for s in sections):
        raise Invalid(_("A form has at most 12 sections and 60 fields."), code="too_long")
    if len(set(order)) < len(order):
        raise Invalid(_("A field stands in the form twice."), code="field_twice")
    before: set[str] = set()
    for item in (i for s in sections for i in s.items):
        for on in (item.show, item.need):
            if on is not None and on.field not in before:
                said = _("A condition looks at a field that stands before it in the form.")
                raise Invalid(said, fields={item.field.code: said}, code="bad_condition")
            if on is not None and len(on.values) > MOST_VALUES:
                raise Invalid(_("These are too many values."), fields={item.field.code: _("At most 20.")})
        before.add(item.field.code)


def moved(sections: Sequence[Section], code: str, by: int) -> tuple[Section, ...]:
    """The form with a field one place further up (-1) or down (1), over the edge into the next section."""
    places = [(n, k) for n, s in enumerate(sections) for k, i in enumerate(s.items) if i.field.code == code]
    if not places:
        return tuple(sections)
    n, k = places[0]
    rows = [list(s.items) for s in sections]
    item = rows[n].pop(k)
    if 0 <= k + by <= len(rows[n]):
        rows[n].insert(k + by, item)
    elif 0 <= n + by < len(rows):
        rows[n + by].insert(len(rows[n + by]) if by < 0 else 0, item)
    else:
        rows[n].insert(k, item)
    return _with(sections, rows)


def moved_section(sections: Sequence[Section], place: int, by: int) -> tuple[Section, ...]:
    """The form with a section one place further up or down."""
    rows = list(sections)
    if 0 <= place < len(rows) and 0 <= place + by < len(rows):
        rows.insert(place + by, rows.pop(place))
    return tuple(rows)


def without(sections: Sequence[Section], code: str) -> tuple[Section, ...]:
    """The form without a field, and without conditions that looked at it."""
    return _with(sections, [[_freed(i, code) for i in s.items if i.field.code != code] for s in sections])


def _freed(item: Item, code: str) -> Item:
    show, need = (None if on and on.field == code else on for on in (item.show, item.need))
    return replace(item, show=show, need=need)


def without_section(sections: Sequence[Section], place: int) -> tuple[Section, ...]:
    """The form without a section; its fields go to the one before it, of the first to the next."""
    if not (0 <= place < len(sections)) or len(sections) < 2:
        return tuple(sections)
    rows = [list(s.items) for s in sections]
    going = rows.pop(place)
    if place:
        rows[place - 1] += going
    else:
        rows[0] = going + rows[0]
    return _with([s for n, s in enumerate(sections) if n != place], rows)


def added(sections: Sequence[Section], item: Item) -> tuple[Section, ...]:
    """The form with a field more, at the end."""
    rows = list(sections) or [Section("", {}, ())]
    return (*rows[:-1], replace(rows[-1], items=(*rows[-1].items, item)))


def conditioned(sections: Sequence[Section], code: str, *, show: On | None, need: On | None) -> tuple[Section, ...]:
    """The form with other conditions of one field."""
    rows = [[replace(i, show=show, need=need) if i.field.code == code else i for i in s.items] for s in sections]
    return _with(sections, rows)


def items(sections: Sequence[Section]) -> Iterator[Item]:
    """Every field of a form in its order."""
    return (i for s in sections for i in s.items)


def _with(sections: Sequence[Section], rows: Sequence[Sequence[Item]]) -> tuple[Section, ...]:
    return tuple(replace(s, items=tuple(row)) for s, row in zip(sections, rows, strict=True))
