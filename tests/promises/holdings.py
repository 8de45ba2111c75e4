"""How does a test give a team a promise of its own while it has a ticket?"""

from __future__ import annotations

from datetime import datetime, timedelta

from yingnuo.engine.terms import Terms
from yingnuo.people.models import Team
from yingnuo.promises.links import HOLDING
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import copies_of
from yingnuo.tickets.models import Ticket


def give(
    ticket: Ticket, team: Team, *, target: timedelta, since: datetime, until: datetime | None = None,
    agreement: str = "ola", calendar: str = "always@0",
) -> Promise:  # fmt: skip
    """A promise of the milestone `holding`, as dispatch gives it when the team takes the ticket."""
    terms = Terms(HOLDING, agreement, int(target.total_seconds()), calendar)
    copy = copies_of({terms})[terms]
    return Promise.objects.create(
        ticket=ticket, milestone=HOLDING, first_terms_id=copy, terms_id=copy, team=team, started_at=since,
        ended_at=until, met_at=until, standing="kept" if until else "running",
    )  # fmt: skip
