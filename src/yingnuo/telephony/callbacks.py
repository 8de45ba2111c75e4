"""Whom do we owe a call, who calls, and what came of it?

All in the caller's transaction, which holds the ticket's lock. One open task a number: whoever calls five times in vain
is called back once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F

from yingnuo.people.models import Contact
from yingnuo.telephony.models import CallbackResult, CallbackTask
from yingnuo.tickets.models import OPEN_STATUSES, Ticket

REST = timedelta(minutes=10)  # after an attempt in vain


def open_of(number: str) -> CallbackTask | None:
    """The open task of a number, locked; one whose ticket came to rest is done with here and gives None."""
    if not number:
        return None
    rows = CallbackTask.objects.select_for_update(of=("self",)).select_related("ticket")
    task = rows.filter(number=number, done_at=None).first()
    if task is None:
        return None
    if task.ticket.status not in OPEN_STATUSES or task.ticket.merged_into_id:
        into = task.ticket.merged_into_id
        if into is None:
            finish([task], result=CallbackResult.AT_REST, staff=None, at=task.ticket.updated_at)
            return None
        CallbackTask.objects.filter(pk=task.pk).update(ticket=into)
        task.refresh_from_db()
    return task


def owe(*, number: str, contact: Contact, ticket: Ticket, queue: str, at: datetime) -> CallbackTask:
    """A call of this number was missed at `at`: a task, or one more time for the one there is."""
    task = open_of(number)
    if task is None:
        return CallbackTask.objects.create(
            number=number, contact=contact, ticket=ticket, queue=queue, asked_at=at, last_missed_at=at
        )
    task.missed += 1
    task.last_missed_at = max(task.last_missed_at, at)
    task.not_before = None  # he tries again: he is there now
    task.save(update_fields=["missed", "last_missed_at", "not_before"])
    return task


def finish(tasks: Sequence[CallbackTask], *, result: str, staff: int | None, at: datetime) -> None:
    """Ends tasks that are open."""
    CallbackTask.objects.filter(pk__in=[t.pk for t in tasks], done_at=None).update(
        done_at=at, done_by=staff, result=result
    )


def of_ticket(ticket: Ticket) -> list[CallbackTask]:
    """The open tasks of a ticket, locked."""
    return list(CallbackTask.objects.select_for_update(of=("self",)).filter(ticket=ticket, done_at=None).order_by("pk"))


def tried(task: CallbackTask, *, at: datetime) -> None:
    """An attempt in vain: he is called again a little later."""
    CallbackTask.objects.filter(pk=task.pk, done_at=None).update(attempts=F("attempts") + 1, not_before=at + REST)


def hold(task: CallbackTask, *, staff: int) -> None:
    """Somebody has taken it up."""
    CallbackTask.objects.filter(pk=task.pk, done_at=None).update(holder=staff)
