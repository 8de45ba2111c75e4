"""How is what somebody has begun to write kept, so that no machine and no second window loses it?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import texts
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.people.roles import Actor, require
from yingnuo.tickets import queries
from yingnuo.tickets.services import NewFile
from yingnuo.writing import kept
from yingnuo.writing.models import Draft, KeptFile, Side

KEPT_FOR = timedelta(days=90)  # untouched for so long, a draft is thrown away
LONGEST = 50_000
_PURGED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Words:
    """What the composer holds: who reads it, by which way it would go, the words."""

    text: str
    side: str = Side.REPLY
    way: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """The draft as it is stored now; `crossed`: by another window, and these words were not put in its place."""

    draft: Draft | None
    crossed: bool = False


def save(actor: Actor, *, ticket: int, words: Words, version: int, now: datetime) -> Kept:
    """Keeps the words when `version` is that of the stored draft; without words and files there is no draft.

    Words that another window has saved since are left alone and given back. A draft that is gone is begun anew.
    """
    _require(actor, ticket)
    _refuse(words)
    with transaction.atomic(durable=True):
        row = _locked(actor, ticket, now)
        if row.version not in (0, version):
            same = (row.text, row.side) == (words.text, words.side)
            return Kept(row, crossed=not same)
        if not words.text.strip() and not row.files.exists():
            row.delete()
            return Kept(None)
        row.text, row.side, row.way = texts.keepable(words.text), words.side, words.way[:40]
        _stamp(row, now)
    return Kept(row)


def add_files(actor: Actor, *, ticket: int, files: Collection[NewFile], now: datetime) -> Draft:
    """Keeps files with the draft; Invalid when there would be too many."""
    _require(actor, ticket)
    with transaction.atomic(durable=True):
        row = _locked(actor, ticket, now)
        kept.refuse_more(row.files.count() + len(files))
        kept.keep(files, draft=row)
        if not row.version:
            _stamp(row, now)
    return row


def remove_file(actor: Actor, *, ticket: int, file: int) -> None:
    """Takes one chosen file away again; NotFound for one that is not in the actor's own draft."""
    _require(actor, ticket)
    with transaction.atomic(durable=True):
        row = KeptFile.objects.filter(pk=file, draft__staff_id=actor.id, draft__ticket_id=ticket).first()
        if row is None:
            raise NotFound(_("There is no such file, or it is not yours to see."), code="attachment_not_found")
        kept.forget([row])


def of(actor: Actor, ticket: int) -> Draft | None:
    """The actor's draft at a ticket, with its files."""
    rows = Draft.objects.filter(staff_id=actor.id, ticket_id=ticket) if actor.kind == "staff" else Draft.objects.none()
    return rows.prefetch_related("files").first()


#: Whether a writer has begun to write at a row of `tickets_ticket`, as a column of a list.
BEGUN = "EXISTS (SELECT 1 FROM writing_draft d WHERE d.staff_id = %s AND d.ticket_id = tickets_ticket.id)"


def writer(actor: Actor) -> int:
    """As whom the actor writes drafts; 0 for who writes none."""
    return actor.id if actor.kind == "staff" else 0


def drop(actor: Actor, *, ticket: int) -> None:
    """Takes the actor's draft away with its files, in the caller's transaction."""
    row = Draft.objects.filter(staff_id=actor.id, ticket_id=ticket).first()
    if row is not None:
        kept.forget(list(row.files.all()))
        row.delete()


def bring_back(actor: Actor, *, ticket: int, words: Words, now: datetime) -> Draft:
    """Puts words into the actor's draft, before those that stand there already; in the caller's transaction."""
    row = _locked(actor, ticket, now)
    later = "" if words.text.strip() == row.text.strip() else row.text.strip()
    row.text = "\n\n".join(part for part in (words.text, later) if part)[:LONGEST]
    row.side, row.way = words.side, words.way
    _stamp(row, now)
    return row


def purge(*, now: datetime) -> int:
    """Forgets drafts that nobody has touched for KEPT_FOR, some at a time; how many."""
    with transaction.atomic(durable=True):
        old = Draft.objects.filter(saved_at__lt=now - KEPT_FOR)
        ids = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:_PURGED_AT_ONCE])
        kept.forget(list(KeptFile.objects.filter(draft__in=ids)))
        Draft.objects.filter(pk__in=ids).delete()
    return len(ids)


def _locked(actor: Actor, ticket: int, now: datetime) -> Draft:
    """The actor's draft, made where there is none, locked until the transaction ends."""
    who = {"staff_id": actor.id, "ticket_id": ticket}
    Draft.objects.bulk_create([Draft(**who, saved_at=now)], ignore_conflicts=True)
    return Draft.objects.select_for_update().get(**who)


def _stamp(row: Draft, now: datetime) -> None:
    row.version = max(row.version + 1, int(now.timestamp() * 1000))
    row.saved_at = now
    row.save(update_fields=["text", "side", "way", "version", "saved_at"])


def _require(actor: Actor, ticket: int) -> None:
    """Who writes at a ticket sees it, and may answer or note there."""
    require(actor, "ticket.reply" if actor.may("ticket.reply") else "ticket.note")
    queries.bare_for(actor, ticket)
    if actor.kind != "staff":
        raise NotFound(_("Only members of staff have drafts."), code="draft_of_staff")


def _refuse(words: Words) -> None:
    if len(words.text) > LONGEST:
        raise Invalid(_("The text is too long."), fields={"text": _("At most 50,000 characters.")})
    if words.side not in Side.values:
        raise Invalid(_("Choose from the list."), fields={"side": _("Unknown choice.")})
