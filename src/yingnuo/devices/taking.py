"""What becomes of a batch of readings: kept, judged by the rules, and remembered?

Everything happens in the caller's transaction. The states of the machines are locked in the order of their numbers, so
that workers which take batches of the same machines wait for each other and never on each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F

from yingnuo.channels.happenings import Reading
from yingnuo.channels.models import Channel
from yingnuo.devices import readings as kept
from yingnuo.devices import registry
from yingnuo.devices.models import Device, DeviceState, Standing
from yingnuo.devices.rulebook import Rulebook, rulebook
from yingnuo.engine.alarm_course import Change, Memory, Sample
from yingnuo.kit import columns, instants, revisions

_EPOCH = instants.instant(0)
_MICROSECOND, _MS = timedelta(microseconds=1), timedelta(milliseconds=1)
_SAMPLES = (("device", "bigint"), ("metric", "text"), ("at", "bigint"), ("value", "float8"))
_KEEP = f"""
INSERT INTO devices_sample (device_id, metric, at, value)
SELECT d.device, d.metric, to_timestamp(0) + d.at * interval '1 microsecond', d.value FROM {columns.source(_SAMPLES)}
ON CONFLICT DO NOTHING
"""  # noqa: S608  # made of the names above
_KEEP_NEW = _KEEP + " RETURNING device_id, metric, (date_part('epoch', at) * 1000000)::bigint"
_STATES = (
    ("device", "bigint"), ("seen", "bigint"), ("online", "boolean"), ("next", "bigint"), ("memory", "jsonb"),
)  # fmt: skip
_REMEMBER = f"""
UPDATE devices_devicestate s SET memory = d.memory, online = d.online,
    seen_at = to_timestamp(0) + d.seen * interval '1 millisecond',
    next_at = to_timestamp(0) + d.next * interval '1 millisecond'
FROM {columns.source(_STATES)} WHERE s.device_id = d.device
"""  # noqa: S608  # made of the names above


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a batch: changes of alarms by machine, answers to commands, and the machines that spoke."""

    changes: Mapping[Device, Sequence[Change]] = field(default_factory=dict)
    answers: Sequence[tuple[Device, Reading]] = ()
    spoke: Sequence[Device] = ()


def take(channel: Channel, said: Sequence[Reading], *, now: datetime) -> Judged:
    """Takes a batch of one channel in."""
    devices = registry.known(channel, {r.device for r in said}, now=now)
    believed: dict[Device, list[Reading]] = defaultdict(list)
    for r in said:
        device = devices.get(r.device)
        if device is not None and _believed(device, r):
            believed[device].append(r)
    _count_unreadable(devices, said)
    heard = {device: [r for r in rows if not r.unreadable] for device, rows in believed.items()}
    fresh = _keep(heard)
    answers = [(device, r) for device, rows in heard.items() for r in rows if r.answer_to]
    changes = _judge(channel, {d: _samples(d, rows, fresh) for d, rows in heard.items() if rows}, now)
    return Judged(changes, answers, [device for device, rows in heard.items() if rows])


def _believed(device: Device, r: Reading) -> bool:
    """What is signed by a key that does not count any more is not."""
    return device.standing != Standing.BLOCKED and r.signed in (0, device.key)


def _count_unreadable(devices: Mapping[str, Device], said: Sequence[Reading]) -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for r in said:
        if r.unreadable:
            found[r.device].append(r.text)
    for name, texts in found.items():
        if name in devices:
            rows = Device.objects.filter(pk=devices[name].pk)
            rows.update(unreadable=F("unreadable") + len(texts), unreadable_text=texts[-1][:120])


def _keep(heard: Mapping[Device, Sequence[Reading]]) -> set[tuple[int, str, int]]:
    """Keeps values and faults; which faults are new, by machine, metric and microsecond."""
    values, faults = [], []
    for device, rows in heard.items():
        for r in rows:
            at = (r.at - _EPOCH) // _MICROSECOND
            values += [(device.pk, name, at, value) for name, value in r.values.items()]
            if r.fault:
                faults.append((device.pk, _metric(r), at, 0.0 if r.over else 1.0))
    with connection.cursor() as cursor:
        if values:
            cursor.execute(_KEEP, columns.pack(_SAMPLES, zip(*values, strict=True)))
        if not faults:
            return set()
        cursor.execute(_KEEP_NEW, columns.pack(_SAMPLES, zip(*faults, strict=True)))
        return set(cursor.fetchall())


def _metric(r: Reading) -> str:
    return f"{kept.FAULT}{r.fault}"[:40]


def _samples(device: Device, rows: Iterable[Reading], fresh: set[tuple[int, str, int]]) -> list[Sample]:
    """What the engine judges, in the order of time. A fault that is there already was judged already."""
    found = []
    for r in rows:
        again = r.fault and (device.pk, _metric(r), (r.at - _EPOCH) // _MICROSECOND) not in fresh
        if not again:
            found.append(Sample((r.at - _EPOCH) // _MS, r.values, r.fault, r.over, r.online))
    return sorted(found, key=lambda sample: sample.at)


def _judge(
    channel: Channel, samples: Mapping[Device, Sequence[Sample]], now: datetime
) -> dict[Device, list[Change]]:  # fmt: skip
    book, strangers = rulebook.at(revisions.current()), channel.settings.get("strangers") == "judge"
    devices = {device.pk: device for device in samples}
    states = locked_states(devices)
    changes, memories = {}, {}
    for pk, state in states.items():
        device, memory = devices[pk], Memory.of(state.memory)
        rules = book.of(device, now=now)
        judged = device.standing == Standing.ADOPTED or strangers
        turned = [change for sample in samples[device] for change in rules.judge(memory, sample)]
        memories[pk] = (memory, rules.next_at(memory) if judged else None)
        if turned and judged:
            changes[device] = turned
    remember(memories)
    return changes


def locked_states(devices: Iterable[int]) -> dict[int, DeviceState]:
    """The states of machines by number, made where there are none, locked in order."""
    wanted = sorted(devices)
    found = _locked(wanted)
    if len(found) < len(wanted):
        missing = [DeviceState(device_id=pk) for pk in wanted if pk not in found]
        DeviceState.objects.bulk_create(missing, ignore_conflicts=True)
        found = _locked(wanted)
    return found


def _locked(wanted: Sequence[int]) -> dict[int, DeviceState]:
    rows = DeviceState.objects.select_for_update().filter(device__in=wanted).order_by("device")
    return {row.device_id: row for row in rows}


def remember(memories: Mapping[int, tuple[Memory, int | None]]) -> None:
    """Keeps memories with when to look at them again."""
    if memories:
        rows = [(pk, m.seen or None, m.online, due, m.packed()) for pk, (m, due) in memories.items()]
        with connection.cursor() as cursor:
            cursor.execute(_REMEMBER, columns.pack(_STATES, zip(*rows, strict=True)))


def book_now() -> Rulebook:
    """The rules in force."""
    return rulebook.at(revisions.current())
