"""What is there to a ticket, all in one place: for paper, and for a file that leaves the house?"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from yingnuo.journey import work
from yingnuo.kit import looks, marks, reading
from yingnuo.kit.looks import Look
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.ledger.services import Entry
from yingnuo.people.queries import Organisation
from yingnuo.people.roles import Actor
from yingnuo.promises import naming
from yingnuo.promises.models import Promise
from yingnuo.tickets import beside, queries
from yingnuo.tickets.models import Attachment, Author, Message, Ticket
from yingnuo.writing import mentions

FORM = "yingnuo-ticket/1"
_OF_NOTES = (Code.MESSAGE_NOTED.value, Code.HANDOFF_NOTED.value)


@dataclass(frozen=True, slots=True)
class Said:
    """A message or a note: who, what, with which files. `side`: them, us, note, bot."""

    row: Message
    who: str
    side: str
    text: str
    files: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A promise and how it was kept."""

    row: Promise
    word: str
    look: Look


@dataclass(frozen=True, slots=True)
class Dossier:
    """A ticket with everything about it. `notes`: whether internal notes are among `said`."""

    ticket: Ticket
    said: tuple[Said, ...]
    kept: tuple[Kept, ...]
    notes: bool
    by: Actor
    at: datetime

    @property
    def files(self) -> list[Attachment]:
        """Its files in their order."""
        return [f for said in self.said for f in said.files]


def of(actor: Actor, *, ticket_id: int, notes: bool, org: Organisation, now: datetime) -> Dossier:
    """Everything about a ticket in sight, in the words and the zone of the language that is active."""
    ticket = queries.get_for(actor, ticket_id)
    rows = Message.objects.filter(ticket=ticket).select_related("contact").order_by("at", "id")
    messages = list(rows if notes else rows.filter(public=True))
    files = _files(messages)
    promises = Promise.objects.filter(ticket=ticket).order_by("id")
    return Dossier(
        ticket, tuple(_said(m, ticket, files[m.pk], org) for m in messages),
        tuple(_kept(p, now) for p in promises), notes, actor, now,
    )  # fmt: skip


def _files(messages: Sequence[Message]) -> Mapping[int, list[Attachment]]:
    found: dict[int, list[Attachment]] = defaultdict(list)
    ids = [m.pk for m in messages]
    for f in reading.instances(Attachment, "WHERE message_id = ANY(%s::bigint[]) ORDER BY id", [ids]):
        found[f.message_id].append(f)
    return found


def _said(m: Message, t: Ticket, files: Sequence[Attachment], org: Organisation) -> Said:
    names = {pk: card.name for pk, card in org.staff.items()}
    staff = names.get(m.staff_id or 0) or _("Staff")
    known: dict[str, str] = {"customer": str(m.contact or t.contact), "staff": staff, "bot": _("Bot")}
    who = known.get(m.author, _("Automatic"))
    side = "them" if m.author == Author.CUSTOMER else "us" if m.author == Author.STAFF else "bot"
    text = m.text if m.public else mentions.named(m.text, lambda pk: names.get(pk, ""))
    return Said(m, who, side if m.public else "note", marks.plain(text) if side == "us" else text, tuple(files))


def _kept(p: Promise, now: datetime) -> Kept:
    late = p.ended_at is None and p.due_at is not None and p.due_at < now
    return Kept(p, naming.milestone(p.milestone), looks.look(looks.STANDING, "broken" if late else p.standing))


def page_of(d: Dossier, names: Mapping[int, str]) -> str:
    """The conversation as a page that stands alone; `names` are those of its files beside it, by file."""
    beside_it = [(f, f"files/{quote(names[f.pk])}") for f in d.files]
    return render_to_string("journey/conversation.html", context_of(d) | {"beside_it": beside_it})


def context_of(d: Dossier) -> dict[str, Any]:
    """What `journey/_dossier.html` shows, on paper and in the file."""
    return {"dossier": d, "ticket": d.ticket, "zone": timezone.get_current_timezone_name()}


def json_of(d: Dossier, names: Mapping[int, str]) -> str:
    """The ticket, its promises, messages, links and ledger as JSON; instants in UTC."""
    told = {
        "form": FORM, "exported_at": d.at, "notes": d.notes, "ticket": _facts(d.ticket),
        "promises": [_promise(k.row) for k in d.kept], "messages": [_message(s, names) for s in d.said],
        "links": _links(d), "history": [_event(e) for e in _history(d)],
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


_TICKET = (
    "subject", "kind", "urgency", "via", "status", "waiting_for", "tier", "product_line", "region", "language", "tags",
    "fields", "created_at", "updated_at", "first_response_at", "resolved_at", "closed_at", "reopened", "urged",
)  # fmt: skip
_PROMISE = ("milestone", "standing", "started_at", "due_at", "met_at", "broken_at", "ended_at", "worked", "overrun")


def _facts(t: Ticket) -> dict[str, Any]:
    customer = {"id": t.contact_id, "name": t.contact.name, "email": t.contact.email}
    return {"number": t.number, **{name: getattr(t, name) for name in _TICKET}} | {
        "customer": customer, "company": t.company.name if t.company else None,
        "team": t.team.code if t.team else None, "agent": t.agent.username if t.agent else None,
    }  # fmt: skip


def _promise(p: Promise) -> dict[str, Any]:
    return {"id": p.pk, **{name: getattr(p, name) for name in _PROMISE}}


def _message(s: Said, names: Mapping[int, str]) -> dict[str, Any]:
    m = s.row
    files = [
        {"name": f.name, "type": f.content_type, "size": f.size, "sha256": f.sha256, "path": f"files/{names[f.pk]}"}
        for f in s.files
    ]
    return {
        "id": m.pk, "at": m.at, "author": m.author, "name": s.who, "public": m.public, "via": m.via, "text": m.text,
        "quoted": m.quoted, "files": files,
    }  # fmt: skip


def _links(d: Dossier) -> list[dict[str, Any]]:
    groups = beside.of_ticket(d.by, d.ticket.pk) if d.ticket.linked else {}
    return [
        {"relation": b.relation, "number": f"YN-{b.told.id}", "subject": b.told.subject if b.seen else None}
        for group in groups.values() for b in group.shown
    ]  # fmt: skip


def _history(d: Dossier) -> list[Event]:
    rows = Event.objects.filter(ticket_id=d.ticket.pk).order_by("id")
    return list(rows if d.notes else rows.exclude(code__in=_OF_NOTES))


def _event(e: Event) -> dict[str, Any]:
    by = {"kind": e.actor_kind, "id": e.actor_id}
    return {"id": e.pk, "at": e.at, "code": e.code, "by": by, "subject": e.subject, "params": e.params}


def noted(d: Dossier, *, form: str) -> None:
    """Leaves the trace that it left the house."""
    params: dict[str, ledger.Value] = {"form": form, "notes": int(d.notes), "files": len(d.files)}
    with work.unit():
        ledger.record(d.by, [Entry(Code.TICKET_EXPORTED, d.ticket.pk, "", params)], now=d.at)
