"""How are notices written, acknowledged and read?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.alerts import steps
from yingnuo.alerts.models import Notice
from yingnuo.alerts.rules import IN_APP
from yingnuo.kit import columns
from yingnuo.kit.errors import NotAllowed, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.promises import services as promises

__all__ = ["IN_APP", "QUIET", "NewNotice", "acknowledge", "see", "write"]


class NewNotice(NamedTuple):
    """A notice about to be written, instants in epoch seconds; a tuple, for thousands are turned into columns at once.

    `moment` is when it should have been given; `held` until when the message waits for the end of quiet hours.
    """

    promise: int
    generation: int
    step: str
    staff: int
    way: str
    role: str
    reason: str
    ticket: int
    milestone: str
    due: int | None
    moment: int
    ack_by: int | None
    held: int | None = None


QUIET = "quiet"
_COLUMNS = (
    ("promise_id", "bigint"), ("generation", "int"), ("step", "text"), ("staff_id", "bigint"), ("way", "text"),
    ("role", "text"), ("reason", "text"), ("ticket_id", "bigint"), ("milestone", "text"), ("due", "bigint"),
    ("moment", "bigint"), ("ack_by", "bigint"), ("held", "bigint"),
)  # fmt: skip
_INSERT = f"""
INSERT INTO alerts_notice (promise_id, generation, step, staff_id, way, role, reason, ticket_id, milestone, due_at,
    moment, ack_by, at, state, attempts, retry_at, problem)
SELECT d.promise_id, d.generation, d.step, d.staff_id, d.way, d.role, d.reason, d.ticket_id, d.milestone,
    to_timestamp(d.due), to_timestamp(d.moment), to_timestamp(d.ack_by), %s::timestamptz,
    CASE WHEN d.way = 'in_app' THEN 'sent' ELSE 'pending' END, 0,
    CASE WHEN d.way = 'in_app' THEN NULL ELSE COALESCE(to_timestamp(d.held), %s::timestamptz) END,
    CASE WHEN d.held IS NULL THEN '' ELSE '{QUIET}' END
FROM {columns.source(_COLUMNS)}
ON CONFLICT DO NOTHING
"""  # noqa: S608  # made of the names above


def write(notices: Sequence[NewNotice], *, now: datetime) -> int:
    """Writes notices in the caller's transaction; what is there already stays alone. Returns how many are new."""
    if not notices:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [now, now, *columns.pack(_COLUMNS, zip(*notices, strict=True))])
        return int(cursor.rowcount)


def acknowledge(actor: Actor, *, notice: int, now: datetime) -> Notice:
    """Somebody takes a warning up: every notice of that step and of its repeats is acknowledged.

    The step that waits for nobody's acknowledgement does not fire, nor do further repeats.
    """
    _require_staff(actor)
    with transaction.atomic(durable=True):
        row = Notice.objects.filter(pk=notice, staff_id=actor.id).exclude(ticket_id=0).first()
        if row is None:
            raise NotFound(_("There is no such notice, or it is not yours."), code="notice_not_found")
        family = _family(row)
        same = Notice.objects.filter(promise_id=row.promise_id, step__in=family, acked_at=None)
        fresh = same.update(acked_at=now)
        Notice.objects.filter(pk=row.pk, seen_at=None).update(seen_at=now)
        if fresh:
            for step in family:
                promises.acknowledged(promise=row.promise_id, step=step, now=now)
            entry = Entry(Code.NOTICE_ACKNOWLEDGED, row.ticket_id, f"promise:{row.promise_id}", {"step": row.step})
            ledger.record(actor, [entry], now=now)
    row.refresh_from_db()
    return row


def _family(row: Notice) -> list[str]:
    """The steps of its promise that were told and are the same step, repeated."""
    told = Notice.objects.filter(promise_id=row.promise_id).values_list("step", flat=True).distinct()
    return sorted({row.step, *(step for step in told if steps.base(step) == steps.base(row.step))})


def see(actor: Actor, *, up_to: int, now: datetime) -> int:
    """Marks the reader's notices up to this id as seen; returns how many were new to him."""
    _require_staff(actor)
    rows = Notice.objects.filter(staff_id=actor.id, way=IN_APP, pk__lte=up_to, seen_at=None)
    return rows.update(seen_at=now)


def open_one(actor: Actor, *, notice: int, now: datetime) -> Notice:
    """The reader goes to what a notice is about: with it all his others about the same ticket are seen.

    NotFound where the notice is not his.
    """
    _require_staff(actor)
    mine = Notice.objects.filter(staff_id=actor.id, way=IN_APP)
    row = mine.filter(pk=notice).first()
    if row is None:
        raise NotFound(_("There is no such notice, or it is not yours."), code="notice_not_found")
    same = mine.filter(ticket_id=row.ticket_id) if row.ticket_id else mine.filter(pk=row.pk)
    same.filter(seen_at=None).update(seen_at=now)
    return row


def _require_staff(actor: Actor) -> None:
    """Notices are of staff: the number of a customer or a token may well be that of somebody else's."""
    require(actor, "notice.ack")
    if actor.kind != "staff":
        raise NotAllowed(_("You may not do this."), code="not_allowed", verb="notice.ack")
