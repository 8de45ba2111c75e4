"""Whom does a step of a ladder tell?

Roles are looked up in the organisation. Who is on leave or off duty is stood in for by his deputy; when he has none, or
the deputy is away too, it goes up the line; when nobody there is on duty either, it goes to him all the same, for a
warning that reaches nobody is worse than one that disturbs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from yingnuo.people.models import Presence
from yingnuo.people.queries import Organisation, Person

OnShift = Callable[[str], bool]
_MOST_ON_DUTY = 5  # people told when "on duty" or "team" is asked for, or no person holds the ticket


@dataclass(frozen=True, slots=True)
class Situation:
    """What a ladder needs to know of a promise and its ticket."""

    promise: int
    ticket: int
    kind: str
    product_line: str
    team: int | None
    agent: int | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody told, as what."""

    staff: int
    role: str


def candidates(situations: Iterable[Situation], org: Organisation) -> set[int]:
    """Everybody who might be told in these situations, for one look-up."""
    found: set[int] = set()
    for s in situations:
        team = org.teams.get(s.team or 0)
        found |= {s.agent or 0, (team.lead if team else 0) or 0, *org.up_the_line(s.team)}
        found |= {*_heads_concerned(s, org), *org.members.get(s.team or 0, ())}
    return found - {0}


def resolve(
    audience: Sequence[str], s: Situation, *, org: Organisation, people: Mapping[int, Person], on_shift: OnShift
) -> list[Recipient]:
    """The people for these roles, each once, under the first role he has."""
    told: dict[int, str] = {}
    for role in audience:
        for staff in _by_role(role, s, org, people, on_shift):
            for stand_in in _on_duty_instead(staff, s, org, people, on_shift):
                told.setdefault(stand_in, role)
    return [Recipient(staff, role) for staff, role in told.items()]


def _by_role(role: str, s: Situation, org: Organisation, people: Mapping[int, Person], on_shift: OnShift) -> list[int]:
    team = org.teams.get(s.team or 0)
    lead = [team.lead] if team and team.lead else []
    line = org.up_the_line(s.team)
    members = list(org.members.get(s.team or 0, ()))[:_MOST_ON_DUTY]
    if role == "holder":
        held = [s.agent] if s.agent and s.agent in people else []
        return held or _on_duty(s, org, people, on_shift) or lead or line[:1] or members
    if role == "deputy":
        holder = people.get(s.agent or 0)
        deputy = holder.deputy if holder else None
        return [deputy] if deputy else []
    by_role: dict[str, list[int]] = {
        "lead": lead or line[:1],
        "departments": _heads_concerned(s, org) or line[:1],
        "department_head": line[:1],
        "up_the_line": line,
        "team": members,
    }
    return _on_duty(s, org, people, on_shift) if role == "on_duty" else by_role.get(role, [])


def _heads_concerned(s: Situation, org: Organisation) -> list[int]:
    return [d.head for d in org.departments.values() if d.head and d.concerned(s.kind, s.product_line)]


def _on_duty(s: Situation, org: Organisation, people: Mapping[int, Person], on_shift: OnShift) -> list[int]:
    members = [people[pk] for pk in org.members.get(s.team or 0, ()) if pk in people]
    return [p.id for p in members if p.presence == Presence.ONLINE and available(p, on_shift)][:_MOST_ON_DUTY]


def available(person: Person, on_shift: OnShift) -> bool:
    """Neither on leave nor outside his shift; without a shift of his own he counts as on duty."""
    return not person.away and (not person.calendar or on_shift(person.calendar))


def _on_duty_instead(
    staff: int, s: Situation, org: Organisation, people: Mapping[int, Person], on_shift: OnShift
) -> list[int]:
    person = people.get(staff)
    if person is None:
        return []
    if available(person, on_shift):
        return [staff]
    deputy = people.get(person.deputy or 0)
    if deputy and available(deputy, on_shift):
        return [deputy.id]
    above = [pk for pk in org.up_the_line(s.team) if pk != staff and pk in people and available(people[pk], on_shift)]
    return above[:1] or [staff]
