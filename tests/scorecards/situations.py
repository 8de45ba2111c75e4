"""Which small situation are the measures worked out for by hand?

Five urgent tickets at 10:00 in Shanghai on Monday, first response promised in 15 minutes round the clock. One is
answered after 5 minutes, one after 10, one after 25 (10 late), one never, one is closed after 5 minutes as spam. It is
noon.
"""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.journey import closing, reply
from yingnuo.people.models import Staff
from yingnuo.scorecards import periods
from yingnuo.scorecards.periods import Period
from yingnuo.scorecards.queries import Summary, summary
from yingnuo.scorecards.sight import Filters
from yingnuo.tickets.models import Ticket

MINUTE = timedelta(minutes=1)
NOON = MONDAY + 120 * MINUTE
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST = Filters(milestone="first_response")


def today() -> Period:
    """Monday in Shanghai, up to noon."""
    return periods.recent("today", zone=SHANGHAI, now=NOON)


def five(house: House) -> list[Ticket]:
    """The situation."""
    facts = {"urgency": "urgent", "region": "shanghai"}
    tickets = [factories.ticket(house, agent=house.alice, at=MONDAY, **facts) for _n in range(5)]
    for ticket, minutes in zip(tickets, (5, 10, 25), strict=False):
        answer(house.alice, ticket, minutes)
    closing.close(factories.actor(house.alice), ticket_id=tickets[4].pk, reason="spam", now=MONDAY + 5 * MINUTE)
    return tickets


def answer(who: Staff, ticket: Ticket, minutes: int) -> None:
    """A qualified reply so many minutes after 10:00."""
    said = reply.Said("On it.")
    reply.answer(factories.actor(who), ticket_id=ticket.pk, said=said, now=MONDAY + minutes * MINUTE)


def measured(house: House, filters: Filters = FIRST, *, by: str = "team") -> Summary:
    """The summary of Monday as the manager sees it at noon."""
    return summary(factories.actor(house.root), today(), filters, group_by=by, now=NOON)
