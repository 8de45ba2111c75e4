"""How are tickets found and read, within the reader's sight?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.search import SearchQuery
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import search
from yingnuo.kit.errors import NotAllowed, NotFound
from yingnuo.people.roles import Actor
from yingnuo.tickets.models import OPEN_STATUSES, Message, Status, Ticket

_NUMBER = re.compile(r"^\s*(?:yn-)?(\d{1,18})\s*$", re.IGNORECASE)


def visible_to(actor: Actor) -> QuerySet[Ticket]:
    """Tickets within the actor's sight."""
    return Ticket.objects.filter(actor.ticket_filter())


def get_for(actor: Actor, pk: int, *, may: str = "ticket.view") -> Ticket:
    """The ticket, when the actor may do this to it; NotFound hides what is out of sight, NotAllowed names the verb."""
    related = ("contact__company", "contact__region", "company", "team", "agent")
    ticket = Ticket.objects.select_related(*related).filter(pk=pk).first()
    return _checked(actor, ticket, may)


def lock_for(actor: Actor, pk: int, *, may: str) -> Ticket:
    """As `get_for`, and the row is locked until the transaction ends: every command on a ticket begins here."""
    ticket = Ticket.objects.select_for_update(of=("self",)).select_related("contact", "company").filter(pk=pk).first()
    return _checked(actor, ticket, may)


def _checked(actor: Actor, ticket: Ticket | None, may: str) -> Ticket:
    if ticket is None or not actor.sees(team=ticket.team_id, agent=ticket.agent_id, contact=ticket.contact_id):
        raise NotFound(_("There is no such ticket, or it is not yours to see."), code="ticket_not_found")
    if not actor.may(may):
        raise NotAllowed(_("You may not do this to the ticket."), code="not_allowed", verb=may)
    return ticket


@dataclass(frozen=True, slots=True)
class Filter:
    """What a queue shows.

    `scope`: mine, unassigned, all; `state`: open, at_risk, overdue, waiting, resolved, closed, any.
    """

    scope: str = "all"
    state: str = "open"
    team: int | None = None
    agent: int | None = None
    kind: str = ""
    urgency: str = ""
    via: str = ""
    tier: str = ""
    region: str = ""
    product_line: str = ""
    tag: str = ""
    contact: int | None = None
    words: str = ""
    order: str = "due"  # due | newest | oldest | updated


def queue(actor: Actor, f: Filter, *, now: datetime) -> QuerySet[Ticket]:
    """Tickets of a queue in its order; the next due moment first by default, those without one last."""
    rows = visible_to(actor).filter(_scope(actor, f), _state(f, now), **_plain(f))
    if f.tag:
        rows = rows.filter(tags__contains=[f.tag])
    if f.words.strip():
        rows = _found(rows, f.words)
    return (
        rows.select_related("contact", "team", "agent").defer("search").order_by(*_ORDERS.get(f.order, _ORDERS["due"]))
    )


_ORDERS = {
    "due": (F("due_at").asc(nulls_last=True), "id"),
    "newest": ("-id",),
    "oldest": ("id",),
    "updated": ("-updated_at", "-id"),
}


def _scope(actor: Actor, f: Filter) -> Q:
    if f.scope == "mine":
        return Q(agent_id=actor.id if actor.kind == "staff" else 0)
    if f.scope == "unassigned":
        return Q(agent__isnull=True)
    return Q()


def _state(f: Filter, now: datetime) -> Q:
    is_open = Q(status__in=OPEN_STATUSES)
    return {
        "open": is_open,
        "overdue": is_open & Q(due_at__lt=now),
        "at_risk": is_open & Q(due_at__gte=now, risk_at__lte=now),
        "waiting": Q(status=Status.WAITING),
        "resolved": Q(status=Status.RESOLVED),
        "closed": Q(status=Status.CLOSED),
        "any": Q(),
    }.get(f.state, is_open)


def _plain(f: Filter) -> dict[str, str | int]:
    named = {
        "team_id": f.team, "agent_id": f.agent, "kind": f.kind, "urgency": f.urgency, "via": f.via, "tier": f.tier,
        "region": f.region, "product_line": f.product_line, "contact_id": f.contact,
    }  # fmt: skip
    return {name: value for name, value in named.items() if value}


def _found(rows: QuerySet[Ticket], words: str) -> QuerySet[Ticket]:
    if number := _NUMBER.match(words):
        by_words = search.query(words)
        return rows.filter(Q(pk=int(number[1])) | Q(search=_tsquery(by_words)))
    query = search.query(words)
    return rows.filter(search=_tsquery(query)) if query else rows.none()


def _tsquery(text: str) -> SearchQuery:
    return SearchQuery(text, config="simple", search_type="raw")


def conversation(ticket: Ticket, *, reader: Actor, last: int = 200) -> list[Message]:
    """The newest messages of a ticket, oldest first; notes only for those who may see them."""
    rows = ticket.messages.select_related("staff", "contact").prefetch_related("attachments")
    if reader.kind == "contact":
        rows = rows.filter(public=True)
    return list(rows.order_by("-at", "-id")[:last])[::-1]
