"""How does the demonstration go, so that a company can begin for itself?

Its rows are known by their numbers (see marks.py). They go in pieces, each a transaction that can be done again: a
killed worker loses one piece. What people made since stays, with what it needs; the ledger's rows about the
demonstration go with it, the chain of seals begins anew, and one row tells that it was so, by whom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.models import Channel, Conversation, Delivery, MissingFile, Provenance, Raw, Simulated
from yingnuo.channels.sms_models import Sms
from yingnuo.chat.models import Visitor
from yingnuo.demo import dropping, marks
from yingnuo.demo.dropping import Model, drop, of, unheld
from yingnuo.demo.models import Demonstration
from yingnuo.devices.models import Storm
from yingnuo.journey import beginnings
from yingnuo.kit import instants, live, revisions
from yingnuo.kit.errors import Conflict, NotFound
from yingnuo.ledger import seals
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Contact, Joining, Staff, Team
from yingnuo.people.roles import SYSTEM, actor_for_staff
from yingnuo.promises.models import Calendar, CalendarVersion, PolicyVersion, TermsCopy
from yingnuo.subtasks.models import TaskFile
from yingnuo.telephony.models import Call
from yingnuo.tickets.models import Attachment, Ticket
from yingnuo.writing.models import KeptFile

TOPIC = "demo"
PIECE, EVENTS_A_PIECE = 200, 20_000
# Facts about a customer or a channel: they go with it, whoever wrote them down.
_ALONG: frozenset[Model] = frozenset({
    Joining, Sms, Storm, Call, Visitor, Conversation, MissingFile, Delivery, Provenance, CalendarVersion, PolicyVersion,
})  # fmt: skip
# What stays keeps its customer's company, its team and that team's department.
_HELD_BY: frozenset[tuple[Model, str]] = frozenset({
    (Contact, "company"), (Contact, "region"), (Ticket, "company"), (Staff, "team"), (Team, "region"),
})  # fmt: skip
_BESIDES: tuple[tuple[str, str], ...] = (  # tables that name a ticket without a foreign key
    ("alerts_notice", "ticket_id"), ("automation_run", "ticket_id"), ("webhooks_delivery", "ticket_id"),
    ("ledger_event", "ticket_id"),
)  # fmt: skip
# Tags that tickets brought, the older history's too; what somebody wrote down of one keeps it.
_FORGOTTEN = (
    "DELETE FROM tickets_tag t WHERE description = '' AND tone = 'gray' AND active "
    "AND NOT EXISTS (SELECT 1 FROM tickets_ticket WHERE tags @> ARRAY[t.name]) "
    "AND NOT EXISTS (SELECT 1 FROM ledger_event WHERE code = 'tag.changed' AND params ->> 'tag' = t.name)"
)


def there() -> Demonstration | None:
    """The demonstration, None where there is none."""
    return Demonstration.objects.first()


def carry_on() -> bool:
    """Removes it, or goes on where a killed worker stopped; False where there is nothing to do yet."""
    row = there()
    if row is None or row.removing_at is None:
        return False
    with _alone() as mine:
        if not mine:
            return False
        _all(row)
    return True


@contextmanager
def _alone() -> Iterator[bool]:
    """Of several processes one removes; none while the older history is still played."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('yingnuo.demo.history'))")
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('yingnuo.demo.history'))")


def _all(row: Demonstration) -> None:
    while _some_tickets(row):
        live.publish(TOPIC)
    _events(row)
    while sum(_some_settings(row, model) for model in marks.tables()):
        pass
    while _some_tickets(row):  # what the simulator had under way when it was halted
        pass
    _end(row)


def _some_tickets(row: Demonstration) -> int:
    """One piece of the tickets with all that hangs on them; how many."""
    where, values = doomed_tickets(row)
    with transaction.atomic():
        ids = of(Ticket, where, values, most=PIECE)
        if not ids:
            return 0
        paths = set(Attachment.objects.filter(message__ticket__in=ids).values_list("path", flat=True))
        drop(Raw, of(Raw, "ticket_id = ANY(%s)", [ids]))
        for table, column in _BESIDES:
            _run(f"DELETE FROM {table} WHERE {column} = ANY(%s)", [ids])  # noqa: S608  # names above
        drop(Ticket, ids)
        Demonstration.objects.filter(pk=row.pk).update(gone=row.gone + len(ids))
        row.gone += len(ids)
    _files(paths)
    return len(ids)


def _files(paths: set[str]) -> None:
    """Files that nothing names any more; one that is named twice is kept once."""
    for model in (Attachment, KeptFile, TaskFile):
        paths -= set(model.objects.filter(path__in=paths).values_list("path", flat=True))
    for path in paths:
        default_storage.delete(path)


