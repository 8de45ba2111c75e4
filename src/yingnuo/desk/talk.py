"""In which order is a ticket's story told: messages, and between them what happened?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from yingnuo.desk import mail_marks, routing_words, sentences
from yingnuo.desk.choices import Names
from yingnuo.desk.sentences import Line
from yingnuo.kit import reading
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.people.models import Contact
from yingnuo.tickets.models import Attachment, Author, Ticket
from yingnuo.writing import mentions

MOST_EVENTS, MOST_MESSAGES = 400, 200
TOLD_BY_BUBBLES = [
    code.value for code in (Code.MESSAGE_RECEIVED, Code.MESSAGE_SENT, Code.MESSAGE_NOTED, Code.MESSAGE_RECEIPT)
]
EVENTS = "WHERE ticket_id = %s AND code <> ALL(%s::varchar[]) ORDER BY id DESC LIMIT %s"
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


class Message(NamedTuple):
    """What a page needs of a message: everything but what it looked like when it came. `got`: how it was delivered."""

    id: int
    author: str
    staff_id: int | None
    contact_id: int | None
    public: bool
    qualified: bool
    text: str
    quoted: str
    has_html: bool
    at: datetime
    proof: str = ""  # of a mail: verified, failed, unknown (channels.Provenance)
    checks: str = "{}"
    forwarded: str = "{}"
    delivery: str = ""  # the state of its way to the customer (channels.Delivery)
    problem: str = ""


_MESSAGES = """
SELECT m.id, m.author, m.staff_id, m.contact_id, m.public, m.qualified, m.text, m.quoted, m.html <> '', m.at,
  coalesce(p.verdict, ''), coalesce(p.checks::text, '{}'), coalesce(p.forwarded::text, '{}'),
  coalesce(d.state, ''), coalesce(d.problem, '')
FROM tickets_message m
LEFT JOIN channels_provenance p ON p.message_id = m.id LEFT JOIN channels_delivery d ON d.message_id = m.id
WHERE m.ticket_id = %s ORDER BY m.at DESC, m.id DESC LIMIT %s
"""


def messages_of(ticket: int) -> list[Message]:
    """The newest messages and notes of a ticket, oldest first."""
    return reading.rows(Message._make, _MESSAGES, [ticket, MOST_MESSAGES])[::-1]


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
    more: str = ""  # safe; whether it is from whom it says, and whether it arrived


@dataclass(frozen=True, slots=True)
class Part:
    """A message, or what happened between two: lines shown, and minor ones folded away."""

    said: Said | None = None
    lines: tuple[Line, ...] = ()
    minor: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class _Around:
    """What belongs to the messages of one ticket: names of customers by id, files by message."""

    names: Names
    customers: Mapping[int, str]
    files: Mapping[int, Sequence[Attachment]]


@dataclass(frozen=True, slots=True)
class Beside:
    """What a story needs beside its messages: ledger rows oldest first, files, other customers who wrote in it."""

    events: Sequence[Event]
    files: Sequence[Attachment]
    writers: Sequence[Contact]


def story(ticket: Ticket, messages: Sequence[Message], beside: Beside, names: Names) -> list[Part]:
    """Messages and events by time; what a message itself shows is not told again."""
    customers = {contact.pk: str(contact) for contact in (ticket.contact, *beside.writers)}
    files: dict[int, list[Attachment]] = defaultdict(list)
    for f in beside.files:
        files[f.message_id].append(f)
    around = _Around(names, customers, files)
    events = beside.events
    told = [sentences.line(e, names) for e in events]
    back = {e.params.get("message") for e in events if e.code == Code.MESSAGE_UNDELIVERABLE}
    handed = {e.params.get("message") for e in events if e.code == Code.HANDOFF_NOTED}
    parts: list[Part] = []
    place = 0
    for m in messages:
        before = place
        while place < len(told) and told[place].at < m.at:
            place += 1
        parts += _between(told[before:place])
        said = _said(m, around, returned=m.id in back)
        parts.append(Part(handed_over(said) if m.id in handed else said))
    return parts + _between(told[place:])


def _between(lines: Sequence[Line]) -> list[Part]:
    if not lines:
        return []
    shown = tuple(line for line in lines if not line.minor)
    return [Part(None, shown, tuple(line for line in lines if line.minor))]


def _said(m: Message, around: _Around, *, returned: bool) -> Said:
    files = tuple(around.files.get(m.id, ()))
    pictures = tuple(f for f in files if f.content_type in _PICTURES)
    return Said(
        id=m.id, author=_author(m, around), side=_side(m), mark="returned" if returned else _mark(m), at=m.at,
        text=m.text if m.public else mentions.named(m.text, around.names.person), quoted=m.quoted,
        has_html=m.has_html, files=tuple(f for f in files if f not in pictures),
        pictures=pictures, more="" if returned else mail_marks.of(m),
    )  # fmt: skip


def handed_over(said: Said) -> Said:
    """A note that went with the ticket to another team, told as one."""
    return replace(said, mark="handoff", text=routing_words.note(said.text))


def _author(m: Message, around: _Around) -> str:
    if m.author == Author.CUSTOMER:
        return around.customers.get(m.contact_id or 0) or _("Customer")
    if m.author == Author.STAFF:
        return around.names.person(m.staff_id) or _("Staff")
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
