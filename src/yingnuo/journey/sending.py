"""When does a reply leave that was written in the desk: at once, after the seconds in which it can be undone, later?

Nothing has happened before it leaves: no clock is met, nobody is told, and the promise counts the moment it really
leaves. A hold may make no promise break: where one would run out before, or a channel's window would close, it leaves
at once. What waits is a due row, taken by any work process under its lock, in the transaction that writes the message:
exactly once, whoever is killed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from yingnuo.channels import ways
from yingnuo.journey import reactions, reply, summons, work
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.kit.errors import NotAllowed, Refused
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import SYSTEM, Actor, actor_for_staff
from yingnuo.promises.breach_words import Follows
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Message, Ticket
from yingnuo.tickets.services import NewFile
from yingnuo.writing import drafts, kept, outgoing, presence
from yingnuo.writing.models import Draft, KeptFile, Outgoing, Side
from yingnuo.writing.outgoing import CUSTOMER_WROTE, Waiting

BATCH = 50
SLEEP_S = 0.3
MARGIN = timedelta(seconds=3)  # by which a work process may be late
PURGE_EVERY = timedelta(hours=1)
_log = structlog.get_logger(__name__)


def send(
    actor: Actor, *, ticket_id: int, said: Said, hold: int = 0, later: Waiting | None = None, now: datetime
) -> Message | Outgoing:
    """Sends a reply with the files of the writer's draft, which is over with it; or writes down that it waits.

    `hold` are the seconds in which it can be undone, `later` is another moment that he chose.
    """
    draft = drafts.of(actor, ticket_id)
    files = list(draft.files.all()) if draft else []
    reply.refuse_unusable(replace(said, text=said.text or "file") if files else said)
    kept.refuse_more(len(said.files) + len(files))
    with work.unit():
        ticket = reply.answerable(actor, ticket_id, said)
        waiting = later or _held(ticket, said, hold, now)
        if waiting is not None and actor.kind == "staff":
            made: Message | Outgoing = _wait(actor, ticket, said, files, waiting, now)
        else:
            complete = replace(said, files=(*said.files, *kept.read(files)))
            made = reply.answer_within(actor, ticket=ticket, said=complete, now=now)
        drafts.drop(actor, ticket=ticket_id)
        presence.sent(actor, ticket=ticket_id)
    return made


def schedule(actor: Actor, *, ticket_id: int, said: Said, later: Waiting, now: datetime) -> Outgoing:
    """Writes down a reply that leaves later, whatever its writer's draft is."""
    if actor.kind != "staff":
        raise NotAllowed(_("Only a member of staff writes a reply that leaves later."), code="acts_for_nobody")
    reply.refuse_unusable(said)
    with work.unit():
        ticket = reply.answerable(actor, ticket_id, said)
        return _wait(actor, ticket, said, (), later, now)


def note(actor: Actor, *, ticket_id: int, text: str, files: Sequence[NewFile] = (), now: datetime) -> Message:
    """Writes a note with the files of its writer's draft, which is over with it."""
    draft = drafts.of(actor, ticket_id)
    chosen = list(draft.files.all()) if draft else []
    kept.refuse_more(len(files) + len(chosen))
    with work.unit():
        made = reply.note_within(
            actor, ticket_id=ticket_id, text=text, files=(*files, *kept.read(chosen)), now=now
        )  # fmt: skip
        drafts.drop(actor, ticket=ticket_id)
        presence.sent(actor, ticket=ticket_id)
    return made


def _held(ticket: Ticket, said: Said, hold: int, now: datetime) -> Waiting | None:
    """Until when it is held; None where it is not, or where something would run out meanwhile."""
    if not hold:
        return None
    until = now + timedelta(seconds=hold)
    if Promise.objects.filter(ticket=ticket, ended_at=None, due_at__gt=now, due_at__lte=until + MARGIN).exists():
        return None
    way = ways.chosen(ticket, said.way)
    if way is not None and way.shut(until + MARGIN):
        return None
    return Waiting(until)


def _wait(
    actor: Actor, ticket: Ticket, said: Said, files: Sequence[KeptFile], waiting: Waiting, now: datetime
) -> Outgoing:
    row = Outgoing(
        ticket=ticket, staff_id=actor.id, text=said.text, way=said.way, then=said.then, qualified=said.qualified,
        told=list(said.told), tells=said.tells, follows=said.follows.words, next_at=said.follows.next_at,
        scheduled=waiting.scheduled, unless_written=waiting.unless_written, leaves_at=waiting.leaves_at,
    )  # fmt: skip
    outgoing.put(row, files=said.files, taken=files, now=now)
    if row.scheduled:
        _note_scheduled(actor, row, now)
    reactions.changed([ticket.pk])
    return row


def _note_scheduled(actor: Actor, row: Outgoing, now: datetime) -> None:
    params = {"leaves": instants.seconds(row.leaves_at), "unless_written": row.unless_written}
    ledger.record(actor, [Entry(Code.REPLY_SCHEDULED, row.ticket_id, f"outgoing:{row.pk}", params)], now=now)


