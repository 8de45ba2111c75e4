"""Who is in which team, who leads it, who is on duty and who stands in for whom?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from yingnuo.kit.revisions import Book
from yingnuo.people.models import Absence, Department, Region, Staff, Team
from yingnuo.people.role_models import StaffRole


@dataclass(frozen=True, slots=True)
class TeamCard:
    """A team as rules and ladders need it."""

    id: int
    code: str
    name: str
    tier: int
    department: int
    lead: int | None
    calendar: str
    region: str
    kind: str
    strategy: str = "least_loaded"
    asks_note: bool = False


@dataclass(frozen=True, slots=True)
class DepartmentCard:
    """A department as ladders need it."""

    id: int
    code: str
    name: str
    head: int | None
    parent: int | None
    kinds: frozenset[str]
    product_lines: frozenset[str]

    def concerned(self, kind: str, product_line: str) -> bool:
        """Whether a ticket of this kind and product line concerns the department (it must name one of them)."""
        return kind in self.kinds or product_line in self.product_lines


@dataclass(frozen=True, slots=True)
class StaffCard:
    """A member of staff as pages and programs name him; those who left are still named."""

    id: int
    username: str
    name: str


@dataclass(frozen=True, slots=True)
class RoleCard:
    """What the house has written about a role: how it differs from a built-in one. See `roles.standing`."""

    code: str
    base: str
    names: tuple[str, str, str]  # simplified, traditional, English; "" as the base
    granted: frozenset[str] = frozenset()
    withdrawn: frozenset[str] = frozenset()
    sight: str = ""
    active: bool = True
    edition: int = 0


@dataclass(frozen=True, slots=True)
class Organisation:
    """Teams, departments and people at one revision."""

    teams: dict[int, TeamCard]
    departments: dict[int, DepartmentCard]
    regions: dict[str, str]  # code -> name
    members: dict[int, tuple[int, ...]]  # team -> active staff, guests of the team included
    staff: dict[int, StaffCard]
    roles: dict[str, RoleCard] = field(default_factory=dict)  # those that are not as they were built

    def by_code(self, code: str) -> TeamCard | None:
        """The team of this code."""
        return next((t for t in self.teams.values() if t.code == code), None)

    def teams_of(self, departments: set[int]) -> set[int]:
        """Every team that belongs to one of these departments."""
        return {t.id for t in self.teams.values() if t.department in departments}

    def up_the_line(self, team: int | None) -> list[int]:
        """Heads above a team's lead: its department's head, then the parents' heads; each once, nearest first.

        Above no team stand the heads of the topmost departments.
        """
        card = self.teams.get(team or 0)
        if card is None:
            return list(dict.fromkeys(d.head for d in self.departments.values() if d.head and d.parent is None))
        line: list[int] = []
        department = self.departments.get(card.department)
        while department:
            if department.head and department.head not in line:
                line.append(department.head)
            department = self.departments.get(department.parent or 0)
        return line


def _load() -> Organisation:
    teams = {
        t.pk: TeamCard(
            t.pk,
            t.code,
            t.name,
            t.tier,
            t.department_id,
            t.lead_id,
            t.calendar,
            t.region.code if t.region else "",
            t.kind,
            t.strategy,
            t.asks_note,
        )
        for t in Team.objects.select_related("region")
    }
    departments = {
        d.pk: DepartmentCard(
            d.pk, d.code, d.name, d.head_id, d.parent_id, frozenset(d.kinds), frozenset(d.product_lines)
        )
        for d in Department.objects.all()
    }
    staff = {pk: StaffCard(pk, *names) for pk, *names in Staff.objects.values_list("pk", "username", "name")}
    regions = dict(Region.objects.values_list("code", "name"))
    return Organisation(teams, departments, regions, _members(), staff, _roles())


def _roles() -> dict[str, RoleCard]:
    return {
        r.code: RoleCard(
            r.code, r.base, (r.zh_hans, r.zh_hant, r.en), frozenset(r.granted), frozenset(r.withdrawn), r.sight,
            r.active, r.edition,
        )
        for r in StaffRole.objects.order_by("pk")
    }  # fmt: skip


def _members() -> dict[int, tuple[int, ...]]:
    found: dict[int, set[int]] = {}
    active = Staff.objects.filter(active=True)
    pairs = [*active.values_list("team_id", "pk"), *active.values_list("more_teams", "pk")]
    for team, staff in pairs:
        if team is not None:
            found.setdefault(team, set()).add(staff)
    return {team: tuple(sorted(staff)) for team, staff in found.items()}


organisation: Book[Organisation] = Book(_load)


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff as notices and dispatch need him."""

    id: int
    name: str
    email: str
    phone: str
    language: str
    time_zone: str
    team: int | None
    deputy: int | None
    presence: str
    calendar: str
    away: bool


def persons(ids: set[int], *, now: datetime) -> dict[int, Person]:
    """These members of staff and their deputies, with whether they are on leave at `now`; at most three queries."""
    rows = {s.pk: s for s in Staff.objects.filter(pk__in=ids, active=True)}
    missing = {s.deputy_id for s in rows.values() if s.deputy_id} - rows.keys()
    if missing:
        rows |= {s.pk: s for s in Staff.objects.filter(pk__in=missing, active=True)}
    away = on_leave(set(rows), now=now)
    return {
        pk: Person(
            pk,
            s.name,
            s.email,
            s.phone,
            s.language,
            s.time_zone,
            s.team_id,
            s.deputy_id,
            s.presence,
            s.calendar,
            pk in away,
        )
        for pk, s in rows.items()
    }


def on_leave(ids: set[int], *, now: datetime) -> set[int]:
    """Which of these are on leave at `now`."""
    rows = Absence.objects.filter(staff_id__in=ids, starts_at__lte=now, ends_at__gt=now)
    return set(rows.values_list("staff_id", flat=True))
