"""Which replies wait to leave, and how are they written down, changed, stopped and taken back? Sent by `journey`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.people.roles import Actor
from yingnuo.tickets.models import Author, Message
from yingnuo.tickets.services import NewFile
from yingnuo.writing import kept
from yingnuo.writing.models import KeptFile, Outgoing

FARTHEST = timedelta(days=366)
CUSTOMER_WROTE = "customer_wrote"
KEPT_FOR = timedelta(days=90)  # what was stopped and is wanted by nobody
_PURGED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """When a reply leaves. `scheduled` False: it is only held for undoing."""

    leaves_at: datetime
    scheduled: bool = False
    unless_written: bool = False


def put(row: Outgoing, *, files: Sequence[NewFile], taken: Sequence[KeptFile], now: datetime) -> Outgoing:
    """Writes a reply down that waits, with new files and with those `taken` from a draft; in the caller's transaction.

    Invalid for a moment that is over or too far away.
    """
    if row.scheduled:
        refuse_moment(row.leaves_at, now=now)
    kept.refuse_more(len(files) + len(taken))
    row.after, row.made_at = _last_of(row.ticket_id), now
    row.save(force_insert=True)
    kept.keep(files, outgoing=row)
    KeptFile.objects.filter(pk__in=[f.pk for f in taken]).update(draft=None, outgoing=row)
    return row


def refuse_moment(at: datetime, *, now: datetime) -> None:
    """Invalid unless the moment is to come, within a year."""
    if not now < at <= now + FARTHEST:
        said = _("Choose a moment that is to come, within a year.")
        raise Invalid(said, fields={"leave_at": said})


def _last_of(ticket: int) -> int:
    newest = Message.objects.filter(ticket_id=ticket).order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def of(actor: Actor) -> list[Outgoing]:
    """What of one's own waits or was stopped, the next to leave first."""
    rows = _rows().filter(staff_id=actor.id) if actor.kind == "staff" else Outgoing.objects.none()
    return list(rows.select_related("ticket").order_by("leaves_at", "pk"))


def _rows() -> QuerySet[Outgoing]:
    return Outgoing.objects.prefetch_related("files")


def mine(actor: Actor, pk: int) -> Outgoing:
    """One's own, locked until the transaction ends; NotFound for another's, Conflict when it has left."""
    rows = Outgoing.objects.select_for_update(of=("self",))
    row = rows.filter(pk=pk, staff_id=actor.id).first() if actor.kind == "staff" else None
    if row is None:
        raise NotFound(_("There is no such reply any more: it has left, or was taken back."), code="reply_has_left")
    return row


def move(row: Outgoing, *, at: datetime, now: datetime) -> None:
    """Another moment for one that waits; Conflict for one that was stopped."""
    if row.stopped_at is not None:
        raise Conflict(_("This reply was stopped. Take it back first."), code="reply_stopped")
    refuse_moment(at, now=now)
    row.leaves_at, row.scheduled = at, True
    row.save(update_fields=["leaves_at", "scheduled"])


def forget(row: Outgoing) -> None:
    """Takes the row away, and its files."""
    kept.forget(list(row.files.all()))
    row.delete()


def stop(row: Outgoing, *, why: str, now: datetime) -> None:
    """It does not leave: its writer finds it with the reason."""
    row.stopped_at, row.why = now, why[:40]
    row.save(update_fields=["stopped_at", "why"])


def due(*, now: datetime, most: int) -> list[int]:
    """What is to leave now, the longest due first."""
    rows = Outgoing.objects.filter(stopped_at=None, leaves_at__lte=now).order_by("leaves_at")
    return list(rows.values_list("pk", flat=True)[:most])


_WRITTEN_AGAINST = """
SELECT o.id FROM writing_outgoing o WHERE o.stopped_at IS NULL AND o.unless_written AND EXISTS (
    SELECT 1 FROM tickets_message m WHERE m.ticket_id = o.ticket_id AND m.id > o.after AND m.author = %s)
LIMIT %s
"""


def written_against(*, most: int) -> list[int]:
    """What shall not leave because its customer has written meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN_AGAINST, [Author.CUSTOMER.value, most])
        return [pk for (pk,) in cursor.fetchall()]


def claimed(pk: int) -> Outgoing | None:
    """One that waits, locked until the transaction ends; None where another worker has it or it is gone."""
    rows = Outgoing.objects.select_for_update(skip_locked=True, of=("self",)).select_related("staff")
    return rows.filter(pk=pk, stopped_at=None).first()


def overtaken(row: Outgoing) -> bool:
    """Whether its customer has written since, and it shall not leave then."""
    if not row.unless_written:
        return False
    return Message.objects.filter(ticket_id=row.ticket_id, pk__gt=row.after, author=Author.CUSTOMER).exists()


def purge(*, now: datetime) -> int:
    """Forgets what was stopped and not taken back for KEPT_FOR; how many."""
    with transaction.atomic(durable=True):
        old = list(Outgoing.objects.filter(stopped_at__lt=now - KEPT_FOR)[:_PURGED_AT_ONCE])
        kept.forget(list(KeptFile.objects.filter(outgoing__in=old)))
        Outgoing.objects.filter(pk__in=[row.pk for row in old]).delete()
    return len(old)
