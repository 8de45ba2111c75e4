"""In which order is a ticket's story told: messages, and between them what happened?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from yingnuo.desk import chapters, mail_marks, routing_words, sentences
from yingnuo.desk.chapters import Asked
from yingnuo.desk.choices import Names
from yingnuo.desk.sentences import Line
from yingnuo.kit import reading
from yingnuo.kit.reading import Sum, Wanted
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.people.models import Contact
from yingnuo.tickets.models import Attachment, Author, Ticket
from yingnuo.writing import mentions

MOST_EVENTS, MOST_MESSAGES = 200, 100  # of a story, before somebody asks for older ones
_BUBBLES = [c.value for c in (Code.MESSAGE_RECEIVED, Code.MESSAGE_SENT, Code.MESSAGE_NOTED, Code.MESSAGE_RECEIPT)]
_TOLD = "WHERE ticket_id = %s AND code <> ALL(%s::varchar[])"
_COUNTED = f"""
SELECT count(*) FILTER (WHERE code = ANY(%s::varchar[])) AS promises,
  count(*) FILTER (WHERE code = ANY(%s::varchar[])) AS handoffs, count(*) AS everything FROM ledger_event {_TOLD}
"""  # noqa: S608  # made of words of ours
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
    talk_in_all: int = 0  # how many public messages, and notes, the ticket has
    notes_in_all: int = 0


_MESSAGES = """
SELECT m.id, m.author, m.staff_id, m.contact_id, m.public, m.qualified, m.text, m.quoted, m.html <> '', m.at,
  coalesce(p.verdict, ''), coalesce(p.checks::text, '{}'), coalesce(p.forwarded::text, '{}'),
  coalesce(d.state, ''), coalesce(d.problem, ''),
  count(*) FILTER (WHERE m.public) OVER (), count(*) FILTER (WHERE NOT m.public) OVER ()
FROM tickets_message m
LEFT JOIN channels_provenance p ON p.message_id = m.id LEFT JOIN channels_delivery d ON d.message_id = m.id
WHERE m.ticket_id = %s ORDER BY m.at DESC, m.id DESC LIMIT %s
"""


def messages_of(ticket: int, *, most: int = MOST_MESSAGES) -> list[Message]:
    """The newest messages and notes of a ticket, oldest first."""
    return reading.rows(Message._make, _MESSAGES, [ticket, most])[::-1]


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
    """What a story needs beside its messages: the newest ledger rows, oldest first, and how many there are of each
    chapter; files; other customers who wrote in it."""

    events: Sequence[Event]
    counts: Mapping[str, int]
    files: Sequence[Attachment]
    writers: Sequence[Contact]


def events_of(ticket: int, *, most: int = MOST_EVENTS) -> Wanted:
    """The newest ledger rows of a ticket, newest first, but for those that a message tells of itself."""
    return Wanted(Event, f"{_TOLD} ORDER BY id DESC LIMIT %s", [ticket, _BUBBLES, most])


def counts_of(ticket: int) -> Sum:
    """How many of all of them belong to promises, to hand-offs, and how many there are."""
    return Sum(_COUNTED, [chapters.PROMISES, chapters.HANDOFFS, ticket, _BUBBLES])


@dataclass(frozen=True, slots=True)
class Story:
    """What is told of a ticket, how much there is of each chapter, and whether there is older than what is told."""

    parts: list[Part]
    counts: Mapping[str, int]
    more: bool


def story(ticket: Ticket, messages: Sequence[Message], beside: Beside, names: Names) -> list[Part]:
    """Messages and events by time; what a message itself shows is not told again."""
    return _parts(ticket, messages, beside.events, beside, names)


def told(ticket: Ticket, messages: Sequence[Message], beside: Beside, names: Names, asked: Asked) -> Story:
    """One chapter of the story, from the moment on since which all that was read is whole."""
    events = beside.events
    last = messages[-1] if messages else None
    counts = {
        "talk": last.talk_in_all if last else 0, "notes": last.notes_in_all if last else 0,
        **beside.counts,
    }  # fmt: skip
    cuts = [messages[0].at] if len(messages) < counts["talk"] + counts["notes"] else []
    cuts += [events[0].at] if len(events) < sum(counts.values()) - counts["talk"] - counts["notes"] else []
    since = max(cuts, default=None)
    shown = [m for m in messages if asked.has_message(public=m.public) and (since is None or m.at >= since)]
    happened = [e for e in events if asked.has_event(e.code) and (since is None or e.at >= since)]
    parts = _parts(ticket, shown, happened, beside, names)
    return Story([_unfolded(p) for p in parts] if asked.chapter else parts, counts, since is not None)


def _unfolded(part: Part) -> Part:
    """Who asks for one chapter asked for all of it."""
    return replace(part, lines=tuple(sorted((*part.lines, *part.minor), key=lambda line: line.at)), minor=())


def _parts(
    ticket: Ticket, messages: Sequence[Message], events: Sequence[Event], beside: Beside, names: Names
) -> list[Part]:
    customers = {contact.pk: str(contact) for contact in (ticket.contact, *beside.writers)}
    files: dict[int, list[Attachment]] = defaultdict(list)
    for f in beside.files:
        files[f.message_id].append(f)
    around = _Around(names, customers, files)
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
