"""What can be chosen from in the desk's forms, by name?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid
from yingnuo.kit.revisions import Book
from yingnuo.people import presence
from yingnuo.people.models import Staff, Tier
from yingnuo.people.queries import Organisation, organisation
from yingnuo.people.roles import Actor
from yingnuo.telephony import setup as telephony
from yingnuo.telephony.models import AgentLine
from yingnuo.tickets import fields, tags, values
from yingnuo.tickets.fields import Fieldbook
from yingnuo.tickets.models import Kind, Urgency, Via


@dataclass(frozen=True, slots=True)
class Group:
    """A team with its people, as a form offers them."""

    id: int
    name: str
    people: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id or code at one revision; `groups`: teams by name, each with its active people by name.

    `chats`: some site carries the chat.
    """

    staff: dict[int, str]
    lines: dict[str, str]
    book: Fieldbook
    organisation: Organisation
    groups: tuple[Group, ...]
    chats: bool = False  # whether any site has a chat
    phones: frozenset[int] | None = None  # who has an extension; None where no telephone system is connected

    @property
    def fields(self) -> dict[str, str]:
        """The custom fields in use and retired, by code, in the present language."""
        return {code: values.name_of(field) for code, field in self.book.fields.items()}

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


def _load() -> Names:
    for kept in (presence.reasons, tags.book):  # read again with the names, so that pages may use what is kept
        kept.at(revisions.current())
    staff = dict(Staff.objects.values_list("pk", "name"))
    book = fields.book()
    known = organisation.at(revisions.current())
    chats = Channel.objects.filter(kind=ChannelKind.CHAT, active=True).exists()
    return Names(staff, dict(book.lines), book, known, _groups(known, staff), chats, _phones())


def _phones() -> frozenset[int] | None:
    if not Channel.objects.filter(kind__in=telephony.kinds()).exists():
        return None
    return frozenset(AgentLine.objects.values_list("staff_id", flat=True))


def _groups(known: Organisation, staff: dict[int, str]) -> tuple[Group, ...]:
    people = {team: sorted(((pk, staff.get(pk, "?")) for pk in ids), key=_name) for team, ids in known.members.items()}
    teams = sorted(known.teams.values(), key=lambda t: t.name)
    return tuple(Group(t.id, t.name, tuple(people.get(t.id, ()))) for t in teams)


def _name(pair: tuple[int, str]) -> str:
    return pair[1]


_names: Book[Names] = Book(_load)


def names() -> Names:
    """Every name the desk shows, at the present revision; one small query when nothing was edited."""
    return _names.at(revisions.current())


def names_at(revision: int) -> Names:
    """The same at a revision that was read already."""
    return _names.at(revision)


def kept() -> Names:
    """The names that this process asked for last: for who has no use for a statement more."""
    return _names.kept()


def groups(known: Names) -> Sequence[Group]:
    """Teams by name, each with its active people by name."""
    return known.groups


def for_queue(actor: Actor, known: Names) -> dict[str, Any]:
    """What the queue's filters and bulk actions offer; a reader is offered the teams he sees."""
    own = [g for g in known.groups if actor.teams is None or g.id in actor.teams]
    people = sorted({pair for g in own for pair in g.people}, key=_name)
    return {
        "kinds": Kind.choices, "urgencies": Urgency.choices, "channels": Via.choices, "tiers": Tier.choices,
        "regions": known.organisation.regions.items(), "lines": known.lines.items(), "groups": known.groups,
        "own": [(g.id, g.name) for g in own], "people": people,
    }  # fmt: skip


def holder(text: str) -> tuple[int | None, int | None]:
    """Team and agent of a choice such as "3" (the team) or "3-7" (the team's agent 7); Invalid for anything else."""
    team, _sep, agent = text.partition("-")
    if not team.isdigit() or (agent and not agent.isdigit()) or len(text) > 30:
        raise Invalid(_("Choose a team."), fields={"holder": _("Choose from the list.")})
    return int(team), int(agent) if agent else None
