"""How does somebody examine a machine from its ticket?

Beginning is one transaction; a worker sends what is due outside of any, and takes for unanswered what is not answered
in time. Answers come in with the readings (`journey.devices`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from yingnuo.channels import commanding
from yingnuo.channels.contract import ChannelError
from yingnuo.devices import steps
from yingnuo.devices.models import Alarm, Device, Standing, Step, StepList, StepRun, StepState
from yingnuo.journey import reactions, work
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.people.roles import Actor
from yingnuo.tickets import queries

_log = structlog.get_logger(__name__)
_TRIES_S = 30  # a command that cannot be sent is tried for so long


def run(actor: Actor, *, ticket_id: int, device_id: int, list_id: int, now: datetime) -> StepRun:
    """Begins the steps of a list with a machine of the ticket."""
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="device.steps")
        if not ticket.is_open:
            raise Conflict(_("The ticket is closed; reopen it first."), code="ticket_closed")
        device = _of_ticket(ticket.pk, device_id)
        chosen = StepList.objects.filter(pk=list_id, current=True).first()
        if chosen is None or chosen not in steps.lists_for(device):
            raise Invalid(_("There are no such steps for this device."), fields={"list": _("Choose from the list.")})
        begun = steps.begin(actor, ticket=ticket, device=device, chosen=chosen, now=now)
        reactions.changed([ticket.pk])
    return begun


def _of_ticket(ticket: int, device: int) -> Device:
    """The machine, when an alarm of the ticket is its own, and it can be asked."""
    mine = Alarm.objects.filter(ticket=ticket, device=device).exists()
    row = Device.objects.select_related("channel").filter(pk=device, standing=Standing.ADOPTED).first()
    if row is None or not mine:
        raise Invalid(_("There is no such device in this ticket."), fields={"device": _("Choose from the list.")})
    if not commanding.can(row.channel):
        raise Conflict(_("This device takes no commands: its channel only brings readings."), code="no_commands")
    return row


def send_due(*, most: int = 20) -> int:
    """Sends what is due and ends what was not answered; how many steps were looked at."""
    with transaction.atomic(durable=True):
        rows = Step.objects.select_for_update(skip_locked=True).filter(due_at__lte=Now()).order_by("due_at")
        ids = list(rows.values_list("pk", flat=True)[:most])
        due = Step.objects.filter(pk__in=ids)
        due.filter(state=StepState.WAITING).update(state=StepState.SENDING, sent_at=instants.now())
        due.update(due_at=instants.now() + steps.LEASE)
    for step in Step.objects.filter(pk__in=ids).select_related("run__steps", "run__device__channel"):
        if step.state == StepState.SENDING:
            _send(step)
        elif step.state == StepState.SENT:
            _give_up(step.pk, "")
    return len(ids)


def _send(step: Step) -> None:
    """Asks the machine. What it answers meanwhile has ended the step already, and stays."""
    given, device = steps.given(step), step.run.device
    try:
        asked = {"do": given["do"], "with": given.get("with") or {}}
        commanding.send(device.channel, device=device.identity, key=step.key, asked=asked)
    except (ChannelError, ValueError, LookupError) as error:
        _log.warning("step.not_sent", step=step.pk, problem=str(error)[:200])
        _later(step, error)
        return
    until = instants.now() + timedelta(seconds=int(given.get("wait_s", 20)))
    with transaction.atomic(durable=True):
        mine = Step.objects.filter(pk=step.pk, state=StepState.SENDING)
        mine.update(state=StepState.SENT, due_at=until)


def _later(step: Step, error: Exception) -> None:
    now = instants.now()
    lasting = isinstance(error, ChannelError) and error.permanent
    if lasting or (step.sent_at is not None and now - step.sent_at > timedelta(seconds=_TRIES_S)):
        _give_up(step.pk, str(error))
    else:
        Step.objects.filter(pk=step.pk, state=StepState.SENDING).update(due_at=now + timedelta(seconds=3))


def _give_up(pk: int, problem: str) -> None:
    with work.unit():
        rows = Step.objects.select_for_update(of=("self",)).select_related("run__steps", "run__device")
        step = rows.filter(pk=pk, ended_at=None).first()
        if step is not None:
            steps.unanswered(step, problem, now=instants.now())
