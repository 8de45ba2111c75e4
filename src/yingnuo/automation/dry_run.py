"""What would a rule do with a ticket, and what would it have done in the last days?

Of the past the ledger tells when the rule would have looked; the tickets are judged as they are today, for nobody kept
what each of them was like. Bounded: the newest `MOST` moments among the newest `ROWS` rows of the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yingnuo.automation import triggers
from yingnuo.automation.facts import facts_of, newest_words
from yingnuo.automation.models import Rule
from yingnuo.automation.reading import moment
from yingnuo.engine import conditions
from yingnuo.engine.automation import Trigger, read_trigger
from yingnuo.engine.conditions import Condition, Node
from yingnuo.ledger import settled
from yingnuo.ledger.models import Event
from yingnuo.people.roles import Actor
from yingnuo.tickets import queries
from yingnuo.tickets.models import Ticket

MOST, ROWS = 1_000, 200_000


@dataclass(frozen=True, slots=True)
class Part:
    """One condition of a rule, and whether the ticket fits; `reasons` say why not."""

    node: Node
    reasons: tuple[conditions.Reason, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """When a rule would have acted on which ticket."""

    at: datetime
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule would have done: the moments, newest first, in how many more the ticket does not fit, whether there
    are more than were looked at."""

    acted: tuple[Moment, ...]
    unfit: int
    cut: bool


def parts_of(rule: Rule, ticket: Ticket) -> tuple[Part, ...]:
    """Each condition of the rule asked of the ticket as it is now; without one it fits every ticket."""
    said = newest_words([ticket.pk]).get(ticket.pk, "")
    facts = facts_of(ticket, by="contact", said=said)
    return tuple(Part(node, node.why_not(facts)) for node in _condition(rule).root.nodes)


def _condition(rule: Rule) -> Condition:
    return conditions.parse(rule.conditions, "if")


def of_last(actor: Actor, rule: Rule, *, days: int, now: datetime) -> Found:
    """What it would have done in the last `days`, to tickets that the actor sees."""
    trigger = read_trigger(rule.when)
    events, cut = _events(trigger, now - timedelta(days=days))
    moments = _moments(trigger, events, now)
    rows = queries.visible_to(actor).filter(pk__in={e.ticket_id for e, _at in moments}).select_related("contact")
    tickets = {t.pk: t for t in rows.defer("search")}
    said, condition = newest_words(sorted(tickets)), _condition(rule)
    seen = [(e, at, tickets[e.ticket_id]) for e, at in moments if e.ticket_id in tickets]
    acted = [Moment(at, t) for e, at, t in seen if condition.matches(_as_of(e, t, said))]
    return Found(tuple(sorted(acted, key=lambda m: m.at, reverse=True)), len(seen) - len(acted), cut)


def _as_of(event: Event, ticket: Ticket, said: Mapping[int, str]) -> dict[str, object]:
    return facts_of(ticket, by=event.actor_kind, said=said.get(ticket.pk, ""))


def _events(t: Trigger, since: datetime) -> tuple[list[Event], bool]:
    """The newest rows that concern the trigger, oldest first, and whether that is not all."""
    codes = [str(code) for code in triggers.codes(t.event, t.since)]
    rows = Event.objects.filter(pk__gt=settled.end() - ROWS, code__in=codes, ticket_id__isnull=False, at__gte=since)
    found = list(rows.order_by("-pk")[: MOST + 1])
    return found[:MOST][::-1], len(found) > MOST


def _moments(t: Trigger, events: Sequence[Event], now: datetime) -> list[tuple[Event, datetime]]:
    if t.event:
        return [(e, e.at) for e in events if triggers.sets_off(t.event, e.code, e.params)]
    open_since: dict[int, tuple[Event, datetime]] = {}
    found: list[tuple[Event, datetime]] = []
    for e in events:
        ticket = e.ticket_id or 0
        if triggers.ends(t.since, e.code) and (before := open_since.pop(ticket, None)) and before[1] <= e.at:
            found.append(before)
        if triggers.begins(t.since, e.code) and (at := moment(t, e.at)) is not None:
            open_since[ticket] = (e, at)
    return [*found, *((e, at) for e, at in open_since.values() if at <= now)]
