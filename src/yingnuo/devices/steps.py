"""How is a machine examined from afar: commands sent one after the other, each waiting for its answer?

The rows say what is due: a step to be sent, or one whose answer has not come in time. A command is sent at least once,
under a key of its own that its answer names.
"""

from __future__ import annotations

import operator
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.happenings import Reading
from yingnuo.devices.models import Device, Step, StepList, StepRun, StepState
from yingnuo.kit import live
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import SYSTEM, Actor, require
from yingnuo.tickets.models import Ticket

MOST_STEPS, LONGEST_WAIT_S = 30, 3_600
LEASE = timedelta(seconds=30)
_OPS = {"above": operator.gt, "below": operator.lt, "is": operator.eq}
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StepListFacts:
    """A list as its page has it."""

    code: str
    name: str
    steps: Sequence[Given]
    product_lines: tuple[str, ...] = ()


def save(actor: Actor, facts: StepListFacts, *, now: datetime) -> StepList:
    """The next version of a list; runs that are there keep the one they took."""
    require(actor, "settings.edit")
    problem = _problem(facts)
    if problem:
        raise Invalid(_("These steps cannot be used."), fields={"steps": problem})
    with transaction.atomic():
        versions = StepList.objects.select_for_update().filter(code=facts.code)
        last = max((v.version for v in versions), default=0)
        versions.filter(current=True).update(current=False)
        row = StepList.objects.create(
            code=facts.code, version=last + 1, name=facts.name, product_lines=list(facts.product_lines),
            steps=[dict(step) for step in facts.steps], made_at=now, made_by_id=actor.id or None,
        )  # fmt: skip
        params: Mapping[str, str | int] = {"what": "steps", "version": row.version}
        ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"steps:{row.code}", params)], now=now)
    return row


def _problem(facts: StepListFacts) -> Any:
    if not 1 <= len(facts.steps) <= MOST_STEPS:
        return _("1 to 30 steps.")
    for step in facts.steps:
        if not str(step.get("do", "")).strip() or not (step.get("name_zh") or step.get("name_en")):
            return _("Each step has a command and a name.")
        if not 1 <= int(step.get("wait_s", 20)) <= LONGEST_WAIT_S:
            return _("An answer is waited for 1 to 3600 seconds.")
        expects = step.get("expects")
        if expects and (expects.get("op") not in _OPS or not isinstance(expects.get("value"), int | float)):
            return _("What is expected is: metric, above, below or is, number.")
    return None


def lists_for(device: Device) -> list[StepList]:
    """The lists in force that fit the machine's product line."""
    rows = StepList.objects.filter(current=True).order_by("name")
    return [row for row in rows if not row.product_lines or device.product_line in row.product_lines]


def begin(actor: Actor, *, ticket: Ticket, device: Device, chosen: StepList, now: datetime) -> StepRun:
    """Begins an examination in the caller's transaction; Conflict while another one of the machine goes on."""
    try:
        with transaction.atomic():
            run = StepRun.objects.create(
                ticket=ticket, device=device, steps=chosen, by_id=actor.id if actor.kind == "staff" else None,
                started_at=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(_("This device is being examined already."), code="examined_already") from error
    rows = [
        Step(run=run, position=n, key=secrets.token_urlsafe(12), due_at=now if n == 0 else None)
        for n in range(len(chosen.steps))
    ]
    Step.objects.bulk_create(rows)
    params: Mapping[str, str | int] = {
        "run": run.pk, "device": device.pk, "name": str(device), "list": chosen.name, "version": chosen.version,
    }  # fmt: skip
    ledger.record(actor, [Entry(Code.DEVICE_STEPS_BEGUN, ticket.pk, f"device:{device.pk}", params)], now=now)
    return run


def answered(answers: Sequence[tuple[Device, Reading]], *, now: datetime) -> None:
    """Answers came: their steps are done or failed, the next one is due. A device answers for itself only."""
    for device, reading in answers:
        step = _locked_by(reading.answer_to)
        open_states = (StepState.SENDING, StepState.SENT)
        if step is not None and step.run.device_id == device.pk and step.state in open_states:
            step.text, step.values = reading.text, dict(reading.values)
            _end(step, _verdict(step, reading), now)


def _locked_by(key: str) -> Step | None:
    rows = Step.objects.select_for_update(of=("self",)).select_related("run__steps", "run__device")
    return rows.filter(key=key).first()


def given(step: Step) -> Given:
    """What the list says of this step."""
    found: Given = step.run.steps.steps[step.position]
    return found


def _verdict(step: Step, reading: Reading) -> StepState:
    expects = given(step).get("expects")
    if reading.ok is False:
        return StepState.FAILED
    if expects:
        value = reading.values.get(str(expects.get("metric")))
        if value is None or not _OPS[expects["op"]](value, expects["value"]):
            return StepState.FAILED
    return StepState.DONE


def unanswered(step: Step, problem: str, *, now: datetime) -> None:
    """No answer came in time, or the command could not be sent; in the caller's transaction."""
    step.problem = problem[:200]
    _end(step, StepState.FAILED if problem else StepState.SILENT, now)


def _end(step: Step, state: StepState, now: datetime) -> None:
    step.state, step.ended_at, step.due_at = state, now, None
    step.save(update_fields=["state", "ended_at", "due_at", "text", "values", "problem"])
    names, run = given(step), step.run
    params: Mapping[str, str | int] = {
        "run": run.pk, "step": step.position + 1, "zh": names.get("name_zh", ""), "en": names.get("name_en", ""),
        "state": state.value, "text": step.text[:120],
    }  # fmt: skip
    ledger.record(SYSTEM, [Entry(Code.DEVICE_STEP, run.ticket_id, f"device:{run.device_id}", params)], now=now)
    later = Step.objects.filter(run=run, position=step.position + 1)
    goes_on = state is StepState.DONE or bool(names.get("go_on"))
    if not (goes_on and later.update(due_at=now)):
        _end_run(run, now)
    live.publish_all([(f"ticket:{run.ticket_id}", run.ticket_id), (f"device:{run.device_id}", run.device_id)])


def _end_run(run: StepRun, now: datetime) -> None:
    rows = Step.objects.filter(run=run)
    rows.filter(state=StepState.WAITING).update(state=StepState.SKIPPED)
    StepRun.objects.filter(pk=run.pk).update(ended_at=now)
    params: Mapping[str, str | int] = {
        "run": run.pk, "list": run.steps.name, "done": rows.filter(state=StepState.DONE).count(), "of": rows.count(),
    }  # fmt: skip
    ledger.record(SYSTEM, [Entry(Code.DEVICE_STEPS_ENDED, run.ticket_id, f"device:{run.device_id}", params)], now=now)


def latest_of(ticket: int) -> StepRun | None:
    """The newest examination of a ticket."""
    newest = StepRun.objects.filter(ticket=ticket).aggregate(pk=Max("pk"))["pk"]
    return StepRun.objects.select_related("steps", "device", "by").filter(pk=newest).first()
