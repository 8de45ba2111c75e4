"""What happens when machines speak, and when they fall silent?

readings → kept, judged by the rules, alarms turned, answers given to the steps that wait for them: one transaction for
a stored body, which counts as taken with it, so that none is taken twice. What has to be told of an alarm waits as a
due row (`journey.device_alarms`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models.functions import Now

from yingnuo.channels import accept
from yingnuo.channels.contract import Heard
from yingnuo.channels.models import Raw, RawState
from yingnuo.devices import steps, taking, turning
from yingnuo.devices.models import Alarm, Device, DeviceState
from yingnuo.devices.taking import Judged
from yingnuo.engine.alarm_course import Change, Memory
from yingnuo.engine.alarms import Rules
from yingnuo.journey import device_alarms, device_steps, reactions, work
from yingnuo.kit import instants, live

MOST_TOLD = 20  # machines of one body whose open pages are told of it
_ROUNDS = 8  # turns that time alone makes in one look; what is left comes with the next one
_EXCUSE = timedelta(seconds=30)  # a channel that is in trouble is looked at again so soon
_SETTLE = timedelta(seconds=15)  # after a start: what waits at the broker may speak first
LONGEST_SLEEP_S = 0.3


def take(raw: Raw, said: Heard, now: datetime) -> None:
    """Takes the readings of one body in, once."""
    if not said.readings:
        return
    with work.unit():
        if Raw.objects.select_for_update().get(pk=raw.pk).state == RawState.TAKEN:
            return
        judged = taking.take(raw.channel, said.readings, now=now)
        turned = turning.apply(judged.changes, taking.book_now(), now=now)
        steps.answered(judged.answers, now=now)
        raw.outcome = "readings"
        accept.taken([raw])
        _tell_pages(judged, turned.touched)


def _tell_pages(judged: Judged, touched: Sequence[Alarm]) -> None:
    told = {alarm.device_id for alarm in touched}
    spoke = [device.pk for device in judged.spoke if device.pk not in told]
    pages = [*told, *spoke][:MOST_TOLD]
    live.publish_all([*((f"device:{pk}", pk) for pk in pages), *([("devices", "")] if touched else [])])
    reactions.changed({alarm.ticket_id for alarm in touched if alarm.ticket_id})


def look(*, most: int = 500, silence: bool = True, now: datetime) -> int:
    """What time alone turns of the machines whose moment has come; how many were looked at."""
    with work.unit():
        due = DeviceState.objects.select_for_update(skip_locked=True, of=("self",)).filter(next_at__lte=Now())
        states = list(due.select_related("device__channel").order_by("next_at")[:most])
        changes = _tick(states, silence=silence, now=now)
        turned = turning.apply(changes, taking.book_now(), now=now)
        live.publish_all([(f"device:{pk}", pk) for pk in sorted({a.device_id for a in turned.touched})[:MOST_TOLD]])
    return len(states)


def _tick(states: Iterable[DeviceState], *, silence: bool, now: datetime) -> dict[Device, list[Change]]:
    book, ms = taking.book_now(), round(now.timestamp() * 1000)
    rows = list(states)
    deaf = _deaf({state.device.channel_id for state in rows}, silence=silence)
    changes, memories = {}, {}
    for state in rows:
        device, memory = state.device, Memory.of(state.memory)
        rules = book.of(device, now=now)
        if rules.listens and (device.channel_id in deaf or device.channel.problem):
            memory.excused = ms - round(_EXCUSE.total_seconds() * 1000)
        if turned := _turns(rules, memory, ms):
            changes[device] = turned
        memories[device.pk] = (memory, rules.next_at(memory))
    taking.remember(memories)
    return changes


def _turns(rules: Rules, memory: Memory, ms: int) -> list[Change]:
    found: list[Change] = []
    for _round in range(_ROUNDS):
        turned = rules.tick(memory, ms)
        found += turned
        if not turned:
            break
    return found


def _deaf(channels: set[int], *, silence: bool) -> set[int]:
    """Channels whose machines may have spoken though we do not know it yet."""
    if not silence:
        return channels
    waiting = Raw.objects.filter(channel__in=channels, state=RawState.STORED)
    return set(waiting.values_list("channel", flat=True).distinct())


class Round:
    """The work process's loop over machines: what time turns, what is to be told, steps to be sent."""

    def __init__(self) -> None:
        self._listens_from = instants.now() + _SETTLE

    def step(self) -> float:
        """One round; seconds to sleep: none while there is more."""
        now = instants.now()
        done = look(silence=now >= self._listens_from, now=now)
        done += device_alarms.tell_due(now=now)
        done += device_alarms.end_storms(now=now)
        done += device_steps.send_due()
        return 0.0 if done else LONGEST_SLEEP_S
