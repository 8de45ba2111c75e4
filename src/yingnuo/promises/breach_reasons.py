"""For which reasons may a promise have been broken? A built-in list that the company rewords, cuts and lengthens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import revisions, texts
from yingnuo.kit.errors import Invalid
from yingnuo.kit.revisions import Book
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.promises.breach_models import OTHER, BreachReason

BUILT_IN: dict[str, Lazy] = {
    "no_staff": _("Nobody free to take it"), "wrong_dispatch": _("Sent to the wrong team"),
    "other_team": _("Waited for another team"), "supplier": _("Waited for a supplier"),
    "unreachable": _("Customer could not be reached"), "spare_part": _("Spare part missing"),
    "system_fault": _("System fault"), "force_majeure": _("Force majeure"),
    "recorded_late": _("Done in time, recorded late"), OTHER: _("Another reason"),
}  # fmt: skip
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason as it is offered: `name` is the company's own word, "" for the built-in one in the reader's language."""

    code: str
    name: str
    needs_words: bool
    active: bool
    position: int

    @property
    def word(self) -> str:
        """What a reader sees."""
        return self.name or str(BUILT_IN.get(self.code, self.code))

    @property
    def built_in(self) -> bool:
        """Whether it comes with the product."""
        return self.code in BUILT_IN


def _load() -> dict[str, Reason]:
    found = {code: Reason(code, "", code == OTHER, True, place) for place, code in enumerate(BUILT_IN)}
    for r in BreachReason.objects.all():
        found[r.code] = Reason(r.code, r.name, r.needs_words or r.code == OTHER, r.active, r.position)
    # "other" is read last, whatever was added
    return {r.code: r for r in sorted(found.values(), key=lambda r: (r.code == OTHER, r.position, r.code))}


_book: Book[dict[str, Reason]] = Book(_load)


def known() -> dict[str, Reason]:
    """Every reason by its code in the order of the list, those no longer offered too; one small query."""
    return _book.at(revisions.current())


def offered() -> list[Reason]:
    """The reasons that can be given now."""
    return [r for r in known().values() if r.active]


def word(code: str) -> str:
    """What a reader sees for a code; an unknown one as it is, "" for none."""
    found = known().get(code) if code else None
    return found.word if found else code


def save(actor: Actor, *, reason: Reason, now: datetime) -> None:
    """Adds a reason, or rewords, orders, or switches off the one of this code. "other" always stays and needs words."""
    require(actor, "settings.edit")
    name = " ".join(texts.keepable(reason.name).split())
    if not _CODE.fullmatch(reason.code):
        problem = _("Small letters, digits, - and _, at most 40.")
        raise Invalid(problem, fields={"code": problem})
    if len(name) > 80 or not (name or reason.built_in):
        problem = _("A name has 1 to 80 characters.")
        raise Invalid(problem, fields={"name": problem})
    if reason.code == OTHER and not reason.active:
        problem = _("This reason stays: what fits nowhere else must have a place.")
        raise Invalid(problem, fields={"active": problem})
    if not 0 <= reason.position <= 32_767:
        problem = _("A number from 0 to 32,767.")
        raise Invalid(problem, fields={"position": problem})
    with transaction.atomic():
        values = {"name": name, "needs_words": reason.needs_words, "active": reason.active, "position": reason.position}
        BreachReason.objects.update_or_create(code=reason.code, defaults=values)
        entry = Entry(Code.SETTING_CHANGED, 0, f"breach_reason:{reason.code}", {"what": "breach_reason"})
        ledger.record(actor, [entry], now=now)
        revisions.bump()
