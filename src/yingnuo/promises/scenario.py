"""Which terms would hold for an open promise if other standards or service times were in force?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from yingnuo.engine.calendar import Calendar
from yingnuo.engine.milestones import Event
from yingnuo.engine.policy import Match, Policy
from yingnuo.engine.terms import Terms
from yingnuo.kit import revisions
from yingnuo.people.queries import organisation
from yingnuo.promises import giving, standards
from yingnuo.promises.models import MilestoneCode, Promise, TermsCopy
from yingnuo.promises.recounting import Change, Row
from yingnuo.promises.standards import Standards, terms_of
from yingnuo.tickets.models import OPEN_STATUSES, Status, Ticket

_IDS = 10_000  # read from the server in one go


@dataclass(frozen=True, slots=True)
class Scenario:
    """What would be in force, by code; what is not named stays as it is now. A calendar comes with its version key."""

    policies: Mapping[str, Policy] = field(default_factory=dict)
    calendars: Mapping[str, tuple[str, Calendar]] = field(default_factory=dict)

    def calendar(self, key: str) -> Calendar:
        """The calendar of a version key, those of the scenario first; NotFound when there is none."""
        mine = self.calendars.get(key.partition("@")[0])
        return mine[1] if mine is not None and mine[0] == key else standards.calendar(key)

    def standards(self, now: Standards) -> Standards:
        """What would be in force, given what is."""
        known = {policy.code for policy in now.policies}
        others = [policy for code, policy in self.policies.items() if code not in known]
        policies = (*(self.policies.get(policy.code, policy) for policy in now.policies), *others)
        return Standards(policies, {**now.calendars, **{code: key for code, (key, _c) in self.calendars.items()}})


class Asked:
    """A scenario while it is asked about many promises: what it said once is kept.

    Where it changes policies, rules are matched again by each ticket's facts; a promise that came from no policy stays.
    Where it changes calendars only, terms keep all but the version of their calendar.
    """

    def __init__(self, scenario: Scenario) -> None:
        revision = revisions.current()
        self.scenario = scenario
        self.standards = scenario.standards(standards.standards.at(revision))
        self.organisation = organisation.at(revision)
        self._by_terms: dict[int, Change | None] = {}
        self._changes: dict[tuple[int, int, str], tuple[Terms, Change | None]] = {}

    def tickets(self, first: int = 0, last: int = 2**62) -> Iterator[int]:
        """The tickets from `first` to `last` that it may concern, in order; streamed, however many there are."""
        if self.scenario.policies:
            tickets = Ticket.objects.filter(status__in=OPEN_STATUSES, pk__range=(first, last)).order_by("pk")
            return tickets.values_list("pk", flat=True).iterator(chunk_size=_IDS)
        others = [pk for pk in copies_by(self.scenario.calendars) if self._recalendared(pk) is not None]
        owed = Promise.objects.filter(ended_at=None, terms__in=others, ticket_id__gte=first, ticket_id__lte=last)
        owed = owed.exclude(milestone=MilestoneCode.TASK)  # its clock keeps the hours it was asked for in
        return owed.order_by("ticket_id").values_list("ticket_id", flat=True).distinct().iterator(chunk_size=_IDS)

    def facts(self, tickets: Sequence[int]) -> dict[int, Ticket]:
        """The open ones of these tickets, where rules must be matched again."""
        if not self.scenario.policies:
            return {}
        return {t.pk: t for t in Ticket.objects.filter(pk__in=tickets, status__in=OPEN_STATUSES)}

    def change(self, row: Row, tickets: Mapping[int, Ticket]) -> Change | None:
        """What is wanted of a promise; None when it is to stay as it is."""
        if not self.scenario.policies:
            if row.terms not in self._by_terms:
                self._by_terms[row.terms] = self._recalendared(row.terms)
            return self._by_terms[row.terms]
        ticket = tickets.get(row.ticket)
        if ticket is None or not terms_of(row.terms).policy or row.milestone == MilestoneCode.PROMISED_DATE:
            return None  # a date was promised by a person, whatever the standard says
        return self._rematched(row, ticket)

    def _recalendared(self, copy: int) -> Change | None:
        terms = terms_of(copy)
        key, _calendar = self.scenario.calendars.get(terms.calendar.partition("@")[0], (terms.calendar, None))
        return Change(replace(terms, calendar=key)) if key != terms.calendar else None

    def matches(self, ticket: Ticket) -> Mapping[str, Match]:
        """What would be promised to the ticket, by milestone."""
        return self.standards.match_all(giving.facts_of(ticket, self.organisation))

    def _rematched(self, row: Row, ticket: Ticket) -> Change | None:
        match = self.matches(ticket).get(row.milestone)
        if match is None or match.terms is None:
            return Change(None)
        reason = ticket.waiting_for if ticket.status == Status.WAITING else ""
        key = (id(match.terms), row.terms, reason)
        kept = self._changes.get(key)
        if kept is None or kept[0] is not match.terms:  # another one may have come to lie where an old one lay
            kept = self._changes[key] = match.terms, _following(match.terms, terms_of(row.terms), reason)
        return kept[1]

    def newly_owed(self, ticket: Ticket, known: frozenset[str]) -> list[tuple[str, Terms]]:
        """What would be promised to an open ticket that never was: milestones of its opening that are not `known`."""
        matches = self.matches(ticket)
        begun = self.standards.starting(giving.facts_of(ticket, self.organisation), Event.OPENED)
        found = [(m, matches[m].terms) for m in begun if m not in known]
        return [(m, terms) for m, terms in found if terms is not None]


def _following(terms: Terms, before: Terms, reason: str) -> Change | None:
    """As `services.rederived`: a ticket waits for what only the other terms let stand still, so it does from now on."""
    if terms == before:
        return None
    waits = bool(reason) and terms.may_pause(reason) and not before.may_pause(reason)
    return Change(terms, reason if waits else "")


def copies_by(calendars: Mapping[str, object], *, except_key: str = "") -> list[int]:
    """The stored copies of terms that go by a version of these calendars: there are few, whatever goes by them."""
    copies = TermsCopy.objects.values_list("pk", "spec__calendar")
    return [pk for pk, key in copies if key != except_key and key.partition("@")[0] in calendars]
