"""How is a promise given: which terms does the standard name for these facts, and when is it due?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Model

from yingnuo.engine import clock
from yingnuo.engine.clock import MarkKind
from yingnuo.engine.milestones import Event as Happens
from yingnuo.engine.policy import Facts, Match
from yingnuo.engine.terms import Terms
from yingnuo.kit import bulk, instants
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.ledger.services import Entry
from yingnuo.people.queries import Organisation, organisation
from yingnuo.people.roles import Actor
from yingnuo.promises import deriving, marking
from yingnuo.promises.models import Mark, Outcome, Promise
from yingnuo.promises.standards import calendar, copies_of, copy_known, standards, terms_of
from yingnuo.tickets.models import Status, Ticket


@dataclass(frozen=True, slots=True)
class Gift:
    """A milestone of a ticket that begins at `at`; a promise is given when the standard names one.

    `met_at`: it is met as soon as it is given (the ticket went to the right specialist at once). `terms`: those it is
    given under, whatever the standard says (a date promised to the customer, what a merged ticket still owed).
    """

    ticket: Ticket
    milestone: str
    at: datetime
    message: int | None = None
    met_at: datetime | None = None
    terms: Terms | None = None


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


def starting(ticket: Ticket, event: Happens, *, revision: int) -> tuple[str, ...]:
    """The milestones that this event begins for the ticket as it is, by the standard in force."""
    return standards.at(revision).starting(facts_of(ticket, organisation.at(revision)), event)


def draft(gifts: Sequence[Gift], *, revision: int, now: datetime) -> list[Promise]:
    """What the standard promises for these milestones, not stored yet; the tickets need no id so far."""
    tickets = {id(g.ticket): g.ticket for g in gifts}
    matches = {key: matches_for(ticket, revision=revision) for key, ticket in tickets.items()}
    wanted: list[tuple[Gift, Terms]] = []
    for g in gifts:
        match = matches[id(g.ticket)].get(g.milestone)
        terms = g.terms or (match.terms if match else None)
        if terms is not None:
            wanted.append((g, terms))
    distinct = {id(terms): terms for _gift, terms in wanted}
    known = {key: copy_known(terms) for key, terms in distinct.items()}
    new = copies_of({distinct[key] for key, number in known.items() if number is None})
    numbers = {key: number or new[distinct[key]] for key, number in known.items()}
    begun: dict[tuple[int, _Beginning], Mapping[str, Any]] = {}
    drafts = []
    for g, terms in wanted:
        alike = (numbers[id(terms)], _Beginning(g.at, g.met_at, *_still(g.ticket, g.at, terms, now)))
        if alike not in begun:
            begun[alike] = _begun(alike[1], terms, now)
        drafts.append(_promise(g, alike[0], begun[alike]))
    return drafts


def store(actor: Actor, *, drafts: Sequence[Promise], now: datetime) -> list[Promise]:
    """Stores drafted promises of stored tickets, with their ledger rows.

    The start is the row itself (`started_at`, `first_terms`); marks follow when something happens, be it at once.
    """
    if not drafts:
        return []
    for p in drafts:
        p.ticket = p.ticket  # its number is known only now where it was drafted too
    promises = list(bulk.create(drafts))
    marking.met_at_once(actor, promises=[p for p in promises if p.met_at], now=now)
    _mark_still(actor, promises, now)
    ledger.record(actor, [e for p in promises for e in _entries(p, terms_of(p.terms_id))], now=now)
    return promises


def rows_of(drafts: Sequence[Promise]) -> dict[type[Model], int]:
    """How many rows of which tables `store` will write for these drafts."""
    met = sum(p.met_at is not None for p in drafts)
    return {Promise: len(drafts), Mark: met, Outcome: met}


def give(actor: Actor, *, gifts: Sequence[Gift], revision: int, now: datetime) -> list[Promise]:
    """Drafts and stores in one go; milestones without terms give nothing."""
    return store(actor, drafts=draft(gifts, revision=revision, now=now), now=now)


def _promise(g: Gift, copy: int, begun: Mapping[str, Any]) -> Promise:
    return Promise(
        ticket=g.ticket, milestone=g.milestone, first_terms_id=copy, terms_id=copy, message_id=g.message,
        team_id=g.ticket.team_id, agent_id=g.ticket.agent_id, **begun,
    )  # fmt: skip


class _Beginning(NamedTuple):
    """When promises of the same terms begin alike: a batch has many of them."""

    at: datetime
    met_at: datetime | None
    still_from: datetime | None
    reason: str


def _begun(b: _Beginning, terms: Terms, now: datetime) -> Mapping[str, Any]:
    """The columns of promises that begin alike."""
    started = instants.seconds(b.at)
    pattern = Promise(started_at=instants.instant(started), generation=0)
    marks = [clock.Mark(MarkKind.STARTED, started)]
    if b.still_from:
        marks.append(clock.Mark(MarkKind.PAUSED, instants.seconds(b.still_from), seq=1, reason=b.reason))
    if b.met_at:
        marks.append(clock.Mark(MarkKind.MET, instants.seconds(b.met_at), seq=2))
    if len(marks) > 1:
        pattern.generation = 1  # only what nothing has happened to is of the first generation (`marking.marks_of_due`)
    deriving.derive(pattern, terms, clock.fold(terms, marks, max(started, instants.seconds(now)), calendar))
    return {name: getattr(pattern, name) for name in ("started_at", *deriving.DERIVED)}


def _still(ticket: Ticket, start: datetime, terms: Terms, now: datetime) -> tuple[datetime | None, str]:
    """Since when and why the clock of a promise just given stands still: its ticket waits for what its terms list.

    In the second of its start too: a pause counts before a start, so it stands still from the beginning.
    """
    if ticket.status != Status.WAITING or not terms.may_pause(ticket.waiting_for):
        return None, ""
    waits = Event.objects.filter(ticket_id=ticket.pk, code=Code.TICKET_WAITING.value).order_by("-id").first()
    return max(start, waits.at if waits else now), ticket.waiting_for


def _mark_still(actor: Actor, promises: Sequence[Promise], now: datetime) -> None:
    still = [(p, *_still(p.ticket, p.started_at, terms_of(p.terms_id), now)) for p in promises]
    rows = [
        Mark(
            promise=p, kind=MarkKind.PAUSED.value, at=at, recorded_at=now, reason=reason, actor_kind=actor.kind,
            actor_id=actor.id,
        )
        for p, at, reason in still
        if at
    ]  # fmt: skip
    bulk.create(rows)


def _entries(p: Promise, terms: Terms) -> list[Entry]:
    """That it was given and, where it was over by then, that it is broken: the sweep finds no news there."""
    about, due = f"promise:{p.pk}", p.due_at.isoformat() if p.due_at else None
    given = {"milestone": p.milestone, "due": due, "rule": terms.rule, "policy": terms.policy}
    found = [Entry(Code.PROMISE_GIVEN, p.ticket_id, about, given)]
    if p.broken_at:
        broken = {"milestone": p.milestone, "due": p.broken_at.isoformat(), "holder": p.agent_id}
        found.append(Entry(Code.PROMISE_BROKEN, p.ticket_id, about, broken))
    return found + ([marking.ending(p)] if p.ended_at else [])
