"""What can be chosen from in the desk's forms, by name?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid
from yingnuo.kit.revisions import Book
from yingnuo.people.models import Staff, Tier
from yingnuo.people.queries import Organisation, organisation
from yingnuo.people.roles import Actor
from yingnuo.tickets.models import Field, Kind, ProductLine, Urgency, Via


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id or code at one revision."""

    staff: dict[int, str]
    lines: dict[str, str]
    fields: dict[str, str]
    organisation: Organisation

    def team(self, pk: object) -> str:
        """A team's name, "" for none."""
        card = self.organisation.teams.get(pk) if isinstance(pk, int) else None
        return card.name if card else ""

    def person(self, pk: object) -> str:
        """A member of staff's name, "" for none."""
        return self.staff.get(pk, "") if isinstance(pk, int) else ""

    def line(self, code: str) -> str:
        """A product line's name; an unknown code as it is."""
        return self.lines.get(code, code)

    def region(self, code: str) -> str:
        """A region's name; an unknown code as it is."""
        return self.organisation.regions.get(code, code)


@dataclass(frozen=True, slots=True)
class _Loaded:
    staff: dict[int, str]
    lines: dict[str, str]
    fields: dict[str, str]


def _load() -> _Loaded:
    staff = dict(Staff.objects.values_list("pk", "name"))
    lines = dict(ProductLine.objects.order_by("name").values_list("code", "name"))
    fields = dict(Field.objects.order_by("position", "id").values_list("code", "name"))
    return _Loaded(staff, lines, fields)


_names: Book[_Loaded] = Book(_load)


def names() -> Names:
    """Every name the desk shows, at the present revision; one small query when nothing was edited."""
    revision = revisions.current()
    loaded = _names.at(revision)
    return Names(loaded.staff, loaded.lines, loaded.fields, organisation.at(revision))


@dataclass(frozen=True, slots=True)
class Group:
    """A team with its people, as a form offers them."""

    id: int
    name: str
    people: tuple[tuple[int, str], ...]


def groups(known: Names) -> list[Group]:
    """Teams by name, each with its active people by name."""
    org = known.organisation
    teams = sorted(org.teams.values(), key=lambda t: t.name)
    return [
        Group(
            t.id, t.name, tuple(sorted(((pk, known.staff.get(pk, "?")) for pk in org.members.get(t.id, ())), key=_name))
        )
        for t in teams
    ]


def _name(pair: tuple[int, str]) -> str:
    return pair[1]


def for_queue(actor: Actor) -> dict[str, Any]:
    """What the queue's filters and bulk actions offer; a reader is offered the teams he sees."""
    known = names()
    seen = groups(known)
    own = [g for g in seen if actor.teams is None or g.id in actor.teams]
    people = sorted({pair for g in own for pair in g.people}, key=_name)
    return {
        "kinds": Kind.choices, "urgencies": Urgency.choices, "channels": Via.choices, "tiers": Tier.choices,
        "regions": known.organisation.regions.items(), "lines": known.lines.items(), "groups": seen, "own": own,
        "people": people,
    }  # fmt: skip


def holder(text: str) -> tuple[int | None, int | None]:
    """Team and agent of a choice such as "3" (the team) or "3-7" (the team's agent 7); Invalid for anything else."""
    team, _sep, agent = text.partition("-")
    if not team.isdigit() or (agent and not agent.isdigit()) or len(text) > 30:
        raise Invalid(_("Choose a team."), fields={"holder": _("Choose from the list.")})
    return int(team), int(agent) if agent else None
