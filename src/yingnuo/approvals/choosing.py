"""Who decides in a step, who may do it in his place, and when has a step been decided?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from yingnuo.approvals.models import Seat
from yingnuo.approvals.rulebook import Step
from yingnuo.kit import revisions
from yingnuo.people.models import Staff
from yingnuo.people.queries import Organisation, organisation
from yingnuo.people.roles import VERBS, actor_for_staff
from yingnuo.tickets.models import Ticket

MOST = 20
ROLES = ("lead", "head")


def seats_for(step: Step, ticket: Ticket, *, asker: int | None, own: bool) -> list[int]:
    """The people of one step for this ticket. Whoever asks is left out, unless `own`; for him decides the next above.

    Empty where there is nobody at all.
    """
    org = organisation.at(revisions.current())
    found = dict.fromkeys([
        *(pk for role in step.roles if (pk := _by_role(role, ticket, org))),
        *Staff.objects.filter(username__in=step.people, active=True).order_by("pk").values_list("pk", flat=True),
        *(_by_verb(step.verb, ticket, org) if step.verb else ()),
    ])  # fmt: skip
    chosen = [pk for pk in found if pk in org.staff and (own or pk != asker)]
    if found and not chosen:
        chosen = next_above([ticket.team_id], without={asker or 0}, org=org)
    return chosen[:MOST]


def _by_role(role: str, ticket: Ticket, org: Organisation) -> int | None:
    team, line = org.teams.get(ticket.team_id or 0), org.up_the_line(ticket.team_id)
    if role == "lead" and team and team.lead:
        return team.lead
    return line[0] if line else None


def _by_verb(verb: str, ticket: Ticket, org: Organisation) -> list[int]:
    roles = [role for role, verbs in VERBS.items() if verb in verbs]
    rows = Staff.objects.filter(role__in=roles, active=True).order_by("pk")
    return [
        s.pk
        for s in rows
        if actor_for_staff(s, org).sees(team=ticket.team_id, agent=ticket.agent_id, contact=ticket.contact_id)
    ]


def next_above(teams: Iterable[int | None], *, without: set[int], org: Organisation) -> list[int]:
    """The nearest head above each of these teams who is none of those, each once."""
    found = [next((pk for pk in org.up_the_line(team) if pk not in without), 0) for team in teams]
    return [pk for pk in dict.fromkeys(found) if pk]


def below(staff: int, org: Organisation) -> set[int]:
    """For whom this head is the next above: who decides when one of them is late."""
    found: set[int] = set()
    for team in org.teams.values():
        line = org.up_the_line(team.id)
        for one in {*org.members.get(team.id, ()), team.lead or 0, *line} - {0, staff}:
            above = line[line.index(one) + 1 :] if one in line else line
            if above[:1] == [staff]:
                found.add(one)
    return found


def verdict(need: int, seats: Sequence[Seat]) -> bool | None:
    """Whether a step is agreed to: True, False, or None while it is open.

    Where one is enough the first word decides; else it is declined once too few are left to reach `need` (0: all).
    """
    wanted = min(need or len(seats), len(seats))
    yes = sum(s.approves is True for s in seats)
    no = sum(s.approves is False for s in seats)
    if yes >= wanted:
        return True
    return False if no and (wanted == 1 or len(seats) - no < wanted) else None


def names(staff: Iterable[int], org: Organisation) -> str:
    """These people by name, as a sentence lists them."""
    known: Mapping[int, object] = {pk: card.name for pk, card in org.staff.items()}
    return ", ".join(str(known[pk]) for pk in staff if pk in known)
