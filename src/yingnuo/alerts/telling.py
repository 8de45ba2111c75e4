"""By which ways, and when, is each person told of a step: at once, or at the end of his quiet hours?

A mail or an SMS that would disturb waits until the quiet hours of its reader are over; the notice in the desk never
waits. Three things go through: a step that says so ("through"); a step of whose people somebody else is reached at once
anyway lets the others sleep; and where nobody would be reached before the promise runs out, those on duty are told at
once, else the lead or who stands in for him, else everybody the step names: a warning that reaches nobody in time is
worse than one that disturbs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from yingnuo.alerts import quiet, recipients
from yingnuo.alerts.quiet import Calendars
from yingnuo.alerts.recipients import OnShift, Recipient, Situation
from yingnuo.alerts.rules import IN_APP, Rules
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.terms import Step
from yingnuo.people.queries import Organisation, Person
from yingnuo.promises.standards import Standards

THROUGH = "through"


class Address(NamedTuple):
    """One person by one way; `held` is the epoch second until which the message waits, None for at once."""

    staff: int
    role: str
    way: str
    held: int | None


@dataclass(frozen=True, slots=True)
class Addressed:
    """Who is told of a step in one situation. `urgent` takes the place of `calm` for what is due before `reached`."""

    calm: tuple[Address, ...]
    urgent: tuple[Address, ...] = ()
    reached: int | None = None  # when the first of them is out of his quiet hours; None: at once

    def for_due(self, due: int | None) -> tuple[Address, ...]:
        """The addresses for a promise due at `due`; without a due moment nothing runs out meanwhile."""
        late = self.reached is not None and due is not None and due < self.reached
        return self.urgent if late else self.calm


def disturbs(step: Step) -> bool:
    """Whether a step goes through quiet hours."""
    return step.quiet == THROUGH


def service_times(book: Standards) -> Calendars:
    """The service times of a revision by their codes."""

    def find(code: str) -> Calendar | None:
        return book.calendar(code) if code in book.calendars else None

    return find


class Teller:
    """Judges for one round: everything is looked up once, in memory."""

    def __init__(
        self, rules: Rules, *, org: Organisation, people: Mapping[int, Person], on_shift: OnShift,
        calendars: Calendars, at: int,
    ) -> None:  # fmt: skip
        self.rules, self.org, self.people, self.on_shift = rules, org, people, on_shift
        self.calendars, self.at = calendars, at
        self._until: dict[int, int | None] = {}

    def of_step(self, step: Step, s: Situation) -> Addressed:
        """Who is told of a step of a ladder."""
        return self.address(step.audience, step.ways, s, through=disturbs(step))

    def address(self, audience: Sequence[str], ways: Sequence[str], s: Situation, *, through: bool) -> Addressed:
        """Who is told by which ways; `through`: whatever the hour."""
        told = self.resolve(audience, s)
        if through or self._disturbs_nobody(told):
            return Addressed(self._at_once(told, ways, through=through))
        ends = [self.until(who.staff) for who in told]
        calm = tuple(
            Address(who.staff, who.role, way, None if way == IN_APP else end)
            for who, end in zip(told, ends, strict=True)
            for way in self.rules.ways_of(who.staff, ways, through=False)
        )
        quiet_until = [end for end in ends if end is not None]
        if len(quiet_until) < len(told) or all(a.held is None for a in calm):
            return Addressed(calm)
        return Addressed(calm, self._waking(told, calm, ways, s), min(quiet_until))

    def resolve(self, audience: Sequence[str], s: Situation) -> list[Recipient]:
        """The people for these roles."""
        return recipients.resolve(audience, s, org=self.org, people=self.people, on_shift=self.on_shift)

    def until(self, staff: int) -> int | None:
        """Until when this person is quiet; None where he is not."""
        if staff not in self._until:
            zone = self.people[staff].time_zone
            self._until[staff] = quiet.until(self.rules.quiet_of(staff), zone, self.at, self.calendars)
        return self._until[staff]

    def _disturbs_nobody(self, told: Sequence[Recipient]) -> bool:
        return all(self.until(who.staff) is None for who in told)

    def _at_once(self, told: Sequence[Recipient], ways: Sequence[str], *, through: bool) -> tuple[Address, ...]:
        return tuple(
            Address(who.staff, who.role, way, None)
            for who in told
            for way in self.rules.ways_of(who.staff, ways, through=through)
        )

    def _waking(
        self, told: Sequence[Recipient], calm: Sequence[Address], ways: Sequence[str], s: Situation
    ) -> tuple[Address, ...]:
        """As `calm`, but somebody is told at once, by every way of the step."""
        there = [Recipient(pk, "on_duty") for pk in recipients.on_duty(s, self.org, self.people, self.on_shift)]
        chosen = there or self.resolve(("lead",), s) or told
        awake = [who for who in chosen if self.until(who.staff) is None] or chosen
        roles = {who.staff: who.role for who in told}
        woken = [Recipient(who.staff, roles.get(who.staff, who.role)) for who in awake]
        ids = {who.staff for who in woken}
        return self._at_once(woken, ways, through=True) + tuple(a for a in calm if a.staff not in ids)
