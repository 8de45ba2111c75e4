"""How do tickets and what is said in them come to be and change? The only writer of its tables.

Batch first: opening one ticket is opening a list of one. The caller holds the transaction.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import F

from yingnuo.kit import bulk, columns, search, texts
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people import services as people
from yingnuo.people.models import Contact
from yingnuo.people.roles import Actor
from yingnuo.tickets import fields, finding, telling
from yingnuo.tickets import tags as known_tags
from yingnuo.tickets.models import Attachment, Author, Message, Status, Ticket, Urgency
from yingnuo.tickets.values import Value


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A ticket about to be opened, its facts already settled."""

    subject: str
    contact: Contact
    via: str
    kind: str
    urgency: str = Urgency.GENERAL
    product_line: str = ""
    region: str = ""
    team: int | None = None
    agent: int | None = None
    language: str = ""
    brand: str = ""
    tags: tuple[str, ...] = ()
    fields: Mapping[str, object] = field(default_factory=dict)  # typed already, as `tickets.fields` makes them
    text: str = ""
    at: datetime | None = None  # when the customer asked; now when unknown


@dataclass(frozen=True, slots=True)
class AtRisk:
    """The chance that a promise of a ticket breaks, 0 to 1, and what that rests on, by codes."""

    risk: float
    why: Mapping[str, str | int]


_RISK_COLUMNS = (("id", "bigint"), ("risk", "float8"), ("why", "jsonb"))
_SET_RISKS = f"""
WITH given AS (SELECT * FROM {columns.source(_RISK_COLUMNS)}),
    mine AS (SELECT id FROM tickets_ticket WHERE id IN (SELECT id FROM given) ORDER BY id FOR UPDATE SKIP LOCKED)
UPDATE tickets_ticket t SET risk = g.risk, risk_why = nullif(g.why, 'null'::jsonb)
FROM given g JOIN mine USING (id) WHERE t.id = g.id
"""  # noqa: S608  # made of the names above


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file about to be stored."""

    name: str
    content_type: str
    data: bytes
    inline_id: str = ""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """Something said, about to be written down. `qualified`: it counts as the response that was promised."""

    ticket: int
    author: str
    text: str
    via: str
    public: bool = True
    qualified: bool = False
    staff: int | None = None
    contact: int | None = None
    quoted: str = ""
    html: str = ""
    message_id: str = ""
    files: tuple[NewFile, ...] = ()
    at: datetime | None = None
    indexed: bool = False  # the words are in the ticket's index already


def open_many(actor: Actor, *, drafts: Sequence[Ticket], now: datetime) -> list[Ticket]:
    """Stores drafted tickets; one ledger row each, agents' loads moved."""
    tickets = list(bulk.create(drafts))
    people.shift_loads(Counter(t.agent_id for t in tickets if t.agent_id), assigned_at=now)
    known_tags.remember(tag for t in tickets for tag in t.tags)
    ledger.record(actor, [Entry(Code.TICKET_OPENED, t.pk, "", {"via": t.via}) for t in tickets], now=now)
    return tickets


def draft(n: NewTicket, *, now: datetime) -> Ticket:
    """A ticket that is not stored yet, its words indexed."""
    contact = n.contact
    company = contact.company
    return Ticket(
        subject=texts.keepable(n.subject)[:200],
        kind=n.kind,
        urgency=n.urgency,
        via=n.via,
        contact=contact,
        company=company,
        tier=company.tier if company else contact.tier,
        product_line=n.product_line,
        region=n.region or (contact.region.code if contact.region else ""),
        team_id=n.team,
        agent_id=n.agent,
        language=(n.language or contact.language)[:10],
        brand=n.brand,
        tags=list(n.tags),
        fields=dict(n.fields),
        created_at=n.at or now,
        updated_at=now,
        search=search.document(n.subject, n.text, contact.name),
    )


def say_many(actor: Actor, *, said: Sequence[NewMessage], now: datetime) -> list[Message]:
    """Writes messages with their files down and makes their words findable; one ledger row each."""
    messages = list(bulk.create([_message(m, now) for m in said]))
    _attach([(message, f) for message, m in zip(messages, said, strict=True) for f in m.files])
    finding.keep([(message.pk, message.text) for message in messages])
    for m in said:
        if not m.indexed and m.text:
            _index(m.ticket, m.text)
    ledger.record(
        actor, [Entry(_said_code(m), m.ticket_id, f"message:{m.pk}", {"message": m.pk}) for m in messages], now=now
    )
    return messages


def _message(m: NewMessage, now: datetime) -> Message:
    return Message(
        ticket_id=m.ticket, author=m.author, staff_id=m.staff, contact_id=m.contact, public=m.public,
        qualified=m.qualified, via=m.via, text=texts.keepable(m.text), quoted=texts.keepable(m.quoted),
        html=texts.keepable(m.html), message_id=texts.keepable(m.message_id)[:250],
        at=m.at or now, recorded_at=now,
    )  # fmt: skip


