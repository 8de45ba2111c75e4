"""How do rules of automation change, and when does one turn itself off?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.automation.facts import known as known_facts
from yingnuo.automation.models import Macro, Rule, Run, RunState, WhyOff
from yingnuo.engine import conditions
from yingnuo.engine.automation import Known, read_actions, read_trigger
from yingnuo.engine.errors import EngineError
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger import settled
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Staff, Team
from yingnuo.people.roles import SYSTEM, Actor, require
from yingnuo.promises import complaints
from yingnuo.promises.models import Calendar
from yingnuo.tickets import fields, tags
from yingnuo.tickets.models import Kind, ProductLine, Urgency

FAILURES = 10  # in a row, after which a rule turns itself off
MOST_PER_DAY = 100


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """One rule without its position; `when`, `conditions` and `actions` as they are written."""

    name: str
    when: Mapping[str, Any]
    actions: Mapping[str, Any]
    conditions: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    stop: bool = False
    most_per_day: int = 10
    active: bool = True
    owner_id: int | None = None


def known() -> Known:
    """The codes that actions may name now."""
    return Known(
        Kind.values, Urgency.values, list(ProductLine.objects.values_list("code", flat=True)),
        list(Team.objects.filter(active=True).values_list("code", flat=True)),
        list(Staff.objects.filter(active=True).values_list("username", flat=True)),
        [f.code for f in fields.book().fields.values() if not f.retired_at],
    )  # fmt: skip


def save(actor: Actor, *, pk: int | None, facts: RuleFacts, now: datetime) -> Rule:
    """A new rule (it comes last) or a changed one. It hears of what happens from now on; what one with another `when`
    was waiting for is forgotten. Invalid names the field and what to do."""
    require(actor, "automation.edit")
    refuse(facts, pk=pk, codes=known())
    with transaction.atomic(durable=True):
        return _kept(actor, pk, facts, now)


def _kept(actor: Actor, pk: int | None, facts: RuleFacts, now: datetime) -> Rule:
    row = Rule(position=last() + 1) if pk is None else locked(pk)
    if pk is None or row.when != facts.when or (facts.active and not row.active):
        row.since_id = settled.end()
        Run.objects.filter(rule=pk or 0, state=RunState.PENDING).delete()
    for name in ("name", "description", "stop", "most_per_day", "owner_id"):
        setattr(row, name, getattr(facts, name))
    row.when, row.conditions, row.actions = dict(facts.when), dict(facts.conditions), dict(facts.actions)
    _switch(row, active=facts.active)
    row.save()
    note(actor, row.name, now)
    return row


def naming_tag(tag: str) -> tuple[list[Rule], list[Macro]]:
    """The rules and macros that ask for a tag, give it or take it."""
    found = [r for r in Rule.objects.all() if tags.named_in([r.when, r.conditions, r.actions], tag)]
    return found, [m for m in Macro.objects.all() if tags.named_in(m.actions, tag)]


def reword_tag(old: str, new: str) -> None:
    """Has every rule and macro name the tag by another name; in the transaction of whoever renames it."""
    found, macros = naming_tag(old)
    for rule in found:
        for name in ("when", "conditions", "actions"):
            setattr(rule, name, tags.reworded(getattr(rule, name), old, new))
        rule.save(update_fields=["when", "conditions", "actions"])
    for macro in macros:
        macro.actions = tags.reworded(macro.actions, old, new)
        macro.save(update_fields=["actions"])


def _switch(row: Rule, *, active: bool) -> None:
    if active and not row.active:
        row.failures, row.last_error = 0, ""
    row.active, row.why_off = active, "" if active else row.why_off or WhyOff.HAND


def refuse(facts: RuleFacts, *, pk: int | None, codes: Known) -> None:
    """Raises Invalid when the rule cannot be read; its fields are when, if, then and the plain ones."""
    wrong = dict(_wrong(facts, codes))
    if "name" not in wrong and Rule.objects.filter(name=facts.name).exclude(pk=pk or 0).exists():
        wrong["name"] = _("There is a rule of this name.")
    if wrong:
        raise Invalid(_("The rule cannot be used yet."), fields=wrong)


def _wrong(facts: RuleFacts, codes: Known) -> list[tuple[str, str | Promise]]:
    found: list[tuple[str, str | Promise]] = []
    if not 0 < len(facts.name.strip()) <= 80:
        found.append(("name", _("Give the rule a name of at most 80 characters.")))
    if not 1 <= facts.most_per_day <= MOST_PER_DAY:
        found.append(("most_per_day", _("Choose from 1 to 100.")))
    for name, problem in problems(facts, codes):
        found.append((name, complaints.sentence(problem)))
    if not found and (code := read_trigger(facts.when).calendar):
        known_code = Calendar.objects.filter(code=code).exclude(current=0).exists()
        found += [] if known_code else [("when", _("There is no such service time."))]
    return found


def problems(facts: RuleFacts, codes: Known) -> list[tuple[str, EngineError]]:
    """What the engine cannot read, by part: when, if, then."""
    found: list[tuple[str, EngineError]] = []
    for name, read in (
        ("when", lambda: read_trigger(facts.when)),
        ("if", lambda: conditions.parse(facts.conditions, "if", known_facts())),
        ("then", lambda: read_actions(facts.actions, codes)),
    ):
        try:
            read()
        except EngineError as error:
            found.append((name, error))
    return found


def last() -> int:
    """The position of the last rule, 0 without one."""
    return Rule.objects.aggregate(n=Max("position"))["n"] or 0


def locked(pk: int) -> Rule:
    """The rule, locked; NotFound when somebody deleted it."""
    row = Rule.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(_("Somebody has deleted this rule."))
    return row


def move(actor: Actor, *, pk: int, before: int | None, now: datetime) -> None:
    """Puts a rule in front of another one; None puts it last."""
    require(actor, "automation.edit")
    with transaction.atomic(durable=True):
        row, place = locked(pk), last() + 1
        if before is not None:
            place = locked(before).position
            Rule.objects.filter(position__gte=place).update(position=F("position") + 1)
        Rule.objects.filter(pk=row.pk).update(position=place)
        note(actor, row.name, now)


def delete(actor: Actor, *, pk: int, now: datetime) -> None:
    """Takes a rule away with its runs."""
    require(actor, "automation.edit")
    with transaction.atomic(durable=True):
        row = locked(pk)
        note(actor, row.name, now)
        row.delete()


def put_all(actor: Actor, *, rules: Sequence[RuleFacts], now: datetime) -> int:
    """Rules out of a file, all or none: one of the same name is changed, others come last; how many there were."""
    require(actor, "automation.edit")
    codes, ids = known(), dict(Rule.objects.values_list("name", "pk"))
    for facts in rules:
        refuse(facts, pk=ids.get(facts.name), codes=codes)
    with transaction.atomic(durable=True):
        for facts in rules:
            _kept(actor, ids.get(facts.name), facts, now)
    return len(rules)


def acted(rule: Rule, *, problem: str, now: datetime) -> bool:
    """Keeps that a (locked) rule acted, or could not; True when it turned itself off with this failure."""
    rule.last_run_at = now
    rule.failures = rule.failures + 1 if problem else 0
    rule.acted += 0 if problem else 1
    rule.last_error = problem[:200] or rule.last_error
    off = rule.active and rule.failures >= FAILURES
    if off:
        rule.active, rule.why_off = False, WhyOff.FAILING
        Run.objects.filter(rule=rule, state=RunState.PENDING).delete()
        ledger.record(SYSTEM, [Entry(Code.AUTOMATION_OFF, 0, f"automation:{rule.pk}", {"name": rule.name})], now=now)
    rule.save(update_fields=["last_run_at", "failures", "acted", "last_error", "active", "why_off"])
    return off


def note(actor: Actor, name: str, now: datetime) -> None:
    """The ledger's row of a changed rule or macro."""
    params = {"what": "automation", "name": name}
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"automation:{name}"[:60], params)], now=now)
