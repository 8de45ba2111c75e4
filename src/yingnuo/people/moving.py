"""What changes when a team or a department goes to another department: who sees what, and who is told of warnings?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people import roles
from yingnuo.people.models import Department, Staff, Team
from yingnuo.people.queries import DepartmentCard, Organisation, TeamCard, organisation
from yingnuo.people.role_models import Sight
from yingnuo.people.roles import Actor, require

TEAM, DEPARTMENT = "team", "department"


@dataclass(frozen=True, slots=True)
class Sees:
    """Somebody who will see other teams than now; `everything`: sees all of them before ("was") or after ("is")."""

    name: str
    gains: tuple[str, ...]
    loses: tuple[str, ...]
    everything: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """The heads above a team's lead who are told of its warnings, nearest first: now, and after the move."""

    team: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a move changes; nothing is written."""

    sees: list[Sees]
    lines: list[Line]


def place(known: Organisation, what: str, pk: int) -> tuple[str, int | None]:
    """The name of a team or department and the department it belongs to; NotFound."""
    if what == TEAM and pk in known.teams:
        return known.teams[pk].name, known.teams[pk].department
    if what == DEPARTMENT and pk in known.departments:
        return known.departments[pk].name, known.departments[pk].parent
    raise NotFound(_("Somebody has deleted it."))


def places(known: Organisation, what: str, pk: int) -> list[DepartmentCard]:
    """The departments it can go to, by name: none that it is in, and none below itself."""
    _name, now_in = place(known, what, pk)
    barred = {now_in} | (below(known, pk) if what == DEPARTMENT else set())
    return sorted((d for d in known.departments.values() if d.id not in barred), key=lambda d: d.name)


def below(known: Organisation, pk: int) -> set[int]:
    """A department and all below it."""
    found, fresh = {pk}, {pk}
    while fresh:
        fresh = {d.id for d in known.departments.values() if d.parent in fresh} - found
        found |= fresh
    return found


def moved(known: Organisation, what: str, pk: int, to: int | None) -> Organisation:
    """The organisation after the move; Invalid for a place where it cannot stand."""
    place(known, what, pk)
    if (to is None and what == TEAM) or (to is not None and to not in known.departments):
        raise Invalid(_("Choose a department."), fields={"to": _("Choose from the list.")})
    if what == TEAM:
        team: TeamCard = replace(known.teams[pk], department=to or 0)
        return replace(known, teams={**known.teams, pk: team})
    if to in below(known, pk):
        raise Invalid(_("A department cannot stand below itself."), fields={"to": _("Choose another one.")})
    return replace(known, departments={**known.departments, pk: replace(known.departments[pk], parent=to)})


def foresee(known: Organisation, *, what: str, pk: int, to: int | None) -> Foreseen:
    """Who would see other teams, and which teams' warnings would go to other heads; one statement."""
    after = moved(known, what, pk, to)
    far = [r.code for r in roles.standings(known) if r.sight in (Sight.DEPARTMENT, Sight.BELOW)]
    people = Staff.objects.filter(active=True, role__in=far).order_by("name")
    sees = [found for one in people if (found := _sees(one, known, after))]
    return Foreseen(sees, _lines(known, after))


def _sees(person: Staff, known: Organisation, after: Organisation) -> Sees | None:
    was, will = roles.sight_of(person, known), roles.sight_of(person, after)
    if was == will:
        return None
    if was is None or will is None:
        return Sees(person.name, (), (), "was" if was is None else "is")
    return Sees(person.name, _named(known, will - was), _named(known, was - will))


def _named(known: Organisation, teams: frozenset[int]) -> tuple[str, ...]:
    return tuple(sorted(known.teams[team].name for team in teams if team in known.teams))


def _lines(known: Organisation, after: Organisation) -> list[Line]:
    pairs = [(t.name, known.up_the_line(t.id), after.up_the_line(t.id)) for t in known.teams.values()]
    changed = [(name, old, new) for name, old, new in sorted(pairs) if old != new]
    return [Line(name, _people(known, old), _people(known, new)) for name, old, new in changed]


def _people(known: Organisation, ids: list[int]) -> tuple[str, ...]:
    return tuple(known.staff[pk].name for pk in ids if pk in known.staff)


def move(actor: Actor, *, what: str, pk: int, to: int | None, was: int | None, now: datetime) -> None:
    """Moves it; Conflict when it is not in the department `was` any more."""
    require(actor, "people.edit")
    with transaction.atomic():
        list(Department.objects.select_for_update().order_by("pk"))  # two moves at once could close a circle
        known = organisation.at(revisions.current())
        moved(known, what, pk, to)
        if place(known, what, pk)[1] != was:
            raise Conflict(_("Somebody else has moved it. Look at it again."), code="moved")
        if to == was:
            return
        if what == TEAM:
            Team.objects.filter(pk=pk).update(department_id=to)
        else:
            Department.objects.filter(pk=pk).update(parent_id=to)
        params: dict[str, ledger.Value] = {"what": what, "id": pk, "from": was, "to": to}
        ledger.record(actor, [Entry(Code.ORGANISATION_MOVED, 0, f"{what}:{pk}", params)], now=now)
        revisions.bump()
