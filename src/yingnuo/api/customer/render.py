"""How does what a customer may know become an answer?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from yingnuo.api import render
from yingnuo.api.customer import told
from yingnuo.api.told import PromiseOut
from yingnuo.journey.upkeep import URGE_EVERY
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.people import calling
from yingnuo.people.models import Staff
from yingnuo.promises.models import MilestoneCode, Promise, StandingCode
from yingnuo.promises.standards import terms_of
from yingnuo.tickets import links
from yingnuo.tickets.models import Author, Message, Ticket

_PLAIN = (
    "number", "subject", "kind", "status", "waiting_for", "product_line", "created_at", "updated_at",
    "first_response_at", "resolved_at", "closed_at", "urged",
)  # fmt: skip
_SIDES = {Author.CUSTOMER: "you", Author.STAFF: "us", Author.BOT: "bot", Author.SYSTEM: "automatic"}


def owed_to(tickets: Sequence[Ticket]) -> dict[int, list[Promise]]:
    """What was promised to the customers of these tickets, oldest first; one query. Withdrawn promises are left out."""
    found: dict[int, list[Promise]] = {t.pk: [] for t in tickets}
    rows = Promise.objects.filter(ticket__in=found).exclude(standing=StandingCode.CANCELLED).order_by("id")
    for p in rows:
        if terms_of(p.terms_id).agreement == "sla":
            found[p.ticket_id].append(p)
    return found


def ticket(row: Ticket, promises: Sequence[Promise]) -> told.CustomerTicket:
    """A request as it stands in lists."""
    return told.CustomerTicket.model_validate(_facts(row, promises))


def _facts(row: Ticket, promises: Sequence[Promise]) -> dict[str, object]:
    due = [p.due_at for p in promises if p.ended_at is None and p.due_at]
    again = row.urged_at + URGE_EVERY if row.urged_at else None
    head = row.merged_into
    return {name: getattr(row, name) for name in _PLAIN} | {
        "id": row.pk, "fields": row.fields, "due_at": min(due, default=None),
        "holder": _called(row.agent), "urge_again_at": again,
        "joined_into": head.pk if head and head.contact_id == row.contact_id else None,
    }  # fmt: skip


def _called(person: Staff | None) -> str:
    """What the customer calls somebody of ours; no more of his name is told."""
    if person is None:
        return ""
    return calling.called(person.name, tier=person.team.tier if person.team else calling.FRONT_LINE)


def detail(row: Ticket, *, now: datetime) -> told.CustomerTicketDetail:
    """A request with its promises as they stand at this moment."""
    rows = owed_to([row])[row.pk]
    shown = [_promise(p, out, now) for p, out in zip(rows, render.explained(rows, now=now), strict=True)]
    more = {"promises": shown, "promise_page": links.promise_url(row), "rating": _rating(row)}
    return told.CustomerTicketDetail.model_validate(_facts(row, rows) | more)


def _promise(p: Promise, known: PromiseOut, now: datetime) -> told.CustomerPromise:
    state = _state(known)
    promised = known.broken_at or known.due_at
    end = p.met_at or (now if state == "overdue" else None)
    late = max(0, int((end - promised).total_seconds())) if end and promised and state in ("late", "overdue") else 0
    named = p.milestone in MilestoneCode.values
    return told.CustomerPromise(
        id=p.pk, milestone=p.milestone, label=str(MilestoneCode(p.milestone).label) if named else p.milestone,
        state=state, started_at=p.started_at, due_at=promised, met_at=p.met_at, target_seconds=known.target_seconds,
        remaining_seconds=known.remaining_seconds, late_seconds=late, explanation=known.explanation,
    )  # fmt: skip


def _state(known: PromiseOut) -> str:
    broken = known.standing == StandingCode.BROKEN
    if known.ended_at is not None:
        return ("late" if known.met_at else "missed") if broken else "kept"
    return "overdue" if broken else "paused" if known.standing == StandingCode.PAUSED else "running"


def _rating(row: Ticket) -> int:
    last = Event.objects.filter(ticket_id=row.pk, code=Code.TICKET_RATED).order_by("-id").first()
    return int(last.params.get("score", 0)) if last else 0


def may_read(message: Message, row: Ticket) -> bool:
    """Whether the customer may read it: public, and not of another customer whose ticket was merged in."""
    return message.public and message.contact_id in (None, row.contact_id)


def said(m: Message) -> told.SaidOut:
    """Something said."""
    files = [
        told.CustomerFile(id=f.pk, name=f.name, size=f.size, content_type=f.content_type) for f in m.attachments.all()
    ]
    return told.SaidOut(id=m.pk, side=_SIDES[Author(m.author)], by=_author(m), text=m.text, at=m.at, files=files)


def _author(m: Message) -> str:
    if m.author == Author.CUSTOMER:
        return _("You")
    if m.author == Author.STAFF:
        return _called(m.staff) or _("Our team")
    return _("Assistant") if m.author == Author.BOT else _("Automatic message")
