"""Which rules watch a machine?

All of them are kept in memory at one revision, read once; those of one line and model are put together once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from yingnuo.devices.models import AlarmRule, Device, FaultCode, Severity
from yingnuo.engine import alarm_specs
from yingnuo.engine.alarm_course import Rule
from yingnuo.engine.alarms import Rules
from yingnuo.kit.revisions import Book

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Card:
    """A rule with what is not the engine's."""

    row: AlarmRule
    rule: Rule

    def fits(self, device: Device) -> bool:
        """Whether it watches this machine."""
        if self.row.device_id is not None:
            return self.row.device_id == device.pk
        line, model = self.row.product_line, self.row.model
        return (not line or line == device.product_line) and (not model or model == device.model)


class Rulebook:
    """Rules and fault codes at one revision."""

    def __init__(self, cards: Mapping[int, Card], faults: Mapping[tuple[str, str], FaultCode]) -> None:
        self.cards, self._faults = cards, faults
        self._own = {card.row.device_id for card in cards.values() if card.row.device_id}
        self._made: dict[tuple[str, str, int], Rules] = {}

    def of(self, device: Device, *, now: datetime) -> Rules:
        """The rules of this machine; of one that somebody works on, muted until he is done."""
        key = (device.product_line, device.model, device.pk if device.pk in self._own else 0)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = Rules(self._fitting(device))
        if device.quiet_until is None or device.quiet_until <= now:
            return found
        until = round(device.quiet_until.timestamp() * 1000)
        return Rules([replace(rule, muted=until) for rule in found.all.values()])

    def _fitting(self, device: Device) -> list[Rule]:
        return [card.rule for card in self.cards.values() if card.fits(device)]

    def fault(self, line: str, code: str) -> FaultCode | None:
        """What a code means on this product line."""
        return self._faults.get((line, code)) or self._faults.get(("", code))

    def severity(self, card: Card, line: str, code: str) -> str:
        """How bad an alarm of this rule is: the code's own severity, where the table knows it."""
        fault = self.fault(line, code) if code else None
        return fault.severity if fault else card.row.severity


def _load() -> Rulebook:
    cards = {row.pk: card for row in AlarmRule.objects.filter(active=True).order_by("pk") if (card := card_of(row))}
    faults = {(f.product_line, f.code): f for f in FaultCode.objects.all()}
    return Rulebook(cards, faults)


def card_of(row: AlarmRule) -> Card | None:
    """The rule of a row; None, and a word in the log, for one that an older version wrote and nobody understands."""
    try:
        rule = alarm_specs.read(row.spec, id=row.pk)
    except alarm_specs.Wrong as error:
        _log.error("alarm_rule.not_understood", rule=row.pk, problem=str(error))
        return None
    return Card(row, replace(rule, through=rule.through or row.severity == Severity.CRITICAL))


rulebook: Book[Rulebook] = Book(_load)
