"""How do the tickets of somebody absent go to his deputy and back?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.kit import instants
from yingnuo.ledger.models import Event
from yingnuo.people.models import Absence, Staff
from yingnuo.routing.models import StandIn
from yingnuo.tickets.models import Ticket


@pytest.fixture
def away(house: House) -> Staff:
    """Alice is on leave with Mia as her deputy, and holds two tickets."""
    for _ in range(2):
        factories.ticket(house, agent=house.alice)
    now = instants.now()
    Absence.objects.create(staff=house.alice, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=2))
    Staff.objects.filter(pk=house.alice.pk).update(deputy=house.mia, presence="online")
    return house.alice


def test_the_preview_shows_what_would_move_and_to_whom(house: House, bo: Client, away: Staff) -> None:
    page = bo.get(f"/dispatch/people/{away.pk}/").content.decode()
    assert "Hand all 2 over" in page
    assert f'<option value="{house.mia.pk}" selected>Mia (deputy)' in page


def test_one_step_hands_all_over_and_another_gives_back(house: House, bo: Client, away: Staff) -> None:
    bo.post(f"/dispatch/people/{away.pk}/over", {"deputy": house.mia.pk})
    assert set(Ticket.objects.values_list("agent", flat=True)) == {house.mia.pk}
    assert "With a deputy" in bo.get(f"/dispatch/people/{away.pk}/").content.decode()
    bo.post(f"/dispatch/people/{away.pk}/back")
    assert set(Ticket.objects.values_list("agent", flat=True)) == {away.pk}
    assert not StandIn.objects.filter(returned_at=None).exists()
    assert Event.objects.filter(code="ticket.stood_in").count() == 4


def test_what_the_deputy_gave_on_does_not_come_back(house: House, bo: Client, away: Staff) -> None:
    bo.post(f"/dispatch/people/{away.pk}/over", {"deputy": house.mia.pk})
    gone = Ticket.objects.order_by("pk")[0]
    Ticket.objects.filter(pk=gone.pk).update(agent=house.bo)
    bo.post(f"/dispatch/people/{away.pk}/back")
    assert Ticket.objects.get(pk=gone.pk).agent_id == house.bo.pk


def test_new_tickets_go_round_who_is_on_leave(house: House, away: Staff) -> None:
    assert factories.ticket(house).agent_id is None


def test_nothing_moves_to_himself_or_by_an_agent(house: House, bo: Client, alice: Client, away: Staff) -> None:
    bo.post(f"/dispatch/people/{away.pk}/over", {"deputy": away.pk})
    alice.post(f"/dispatch/people/{away.pk}/over", {"deputy": house.mia.pk})
    assert set(Ticket.objects.values_list("agent", flat=True)) == {away.pk}
    assert not StandIn.objects.exists()


def test_people_out_of_sight_are_not_there(house: House, bo: Client) -> None:
    assert bo.get(f"/dispatch/people/{house.dee.pk}/").status_code == 404


def test_the_week_shows_leave_and_deputies(house: House, bo: Client, away: Staff) -> None:
    page = bo.get("/dispatch/week/").content.decode()
    assert "on leave" in page
    assert "Mia" in page
    assert "Dee" not in page
