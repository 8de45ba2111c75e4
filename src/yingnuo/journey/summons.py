"""How is somebody told of a ticket outside the sweep: by which ways, at once or at the end of his quiet hours?

By the same rules as the steps of a ladder, which the sweep fires for thousands at once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from yingnuo.alerts import recipients, telling
from yingnuo.alerts import services as alerts
from yingnuo.alerts.recipients import Situation
from yingnuo.alerts.rules import IN_APP, rules
from yingnuo.alerts.services import NewNotice
from yingnuo.alerts.telling import Teller
from yingnuo.journey import dispatch
from yingnuo.kit import instants, live, revisions
from yingnuo.people.queries import organisation, persons
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import standards
from yingnuo.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Summons:
    """Why whom to tell by which ways. `told`: who has something about it coming by which way already; not by that."""

    reason: str
    step: str
    audience: Sequence[str]
    ways: Sequence[str]
    ack_by: int | None = None
    through: bool = False
    told: Collection[tuple[int, str]] = ()


def send(
    ticket: Ticket, promise: Promise, what: Summons, *, situation: Situation | None = None, now: datetime
) -> list[NewNotice]:
    """Writes the notices in the caller's transaction and gives them back.

    `situation`: whose roles are meant, where they are not the ticket's own.
    """
    situation = situation or Situation(
        promise.pk, ticket.pk, ticket.kind, ticket.product_line, ticket.team_id, ticket.agent_id
    )
    due = instants.seconds(promise.due_at) if promise.due_at else None
    addressed = _teller(situation, now).address(what.audience, what.ways, situation, through=what.through)
    notices = [
        NewNotice(
            promise.pk, promise.generation, what.step, a.staff, a.way, a.role, what.reason, ticket.pk,
            promise.milestone, due, instants.seconds(now), what.ack_by, a.held,
        )
        for a in addressed.for_due(due)
        if a.way == IN_APP or (a.staff, a.way) not in what.told
    ]  # fmt: skip
    alerts.write(notices, now=now)
    live.publish_all([(f"notices:{pk}", "") for pk in sorted({n.staff for n in notices})])
    return notices


def tell_persons(
    ticket: Ticket, persons_told: Collection[int], reason: str, step: str, ways: Sequence[str], *, now: datetime
) -> None:  # fmt: skip
    """Tells these members of staff themselves, nobody in their place: what is addressed to them by name.

    Each by his own ways and after his quiet hours; once for each `step`.
    """
    situation = Situation(-ticket.pk, ticket.pk, ticket.kind, ticket.product_line, ticket.team_id, ticket.agent_id)
    teller = _teller(situation, now, more=persons_told)
    notices = [
        NewNotice(
            -ticket.pk, 0, step, pk, way, "", reason, ticket.pk, "", None, instants.seconds(now), None,
            None if way == IN_APP else teller.until(pk),
        )
        for pk in sorted(persons_told) if pk in teller.people
        for way in teller.rules.ways_of(pk, ways, through=False)
    ]  # fmt: skip
    alerts.write(notices, now=now)
    live.publish_all([(f"notices:{pk}", "") for pk in sorted({n.staff for n in notices})])


def _teller(situation: Situation, now: datetime, more: Collection[int] = ()) -> Teller:
    revision = revisions.current()
    org = organisation.at(revision)
    return Teller(
        rules.at(revision), org=org, people=persons(recipients.candidates([situation], org) | set(more), now=now),
        on_shift=dispatch.on_shift(revision, now), calendars=telling.service_times(standards.at(revision)),
        at=instants.seconds(now),
    )  # fmt: skip
