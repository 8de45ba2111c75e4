"""How are tickets found and read, within the reader's sight?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Case, F, QuerySet, When
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import reading
from yingnuo.kit.errors import NotAllowed, NotFound, Outdated
from yingnuo.people.models import Company, Contact, Region, Staff, Team
from yingnuo.people.roles import Actor
from yingnuo.tickets import asked_sql, asking, narrowing
from yingnuo.tickets.asking import Asked
from yingnuo.tickets.models import OPEN_STATUSES, Message, Ticket
from yingnuo.tickets.narrowing import NOTHING, OPEN, Where, both

_WITH_CUSTOMER = """
FROM tickets_ticket t JOIN people_contact c ON c.id = t.contact_id LEFT JOIN people_company o ON o.id = t.company_id
WHERE t.id = %s
"""
_NUMBER = re.compile(r"^\s*(?:yn-)?(\d{1,18})\s*$", re.IGNORECASE)


def visible_to(actor: Actor) -> QuerySet[Ticket]:
    """Tickets within the actor's sight."""
    return Ticket.objects.filter(actor.ticket_filter())


def get_for(actor: Actor, pk: int, *, may: str = "ticket.view") -> Ticket:
    """The ticket, when the actor may do this to it; NotFound hides what is out of sight, NotAllowed names the verb."""
    return _with_people(bare_for(actor, pk, may=may))


def bare_for(actor: Actor, pk: int, *, may: str = "ticket.view") -> Ticket:
    """As `get_for` with nothing read along, for who takes names from a book."""
    found = reading.instances(Ticket, "WHERE id = %s", [pk])
    return _checked(actor, found[0] if found else None, may)


def shown_to(actor: Actor, pk: int) -> Ticket:
    """The ticket with its customer and company, when the actor may see it; one statement."""
    found = reading.joined([("t", Ticket), ("c", Contact), ("o", Company)], _WITH_CUSTOMER, [pk])
    ticket = _checked(actor, found[0][0] if found else None, "ticket.view")
    ticket.contact, ticket.company = found[0][1:]
    return ticket


def with_customer(ticket: Ticket) -> Ticket:
    """Its customer and its company, read at once."""
    ticket.contact = reading.by_id(Contact, [ticket.contact_id])[ticket.contact_id]
    ticket.company = reading.by_id(Company, [ticket.company_id]).get(ticket.company_id or 0)
    return ticket


def _with_people(ticket: Ticket) -> Ticket:
    """Its customer with company and region, its company, team and agent, read at once.

    By one small statement each: to plan a join of seven tables costs four times what all of them cost together.
    """
    contact = with_customer(ticket).contact
    same = contact.company_id is not None and contact.company_id == ticket.company_id
    own = {} if same else reading.by_id(Company, [contact.company_id])
    contact.company = ticket.company if same else own.get(contact.company_id or 0)
    contact.region = reading.by_id(Region, [contact.region_id]).get(contact.region_id or 0)
    ticket.team = reading.by_id(Team, [ticket.team_id]).get(ticket.team_id or 0)
    ticket.agent = reading.by_id(Staff, [ticket.agent_id]).get(ticket.agent_id or 0)
    return ticket


def lock_for(actor: Actor, pk: int, *, may: str, version: int | None = None) -> Ticket:
    """As `get_for`, and the row is locked until the transaction ends: every command on a ticket begins here.

    Outdated when the ticket is not at `version` any more (None: whichever).
    """
    row = Ticket.objects.select_for_update(of=("self",)).select_related("contact", "company").filter(pk=pk).first()
    ticket = _checked(actor, row, may)
    if version is not None and ticket.version != version:
        raise Outdated(_("Somebody changed it since you read it. Read it again."))
    return ticket


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
    order: str = "due"  # due | risk | newest | oldest | updated
    asked: Asked = asking.NOTHING  # what a saved list asks beyond these; checked


def where(actor: Actor, f: Filter, *, now: datetime) -> Where:
    """What a queue's tickets have in common; only what the actor may see.

    Statuses stand in the text: the planner takes a partial index only for those it can read there.
    """
    return both([*_sight(actor, f), *_wanted(actor, f, now)], empty="true")


def either(actor: Actor, f: Filter, *, now: datetime) -> list[Where]:
    """The same as conditions of which a ticket must fit one: an index answers each, which it cannot for an "or"."""
    wanted = _wanted(actor, f, now)
    return [both([seen, *wanted], empty="true") for seen in _sights(actor, f)]


def _wanted(actor: Actor, f: Filter, now: datetime) -> list[Where]:
    terms = [*_scope(actor, f), *_state(f, now), *_plain(f), *_found(actor, f.words, now)]
    return terms + asked_sql.where(f.asked, actor, now=now)


