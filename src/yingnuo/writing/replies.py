"""How are saved replies kept, those of the house and those of one's own, and how is one filled in?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.tickets import fields
from yingnuo.writing.models import SavedReply

VARIABLES = ("customer", "agent", "number", "company", "product", "due", "link")
OWN = "field."  # before the code of a custom field, as in {{ field.serial }}
_VARIABLE = re.compile(r"\{\{\s*(\w+(?:\.[\w-]+)?)\s*\}\}")
_SHORTCUT = re.compile(r"[\w-]{1,30}")


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """A saved reply. `team_id` None: for all; `language` "": for every language; `own`: its writer's alone."""

    shortcut: str
    title: str
    text: str
    language: str = ""
    team_id: int | None = None
    own: bool = False


def save(actor: Actor, *, pk: int | None, facts: ReplyFacts, now: datetime) -> SavedReply:
    """A new or changed saved reply; Invalid names what is wrong, Conflict when the shortcut is taken.

    One's own everybody writes who answers customers; those of the house need settings.edit.
    """
    row = _new(actor, facts) if pk is None else _found(actor, pk)
    require(actor, "ticket.reply" if row.owner_id else "settings.edit")
    _refuse(facts)
    row.shortcut, row.title, row.text, row.language = facts.shortcut, facts.title, facts.text, facts.language
    row.team_id = None if row.owner_id else facts.team_id
    try:
        with transaction.atomic():
            row.save()
            _note(actor, row, now)
    except IntegrityError as error:
        raise Conflict(_("This shortcut is taken. Choose another."), code="shortcut_taken") from error
    return row


def delete(actor: Actor, *, pk: int, now: datetime) -> None:
    """Takes a saved reply away."""
    with transaction.atomic():
        row = _found(actor, pk)
        require(actor, "ticket.reply" if row.owner_id else "settings.edit")
        _note(actor, row, now)
        row.delete()


def _new(actor: Actor, facts: ReplyFacts) -> SavedReply:
    return SavedReply(owner_id=actor.id if facts.own and actor.kind == "staff" else None)


def _found(actor: Actor, pk: int) -> SavedReply:
    """One of the house or one's own; somebody else's own is not there."""
    row = SavedReply.objects.filter(_seen_by(actor), pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such saved reply."))
    return row


def _seen_by(actor: Actor) -> Q:
    return Q(owner=None) | Q(owner_id=actor.id) if actor.kind == "staff" else Q(owner=None)


def _note(actor: Actor, row: SavedReply, now: datetime) -> None:
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"reply:{row.shortcut}", {"what": "saved_reply"})], now=now)


def _refuse(facts: ReplyFacts) -> None:
    wrong = {}
    if not _SHORTCUT.fullmatch(facts.shortcut):
        wrong["shortcut"] = _("Letters, digits, - and _ only.")
    named = set(_VARIABLE.findall(facts.text)) - set(VARIABLES)
    own = {f"{OWN}{code}" for code in fields.book().fields} if named else set()
    if named - own:
        wrong["text"] = _(
            "There are the variables customer, agent, number, company, product, due, link and field.code of each field."
        )
    if wrong:
        raise Invalid(_("The reply cannot be saved like this."), fields=wrong)


def offered(actor: Actor, *, team: int | None, language: str) -> list[SavedReply]:
    """What an agent can pick for a ticket of this team in this language: his own first, each by shortcut."""
    rows = SavedReply.objects.filter(_seen_by(actor), Q(team=None) | Q(team_id=team), language__in=["", language])
    return sorted(rows, key=lambda row: (row.owner_id is None, row.shortcut))


def of_house() -> list[SavedReply]:
    """Those that are nobody's own, by shortcut."""
    return list(SavedReply.objects.filter(owner=None).select_related("team").order_by("shortcut", "language"))


def own(actor: Actor) -> list[SavedReply]:
    """One's own, by shortcut."""
    mine = SavedReply.objects.filter(owner_id=actor.id) if actor.kind == "staff" else SavedReply.objects.none()
    return list(mine.order_by("shortcut", "language"))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables; one without a value is left empty."""
    return _VARIABLE.sub(lambda found: values.get(found[1], ""), text)
