"""Does what is promised while a ticket waits stand still from its beginning?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.alerts.models import Notice
from yingnuo.journey import closing, reply, sweep, upkeep
from yingnuo.promises.models import Mark, Promise
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def _waiting(house: House, reason: str, **facts: str) -> Ticket:
    """Answered after a minute, waiting from the second hour on."""
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY, **facts)  # type: ignore[arg-type]
    alice = factories.actor(house.alice)
    reply.answer(alice, ticket_id=ticket.pk, said=reply.Said("On it."), now=MONDAY + MINUTE)
    closing.pause(alice, ticket_id=ticket.pk, reason=reason, now=MONDAY + 2 * HOUR)
    return ticket


def _promise(ticket: Ticket, milestone: str) -> Promise:
    return Promise.objects.filter(ticket=ticket, milestone=milestone).latest("id")


def test_an_update_promised_while_the_ticket_waits_stands_still_and_runs_with_it() -> None:
    house = factories.house()
    ticket = _waiting(house, "waiting_customer", kind="fault", urgency="urgent")
    alice = factories.actor(house.alice)
    at = MONDAY + 3 * HOUR
    reply.answer(alice, ticket_id=ticket.pk, said=reply.Said("Please send the photo."), now=at)
    update = _promise(ticket, "progress_update")
    assert (update.standing, update.due_at, update.remaining) == ("paused", None, 4 * 3600)
    sweep.run_once(now=MONDAY + 100 * HOUR)
    assert not Notice.objects.filter(promise_id=update.pk).exists()
    closing.resume(alice, ticket_id=ticket.pk, now=MONDAY + 100 * HOUR)
    update.refresh_from_db()
    assert (update.standing, update.due_at) == ("running", MONDAY + 104 * HOUR)


def test_words_of_the_customer_while_parts_are_waited_for_start_a_clock_that_its_terms_let_run() -> None:
    house = factories.house()
    ticket = _waiting(house, "waiting_parts", kind="fault", urgency="urgent")
    factories.says(ticket, at=MONDAY + 3 * HOUR)
    owed = _promise(ticket, "next_response")  # its terms pause for the customer only
    assert (owed.standing, owed.due_at) == ("running", MONDAY + 3 * HOUR + 30 * MINUTE)
    assert not Mark.objects.filter(promise=owed).exists()


def test_a_promise_newly_owed_has_stood_still_since_the_ticket_waits_and_not_before() -> None:
    house = factories.house()
    ticket = factories.ticket(house, kind="suggestion", agent=house.alice, at=MONDAY)  # no solution is promised
    alice = factories.actor(house.alice)
    closing.pause(alice, ticket_id=ticket.pk, reason="waiting_parts", now=MONDAY + 2 * HOUR)
    upkeep.change(alice, ticket_id=ticket.pk, facts={"kind": "fault", "urgency": "urgent"}, reason="Smoke",
                  now=MONDAY + 5 * HOUR)  # fmt: skip
    solution = _promise(ticket, "resolution")
    assert (solution.standing, solution.worked, solution.remaining) == ("paused", 2 * 3600, 22 * 3600)
    closing.resume(alice, ticket_id=ticket.pk, now=MONDAY + 6 * HOUR)
    solution.refresh_from_db()
    assert (solution.standing, solution.due_at) == ("running", MONDAY + 28 * HOUR)


def test_terms_that_know_the_reason_only_now_stand_still_from_now_and_a_resume_ends_it_for_good() -> None:
    house = factories.house()
    ticket = factories.ticket(house, kind="regulator", agent=house.alice, at=MONDAY)  # pauses for force majeure only
    alice = factories.actor(house.alice)
    closing.pause(alice, ticket_id=ticket.pk, reason="waiting_parts", now=MONDAY + 2 * HOUR)
    facts = {"kind": "fault", "urgency": "urgent"}
    upkeep.change(alice, ticket_id=ticket.pk, facts=facts, reason="No case", now=MONDAY + 3 * HOUR)
    solution = _promise(ticket, "resolution")
    assert (solution.standing, solution.worked) == ("paused", 3 * 3600)
    upkeep.change(alice, ticket_id=ticket.pk, facts={"kind": "regulator"}, now=MONDAY + 4 * HOUR)
    closing.resume(alice, ticket_id=ticket.pk, now=MONDAY + 5 * HOUR)
    upkeep.change(alice, ticket_id=ticket.pk, facts={"kind": "fault"}, now=MONDAY + 6 * HOUR)
    solution.refresh_from_db()
    assert (solution.standing, solution.due_at) == ("running", MONDAY + 25 * HOUR)