def _sight(actor: Actor, f: Filter) -> list[Where]:
    """As `Actor.sees`; what a member of staff holds himself he sees in any case."""
    first, *others = _sights(actor, f)
    if not others:
        return [first]
    sights = " OR ".join(seen.sql for seen in (first, *others))
    return [Where(f"({sights})", tuple(value for seen in (first, *others) for value in seen.values))]


def _sights(actor: Actor, f: Filter) -> list[Where]:
    """The reasons for which he sees a ticket, one of which is enough: it is his matter, his team's, his own work."""
    if actor.kind == "contact":
        return [Where("tickets_ticket.contact_id = %s", (actor.id,))]
    if actor.teams is None or (actor.kind == "staff" and f.scope == "mine"):
        return [Where("")]
    of_teams = Where("tickets_ticket.team_id = ANY(%s::bigint[])", (sorted(actor.teams),))
    if actor.kind == "staff" and f.scope != "unassigned":
        return [of_teams, Where("tickets_ticket.agent_id = %s", (actor.id,))]
    return [of_teams]


def _scope(actor: Actor, f: Filter) -> list[Where]:
    if f.scope == "mine":
        return [Where("tickets_ticket.agent_id = %s", (actor.id if actor.kind == "staff" else 0,))]
    return [Where("tickets_ticket.agent_id IS NULL")] if f.scope == "unassigned" else []


def _state(f: Filter, now: datetime) -> list[Where]:
    states = {
        "overdue": [Where(f"{OPEN} AND tickets_ticket.due_at < %s", (now,))],
        "at_risk": [Where(f"{OPEN} AND tickets_ticket.due_at >= %s AND tickets_ticket.risk_at <= %s", (now, now))],
        "waiting": [Where("tickets_ticket.status = 'waiting'")],
        "resolved": [Where("tickets_ticket.status = 'resolved'")],
        "closed": [Where("tickets_ticket.status = 'closed'")],
        "any": [],
    }
    return states.get(f.state, [Where(OPEN)])


def _plain(f: Filter) -> list[Where]:
    named = {
        "team_id": f.team, "agent_id": f.agent, "kind": f.kind, "urgency": f.urgency, "via": f.via, "tier": f.tier,
        "region": f.region, "product_line": f.product_line, "contact_id": f.contact,
    }  # fmt: skip
    terms = [Where(f"tickets_ticket.{name} = %s", (value,)) for name, value in named.items() if value]
    return [*terms, Where("tickets_ticket.tags @> %s::varchar[]", ([f.tag],))] if f.tag else terms


def _found(actor: Actor, text: str, now: datetime) -> list[Where]:
    if not text.strip():
        return []
    asked = narrowing.read(text, now=now)
    terms = narrowing.conditions(actor, asked, of="ticket", now=now)
    query = narrowing.words(asked).query
    by_words = Where("tickets_ticket.search @@ %s::tsquery", (query,))
    if number := _NUMBER.match(text):
        return [Where(f"(tickets_ticket.id = %s OR {by_words.sql})", (int(number[1]), query))]
    if query:
        return [by_words, *terms]
    return terms if terms and not asked.has_words else [NOTHING]


def sight(actor: Actor) -> Where:
    """What the actor may see of tickets; "" for all of them."""
    return both(_sight(actor, Filter()))


def queue(actor: Actor, f: Filter, *, now: datetime) -> QuerySet[Ticket]:
    """Tickets of a queue in its order; the next due moment first by default, those without one last.

    Not for use inside another query: its condition names the table, which Django renames there.
    """
    wanted = where(actor, f, now=now)
    condition = RawSQL(wanted.sql, wanted.values, output_field=BooleanField())  # noqa: S611 - values stand apart
    rows = Ticket.objects.filter(condition).select_related("contact", "team", "agent").defer("search")
    return rows.order_by(*_ORDERS.get(f.order, _ORDERS["due"]))


_ORDERS = {
    "due": (F("due_at").asc(nulls_last=True), "id"),
    "risk": (
        Case(When(status__in=OPEN_STATUSES, then=F("risk"))).desc(nulls_last=True),
        F("due_at").asc(nulls_last=True),
        "id",
    ),
    "newest": ("-id",),
    "oldest": ("id",),
    "updated": ("-updated_at", "-id"),
}


def conversation(ticket: Ticket, *, reader: Actor, last: int = 200) -> list[Message]:
    """The newest messages of a ticket, oldest first; notes only for those who may see them."""
    rows = ticket.messages.select_related("staff", "contact").prefetch_related("attachments")
    if reader.kind == "contact":
        rows = rows.filter(public=True)
    return list(rows.order_by("-at", "-id")[:last])[::-1]
