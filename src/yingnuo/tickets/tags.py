"""Which tags may a ticket carry, how do they look, and where are they named?

A tag is known once somebody or something has used it. One that was renamed or merged is understood by its old name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.kit.revisions import Book
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.tickets.models import OPEN_STATUSES
from yingnuo.tickets.tag_models import Tag, Tone

LONGEST = 40
_KEYS = ("tags", "add_tags", "remove_tags")


@dataclass(frozen=True, slots=True)
class Card:
    """A tag as pages and rules need it."""

    name: str
    tone: str = Tone.GRAY
    description: str = ""
    active: bool = True
    into: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """How many tickets carry a tag, how many of them are open, and when one that does last changed."""

    open: int = 0
    all: int = 0
    last: datetime | None = None


def _load() -> dict[str, Card]:
    rows = Tag.objects.order_by("name").values_list("name", "tone", "description", "active", "into")
    return {row[0]: Card(*row) for row in rows}


book: Book[dict[str, Card]] = Book(_load)


def card(name: str) -> Card:
    """How a tag looks, as this process read it last; one that it does not know looks like any other."""
    return book.kept().get(name) or Card(name)


def tidy(name: str) -> str:
    """A tag as it is kept: without white space around it and without commas, which part tags from each other."""
    return name.replace(",", " ").replace("，", " ").strip()[:LONGEST].strip()


def admitted(actor: Actor, *, wanted: Iterable[str], had: Collection[str] = ()) -> list[str]:
    """The tags that a ticket gets, which had some: old names become new ones, unknown ones become known.

    Invalid for one that was retired, NotAllowed for an unknown one where the actor may not invent; what the product
    does by itself leaves retired ones out.
    """
    asked = {name for tag in wanted if (name := tidy(tag))}
    fresh = asked - set(had)
    known = book.at(revisions.current()) if fresh else {}
    kept = asked & set(had)
    for name in fresh:
        there = known.get(name)
        if there is None or there.active or there.into:
            kept.add(there.into if there and not there.active else name)
        elif actor.kind in ("staff", "token"):
            said = _("The tag %(tag)s is used no more.") % {"tag": name}
            raise Invalid(said, fields={"tags": said})
    unknown = fresh - known.keys()
    if unknown and actor.kind in ("staff", "token") and not actor.may("tag.invent"):
        said = _("Choose from the tags of the house: %(tags)s is new.") % {"tags": ", ".join(sorted(unknown))}
        raise NotAllowed(said, code="new_tag", verb="tag.invent")
    remember(unknown)
    return sorted(kept)


def remember(names: Iterable[str]) -> None:
    """Makes tags known that are used from now on; nothing is asked for those that this process knows."""
    read = book.kept()
    fresh = sorted({name for name in names if name and name not in read})
    if not fresh:
        return
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER, [fresh])
        if cursor.rowcount:
            revisions.bump()
    transaction.on_commit(lambda: book.at(revisions.current()))  # a work process reads it at no other time


_REMEMBER = """
INSERT INTO tickets_tag (name, description, tone, active, "into")
SELECT name, '', 'gray', true, '' FROM unnest(%s::varchar[]) AS name ON CONFLICT (name) DO NOTHING
"""


def used(names: Iterable[str]) -> dict[str, Used]:
    """How much each of these is used; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_USED, [list(OPEN_STATUSES), list(names)])
        return {name: Used(live, every, last) for name, live, every, last in cursor.fetchall()}


_USED = """
SELECT n.name, count(t.id) FILTER (WHERE t.status = ANY(%s)), count(t.id), max(t.updated_at)
FROM unnest(%s::varchar[]) AS n(name) LEFT JOIN tickets_ticket t ON t.tags @> ARRAY[n.name]
GROUP BY n.name
"""


def save(actor: Actor, *, pk: int | None, name: str, description: str, tone: str, active: bool, now: datetime) -> Tag:
    """A new tag, or what is said of a known one; its name changes by `journey.tagging`."""
    require(actor, "settings.edit")
    if tone not in Tone.values:
        raise Invalid(_("Choose from the list."), fields={"tone": _("Choose from the list.")})
    if not tidy(name):
        raise Invalid(_("This field is required."), fields={"name": _("This field is required.")})
    try:
        with transaction.atomic():
            row = Tag(name=tidy(name)) if pk is None else Tag.objects.select_for_update().filter(pk=pk).first()
            if row is None:
                raise NotFound(_("Somebody has deleted it."))
            row.description, row.tone = description.strip()[:200], tone
            row.active, row.into = active, "" if active else row.into
            row.save()
            params = {"tag": row.name, "what": "described"}
            ledger.record(actor, [Entry(Code.TAG_CHANGED, 0, f"tag:{row.pk}", params)], now=now)
            revisions.bump()
    except IntegrityError as error:
        raise Conflict(_("There is a tag of this name. Merge them instead."), code="name_taken") from error
    return row


# --- where a tag is named: conditions and actions of rules, lists and standards are mappings


def named_in(spec: Any, tag: str) -> bool:
    """Whether a condition, or the actions of a rule, name the tag."""
    return bool(reworded(spec, tag, f"{tag}\0") != spec)


def reworded(spec: Any, old: str, new: str) -> Any:
    """The same condition or actions with another name for a tag; each list names it once."""
    if isinstance(spec, Mapping):
        about_tags = spec.get("field") == "tags"
        return {
            key: _swapped(value, old, new) if key in _KEYS or (about_tags and key == "values")
            else reworded(value, old, new)
            for key, value in spec.items()
        }  # fmt: skip
    return [reworded(one, old, new) for one in spec] if isinstance(spec, list | tuple) else spec


def _swapped(value: Any, old: str, new: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _swapped(one, old, new) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return list(dict.fromkeys(new if one == old else one for one in value))
    return new if value == old else value
