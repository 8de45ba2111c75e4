"""What follows from what happened? The whole table on one screen.

| what happened        | open pages told           | done afterwards                          |
|----------------------|---------------------------|------------------------------------------|
| something came in    | queues, the ticket        | —                                        |
| answered, changed    | queues, the ticket        | —                                        |
| a ticket came to rest| queues, the ticket        | waiting tickets of its team are given out|
| somebody came online | queues                    | waiting tickets of his teams likewise    |
| urged                | queues, ticket, bells     | notices to holder and lead               |
| a message came back  | queues, ticket, bells     | notices to the holder                    |
| notices written      | bells, queues             | delivered by the outbox loop             |

Everything here runs inside the journey's transaction: pages hear at commit, jobs exist only if it commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F

from yingnuo.alerts import recipients
from yingnuo.alerts import services as alerts
from yingnuo.alerts.recipients import Situation
from yingnuo.alerts.services import NewNotice
from yingnuo.journey import dispatch, tasks
from yingnuo.kit import instants, live, revisions
from yingnuo.people.queries import organisation, persons
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import OPEN_STATUSES, Ticket

QUEUES = "tickets"
_MOST_TOLD = 20  # beyond that many tickets in one transaction only the queues are told


def came_in(*, results: Sequence[tuple[int | None, str]]) -> None:
    """Arrivals were taken in. Of a ticket that was just opened no page can be open yet."""
    changed([t for t, outcome in results if t and outcome != "ticket"])


def answered(ticket: Ticket) -> None:
    """A reply went out; the ticket may have come to rest with it."""
    changed([ticket.pk])
    if not ticket.is_open:
        freed(ticket)


def changed(tickets: Iterable[int]) -> None:
    """Tickets changed in some way that pages show."""
    ids = sorted(set(tickets))
    live.publish_all([(QUEUES, ""), *((f"ticket:{pk}", pk) for pk in ids[:_MOST_TOLD])])


def freed(ticket: Ticket) -> None:
    """A ticket came to rest: whoever held it has room for one that waits."""
    changed([ticket.pk])
    if ticket.agent_id and ticket.team_id and _waiting(ticket.team_id):
        tasks.give_out.defer(team=ticket.team_id)


def came_online(teams: Iterable[int]) -> None:
    """Somebody of these teams takes tickets again."""
    live.publish(QUEUES)
    for team in teams:
        if _waiting(team):
            tasks.give_out.defer(team=team)


def _waiting(team: int) -> bool:
    return Ticket.objects.filter(team_id=team, agent=None, status__in=OPEN_STATUSES).exists()


def urged(ticket: Ticket, *, now: datetime) -> None:
    """The customer urges: holder and lead are told in the desk, by mail and by SMS, once for each urging."""
    changed([ticket.pk])
    _tell(ticket, "urged", f"urged-{ticket.urged}", ("holder", "lead"), ("in_app", "mail", "sms"), now)


def undeliverable(ticket: Ticket, *, message: int, now: datetime) -> None:
    """A message did not reach the customer: its holder is told in the desk and by mail, once for each message."""
    changed([ticket.pk])
    _tell(ticket, "undeliverable", f"returned-{message}", ("holder",), ("in_app", "mail"), now)


def _tell(
    ticket: Ticket, reason: str, step: str, audience: Sequence[str], ways: Sequence[str], now: datetime
) -> None:  # fmt: skip
    """Notices outside any ladder, about the promise that matters most now.

    A ticket may have none at all: its notices bear its own number, negative, for their key must differ by ticket.
    """
    rows = Promise.objects.filter(ticket=ticket).order_by(F("ended_at").desc(nulls_first=True), "due_at")
    promise = rows.first() or Promise(pk=-ticket.pk, generation=0)
    revision = revisions.current()
    org, shift = organisation.at(revision), dispatch.on_shift(revision, now)
    situation = Situation(promise.pk, ticket.pk, ticket.kind, ticket.product_line, ticket.team_id, ticket.agent_id)
    people = persons(recipients.candidates([situation], org), now=now)
    told = recipients.resolve(audience, situation, org=org, people=people, on_shift=shift)
    due = instants.seconds(promise.due_at) if promise.due_at else None
    notices = [
        NewNotice(
            promise.pk, promise.generation, step, who.staff, way, who.role, reason, ticket.pk, promise.milestone, due,
            instants.seconds(now), None,
        )
        for who in told
        for way in ways
    ]  # fmt: skip
    alerts.write(notices, now=now)
    noticed({n.staff for n in notices})


def noticed(staff: Iterable[int]) -> None:
    """Notices were written for these members of staff."""
    live.publish_all([(f"notices:{pk}", "") for pk in sorted(set(staff))])
