"""In which order is a ticket's story told: messages, and between them what happened?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from yingnuo.desk import sentences
from yingnuo.desk.choices import Names
from yingnuo.desk.sentences import Line
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.people.roles import Actor
from yingnuo.tickets.models import Attachment, Author, Message

MOST_EVENTS = 400
_TOLD_BY_BUBBLES = (Code.MESSAGE_RECEIVED, Code.MESSAGE_SENT, Code.MESSAGE_NOTED, Code.MESSAGE_RECEIPT)
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@dataclass(frozen=True, slots=True)
class Said:
    """One message, ready to be shown."""

    id: int
    author: str
    side: str  # them, us, note, bot: as the kit's bubbles
    mark: str
    at: datetime
    text: str
    quoted: str
    has_html: bool
    files: tuple[Attachment, ...]
    pictures: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A message, or what happened between two: lines shown, and minor ones folded away."""

    said: Said | None = None
    lines: tuple[Line, ...] = ()
    minor: tuple[Line, ...] = ()


def story(messages: Sequence[Message], events: Sequence[Event], names: Names, reader: Actor) -> list[Part]:
    """Messages and events by time; what a message itself shows is not told again."""
    told = [sentences.line(e, names) for e in events if e.code not in _TOLD_BY_BUBBLES]
    back = {e.params.get("message") for e in events if e.code == Code.MESSAGE_UNDELIVERABLE}
    parts: list[Part] = []
    place = 0
    for m in messages:
        before = place
        while place < len(told) and told[place].at < m.at:
            place += 1
        parts += _between(told[before:place])
        parts.append(Part(_said(m, reader, returned=m.pk in back)))
    return parts + _between(told[place:])


def _between(lines: Sequence[Line]) -> list[Part]:
    if not lines:
        return []
    shown = tuple(line for line in lines if not line.minor)
    return [Part(None, shown, tuple(line for line in lines if line.minor))]


def _said(m: Message, reader: Actor, *, returned: bool) -> Said:
    files = tuple(m.attachments.all())
    pictures = tuple(f for f in files if f.content_type in _PICTURES)
    return Said(
        id=m.pk, author=_author(m), side=_side(m), mark="returned" if returned else _mark(m), at=m.at, text=m.text,
        quoted=m.quoted, has_html=bool(m.html), files=tuple(f for f in files if f not in pictures), pictures=pictures,
    )  # fmt: skip


def _author(m: Message) -> str:
    if m.author == Author.CUSTOMER:
        return str(m.contact or _("Customer"))
    if m.author == Author.STAFF:
        return m.staff.name if m.staff else _("Staff")
    return _("Bot") if m.author == Author.BOT else _("Automatic")


def _side(m: Message) -> str:
    if m.author == Author.CUSTOMER:
        return "them"
    if not m.public:
        return "note"
    return "us" if m.author == Author.STAFF else "bot"


def _mark(m: Message) -> str:
    if not m.public:
        return "note"
    return "holding" if m.author == Author.STAFF and not m.qualified else ""


def events_of(ticket: int) -> list[Event]:
    """The newest ledger rows of a ticket, oldest first."""
    rows = Event.objects.filter(ticket_id=ticket).exclude(code__in=[c.value for c in _TOLD_BY_BUBBLES])
    return list(rows.order_by("-id")[:MOST_EVENTS])[::-1]