def _events(row: Demonstration) -> None:
    """The ledger's rows that were written with it, or since by its people. What is left is sealed in a new chain."""
    low, high = numbers(row, Event)
    people = {"staff": doomed_staff(row, keeper=row.removed_by), "contact": _ids(row, Contact)}
    while True:
        with transaction.atomic():
            seals.begin_anew()
            ids = of(
                Event,
                "(id > %s AND id <= %s AND (ticket_id IS NULL OR NOT EXISTS "
                "(SELECT 1 FROM tickets_ticket t WHERE t.id = ticket_id))) "
                "OR (id > %s AND ticket_id IS NULL AND ((actor_kind = 'staff' AND actor_id = ANY(%s)) "
                "OR (actor_kind = 'contact' AND actor_id = ANY(%s))))",
                [low, high, high, people["staff"], people["contact"]], most=EVENTS_A_PIECE,
            )  # fmt: skip
            if not ids:
                return
            _run("DELETE FROM ledger_event WHERE id = ANY(%s)", [ids])


def _some_settings(row: Demonstration, model: Model) -> int:
    """What of a table came with it and nothing that stays needs; how many rows."""
    if model in (Ticket, Event) or (model in (Calendar, CalendarVersion, TermsCopy) and Ticket.objects.exists()):
        return 0  # a promise that runs on names its calendar
    with transaction.atomic():
        ids = _ids(row, model)
        if model is Staff:
            ids = doomed_staff(row, keeper=row.removed_by)
        if model is Channel and ids:
            drop(Raw, of(Raw, "channel_id = ANY(%s) AND ticket_id IS NULL", [ids]))
        free = unheld(model, ids, along=_ALONG, held_by=_HELD_BY)
        drop(model, free)
    return len(free)


def _end(row: Demonstration) -> None:
    """The installation is as new: what it needs is made, and one row of the ledger tells what was done."""
    now = instants.now()
    with transaction.atomic():
        drop(Simulated, of(Simulated, "true", []))
        drop(TermsCopy, unheld(TermsCopy, of(TermsCopy, "true", []), along=(), held_by=()))
        _run(_FORGOTTEN)
        _run(
            "UPDATE people_staff SET calendar = '' WHERE calendar <> '' "
            "AND calendar NOT IN (SELECT code FROM promises_calendar)"
        )
        _run(
            "UPDATE people_staff s SET load = (SELECT count(*) FROM tickets_ticket t "
            "WHERE t.agent_id = s.id AND t.status IN ('new', 'open', 'waiting'))"
        )
        who = Staff.objects.filter(pk=row.removed_by).first() if row.removed_by else None
        params: Mapping[str, int] = {"count": row.gone, "kept": Ticket.objects.count()}
        revisions.bump()
        actor = actor_for_staff(who) if who else SYSTEM
        ledger.record(actor, [Entry(Code.DEMO_REMOVED, 0, "demonstration", params)], now=now)
        Demonstration.objects.all().delete()
        live.publish_all([(TOPIC, ""), ("tickets", "")])
    beginnings.prepare(now=now)


def found(*, lock: bool = False) -> Demonstration:
    """The demonstration; NotFound where there is none, Conflict where nobody knows what came with it."""
    rows = Demonstration.objects.select_for_update() if lock else Demonstration.objects.all()
    row = rows.first()
    if row is None:
        raise NotFound(_("No demonstration is loaded."), code="no_demonstration")
    if not row.marks:
        raise Conflict(
            _("It was loaded by an earlier version, which did not note what it brought. Begin with an empty database."),
            code="not_marked",
        )
    return row


def numbers(row: Demonstration, model: Model) -> tuple[int, int]:
    """Above which and up to which number a table's rows came with it."""
    low, high = row.marks.get(model._meta.db_table, (0, 0))
    return int(low), int(high)


def is_of(row: Demonstration, model: Model, pk: int) -> bool:
    """Whether this row came with it."""
    low, high = numbers(row, model)
    return low < pk <= high


def _ids(row: Demonstration, model: Model) -> list[int]:
    low, high = numbers(row, model)
    return of(model, "id > %s AND id <= %s", [low, high]) if high else []


def doomed_staff(row: Demonstration, *, keeper: int | None) -> list[int]:
    """The accounts that go: all of its own but the keeper's."""
    return [pk for pk in _ids(row, Staff) if pk != keeper]


def doomed_tickets(row: Demonstration) -> tuple[str, list[Any]]:
    """Those it brought, and those of its customers since, but for what an account of people's own opened."""
    low, high = numbers(row, Ticket)
    first, last = numbers(row, Contact)
    staff_low, staff_high = numbers(row, Staff)
    where = (
        "((id > %s AND id <= %s) OR (id > %s AND contact_id > %s AND contact_id <= %s AND NOT EXISTS ("
        "SELECT 1 FROM ledger_event e WHERE e.ticket_id = tickets_ticket.id AND e.code = 'ticket.opened' "
        "AND e.actor_kind = 'staff' AND NOT (e.actor_id > %s AND e.actor_id <= %s))))"
    )
    return where, [low, high, high, first, last, staff_low, staff_high]


def count(model: Model, where: str, values: list[Any]) -> int:
    """How many rows this is true of."""
    [(n,)] = dropping.run(f"SELECT count(*) FROM {model._meta.db_table} WHERE {where}", values)  # noqa: S608
    return int(n)


def _run(sql: str, values: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
