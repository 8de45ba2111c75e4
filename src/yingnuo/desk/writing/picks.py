"""What can be picked while one writes: saved replies with "/", colleagues with "@"?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yingnuo.brands import books as brands
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.choices import Names
from yingnuo.journey import mentioning
from yingnuo.people.models import Staff
from yingnuo.people.roles import Actor
from yingnuo.tickets import links, queries
from yingnuo.tickets.models import Ticket
from yingnuo.writing import replies


@dataclass(frozen=True, slots=True)
class Pick:
    """A saved reply, filled in."""

    shortcut: str
    title: str
    text: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A colleague: what is put into the text, and what the list says of him."""

    word: str
    name: str
    note: str


def for_ticket(
    actor: Actor, ticket: Ticket, names: Names, more: Mapping[str, str] | None = None
) -> tuple[Pick, ...]:  # fmt: skip
    """The replies an agent can pick for a ticket; `more` are values known better than the ticket's own."""
    found = replies.offered(actor, team=ticket.team_id, language=ticket.language)
    if not found:
        return ()
    values = _values(actor, ticket, names) | dict(more or {})
    return tuple(Pick(r.shortcut, r.title, replies.filled(r.text, values), r.owner_id is not None) for r in found)


def _values(actor: Actor, ticket: Ticket, names: Names) -> dict[str, str]:
    due = timezone.localtime(ticket.due_at) if ticket.due_at else None
    own = {f"{replies.OWN}{code}": names.book.said(code, value) for code, value in ticket.fields.items()}
    return own | {
        "customer": ticket.contact.name, "agent": actor.name, "number": ticket.number,
        "company": brands.house(ticket.language), "product": names.line(ticket.product_line),
        "due": date_format(due, "n-j H:i") if due else "", "link": links.promise_url(ticket),
    }  # fmt: skip


@require_safe
@signed_in
def saved(request: DeskRequest, pk: int) -> HttpResponse:
    """The list that "/" opens at a ticket."""
    ticket = queries.get_for(request.actor, pk, may="ticket.reply")
    return render(request, "desk/writing/_picks.html", {"picks": for_ticket(request.actor, ticket, request.names)})


@require_safe
@signed_in
def colleagues(request: DeskRequest, pk: int) -> HttpResponse:
    """The list that "@" opens in a note: who may see the ticket; nobody names himself."""
    ticket = queries.get_for(request.actor, pk, may="ticket.note")
    people = [s for s in mentioning.colleagues(ticket) if s.pk != request.actor.id]
    names, lead = [s.name for s in people], mentioning.lead_of(ticket)
    shown = [_named(s, request, is_lead=s.pk == lead, same_name=names.count(s.name) > 1) for s in people]
    return render(request, "desk/writing/_colleagues.html", {"people": shown})


def _named(s: Staff, request: DeskRequest, *, is_lead: bool, same_name: bool) -> Named:
    note = " · ".join(filter(None, (_("lead") if is_lead else "", request.names.team(s.team_id))))
    return Named(s.username if same_name else s.name, s.name, note)
