"""How does a template of approvals change?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.approvals import choosing, rulebook
from yingnuo.approvals.models import Guard, Template
from yingnuo.approvals.rulebook import Step
from yingnuo.engine import conditions
from yingnuo.engine.errors import EngineError
from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Staff
from yingnuo.people.roles import VERBS, Actor, require
from yingnuo.promises import complaints
from yingnuo.promises.models import Calendar

MOST_STEPS = 3
LONGEST_S = 90 * 86_400


@dataclass(frozen=True, slots=True)
class TemplateFacts:
    """A template as its form writes it; fields as in `approvals.models.Template`."""

    code: str
    name_hans: str
    steps: tuple[Step, ...]
    seconds: int
    name_hant: str = ""
    name_en: str = ""
    conditions: Mapping[str, Any] = field(default_factory=dict)
    calendar: str = ""
    guard: str = Guard.NOTHING
    guard_field: str = ""
    guard_values: tuple[str, ...] = ()
    guard_above: Decimal | None = None
    asks_amount: bool = False
    own: bool = False
    active: bool = True


_PLAIN = (
    "code", "name_hans", "name_hant", "name_en", "seconds", "calendar", "guard", "guard_field", "guard_above",
    "asks_amount", "own", "active",
)  # fmt: skip


def save(actor: Actor, *, pk: int | None, facts: TemplateFacts, now: datetime) -> Template:
    """A new or changed template; what is asked for already goes on by the steps it was asked with."""
    require(actor, "settings.edit")
    if wrong := dict(_wrong(facts)):
        raise Invalid(_("The approval cannot be used yet."), fields=wrong)
    with transaction.atomic(durable=True):
        row = Template() if pk is None else Template.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            raise NotFound(_("Somebody has deleted it."))
        if Template.objects.filter(code=facts.code).exclude(pk=pk or 0).exists():
            raise Invalid(_("This code is taken."), fields={"code": _("This code is taken.")})
        for name in _PLAIN:
            setattr(row, name, getattr(facts, name))
        row.conditions, row.guard_values = dict(facts.conditions), list(facts.guard_values)
        row.steps = [s.to_spec() for s in facts.steps]
        row.save()
        _note(actor, row, now)
    return row


def _wrong(facts: TemplateFacts) -> list[tuple[str, str | Promise]]:
    found: list[tuple[str, str | Promise]] = []
    if not facts.name_hans.strip():
        found.append(("name_hans", _("Give it a name.")))
    if not 60 <= facts.seconds <= LONGEST_S:
        found.append(("limit", _("From a minute to 90 days, such as 4h or 2d.")))
    if facts.calendar and not Calendar.objects.filter(code=facts.calendar).exclude(current=0).exists():
        found.append(("calendar", _("There is no such service time.")))
    if not 1 <= len(facts.steps) <= MOST_STEPS:
        found.append(("roles_1", _("Say who decides.")))
    for n, step in enumerate(facts.steps, start=1):
        found += _wrong_step(n, step, asks_amount=facts.asks_amount)
    found += _wrong_guard(facts)
    try:
        conditions.parse(facts.conditions, "if", rulebook.FACTS)
    except EngineError as error:
        found.append(("when", complaints.sentence(error)))
    return found


def _wrong_step(n: int, step: Step, *, asks_amount: bool) -> list[tuple[str, str | Promise]]:
    known = set(Staff.objects.filter(username__in=step.people, active=True).values_list("username", flat=True))
    found: list[tuple[str, str | Promise]] = []
    if set(step.people) - known:
        found.append((f"people_{n}", _("There is no such person.")))
    if not (step.roles or step.people or step.verb) or not set(step.roles) <= set(choosing.ROLES):
        found.append((f"roles_{n}", _("Say who decides.")))
    if step.verb and not any(step.verb in verbs for verbs in VERBS.values()):
        found.append((f"verb_{n}", _("Choose from the list.")))
    if step.above is not None and not asks_amount:
        found.append((f"above_{n}", _("Only where an amount is asked for.")))
    return found


def _wrong_guard(facts: TemplateFacts) -> list[tuple[str, str | Promise]]:
    found: list[tuple[str, str | Promise]] = []
    if facts.guard == Guard.FIELD and not facts.guard_field:
        found.append(("guard_field", _("Say which value.")))
    if facts.guard == Guard.FIELD and not facts.guard_values and facts.guard_above is None:
        found.append(("guard_values", _("Say which values, or above which number.")))
    if facts.guard == Guard.REPLY and not facts.guard_values:
        found.append(("guard_values", _("Say which words.")))
    return found


def delete(actor: Actor, *, pk: int, now: datetime) -> None:
    """Takes a template away; Conflict while something is asked for by it."""
    require(actor, "settings.edit")
    with transaction.atomic(durable=True):
        row = Template.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            raise NotFound(_("Somebody has deleted it."))
        if row.approval_set.filter(ended_at=None).exists():
            raise Conflict(_("Something waits for a decision by it. Take it out of use instead."), code="in_use")
        _note(actor, row, now)
        row.delete()


def _note(actor: Actor, row: Template, now: datetime) -> None:
    entry = Entry(Code.SETTING_CHANGED, 0, f"approval:{row.code}", {"what": "approval", "name": row.name_hans})
    ledger.record(actor, [entry], now=now)
    revisions.bump()
