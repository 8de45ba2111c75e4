"""How do turns of alarms become rows: at most one open alarm for a machine, a rule and a fault code?

What comes again soon after it was over opens the same alarm anew, so that it goes on in the same ticket. Everything
happens in the caller's transaction, which holds the machine's state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yingnuo.devices.models import Alarm, Device
from yingnuo.devices.rulebook import Card, Rulebook
from yingnuo.engine.alarm_course import Change, Turn
from yingnuo.kit import instants

WAIT = timedelta(seconds=3)  # an alarm is told after so long, for it may be one of many
_EPOCH = instants.instant(0)
_CHANGED = ["last_at", "cleared_at", "count", "reopened", "value", "tell_at"]
Key = tuple[int, int, str]  # machine, rule, fault code


@dataclass(frozen=True, slots=True)
class Turned:
    """Alarms that were touched, and those of them that are new or open again."""

    touched: Sequence[Alarm]
    raised: Sequence[Alarm]


def apply(changes: Mapping[Device, Sequence[Change]], book: Rulebook, *, now: datetime) -> Turned:
    """Writes the turns down."""
    latest = _latest(changes)
    opened: list[Alarm] = []
    touched: dict[int, Alarm] = {}  # by the object's own id: a new alarm has no number yet
    for device, turns in changes.items():
        for change in turns:
            card = book.cards.get(change.rule)
            if card is None:
                continue
            key = (device.pk, change.rule, change.code)
            alarm = _turn(latest.get(key), device, card, change, book, now)
            if alarm is not None:
                fresh = alarm.pk is None and id(alarm) not in touched
                opened += [alarm] if fresh else []
                latest[key] = touched[id(alarm)] = alarm
    Alarm.objects.bulk_create(opened)
    new = {id(alarm) for alarm in opened}
    Alarm.objects.bulk_update([a for a in touched.values() if id(a) not in new], _CHANGED)
    raised = [a for a in touched.values() if a.cleared_at is None and a.tell_at is not None]
    return Turned(list(touched.values()), raised)


def _latest(changes: Mapping[Device, Sequence[Change]]) -> dict[Key, Alarm]:
    """The newest alarm under each key that turns, open or over."""
    if not changes:
        return {}
    rules = {change.rule for turns in changes.values() for change in turns}
    rows = Alarm.objects.filter(device__in=changes, rule_key__in=rules).order_by("device", "rule_key", "code", "-pk")
    return {(a.device_id, a.rule_key, a.code): a for a in rows.distinct("device", "rule_key", "code")}


def _turn(
    alarm: Alarm | None, device: Device, card: Card, change: Change, book: Rulebook, now: datetime
) -> Alarm | None:  # fmt: skip
    at = _EPOCH + timedelta(milliseconds=change.at)
    if change.turn is Turn.CLEARED:
        return _over(alarm, at, now)
    if alarm is None or not _same(alarm, card, at):
        return _new(device, card, change, book, at, now)
    if alarm.cleared_at is not None:
        alarm.cleared_at, alarm.reopened, alarm.tell_at = None, alarm.reopened + 1, now
    alarm.count += 1
    alarm.last_at, alarm.value = max(alarm.last_at, at), change.value
    if alarm.tell_at is None and worth_a_note(alarm):
        alarm.tell_at = now
    return alarm


def _same(alarm: Alarm, card: Card, at: datetime) -> bool:
    return alarm.cleared_at is None or at - alarm.cleared_at <= timedelta(seconds=card.row.again_s)


def _over(alarm: Alarm | None, at: datetime, now: datetime) -> Alarm | None:
    if alarm is None or alarm.cleared_at is not None:
        return None
    alarm.cleared_at = max(at, alarm.opened_at)
    alarm.tell_at = now if alarm.told else alarm.tell_at or now
    return alarm


def _new(device: Device, card: Card, change: Change, book: Rulebook, at: datetime, now: datetime) -> Alarm:
    return Alarm(
        device=device, rule=card.row, rule_key=card.row.pk, name=card.row.name, code=change.code,
        severity=book.severity(card, device.product_line, change.code), opened_at=at, recorded_at=now, last_at=at,
        value=change.value, tell_at=now + WAIT,
    )  # fmt: skip


def worth_a_note(alarm: Alarm) -> bool:
    """Whether its count has reached another power of ten since its ticket was last told."""
    return len(str(alarm.count)) > len(str(alarm.noted))


def open_of(devices: Iterable[int]) -> list[Alarm]:
    """The open alarms of machines, newest first."""
    rows = Alarm.objects.filter(device__in=list(devices), cleared_at=None)
    return list(rows.select_related("device", "rule").order_by("-opened_at"))
