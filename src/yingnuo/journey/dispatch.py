"""How does a ticket find its team and person, at once and later when somebody becomes free?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from yingnuo.journey import work
from yingnuo.kit import instants, revisions
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Staff
from yingnuo.people.queries import TeamCard, organisation
from yingnuo.people.roles import SYSTEM, Actor
from yingnuo.promises import services as promises
from yingnuo.promises import standards
from yingnuo.promises.models import MilestoneCode
from yingnuo.routing import services as routing
from yingnuo.routing.services import Choice, Decision, Draft, Wanted
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import OPEN_STATUSES, ProductLine, Ticket

LOOKED_AT = 500  # waiting tickets that are offered to those who have become free
SPECIALIST_TIER = 2  # from this tier on, a person holding the ticket is the right specialist


@dataclass(frozen=True, slots=True)
class Plan:
    """What dispatch decided for one draft, before there is a ticket."""

    draft: Draft
    decision: Decision
    choice: Choice


def on_shift(revision: int, now: datetime) -> Callable[[str], bool]:
    """Whether a calendar (by code) is open now; an unknown calendar counts as open, so that a typo hides nobody."""
    book, at = standards.standards.at(revision), instants.seconds(now)

    def is_open(code: str) -> bool:
        return code not in book.calendars or book.calendar(code).is_open(at)

    return is_open


def plan(drafts: Sequence[Draft], *, revision: int, now: datetime) -> list[Plan]:
    """Rules, then people, for a batch of drafts."""
    decisions = [routing.decide(d, revision=revision) for d in drafts]
    wanted = [
        Wanted(d.team, d.skills, draft.language, draft.contact, d.product_line)
        for d, draft in zip(decisions, drafts, strict=True)
    ]
    choices = routing.choose(wanted, on_shift=on_shift(revision, now), revision=revision, now=now)
    return [Plan(*parts) for parts in zip(drafts, decisions, choices, strict=True)]


def placed(plan: Plan, *, team: int | None, later: bool) -> Plan:
    """The plan for what has a team already, whatever the rules say, or whose person is chosen afterwards."""
    decision = plan.decision if team is None else replace(plan.decision, team=team)
    return Plan(plan.draft, decision, Choice(None) if later or team is not None else plan.choice)


def record(actor: Actor, *, tickets: Sequence[Ticket], plans: Sequence[Plan], now: datetime) -> None:
    """Keeps why each ticket went where it went."""
    entries = [
        Entry(
            Code.TICKET_ROUTED, ticket.pk, "",
            {
                "rules": list(p.decision.names), "words": list(p.decision.words), "team": p.decision.team,
                "agent": p.choice.agent, "why": p.choice.why, "by": p.decision.by, "strategy": p.choice.strategy,
            },
        )
        for ticket, p in zip(tickets, plans, strict=True)
    ]  # fmt: skip
    ledger.record(SYSTEM, entries, now=now)


def specialists(revision: int) -> Callable[[Ticket], bool]:
    """Whether a ticket is in the hands of the right specialist: its hand-off is kept then."""
    teams = organisation.at(revision).teams
    return lambda ticket: _with_specialist(ticket, teams)


def _with_specialist(ticket: Ticket, teams: Mapping[int, TeamCard]) -> bool:
    team = teams.get(ticket.team_id or 0)
    return ticket.agent_id is not None and team is not None and team.tier >= SPECIALIST_TIER


def assign(actor: Actor, *, ticket: Ticket, team: int | None, agent: int | None, now: datetime) -> bool:
    """Gives a (locked) ticket to somebody; the promises follow: hand-off, holder, terms of the new team's tier."""
    revision = revisions.current()
    if agent is not None and (team is None or agent not in organisation.at(revision).members.get(team, ())):
        team = Staff.objects.values_list("team_id", flat=True).get(pk=agent) or team
    teams, left = organisation.at(revision).teams, ticket.team_id
    had = _with_specialist(ticket, teams)
    if not tickets.assign(actor, ticket=ticket, team=team, agent=agent, now=now):
        return False
    has = _with_specialist(ticket, teams)
    if left != ticket.team_id and ticket.is_open:
        promises.left(actor, ticket=ticket, now=now)
    if has:
        promises.handed_off(actor, ticket=ticket, at=now, now=now)
    elif ticket.is_open and (had or left not in (None, team)):  # a team has one hand-off, its colleagues share it
        promises.reassigned(actor, ticket=ticket, now=now)
    promises.holder_changed(actor, ticket=ticket, now=now)
    if left != ticket.team_id and ticket.is_open and ticket.team_id is not None:
        promises.taken(actor, ticket=ticket, now=now)
    owed = promises.rederived(actor, ticket=ticket, now=now)
    if has and any(p.milestone == MilestoneCode.HANDOFF and p.ended_at is None for p in owed):
        promises.handed_off(actor, ticket=ticket, at=now, now=now)  # owed by the terms of the specialist's own team
    return True


def pull(actor: Actor, *, team: int, most: int = 20, now: datetime) -> list[int]:
    """Gives waiting tickets of a team to people who have become free, the next due first; the ids given.

    It looks past those that nobody free can take (a rare skill), or they would keep all others waiting.
    """
    with work.unit():
        rows = Ticket.objects.filter(team_id=team, agent=None, status__in=OPEN_STATUSES)
        rows = rows.exclude(chats__stage="waiting")  # chats are given out by the number of chats one has room for
        waiting = list(rows.defer("search").order_by("due_at", "id")[:LOOKED_AT])
        pairs = zip(waiting, choices_for(waiting, now=now), strict=True)
        chosen = dict([(t.pk, c) for t, c in pairs if c.agent is not None][:most])
        agents = {pk: c.agent for pk, c in chosen.items()}
        locked = rows.select_for_update(skip_locked=True, of=("self",)).filter(pk__in=list(agents))
        given = sorted(
            locked, key=lambda t: agents[t.pk] or 0
        )  # one order of staff rows for all: nobody waits in a circle
        for ticket in given:
            assign(actor, ticket=ticket, team=team, agent=agents[ticket.pk], now=now)
        ledger.record(actor, [_chosen(t, chosen[t.pk]) for t in given], now=now)
    return [t.pk for t in given]


def _chosen(ticket: Ticket, choice: Choice) -> Entry:
    params = {"team": ticket.team_id, "agent": choice.agent, "strategy": choice.strategy, "why": choice.why}
    return Entry(Code.DISPATCH_CHOSE, ticket.pk, "", params)


def choices_for(waiting: Sequence[Ticket], *, now: datetime) -> list[Choice]:
    """Who would take each of these tickets now, in their order, one after another; nothing is written."""
    revision = revisions.current()
    skills = dict(ProductLine.objects.exclude(skill="").values_list("code", "skill"))
    wanted = [
        Wanted(
            t.team_id, frozenset({skills[t.product_line]} if t.product_line in skills else ()), t.language,
            t.contact_id, t.product_line,
        )
        for t in waiting
    ]  # fmt: skip
    return routing.choose(wanted, on_shift=on_shift(revision, now), revision=revision, now=now)
