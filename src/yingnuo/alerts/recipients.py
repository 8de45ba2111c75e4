"""Whom does a step of a ladder tell?

Roles are looked up in the organisation. Who is on leave or off duty is stood in for by his deputy; when he has none, or
the deputy is away too, it goes up the line; when nobody there is on duty either, it goes to him all the same, for a
warning that reaches nobody is worse than one that disturbs. Who has left the company is passed over likewise.
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
    line = org.up_the_line(s.team)
    lead = [team.lead] if team and team.lead and team.lead in people else line[:1]
    members = list(org.members.get(s.team or 0, ()))[:_MOST_ON_DUTY]
    if role == "holder":
        held = [s.agent] if s.agent and s.agent in people else []
        return held or on_duty(s, org, people, on_shift) or lead or members
    if role == "deputy":
        holder = people.get(s.agent or 0)
        deputy = holder.deputy if holder else None
        return [deputy] if deputy else []
    if role == "on_duty":
        return on_duty(s, org, people, on_shift) or lead
    by_role: dict[str, list[int]] = {
        "lead": lead,
        "departments": _heads_concerned(s, org) or line[:1],
        "department_head": line[:1],
        "up_the_line": line,
        "team": members,
    }
    return by_role.get(role, [])


def _heads_concerned(s: Situation, org: Organisation) -> list[int]:
    return [d.head for d in org.departments.values() if d.head and d.concerned(s.kind, s.product_line)]


_THERE = (Presence.ONLINE.value, Presence.BUSY.value)  # the readier first; who is away from his desk is not there


def on_duty(s: Situation, org: Organisation, people: Mapping[int, Person], on_shift: OnShift) -> list[int]:
    """Who of the team is at his desk within his shift: those online, else those busy; nobody who is on leave."""
    members = [people[pk] for pk in org.members.get(s.team or 0, ()) if pk in people]
    there = [p for p in members if p.presence in _THERE and available(p, on_shift)]
    readiest = min((_THERE.index(p.presence) for p in there), default=0)
    return [p.id for p in there if p.presence == _THERE[readiest]][:_MOST_ON_DUTY]


def available(person: Person, on_shift: OnShift) -> bool:
    """Neither on leave nor outside his shift; without a shift of his own he counts as on duty."""
    return not person.away and (not person.calendar or on_shift(person.calendar))


def _on_duty_instead(
    staff: int, s: Situation, org: Organisation, people: Mapping[int, Person], on_shift: OnShift
) -> list[int]:
    person = people.get(staff)
    if person is not None and available(person, on_shift):
        return [staff]
    deputy = people.get(person.deputy or 0) if person else None
    if deputy and available(deputy, on_shift):
        return [deputy.id]
    line = [pk for pk in org.up_the_line(s.team) if pk != staff and pk in people]
    above = [pk for pk in line if available(people[pk], on_shift)]
    return above[:1] or ([staff] if person else line[:1])
