"""What becomes of an SMS that would be too dear or cannot be sent, or of a message for which there is no robot?

A mail, or where its reader has no address a notice in the desk; the row of what did not go stays, and says why. Of a
cap the administrators are told once a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from yingnuo.alerts import budget, quiet, telling
from yingnuo.alerts.models import Notice, NoticeState
from yingnuo.alerts.rules import IN_APP, Rules
from yingnuo.kit import instants, live, revisions
from yingnuo.people.roles import those_who_may
from yingnuo.promises.standards import standards

CAP = "sms_cap"


def instead_of_sms(group: Sequence[Notice], *, rules: Rules, now: datetime) -> None:
    """These SMS are not sent: their readers are told otherwise, and the administrators of the cap."""
    _swap(group, "cap", _of_cap(rules, now), now)


def otherwise(group: Sequence[Notice], *, problem: str, now: datetime) -> None:
    """These SMS cannot be sent soon (no approved template, a number that had enough): told otherwise."""
    _swap(group, problem, [], now)


def _swap(group: Sequence[Notice], problem: str, also: list[Notice], now: datetime) -> None:
    with transaction.atomic(durable=True):
        rows = Notice.objects.filter(pk__in=[n.pk for n in group], state=NoticeState.SENDING)
        rows.update(state=NoticeState.SKIPPED, problem=problem, retry_at=None)
        told = [_otherwise(n, now) for n in group] + also
        Notice.objects.bulk_create(told, ignore_conflicts=True)
        live.publish_all([(f"notices:{pk}", "") for pk in sorted({n.staff_id for n in told if n.way == IN_APP})])


def instead_of_message(group: Sequence[Notice], *, state: NoticeState, problem: str, now: datetime) -> None:
    """These messages do not reach their readers: they are told otherwise."""
    with transaction.atomic(durable=True):
        Notice.objects.filter(pk__in=[n.pk for n in group]).update(state=state, problem=problem[:250], retry_at=None)
        told = [_otherwise(n, now) for n in group]
        Notice.objects.bulk_create(told, ignore_conflicts=True)
        live.publish_all([(f"notices:{pk}", "") for pk in sorted({n.staff_id for n in told if n.way == IN_APP})])


def _otherwise(n: Notice, now: datetime) -> Notice:
    way = "mail" if n.staff.email else IN_APP
    return Notice(
        promise_id=n.promise_id, generation=n.generation, step=n.step, staff_id=n.staff_id, way=way, role=n.role,
        reason=n.reason, ticket_id=n.ticket_id, milestone=n.milestone, due_at=n.due_at, moment=n.moment, at=now,
        ack_by=n.ack_by, **_leaving(way, now, None),
    )  # fmt: skip


def _of_cap(rules: Rules, now: datetime) -> list[Notice]:
    """One notice a day to each administrator: the day is part of the key."""
    book = telling.service_times(standards.at(revisions.current()))
    day = int(budget.today(now).strftime("%Y%m%d"))
    found = []
    for staff in those_who_may("admin"):
        end = quiet.until(rules.quiet_of(staff.pk), staff.time_zone, instants.seconds(now), book)
        found += [
            Notice(
                promise_id=0, generation=day, step=CAP, staff=staff, way=way, role="admin", reason=CAP, ticket_id=0,
                milestone="", moment=now, at=now, **_leaving(way, now, end),
            )
            for way in (IN_APP, "mail")
        ]  # fmt: skip
    return found


def _leaving(way: str, now: datetime, held: int | None) -> dict[str, str | datetime | None]:
    if way == IN_APP:
        return {"state": NoticeState.SENT, "retry_at": None}
    leaves = now if held is None else instants.instant(held)
    return {"state": NoticeState.PENDING, "retry_at": leaves, "problem": "" if held is None else "quiet"}
