"""What must stand in an empty database before the tickets of a log can come in?

The standard (calendars and policy as version 1), a team for each group, one dispatch rule for each team that sends a
ticket there by a mark in its text, and a customer without name or address for each caller, so that nothing can be sent
to anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from yingnuo.kit import revisions
from yingnuo.people.models import Contact, Department, Team
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import versions
from yingnuo.replay import mapping as mappings
from yingnuo.replay.standard import Pack
from yingnuo.replay.story import Story, Verb
from yingnuo.routing.models import Rule


@dataclass(frozen=True, slots=True)
class Stage:
    """Ids of what was made: teams by their code, customers by the log's word for the caller."""

    teams: Mapping[str, int]
    contacts: Mapping[str, Contact]


def build(stories: Sequence[Story], mapping: mappings.Mapping, pack: Pack, *, now: datetime) -> Stage:
    """Makes everything, as it was at `now`, the moment before the log begins."""
    for code, spec in pack.calendars.items():
        versions.save_calendar(SYSTEM, code=code, name=code, spec=spec, now=now)
    versions.save_policy(SYSTEM, code=str(pack.policy["code"]), name=pack.title[:80], spec=pack.policy, now=now)
    teams = _teams(_groups(stories), mapping)
    Rule.objects.bulk_create(
        Rule(position=n, name=f"To {team.code}", keywords=[mark(team.code)], team=team)
        for n, team in enumerate(teams.values(), start=1)
    )
    revisions.bump()
    return Stage({code: team.pk for code, team in teams.items()}, _contacts({s.caller for s in stories}, now))


def mark(team: str) -> str:
    """The words by which a ticket's text names its first team."""
    return f"[team {team}]"


def _groups(stories: Iterable[Story]) -> list[str]:
    found = {s.first_group for s in stories}
    found |= {command.value for s in stories for command in s.commands if command.verb is Verb.MOVED}
    return sorted(found - {""})


def _teams(groups: Iterable[str], mapping: mappings.Mapping) -> dict[str, Team]:
    department = Department.objects.create(code="replay", name="Replay")
    wanted: dict[str, Team] = {}
    for group in groups:
        code = mapping.team(group)
        wanted.setdefault(code, Team(code=code, name=group[:80], department=department, tier=mapping.tier(group)))
    return {team.code: team for team in Team.objects.bulk_create(wanted.values())}


def _contacts(callers: Iterable[str], now: datetime) -> dict[str, Contact]:
    rows = [Contact(handle=f"replay:{n}", created_at=now) for n, _caller in enumerate(sorted(callers), start=1)]
    return dict(zip(sorted(callers), Contact.objects.bulk_create(rows), strict=True))
