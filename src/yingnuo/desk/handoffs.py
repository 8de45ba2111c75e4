"""What does the note say that came with a ticket from another team, and which teams ask for one?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from yingnuo.desk.choices import Names
from yingnuo.desk.talk import Message
from yingnuo.journey import handing
from yingnuo.journey.handing import Note
from yingnuo.routing.models import Handoff
from yingnuo.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Shown:
    """The note of the last hand-off, for whoever has the ticket now."""

    note: Note
    who: str
    source: str
    target: str
    at: datetime


def posted(said: QueryDict) -> Note:
    """The note of a form."""
    return Note(*(said.get(name, "").strip() for name in ("tried", "wanted", "contact")))


def asking(names: Names, t: Ticket) -> list[str]:
    """The names of the teams that ask for a note from where the ticket is now."""
    teams = sorted(names.organisation.teams.values(), key=lambda team: team.name)
    return [team.name for team in teams if handing.asks_note(from_team=t.team_id, to_team=team.id)]


def on_top(t: Ticket, messages: Sequence[Message], rows: Sequence[Handoff], names: Names) -> dict[str, Any]:
    """The last note as long as the ticket is open and with the team to which it was written, of its hand-offs."""
    texts = {m.id: m for m in messages}
    last = rows[-1] if rows else None
    if last is None or not t.is_open or last.to_team_id != t.team_id or last.message_id not in texts:
        return {}
    said = texts[last.message_id]
    source, target = names.team(last.from_team_id), names.team(last.to_team_id)
    return {"handoff": Shown(handing.parts_of(said.text), names.person(said.staff_id), source, target, last.at)}
