"""How are rules and fault codes edited, and what would a rule have done with what was measured?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.devices import readings
from yingnuo.devices.models import AlarmRule, Device, FaultCode, Severity, StormBy
from yingnuo.engine import alarm_specs
from yingnuo.engine.alarm_course import Change, Memory, Sample, Turn
from yingnuo.engine.alarms import Rules
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require

_WRONG: Mapping[str, Any] = {
    "unknown": _("Choose from the list."), "not_a_number": _("This is no number."),
    "empty": _("This must not be empty."),
    "too_long": _("This is too long."), "too_short": _("This is too short."), "syntax": _("This cannot be read."),
    "not_understood": _("Only names of metrics, numbers, + - * / ( ), abs, min and max are understood."),
    "no_metric": _("Name a metric."), "below_limit": _("This must be above the lower limit."),
    "negative": _("This must not be below 0."), "too_wide": _("It must be less than half of what lies between."),
    "not_positive": _("This must be above 0."), "not_a_list": _("Write codes with commas between them."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule as its page has it; names as in `AlarmRule`."""

    name: str
    spec: Mapping[str, Any]
    severity: str = Severity.MAJOR
    product_line: str = ""
    model: str = ""
    active: bool = True
    resolves: bool = False
    again_s: int = 1_800
    storm_by: str = StormBy.SITE
    storm_n: int = 5
    storm_s: int = 60


@dataclass(frozen=True, slots=True)
class FaultFacts:
    """A fault code as its page has it."""

    code: str
    title_zh: str
    title_en: str
    product_line: str = ""
    severity: str = Severity.MAJOR
    advice_zh: str = ""
    advice_en: str = ""


def checked(spec: Mapping[str, Any], *, id: int = 0) -> Rules:
    """The rule, ready to judge; Invalid says what is wrong and where."""
    try:
        return Rules([alarm_specs.read(spec, id=id)])
    except alarm_specs.Wrong as wrong:
        words = _WRONG.get(wrong.code, _WRONG["syntax"])
        raise Invalid(_("This rule cannot be used."), fields={wrong.field: words}) from wrong


def save(actor: Actor, *, pk: int | None, facts: RuleFacts, now: datetime) -> AlarmRule:
    """A new or changed rule; alarms that are open under it go on by the new one."""
    require(actor, "settings.edit")
    checked(facts.spec)
    with transaction.atomic():
        row = AlarmRule() if pk is None else _locked(pk)
        for name in RuleFacts.__dataclass_fields__:
            setattr(row, name, getattr(facts, name))
        row.save()
        _note(actor, f"alarm_rule:{row.pk}", "alarm_rule", now)
    return row


def delete(actor: Actor, *, pk: int, now: datetime) -> None:
    """Takes a rule away; what came of it stays."""
    require(actor, "settings.edit")
    with transaction.atomic():
        _locked(pk).delete()
        _note(actor, f"alarm_rule:{pk}", "alarm_rule", now)


def _locked(pk: int) -> AlarmRule:
    row = AlarmRule.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such rule."), code="rule_not_found")
    return row


def save_fault(actor: Actor, *, pk: int | None, facts: FaultFacts, now: datetime) -> FaultCode:
    """A new or changed fault code; Conflict when the line has it already."""
    require(actor, "settings.edit")
    try:
        with transaction.atomic():
            row = FaultCode.objects.select_for_update().filter(pk=pk or 0).first() or FaultCode()
            for name in FaultFacts.__dataclass_fields__:
                setattr(row, name, getattr(facts, name))
            row.save()
            _note(actor, f"fault:{row.code}", "fault_code", now)
    except IntegrityError as error:
        raise Conflict(_("This product line has the code already."), code="code_taken") from error
    return row


def delete_fault(actor: Actor, *, pk: int, now: datetime) -> None:
    """Takes a fault code away."""
    require(actor, "settings.edit")
    with transaction.atomic():
        FaultCode.objects.filter(pk=pk).delete()
        _note(actor, f"fault:{pk}", "fault_code", now)


def _note(actor: Actor, subject: str, what: str, now: datetime) -> None:
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, subject, {"what": what})], now=now)
    revisions.bump()


# trying a rule


@dataclass(slots=True)
class Span:
    """An alarm that would have been: from when to when (None: still open), how often told."""

    opened_at: datetime
    code: str = ""
    value: float | None = None
    cleared_at: datetime | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have done with a machine's readings."""

    device: Device
    since: datetime
    until: datetime
    moments: int
    spans: Sequence[Span] = field(default_factory=list)


def trial(device: Device, spec: Mapping[str, Any], *, since: datetime, now: datetime) -> Trial:
    """Runs a rule over what is kept of a machine since then, as if it had been in force; nothing is written."""
    rules, memory = checked(spec), Memory()
    told = readings.all_between(device.pk, since=since, until=now)
    changes: list[Change] = []
    for at, values in told:
        changes += _until(rules, memory, at)
        changes += [c for sample in _samples(at, values) for c in rules.judge(memory, sample)]
    changes += _until(rules, memory, round(now.timestamp() * 1000))
    return Trial(device, since, now, len(told), spans(changes))


def _samples(at: int, values: Mapping[str, float]) -> list[Sample]:
    plain = {name: value for name, value in values.items() if not name.startswith(readings.FAULT)}
    faults = [Sample(at, {}, name[1:], value == 0.0) for name, value in values.items() if name not in plain]
    return [*([Sample(at, plain)] if plain else []), *faults]


def _until(rules: Rules, memory: Memory, at: int) -> list[Change]:
    """What time alone turns before the next moment that something is told."""
    found: list[Change] = []
    while (due := rules.next_at(memory)) is not None and due <= at:
        turned = rules.tick(memory, due)
        if not turned:
            break
        found += turned
    return found


def spans(changes: Sequence[Change]) -> list[Span]:
    """Turns as spans, in the order in which they opened."""
    found: list[Span] = []
    by_code: dict[str, Span] = {}
    for change in changes:
        at = instants.instant(0) + timedelta(milliseconds=change.at)
        if change.turn is Turn.RAISED:
            by_code[change.code] = Span(at, change.code, change.value)
            found.append(by_code[change.code])
        elif change.code in by_code and change.turn is Turn.REPEATED:
            by_code[change.code].count += 1
        elif change.code in by_code:
            by_code.pop(change.code).cleared_at = at
    return found
