"""Whose hand-off is it, and who answers for a breach, when a ticket goes from hand to hand?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.journey import reply, sweep, upkeep
from yingnuo.ledger.models import Event
from yingnuo.people.models import Staff, Team
from yingnuo.people.roles import SYSTEM
from yingnuo.promises.models import Outcome, Promise
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def _urgent(house: House) -> Ticket:
    """A hand-off within 30 minutes, round the clock."""
    return factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=MONDAY)


def _give(ticket: Ticket, team: Team, agent: Staff | None, minutes: int) -> None:
    at = MONDAY + minutes * MINUTE
    upkeep.assign(SYSTEM, ticket_id=ticket.pk, team=team.pk, agent=agent.pk if agent else None, now=at)


def _handoffs(ticket: Ticket) -> list[tuple[str, int | None, object]]:
    rows = Promise.objects.filter(ticket=ticket, milestone="handoff").order_by("id")
    return [(p.standing, p.team_id, p.due_at) for p in rows]


def test_another_team_begins_its_own_handoff_and_the_earlier_one_ends_with_its_holder() -> None:
    house = factories.house()
    ticket = _urgent(house)
    _give(ticket, house.strangers, None, 20)
    assert _handoffs(ticket) == [
        ("cancelled", house.front.pk, MONDAY + 30 * MINUTE),
        ("running", house.strangers.pk, MONDAY + 50 * MINUTE),
    ]
    assert Event.objects.get(code="promise.cancelled", ticket_id=ticket.pk).params["reason"] == "reassigned"
    ticket.refresh_from_db()
    assert ticket.due_at == MONDAY + 15 * MINUTE  # the first response, still owed by whoever has it


def test_specialists_of_whom_nobody_has_it_yet_begin_their_own_and_the_first_to_take_it_keeps_it() -> None:
    house = factories.house()
    ticket = _urgent(house)
    _give(ticket, house.technicians, None, 29)
    _give(ticket, house.technicians, house.eve, 40)
    assert [standing for standing, _team, _due in _handoffs(ticket)] == ["cancelled", "kept"]


def test_an_overdue_handoff_stays_broken_with_the_team_that_let_it_run_out() -> None:
    house = factories.house()
    ticket = _urgent(house)
    _give(ticket, house.technicians, house.eve, 45)
    broken = Outcome.objects.get(ticket_id=ticket.pk, milestone="handoff")
    assert (broken.standing, broken.team_id, broken.agent_id) == ("broken", house.front.pk, house.alice.pk)


def test_a_colleague_of_the_same_team_goes_on_with_its_handoff() -> None:
    house = factories.house()
    ticket = _urgent(house)
    _give(ticket, house.front, house.bo, 20)
    assert _handoffs(ticket) == [("running", house.front.pk, MONDAY + 30 * MINUTE)]


def test_a_ticket_that_nobody_had_goes_on_from_its_opening() -> None:
    house = factories.house()
    ticket = _urgent(house)
    Ticket.objects.filter(pk=ticket.pk).update(team=None, agent=None)
    _give(ticket, house.front, None, 20)
    assert _handoffs(ticket)[-1][2] == MONDAY + 30 * MINUTE


def test_back_from_a_specialist_a_new_handoff_begins_and_the_kept_one_stays_kept() -> None:
    house = factories.house()
    ticket = _urgent(house)
    _give(ticket, house.technicians, house.eve, 10)
    kept = Promise.objects.filter(ticket=ticket, milestone="handoff").values().get()
    _give(ticket, house.front, house.alice, 60)
    _give(ticket, house.technicians, house.eve, 80)
    assert [standing for standing, _team, _due in _handoffs(ticket)] == ["kept", "kept"]
    assert Promise.objects.filter(pk=kept["id"]).values().get() == kept
    assert Outcome.objects.filter(ticket_id=ticket.pk, milestone="handoff").count() == 2


def test_from_specialist_to_specialist_nothing_is_handed_off_anew() -> None:
    house = factories.house()
    ticket = _urgent(house)
    other = factories.staff("ada", team=house.technicians)
    _give(ticket, house.technicians, house.eve, 10)
    _give(ticket, house.technicians, other, 20)
    assert len(_handoffs(ticket)) == 1
    _give(ticket, house.technicians, None, 30)  # nobody of them has it any more
    assert [standing for standing, _team, _due in _handoffs(ticket)] == ["kept", "running"]


def test_where_no_handoff_is_promised_none_begins() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)  # an enquiry
    _give(ticket, house.strangers, None, 20)
    assert _handoffs(ticket) == []


def test_who_answers_late_is_not_blamed_for_what_another_let_run_out() -> None:
    house = factories.house()
    ticket = _urgent(house)
    _give(ticket, house.front, house.bo, 20)  # the first response ran out at 15, and no worker has looked yet
    sweep.run_once(now=MONDAY + 21 * MINUTE)
    broken = Event.objects.get(ticket_id=ticket.pk, code="promise.broken", params__milestone="first_response")
    assert broken.params["holder"] == house.alice.pk
    reply.answer(factories.actor(house.bo), ticket_id=ticket.pk, said=reply.Said("On it."), now=MONDAY + 25 * MINUTE)
    outcome = Outcome.objects.get(ticket_id=ticket.pk, milestone="first_response")
    assert (outcome.standing, outcome.agent_id) == ("broken", house.alice.pk)
    solution = Promise.objects.get(ticket=ticket, milestone="resolution")
    assert solution.agent_id == house.bo.pk
