"""Which open pages hear that tickets changed? Those of whoever may see them, and no others.

The topic `tickets` has places (`kit.live`): a ticket is at its team's and at its holder's. With five hundred desks
open, a change told to all would have five hundred pages fetched again at once, most of them as they were.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from yingnuo.kit import live
from yingnuo.people.roles import Actor
from yingnuo.tickets.models import Ticket

QUEUES = "tickets"
_MOST_TOLD = 20  # beyond that many tickets in one transaction only the queues are told

_TELL = """
SELECT pg_notify(%s, told) FROM (
  SELECT 'tickets@team-' || coalesce(team_id, 0) || ' ' AS told FROM tickets_ticket WHERE id = ANY(%s::bigint[])
  UNION SELECT 'tickets@agent-' || agent_id || ' ' FROM tickets_ticket WHERE id = ANY(%s::bigint[]) AND agent_id > 0
  UNION SELECT 'ticket:' || id || ' ' || id FROM unnest(%s::bigint[]) AS id
) AS all_told
"""


def changed(tickets: Iterable[int], *, fresh: Iterable[int] = ()) -> None:
    """Tells the queues in which these tickets are, and their own pages, at commit; one statement.

    Of `fresh` ones, which have just been opened, no page can be open yet.
    """
    old = sorted(set(tickets))
    ids = sorted({*old, *fresh})
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_TELL, [live.CHANNEL, ids, ids, old[:_MOST_TOLD]])


def leaves(ticket: Ticket) -> None:
    """The ticket is about to go to somebody else: where it was is told too."""
    places = [f"{QUEUES}@team-{ticket.team_id or 0}"]
    if ticket.agent_id:
        places.append(f"{QUEUES}@agent-{ticket.agent_id}")
    live.publish_all([(place, "") for place in places])


def of_teams(teams: Iterable[int]) -> None:
    """Something changed in the queues of these teams."""
    live.publish_all([(f"{QUEUES}@team-{team}", "") for team in sorted(set(teams))])


def places(actor: Actor) -> list[str]:
    """Where this member of staff listens: everywhere, or at his teams and at himself."""
    if actor.teams is None:
        return ["*"]
    return [f"agent-{actor.id}", *(f"team-{team}" for team in sorted(actor.teams))]
