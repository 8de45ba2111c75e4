"""What does the ticket page show of the machines in it: who they are, whether they are there, values, steps?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import get_language

from yingnuo.channels import commanding
from yingnuo.desk.access import DeskRequest
from yingnuo.desk.devices import curves
from yingnuo.desk.devices.curves import Curve, Frame
from yingnuo.devices import readings, steps, taking, wording
from yingnuo.devices.models import Alarm, Device, DeviceState, Severity, StepList, StepRun, StepState
from yingnuo.kit import instants
from yingnuo.tickets.models import Ticket, Via

MOST = 50  # machines that a card lists
TONES = {Severity.CRITICAL: "red", Severity.MAJOR: "orange", Severity.MINOR: "yellow", Severity.INFO: "gray"}
STEP_TONES = {
    StepState.DONE: "green", StepState.FAILED: "red", StepState.SILENT: "red", StepState.SENT: "blue",
    StepState.SENDING: "blue", StepState.WAITING: "gray", StepState.SKIPPED: "gray",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One alarm in words."""

    alarm: Alarm
    what: str
    tone: str
    span: int


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine with its alarms of this ticket."""

    device: Device
    state: DeviceState | None
    alarms: Sequence[Told]

    @property
    def open(self) -> bool:
        """Whether one of them is on."""
        return any(told.alarm.cleared_at is None for told in self.alarms)


def of(request: DeskRequest, ticket: Ticket) -> dict[str, Any]:
    """What the card needs; nothing, and no query, for a ticket that no machine opened."""
    if ticket.via != Via.IOT:
        return {}
    alarms = list(
        Alarm.objects.filter(ticket=ticket).select_related("device__state", "device__channel", "rule").order_by("-pk")
    )
    machines = _machines(alarms, now=request.now)
    if not machines:
        return {}
    first = machines[0].device
    return {
        "machines": machines[:MOST], "machines_more": max(0, len(machines) - MOST), "machine": machines[0],
        "machines_open": sum(m.open for m in machines), "machines_count": len(machines),
        "curves": of_ticket([a for a in alarms if a.device_id == first.pk], now=request.now),
        "may_see_devices": request.actor.may("device.view"), "live_topics": [f"device:{first.pk}"],
        **examining(request, ticket, first),
    }  # fmt: skip


def _machines(alarms: Sequence[Alarm], *, now: datetime) -> list[Machine]:
    by_device: dict[int, list[Alarm]] = defaultdict(list)
    for alarm in alarms:
        by_device[alarm.device_id].append(alarm)
    found = [
        Machine(mine[0].device, state_of(mine[0].device), [told(a, mine[0].device, now=now) for a in mine])
        for mine in by_device.values()
    ]
    return sorted(found, key=lambda m: (not m.open, m.device.identity))


def state_of(device: Device) -> DeviceState | None:
    """What it said last."""
    return getattr(device, "state", None)


def told(alarm: Alarm, device: Device, *, now: datetime) -> Told:
    """An alarm in words, with how long it has been on."""
    span = round(((alarm.cleared_at or now) - alarm.opened_at).total_seconds())
    tone = TONES[Severity(alarm.severity)] if alarm.cleared_at is None else "green"
    return Told(alarm, wording.what(alarm, device, taking.book_now()), tone, max(0, span))


def of_ticket(alarms: Sequence[Alarm], *, now: datetime) -> list[Curve]:
    """The pictures of one machine around the alarms of its ticket."""
    since, until = curves.around(alarms, now=now)
    rules = [a.rule for a in alarms if a.rule]
    limits = curves.limits(rules)
    device = alarms[0].device_id
    names = readings.metrics(device, since=since)
    names.sort(key=lambda name: (name not in limits, name))
    frame = Frame(since, until, limits, curves.of_alarms(alarms))
    return curves.draw(device, names, frame, most=2)


def examining(request: DeskRequest, ticket: Ticket, device: Device) -> dict[str, Any]:
    """The steps that can be taken with the machine, and the last that were."""
    can = request.actor.may("device.steps") and ticket.is_open and commanding.can(device.channel)
    run = steps.latest_of(ticket.pk)
    return {
        "step_lists": steps.lists_for(device) if can else [], "step_run": run,
        "step_rows": _steps(run) if run else [], "examined": run is not None and run.ended_at is None,
    }  # fmt: skip


def _steps(run: StepRun) -> list[dict[str, Any]]:
    rows = []
    for step in run.taken.order_by("position"):
        state = StepState(step.state)
        rows.append({
            "step": step, "name": name_of(run.steps, step.position), "state": state.label, "tone": STEP_TONES[state],
            "values": [(name, wording.number(value)) for name, value in step.values.items()],
        })  # fmt: skip
    return rows


def name_of(chosen: StepList, position: int) -> str:
    """A step's name in the reader's language, else in the other one."""
    given = chosen.steps[position]
    names = [given.get("name_zh"), given.get("name_en")]
    ordered = names if (get_language() or "").startswith("zh") else names[::-1]
    return str(next(filter(None, ordered), given.get("do", "")))


def since_of(hours: int, *, now: datetime) -> datetime:
    """The beginning of the last hours."""
    return now - timedelta(hours=hours)


def values_of(state: DeviceState | None) -> list[tuple[str, str]]:
    """The last value of each metric."""
    last = (state.memory.get("last") or {}) if state else {}
    return [(name, wording.number(value)) for name, value in sorted(last.items())]


def newest(state: DeviceState | None) -> datetime:
    """When it spoke last; the beginning of time for one that never did."""
    return (state.seen_at if state else None) or instants.instant(0)
