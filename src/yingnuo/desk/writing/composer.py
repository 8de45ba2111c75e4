"""What does the composer of a ticket show besides the ways: the draft, what waits, how one sends?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.desk import writing_sentences
from yingnuo.desk.access import DeskRequest
from yingnuo.desk.choices import Names
from yingnuo.desk.writing import times
from yingnuo.journey.reply import AFTER
from yingnuo.people.roles import Actor
from yingnuo.tickets.models import Ticket
from yingnuo.writing import drafts, habits, kept, outgoing
from yingnuo.writing.models import Draft, KeptFile, Outgoing

_WORDS: dict[str, Promise] = {
    "": _("Send"), "wait": _("Send and wait for the customer"), "resolve": _("Send and resolve"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sequel:
    """What may follow a reply: its code, the words of its button."""

    code: str
    word: Promise


@dataclass(frozen=True, slots=True)
class WaitingReply:
    """A reply that waits or was stopped. `left` are the seconds until one leaves that is only held."""

    row: Outgoing
    author: str
    mine: bool
    files: tuple[KeptFile, ...]
    why: str
    left: int


def of(request: DeskRequest, ticket: Ticket) -> dict[str, Any]:
    """The context of the composer."""
    actor = request.actor
    draft, habit = drafts.of(actor, ticket.pk), habits.of(actor)
    found = sequels(actor, ticket)
    usual = next((s for s in found if s.code == habit.then), found[0])
    return {
        "draft": draft or Draft(), "draft_files": list(draft.files.all()) if draft else [],
        "waiting": waiting(outgoing.at_ticket(ticket.pk), request, now=request.now),
        "usual": usual, "sequels": [s for s in found if s is not usual],
        "times": times.offered(ticket, request.names, now=request.now), "hold": habit.hold,
        "most_files": kept.MOST_FILES, "most_mb": settings.YINGNUO.max_upload_mb,
    }  # fmt: skip


def sequels(actor: Actor, ticket: Ticket) -> list[Sequel]:
    """What this actor may let follow; nothing but the sending itself where the ticket is at rest."""
    allowed = [code for code, verb in AFTER.items() if not code or (ticket.is_open and actor.may(verb))]
    return [Sequel(code, _WORDS[code]) for code in _WORDS if code in allowed]


def waiting(rows: Sequence[Outgoing], request: DeskRequest, *, now: datetime) -> list[WaitingReply]:
    """Replies that wait, ready to be shown."""
    return [_one(row, request.names, request.actor, now) for row in rows]


def _one(row: Outgoing, names: Names, actor: Actor, now: datetime) -> WaitingReply:
    left = 0 if row.scheduled else max(0, round((row.leaves_at - now).total_seconds()))
    why = writing_sentences.why(row.why) if row.stopped_at else ""
    mine = actor.kind == "staff" and row.staff_id == actor.id
    return WaitingReply(row, names.person(row.staff_id), mine, tuple(row.files.all()), why, left)
