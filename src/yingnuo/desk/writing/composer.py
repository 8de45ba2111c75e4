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
from yingnuo.desk.writing import times
from yingnuo.journey.reply import AFTER
from yingnuo.kit import marks
from yingnuo.people.roles import Actor
from yingnuo.tickets.models import Ticket
from yingnuo.writing import kept
from yingnuo.writing.models import KeptFile, Outgoing
from yingnuo.writing.queries import at_ticket

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
    text: str
    author: str
    mine: bool
    files: tuple[KeptFile, ...]
    why: str
    left: int


def of(request: DeskRequest, ticket: Ticket) -> dict[str, Any]:
    """The context of the composer."""
    actor = request.actor
    here, found = at_ticket(actor, ticket.pk), sequels(actor, ticket)
    usual = next((s for s in found if s.code == here.habit.then), found[0])
    return {
        "draft": here.draft, "draft_files": here.draft_files,
        "waiting": [_one(row, here.files[row.pk], request, request.now) for row in here.waiting],
        "usual": usual, "usual_story": here.habit.story, "sequels": [s for s in found if s is not usual],
        "times": times.offered(ticket, request.names, now=request.now), "hold": here.habit.hold,
        "most_files": kept.MOST_FILES, "most_mb": settings.YINGNUO.max_upload_mb,
    }  # fmt: skip


def sequels(actor: Actor, ticket: Ticket) -> list[Sequel]:
    """What this actor may let follow; nothing but the sending itself where the ticket is at rest."""
    allowed = [code for code, verb in AFTER.items() if not code or (ticket.is_open and actor.may(verb))]
    return [Sequel(code, _WORDS[code]) for code in _WORDS if code in allowed]


def waiting(rows: Sequence[Outgoing], request: DeskRequest, *, now: datetime) -> list[WaitingReply]:
    """Replies that wait, ready to be shown."""
    return [_one(row, tuple(row.files.all()), request, now) for row in rows]


def _one(row: Outgoing, files: tuple[KeptFile, ...], request: DeskRequest, now: datetime) -> WaitingReply:
    left = 0 if row.scheduled else max(0, round((row.leaves_at - now).total_seconds()))
    why = writing_sentences.why(row.why) if row.stopped_at else ""
    mine = row.staff_id == request.actor.id
    return WaitingReply(row, marks.plain(row.text), request.names.person(row.staff_id), mine, files, why, left)
