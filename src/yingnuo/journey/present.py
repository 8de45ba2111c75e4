"""What follows when somebody's desk has been closed for a while, or is open again?"""

from __future__ import annotations

from datetime import datetime

from yingnuo.journey import reactions
from yingnuo.people import presence
from yingnuo.people.queries import organisation


def sweep(*, now: datetime) -> None:
    """Who has gone is away; who is back gets what waits for his teams."""
    back = set(presence.sweep(now=now))
    if back:
        members = organisation.kept().members
        reactions.came_online(sorted(team for team, staff in members.items() if back & set(staff)))
