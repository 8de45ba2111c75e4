"""How is a step of a ticket's operating rule ticked?"""

from __future__ import annotations

from datetime import datetime

from yingnuo.checklists import services
from yingnuo.journey import reactions, work
from yingnuo.people.roles import Actor
from yingnuo.tickets import queries
from yingnuo.tickets.models import Ticket


def tick(actor: Actor, *, ticket_id: int, rule: int, key: int, done: bool, now: datetime) -> Ticket:
    """A step was done, or was not after all; Conflict when the checklist is another one by now."""
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.note")
        services.tick(actor, ticket=ticket, rule=rule, key=key, done=done, now=now)
        reactions.changed([ticket.pk])
    return ticket
