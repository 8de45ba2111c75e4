"""How are saved replies kept, and how is one filled in for a chat?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yingnuo.chat.models import SavedReply
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require

VARIABLES = ("customer", "agent", "number", "company")
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_SHORTCUT = re.compile(r"[\w-]{1,30}")


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """A saved reply. `team_id` None: for all; `language` "": for every language."""

    shortcut: str
    title: str
    text: str
    language: str = ""
    team_id: int | None = None


def save(actor: Actor, *, pk: int | None, facts: ReplyFacts, now: datetime) -> SavedReply:
    """A new or changed saved reply; Invalid names what is wrong, Conflict when the shortcut is taken."""
    require(actor, "settings.edit")
    _refuse(facts)
    row = SavedReply() if pk is None else _found(pk)
    for name, value in asdict(facts).items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
            _note(actor, row, now)
    except IntegrityError as error:
        raise Conflict(_("This shortcut is taken. Choose another."), code="shortcut_taken") from error
    return row


def delete(actor: Actor, *, pk: int, now: datetime) -> None:
    """Takes a saved reply away."""
    require(actor, "settings.edit")
    with transaction.atomic():
        row = _found(pk)
        _note(actor, row, now)
        row.delete()


def _found(pk: int) -> SavedReply:
    row = SavedReply.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such saved reply."))
    return row


def _note(actor: Actor, row: SavedReply, now: datetime) -> None:
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"reply:{row.shortcut}", {"what": "saved_reply"})], now=now)


def _refuse(facts: ReplyFacts) -> None:
    wrong = {}
    if not _SHORTCUT.fullmatch(facts.shortcut):
        wrong["shortcut"] = _("Letters, digits, - and _ only.")
    unknown = sorted(set(_VARIABLE.findall(facts.text)) - set(VARIABLES))
    if unknown:
        wrong["text"] = _("There are the variables customer, agent, number and company.")
    if wrong:
        raise Invalid(_("The reply cannot be saved like this."), fields=wrong)


def offered(*, team: int | None, language: str) -> list[SavedReply]:
    """What an agent can pick for a chat of this team in this language, by shortcut."""
    rows = SavedReply.objects.filter(Q(team=None) | Q(team_id=team), language__in=["", language])
    return list(rows.order_by("shortcut"))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables; one without a value is left empty."""
    return _VARIABLE.sub(lambda found: values.get(found[1], ""), text)
