"""How is a promise given: which terms does the standard name for these facts, and when is it due?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yingnuo.engine import clock
from yingnuo.engine.clock import MarkKind
from yingnuo.engine.policy import Facts, Match
from yingnuo.engine.terms import Terms
from yingnuo.kit import instants
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.queries import Organisation, organisation
from yingnuo.people.roles import Actor
from yingnuo.promises import deriving
from yingnuo.promises.models import Mark, Promise
from yingnuo.promises.standards import calendar, copies_of, standards
from yingnuo.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Gift:
    """A milestone of a ticket that begins at `at`; a promise is given when the standard names one."""

    ticket: Ticket
    milestone: str
    at: datetime
    message: int | None = None


def facts_of(ticket: Ticket, org: Organisation) -> Facts:
    """What a policy may ask about a ticket."""
    team = org.teams.get(ticket.team_id or 0)
    return Facts(
        kind=ticket.kind,
        urgency=ticket.urgency,
        channel=ticket.via,
        tier=ticket.tier,
        product_line=ticket.product_line,
        region=ticket.region,
        team=team.code if team else "",
        team_tier=team.tier if team else 0,
        tags=tuple(ticket.tags),
    )


def matches_for(ticket: Ticket, *, revision: int) -> dict[str, Match]:
    """Per milestone, the match that decides what would be promised to this ticket now."""
    return standards.at(revision).match_all(facts_of(ticket, organisation.at(revision)))


def give(actor: Actor, *, gifts: Sequence[Gift], revision: int, now: datetime) -> list[Promise]:
    """Gives what the standard names; milestones without terms give nothing. Rows, marks and ledger in one go."""
    matches = {g.ticket.pk: matches_for(g.ticket, revision=revision) for g in gifts}
    wanted: list[tuple[Gift, Terms]] = []
    for g in gifts:
        match = matches[g.ticket.pk].get(g.milestone)
        if match is not None and match.terms is not None:
            wanted.append((g, match.terms))
    return give_terms(actor, wanted=wanted, now=now)


def give_terms(actor: Actor, *, wanted: Sequence[tuple[Gift, Terms]], now: datetime) -> list[Promise]:
    """Gives promises under terms that are settled already."""
    if not wanted:
        return []
    copies = copies_of({terms for _gift, terms in wanted})
    promises = Promise.objects.bulk_create([_promise(g, terms, copies[terms], now) for g, terms in wanted])
    Mark.objects.bulk_create(
        [
            Mark(
                promise=p, kind=MarkKind.STARTED.value, at=p.started_at, recorded_at=now,
                actor_kind=actor.kind, actor_id=actor.id,
            )
            for p in promises
        ]
    )  # fmt: skip
    entries = [_entry(p, terms) for p, (_g, terms) in zip(promises, wanted, strict=True)]
    ledger.record(actor, entries, now=now)
    return promises


def _promise(g: Gift, terms: Terms, copy: int, now: datetime) -> Promise:
    started = instants.seconds(g.at)
    at = instants.instant(started)
    promise = Promise(
        ticket=g.ticket, milestone=g.milestone, first_terms_id=copy, terms_id=copy, message_id=g.message,
        team_id=g.ticket.team_id, agent_id=g.ticket.agent_id, started_at=at, generation=0,
    )  # fmt: skip
    state = clock.fold(terms, [clock.Mark(MarkKind.STARTED, started)], max(started, instants.seconds(now)), calendar)
    deriving.derive(promise, terms, state)
    return promise


def _entry(p: Promise, terms: Terms) -> Entry:
    due = p.due_at.isoformat() if p.due_at else None
    params = {"milestone": p.milestone, "due": due, "rule": terms.rule, "policy": terms.policy}
    return Entry(Code.PROMISE_GIVEN, p.ticket_id, f"promise:{p.pk}", params)