def runs_out_before(ticket: int, at: datetime, *, now: datetime) -> list[str]:
    """The milestones of promises that would run out before a reply left at `at`, the next first."""
    owed = Promise.objects.filter(ticket_id=ticket, ended_at=None, due_at__gt=now, due_at__lt=at)
    return list(owed.order_by("due_at").values_list("milestone", flat=True))


def move(actor: Actor, *, pk: int, at: datetime, now: datetime) -> Outgoing:
    """Another moment for a reply of one's own that waits."""
    with work.unit():
        row = outgoing.mine(actor, pk)
        outgoing.move(row, at=at, now=now)
        _note_scheduled(actor, row, now)
        reactions.changed([row.ticket_id])
    return row


def take_back(actor: Actor, *, pk: int, now: datetime) -> Draft:
    """It does not leave: words and files stand in the writer's draft again. NotFound when it has left already."""
    with work.unit():
        row = outgoing.mine(actor, pk)
        draft = drafts.bring_back(actor, ticket=row.ticket_id, words=_words(row), now=now)
        KeptFile.objects.filter(outgoing=row).update(outgoing=None, draft=draft)
        _over(actor, row, now)
    return draft


def _words(row: Outgoing) -> drafts.Words:
    return drafts.Words(row.text, Side.REPLY, row.way)


def throw_away(actor: Actor, *, pk: int, now: datetime) -> int:
    """It does not leave, and nothing is kept of it; gives back the ticket's id."""
    with work.unit():
        row = outgoing.mine(actor, pk)
        _over(actor, row, now)
    return row.ticket_id


def _over(actor: Actor, row: Outgoing, now: datetime) -> None:
    ticket, scheduled = row.ticket_id, row.scheduled and row.stopped_at is None
    subject = f"outgoing:{row.pk}"
    outgoing.forget(row)
    if scheduled:
        params = {"leaves": instants.seconds(row.leaves_at)}
        ledger.record(actor, [Entry(Code.REPLY_TAKEN_BACK, ticket, subject, params)], now=now)
    reactions.changed([ticket])


class Round:
    """The work process's loop over replies that wait."""

    def __init__(self) -> None:
        self._purged: datetime | None = None

    def step(self) -> float:
        """One round; seconds to sleep: none while there is more."""
        now = instants.now()
        busy = look(now=now) >= BATCH
        self._purge(now)
        return 0.0 if busy else SLEEP_S

    def _purge(self, now: datetime) -> None:
        if self._purged is None or now - self._purged >= PURGE_EVERY:
            while drafts.purge(now=now) + outgoing.purge(now=now):
                pass
            presence.purge(now=now)
            self._purged = now


def look(*, now: datetime) -> int:
    """Stops what its customer has overtaken, sends what is due; how many replies that were."""
    against = outgoing.written_against(most=BATCH)
    for pk in against:
        _stop(pk, CUSTOMER_WROTE, now)
    due = outgoing.due(now=now, most=BATCH)
    for pk in due:
        _leave(pk, now)
    return len(against) + len(due)


def _leave(pk: int, now: datetime) -> None:
    try:
        _sent(pk, now)
    except Refused as refused:
        _stop(pk, refused.code, now)
    except DatabaseError:  # the row is due again
        raise
    except Exception:  # noqa: BLE001  # one that cannot be sent must not hold up the others; its writer is told
        _log.exception("reply.cannot_leave", outgoing=pk)
        _stop(pk, "trouble", now)


def _sent(pk: int, now: datetime) -> None:
    """Sends it as its writer, in the transaction in which the row goes."""
    with work.unit():
        row = outgoing.claimed(pk)
        if row is None:
            return
        if not row.staff.active:
            raise NotAllowed(_("You may not do this."), code="left_the_house", verb="ticket.reply")
        actor, files = actor_for_staff(row.staff), list(row.files.all())
        said = _said(row, files)
        ticket = reply.answerable(actor, row.ticket_id, said)
        if outgoing.overtaken(row):  # between the two looks
            _stopped(row, CUSTOMER_WROTE, now)
            return
        reply.answer_within(actor, ticket=ticket, said=said, now=now)
        outgoing.forget(row)


def _said(row: Outgoing, files: Sequence[KeptFile]) -> Said:
    return Said(
        row.text, kept.read(files), row.qualified, row.then, tuple(row.told), row.tells,
        Follows(row.follows, row.next_at), row.way,
    )  # fmt: skip


def _stop(pk: int, why: str, now: datetime) -> None:
    with work.unit():
        row = outgoing.claimed(pk)
        if row is not None:
            _stopped(row, why, now)


def _stopped(row: Outgoing, why: str, now: datetime) -> None:
    """Its writer is told, wherever he is, and finds it at the ticket."""
    outgoing.stop(row, why=why, now=now)
    ledger.record(SYSTEM, [Entry(Code.REPLY_STOPPED, row.ticket_id, f"outgoing:{row.pk}", {"why": why})], now=now)
    ticket = Ticket.objects.get(pk=row.ticket_id)
    summons.tell_persons(ticket, [row.staff_id], "reply_stopped", f"stopped-{row.pk}", ("in_app", "mail"), now=now)
    reactions.changed([row.ticket_id])
