"""What follows from what happened? The whole table on one screen.

| what happened        | open pages told           | done afterwards                          |
|----------------------|---------------------------|------------------------------------------|
| something came in    | queues, the ticket        | —                                        |
| answered, changed    | queues, the ticket        | —                                        |
| a ticket came to rest| queues, the ticket        | waiting tickets of its team are given out|
| somebody came online | queues                    | waiting tickets of his teams likewise    |
| urged                | queues, ticket, bells     | notices, the next warning (`urging`)     |
| a message came back  | queues, ticket, bells     | notices to the holder                    |
| last child at rest   | queues, parent, bells     | notices to the parent's holder           |
| notices written      | bells, queues             | delivered by the outbox loop             |

Everything here runs inside the journey's transaction: pages hear at commit, jobs exist only if it commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F

from yingnuo.journey import summons, tasks, urging
from yingnuo.journey.summons import Summons
from yingnuo.kit import live
from yingnuo.promises.models import MilestoneCode, Promise
from yingnuo.tickets import telling
from yingnuo.tickets.models import OPEN_STATUSES, Ticket


def came_in(*, results: Sequence[tuple[int | None, str]]) -> None:
    """Arrivals were taken in."""
    opened = [t for t, outcome in results if t and outcome == "ticket"]
    telling.changed([t for t, outcome in results if t and outcome != "ticket"], fresh=opened)


def answered(ticket: Ticket) -> None:
    """A reply went out; the ticket may have come to rest with it."""
    changed([ticket.pk])
    if not ticket.is_open:
        freed(ticket)


def changed(tickets: Iterable[int]) -> None:
    """Tickets changed in some way that pages show."""
    telling.changed(tickets)


def freed(ticket: Ticket) -> None:
    """A ticket came to rest: whoever held it has room for one that waits."""
    changed([ticket.pk])
    if ticket.agent_id and ticket.team_id and _waiting(ticket.team_id):
        tasks.give_out.defer(team=ticket.team_id)


def came_online(teams: Iterable[int]) -> None:
    """Somebody of these teams takes tickets again."""
    of = list(teams)
    telling.of_teams(of)
    for team in of:
        if _waiting(team):
            tasks.give_out.defer(team=team)


def _waiting(team: int) -> bool:
    return Ticket.objects.filter(team_id=team, agent=None, status__in=OPEN_STATUSES).exists()


def urged(ticket: Ticket, *, now: datetime) -> None:
    """The customer urges: those concerned are told, and the next warning comes now, once for each urging."""
    changed([ticket.pk])
    urging.tell(ticket, most_pressing(ticket), now=now)


def undeliverable(ticket: Ticket, *, message: int, now: datetime) -> None:
    """A message did not reach the customer: its holder is told in the desk and by mail, once for each message."""
    changed([ticket.pk])
    what = Summons("undeliverable", f"returned-{message}", ("holder",), ("in_app", "mail"))
    summons.send(ticket, most_pressing(ticket), what, now=now)


def children_done(parent: Ticket, *, child: int, times: int, now: datetime) -> None:
    """Nothing is owed for any sub-ticket now: the parent's holder is told, once for each time it comes to that."""
    changed([parent.pk])
    what = Summons("children_done", f"children-{child}-{times}", ("holder",), ("in_app",))
    summons.send(parent, most_pressing(parent), what, now=now)


def most_pressing(ticket: Ticket) -> Promise:
    """The promise that notices outside any ladder name: the one that matters most now.

    A ticket may have none at all: its notices bear its own number, negative, for their key must differ by ticket.
    """
    rows = (
        Promise.objects.filter(ticket=ticket)
        .exclude(milestone=MilestoneCode.TASK)
        .order_by(F("ended_at").desc(nulls_first=True), "due_at")
    )
    return rows.first() or Promise(pk=-ticket.pk, generation=0)


def noticed(staff: Iterable[int]) -> None:
    """Notices were written for these members of staff."""
    live.publish_all([(f"notices:{pk}", "") for pk in sorted(set(staff))])
