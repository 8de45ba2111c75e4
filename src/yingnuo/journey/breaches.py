"""What is done about a broken promise: why it broke, whether it is excused? Telling the customer is a reply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from yingnuo.journey import reactions, work
from yingnuo.people.roles import Actor
from yingnuo.promises import breaches
from yingnuo.promises.breach_models import Breach
from yingnuo.promises.breaches import Given
from yingnuo.promises.models import Promise
from yingnuo.tickets import queries


def give_reason(
    actor: Actor, *, ticket_id: int, promise_id: int, given: Given, version: int | None = None, now: datetime
) -> Breach:
    """Says why a promise of the ticket was broken."""
    return _about(
        actor, ticket_id, promise_id, "breach.reason",
        lambda p: breaches.give_reason(actor, promise=p, given=given, version=version, now=now),
    )  # fmt: skip


def ask_excuse(
    actor: Actor, *, ticket_id: int, promise_id: int, words: str, version: int | None = None, now: datetime
) -> Breach:
    """Asks that a breach be excused."""
    return _about(
        actor, ticket_id, promise_id, "breach.reason",
        lambda p: breaches.ask_excuse(actor, promise=p, words=words, version=version, now=now),
    )  # fmt: skip


def decide(
    actor: Actor, *, ticket_id: int, promise_id: int, verdict: str, note: str = "", version: int | None = None,
    now: datetime,
) -> Breach:  # fmt: skip
    """Grants or refuses the excuse that was asked for."""
    return _about(
        actor, ticket_id, promise_id, "breach.excuse",
        lambda p: breaches.decide(actor, promise=p, verdict=verdict, note=note, version=version, now=now),
    )  # fmt: skip


def _about(actor: Actor, ticket_id: int, promise_id: int, verb: str, act: Callable[[Promise], Breach]) -> Breach:
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may=verb)
        breach = act(breaches.of_ticket(ticket, promise_id))
        reactions.changed([ticket.pk])
    return breach
