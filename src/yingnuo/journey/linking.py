"""How are tickets linked and unlinked, and what does a ticket that came to rest mean to its parent?"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from yingnuo.journey import reactions, work
from yingnuo.kit.errors import NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor
from yingnuo.tickets import linking, queries
from yingnuo.tickets.models import LinkKind, Ticket, TicketLink


def link(actor: Actor, *, ticket_id: int, other_id: int, relation: str, now: datetime) -> TicketLink:
    """`ticket_id` is a `relation` of `other_id` (tickets.linking.RELATIONS); both must be in sight."""
    with work.unit():
        ticket, other = _both(actor, ticket_id, other_id)
        made = linking.add(actor, ticket=ticket, other=other, relation=relation, now=now)
        reactions.changed([ticket_id, other_id])
    return made


def unlink(actor: Actor, *, ticket_id: int, other_id: int, relation: str, now: datetime) -> None:
    """The two have nothing to do with each other in this way; NotFound when they had not. Undone by `link`."""
    kind, first, second = linking.ends(ticket_id, other_id, relation)
    with work.unit():
        _both(actor, ticket_id, other_id)
        row = TicketLink.objects.select_for_update().filter(kind=kind, ticket=first, other=second).first()
        if row is None:
            raise NotFound(_("These two are not linked like this (any more)."), code="link_not_found")
        linking.remove(actor, link=row, ticket=ticket_id, now=now)
        reactions.changed([ticket_id, other_id])


def _both(actor: Actor, ticket_id: int, other_id: int) -> tuple[Ticket, Ticket]:
    """Both tickets, locked in one order for all, so that two who link them never wait on each other."""
    rows = {pk: queries.lock_for(actor, pk, may="ticket.edit") for pk in sorted({ticket_id, other_id})}
    return rows[ticket_id], rows[other_id]


def came_to_rest(actor: Actor, *, ticket: Ticket, now: datetime) -> None:
    """Inside the transaction that solved or closed a ticket: was it the last open one of its parent's children?

    Whoever holds the parent is told, unless it was he. What came to rest with its parent, or after it, tells nobody.
    """
    pk = linking.parent_of(ticket.pk) if ticket.linked else None
    if pk is None:
        return
    linking.in_turn(pk)
    if linking.open_children([pk], but=[ticket.pk]):
        return
    parent = Ticket.objects.select_related("contact", "company").get(pk=pk)
    if not parent.is_open:
        return
    count = TicketLink.objects.filter(kind=LinkKind.CHILD_OF, other=pk).count()
    entry = Entry(Code.TICKET_CHILDREN_DONE, pk, f"ticket:{ticket.pk}", {"ticket": ticket.pk, "count": count})
    ledger.record(actor, [entry], now=now)
    if actor.kind == "staff" and parent.agent_id == actor.id:
        reactions.changed([pk])
    else:
        reactions.children_done(parent, child=ticket.pk, times=ticket.reopened, now=now)
