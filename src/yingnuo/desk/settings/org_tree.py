"""How does the organisation look as a tree: who leads what, who is missing where, and what lies open?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import Count
from django.utils.translation import gettext as _

from yingnuo.people import finding
from yingnuo.people.models import Staff, Team
from yingnuo.people.queries import Organisation
from yingnuo.people.role_models import Sight
from yingnuo.people.roles import Actor, standing
from yingnuo.tickets import queries
from yingnuo.tickets.models import OPEN_STATUSES


@dataclass(slots=True)
class Person:
    """Somebody in the tree."""

    id: int
    name: str
    username: str
    role: str
    team: int | None


@dataclass(slots=True)
class TeamNode:
    """A team; `people` are those at home in it, `lacks` what is missing, in words."""

    id: int
    code: str
    name: str
    tier: int
    active: bool
    lead: str
    people: list[Person]
    open: int
    lacks: list[str]
    shown: bool = False  # with its people


@dataclass(slots=True)
class DepartmentNode:
    """A department with its teams and the departments below; counts are of all below it too."""

    id: int
    code: str
    name: str
    head: str
    teams: list[TeamNode]
    below: list[DepartmentNode]
    lacks: list[str]
    open: int = 0
    count: int = 0
    gaps: int = 0
    shown: bool = False

    def all_teams(self) -> Iterator[TeamNode]:
        """Its teams and those of all departments below."""
        yield from self.teams
        for one in self.below:
            yield from one.all_teams()


@dataclass(slots=True)
class Tree:
    """The whole organisation. `homeless` answer customers and are in no team; `others` are in none and need none."""

    roots: list[DepartmentNode]
    homeless: list[Person] = field(default_factory=list)
    others: list[Person] = field(default_factory=list)
    open_nowhere: int = 0
    gaps: int = 0
    people: int = 0
    teams: int = 0


def grown(actor: Actor, known: Organisation) -> Tree:
    """The tree with everybody in it; open tickets are those within the reader's sight. Three statements."""
    rows = Staff.objects.filter(active=True).order_by("name").values_list("pk", "name", "username", "role", "team_id")
    people = [Person(*row) for row in rows]
    active = dict(Team.objects.values_list("pk", "active"))
    visible = queries.visible_to(actor).filter(status__in=OPEN_STATUSES)
    open_of = dict(visible.order_by().values_list("team_id").annotate(n=Count("pk")))
    there = {person.id for person in people}
    teams = _teams(known, people, active, open_of, there)
    tree = Tree(_departments(known, teams, there, None), open_nowhere=open_of.get(None, 0))
    for person in people:
        if person.team not in known.teams:
            (tree.homeless if _needs_team(person.role, known) else tree.others).append(person)
    tree.people, tree.teams = len(people), len(known.teams)
    tree.gaps = sum(root.gaps for root in tree.roots) + len(tree.homeless)
    return tree


def _needs_team(code: str, known: Organisation) -> bool:
    role = standing(code, known)
    return role.sight == Sight.TEAMS and "ticket.reply" in role.verbs


def _teams(
    known: Organisation, people: Iterable[Person], active: Mapping[int, bool], open_of: Mapping[int, int],
    there: set[int],
) -> dict[int, list[TeamNode]]:  # fmt: skip
    at_home: dict[int, list[Person]] = {}
    for person in people:
        if person.team is not None:
            at_home.setdefault(person.team, []).append(person)
    found: dict[int, list[TeamNode]] = {}
    for t in sorted(known.teams.values(), key=lambda t: (not active.get(t.id), t.tier, t.name)):
        mine = at_home.get(t.id, [])
        lacks = _lacks_of_team(t.lead, there, bool(known.members.get(t.id))) if active.get(t.id) else []
        node = TeamNode(
            t.id, t.code, t.name, t.tier, active.get(t.id, False), _name(known, t.lead), mine, open_of.get(t.id, 0),
            lacks,
        )  # fmt: skip
        found.setdefault(t.department, []).append(node)
    return found


def _lacks_of_team(lead: int | None, there: set[int], anybody: bool) -> list[str]:
    lacks = [] if anybody else [_("nobody in it")]
    if lead is None:
        return [_("no lead"), *lacks]
    return lacks if lead in there else [_("the lead has left"), *lacks]


def _name(known: Organisation, pk: int | None) -> str:
    card = known.staff.get(pk or 0)
    return card.name if card else ""


def _departments(
    known: Organisation, teams: Mapping[int, list[TeamNode]], there: set[int], parent: int | None
) -> list[DepartmentNode]:
    rows = sorted((d for d in known.departments.values() if d.parent == parent), key=lambda d: d.name)
    found = []
    for d in rows:
        below = _departments(known, teams, there, d.id)
        lacks = [] if d.head in there else [_("no head") if d.head is None else _("the head has left")]
        node = DepartmentNode(d.id, d.code, d.name, _name(known, d.head), teams.get(d.id, []), below, lacks)
        node.open = sum(t.open for t in node.all_teams())
        node.count = sum(len(t.people) for t in node.all_teams())
        node.gaps = len(lacks) + sum(len(t.lacks) for t in node.teams) + sum(one.gaps for one in below)
        found.append(node)
    return found


def narrowed(tree: Tree, said: str) -> Tree:
    """Only what is called so, or sounds so, with all that stands above it; unfolded."""
    text = said.strip()[:60]
    if not text:
        return tree
    everybody = [p for root in tree.roots for t in root.all_teams() for p in t.people]
    named = [*everybody, *tree.homeless, *tree.others]
    hits = set(finding.staff(text, ((p.id, p.name) for p in named)))
    hits |= {p.id for p in named if text.lower() in p.username}
    tree.roots = [one for root in tree.roots if (one := _fitting(root, text, hits))]
    tree.homeless = [p for p in tree.homeless if p.id in hits]
    tree.others = [p for p in tree.others if p.id in hits]
    return tree


def _fitting(node: DepartmentNode, text: str, hits: set[int]) -> DepartmentNode | None:
    own = _called(node.id, node.name, text)
    teams = []
    for team in node.teams:
        found = [p for p in team.people if p.id in hits]
        if found or own or _called(team.id, team.name, text):
            team.people, team.shown = found or team.people, bool(found)
            teams.append(team)
    node.below = [one for below in node.below if (one := _fitting(below, text, hits))]
    node.teams, node.shown = teams, True
    return node if own or teams or node.below else None


def _called(pk: int, name: str, text: str) -> bool:
    return bool(finding.staff(text, [(pk, name)]))


def with_gaps(tree: Tree) -> Tree:
    """Only what lacks something, with all that stands above it; unfolded."""
    tree.roots = [one for root in tree.roots if (one := _lacking(root))]
    tree.others = []
    return tree


def _lacking(node: DepartmentNode) -> DepartmentNode | None:
    node.teams = [team for team in node.teams if team.lacks]
    node.below = [one for below in node.below if (one := _lacking(below))]
    node.shown = True
    return node if node.gaps else None


def flat(tree: Tree) -> Iterator[tuple[list[str], TeamNode | None, Person | None]]:
    """(departments from the top, team, person): everybody, teams without people, departments without teams."""
    for root in tree.roots:
        yield from _flat(root, [])
    for person in [*tree.homeless, *tree.others]:
        yield [], None, person


def _flat(node: DepartmentNode, above: list[str]) -> Iterator[tuple[list[str], TeamNode | None, Person | None]]:
    path = [*above, node.name]
    if not node.teams and not node.below:
        yield path, None, None
    for team in node.teams:
        yield from ((path, team, person) for person in (team.people or (None,)))
    for one in node.below:
        yield from _flat(one, path)