def _said_code(m: Message) -> Code:
    if m.author == Author.CUSTOMER:
        return Code.MESSAGE_RECEIVED
    if not m.public:
        return Code.MESSAGE_NOTED
    return Code.MESSAGE_SENT if m.author == Author.STAFF else Code.MESSAGE_RECEIPT


def attach(message: Message, files: Sequence[NewFile]) -> None:
    """Adds files to a message that was written down before them."""
    _attach([(message, f) for f in files])


def _attach(pairs: Sequence[tuple[Message, NewFile]]) -> None:
    rows = []
    for message, f in pairs:
        sha256, path = keep(f.data)
        rows.append(
            Attachment(
                message=message, name=texts.keepable(f.name)[:200] or "file", size=len(f.data), sha256=sha256,
                content_type=texts.keepable(f.content_type)[:120], inline_id=texts.keepable(f.inline_id)[:200],
                path=path,
            )
        )  # fmt: skip
    if rows:
        Attachment.objects.bulk_create(rows)


def keep(data: bytes) -> tuple[str, str]:
    """Stores a file's bytes once, under their SHA-256; that and the path in the storage."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = f"attachments/{sha256[:2]}/{sha256}"
    if not default_storage.exists(path):
        path = default_storage.save(path, ContentFile(data))
    return sha256, path


_MOST_WORDS = 10_000  # an index of more different words grows no further: PostgreSQL's tsvector ends at 1 MB


def _index(ticket: int, text: str) -> None:
    words = search.document(text)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_ticket SET search = COALESCE(search, ''::tsvector) || %s::tsvector "
            "WHERE id = %s AND COALESCE(length(search), 0) < %s",
            [words, ticket, _MOST_WORDS],
        )


def assign(actor: Actor, *, ticket: Ticket, team: int | None, agent: int | None, now: datetime) -> bool:
    """Gives a (locked) ticket to a team and perhaps an agent; False when it was there already."""
    if ticket.team_id == team and ticket.agent_id == agent:
        return False
    moved: dict[int, int] = {}
    if ticket.is_open and ticket.agent_id != agent:
        if ticket.agent_id:
            moved[ticket.agent_id] = -1
        if agent:
            moved[agent] = 1
    params = {"team": team, "agent": agent, "from_team": ticket.team_id, "from_agent": ticket.agent_id}
    telling.leaves(ticket)
    ticket.team_id, ticket.agent_id = team, agent
    _save(ticket, ["team_id", "agent_id"], now)
    people.shift_loads(moved, assigned_at=now)
    ledger.record(actor, [Entry(Code.TICKET_ASSIGNED, ticket.pk, "", params)], now=now)
    return True


def change(actor: Actor, *, ticket: Ticket, facts: Mapping[str, str], reason: str = "", now: datetime) -> list[str]:
    """Sets plain facts of a (locked) ticket (kind, urgency, product_line, region, tier, subject); the names changed."""
    changed = {name: value for name, value in facts.items() if getattr(ticket, name) != value}
    entries = [
        Entry(
            Code.TICKET_CHANGED, ticket.pk, "",
            {"field": name, "old": str(getattr(ticket, name)), "new": value, "reason": reason},
        )
        for name, value in changed.items()
    ]  # fmt: skip
    for name, value in changed.items():
        setattr(ticket, name, value)
    if changed:
        _save(ticket, list(changed), now)
        ledger.record(actor, entries, now=now)
    return list(changed)


def set_tags(actor: Actor, *, ticket: Ticket, tags: Sequence[str], now: datetime) -> None:
    """Replaces the tags of a (locked) ticket; refused as by `tags.admitted`."""
    wanted = known_tags.admitted(actor, wanted=tags, had=ticket.tags)
    if wanted != sorted(ticket.tags):
        params = {"field": "tags", "old": ",".join(ticket.tags), "new": ",".join(wanted), "reason": ""}
        ticket.tags = wanted
        _save(ticket, ["tags"], now)
        ledger.record(actor, [Entry(Code.TICKET_CHANGED, ticket.pk, "", params)], now=now)


def set_fields(actor: Actor, *, ticket: Ticket, changes: Mapping[str, Value | None], now: datetime) -> None:
    """Writes accepted values of custom fields of a (locked) ticket; None empties one."""
    if not changes:
        return
    entries = [
        Entry(Code.TICKET_CHANGED, ticket.pk, "", {"field": name, "old": old, "new": new, "reason": ""})
        for name, old, new in fields.changed_words(ticket, changes)
    ]
    kept = {code: value for code, value in ticket.fields.items() if code not in changes}
    ticket.fields = kept | {code: value for code, value in changes.items() if value is not None}
    _save(ticket, ["fields"], now)
    ledger.record(actor, entries, now=now)


_STATUS_CODES = {
    Status.WAITING: Code.TICKET_WAITING,
    Status.RESOLVED: Code.TICKET_RESOLVED,
    Status.CLOSED: Code.TICKET_CLOSED,
}


def set_status(actor: Actor, *, ticket: Ticket, status: Status, reason: str = "", at: datetime, now: datetime) -> bool:
    """Moves a (locked) ticket to a status at `at`; loads, stamps and the ledger follow. False when it was there."""
    old = Status(ticket.status)
    if old == status and (status != Status.WAITING or ticket.waiting_for == reason):
        return False
    was_open = ticket.is_open
    ticket.status = status
    ticket.waiting_for = reason if status == Status.WAITING else ""
    touched = ["status", "waiting_for", *_stamp(ticket, old, status, at)]
    _save(ticket, touched, now)
    if ticket.agent_id and was_open != ticket.is_open:
        people.shift_loads({ticket.agent_id: 1 if ticket.is_open else -1})
    if code := _status_code(old, status):
        ledger.record(actor, [Entry(code, ticket.pk, "", {"reason": reason})], now=now)
    return True


def _status_code(old: Status, new: Status) -> Code | None:
    if new in _STATUS_CODES:
        return _STATUS_CODES[new]
    if old in (Status.RESOLVED, Status.CLOSED):
        return Code.TICKET_REOPENED
    return Code.TICKET_RESUMED if old == Status.WAITING else None


def _stamp(ticket: Ticket, old: Status, new: Status, at: datetime) -> list[str]:
    if new == Status.RESOLVED:
        ticket.resolved_at = at
        return ["resolved_at"]
    if new == Status.CLOSED:
        ticket.closed_at = at
        if ticket.resolved_at is None:
            ticket.resolved_at = at
        return ["closed_at", "resolved_at"]
    if old in (Status.RESOLVED, Status.CLOSED):
        ticket.resolved_at = ticket.closed_at = None
        ticket.reopened += 1
        return ["resolved_at", "closed_at", "reopened"]
    return []


def touch(ticket: Ticket, names: Sequence[str], *, now: datetime) -> None:
    """Saves the named columns of a (locked) ticket, its moment of change and its version."""
    _save(ticket, names, now)


def _save(ticket: Ticket, touched: Sequence[str], now: datetime) -> None:
    ticket.updated_at = now
    ticket.version += 1
    names = {f.removesuffix("_id") if f in ("team_id", "agent_id") else f for f in touched}
    ticket.save(update_fields=[*names, "updated_at", "version"])


def set_dues(dues: Mapping[int, tuple[datetime | None, datetime | None, str]]) -> None:
    """Writes (due_at, risk_at, next_milestone) of each ticket: called by the promises' services only."""
    if not dues:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_ticket t SET due_at = d.due, risk_at = d.risk, next_milestone = d.milestone FROM "
            "unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[]) AS d(id, due, risk, milestone) "
            "WHERE t.id = d.id",
            [list(dues), [d[0] for d in dues.values()], [d[1] for d in dues.values()], [d[2] for d in dues.values()]],
        )


def set_risks(risks: Mapping[int, AtRisk | None]) -> None:
    """Writes the risk of tickets (None: none any more): called by the judging of breach risk only.

    Locked in order of their keys, so that it never stands in a circle with others; a ticket that somebody holds is left
    for the next minute.
    """
    if not risks:
        return
    rows = [(pk, r.risk if r else None, r.why if r else None) for pk, r in sorted(risks.items())]
    with connection.cursor() as cursor:
        cursor.execute(_SET_RISKS, columns.pack(_RISK_COLUMNS, list(zip(*rows, strict=True))))


_DUES: columns.Columns = (("id", "bigint"), ("due", "bigint"), ("risk", "bigint"), ("milestone", "text"))
_SET_DUES = (
    "UPDATE tickets_ticket t SET due_at = to_timestamp(d.due), risk_at = to_timestamp(d.risk), "  # noqa: S608
    f"next_milestone = d.milestone FROM {columns.source(_DUES)} WHERE t.id = d.id AND (t.due_at, t.risk_at, "
    "t.next_milestone) IS DISTINCT FROM (to_timestamp(d.due), to_timestamp(d.risk), d.milestone)"
)


def set_many_dues(
    ids: Sequence[int], dues: Sequence[int | None], risks: Sequence[int | None], milestones: Sequence[str]
) -> None:
    """As `set_dues` in epoch seconds, for thousands at once; a ticket for which nothing changes is not written."""
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_SET_DUES, columns.pack(_DUES, (ids, dues, risks, milestones)))


def urge(actor: Actor, *, ticket: Ticket, now: datetime) -> None:
    """The customer urged: counted, seen in the queue."""
    Ticket.objects.filter(pk=ticket.pk).update(urged=F("urged") + 1, urged_at=now, updated_at=now)
    ticket.urged, ticket.urged_at = ticket.urged + 1, now
    ledger.record(actor, [Entry(Code.TICKET_URGED, ticket.pk, "", {"count": ticket.urged})], now=now)
