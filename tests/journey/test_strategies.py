"""How does each strategy give out what comes in, and what of it is kept?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.journey import dispatch
from yingnuo.kit import revisions
from yingnuo.ledger.models import Event
from yingnuo.people.models import Staff, Team
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import ProductLine, Ticket

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def _house(strategy: str) -> House:
    house = factories.house(now=MONDAY)
    Team.objects.filter(pk=house.front.pk).update(strategy=strategy)
    Staff.objects.filter(pk__in=[house.alice.pk, house.bo.pk]).update(presence="online")
    revisions.bump()
    return house


def test_in_turn_goes_to_who_has_waited_longest_though_he_carries_more() -> None:
    house = _house("round_robin")
    Staff.objects.filter(pk=house.alice.pk).update(load=9, last_assigned_at=MONDAY - 2 * HOUR)
    Staff.objects.filter(pk=house.bo.pk).update(load=0, last_assigned_at=MONDAY - HOUR)
    assert factories.ticket(house, at=MONDAY).agent_id == house.alice.pk
    assert factories.ticket(house, at=MONDAY).agent_id == house.bo.pk


def test_the_best_skill_goes_first() -> None:
    house = _house("skill_first")
    ProductLine.objects.filter(code="washer").update(skill="washer")
    revisions.bump()
    Staff.objects.filter(pk=house.alice.pk).update(skills=["washer"])
    Staff.objects.filter(pk=house.bo.pk).update(skills=["washer"], levels={"washer": 4}, load=5)
    assert factories.ticket(house, product_line="washer", at=MONDAY).agent_id == house.bo.pk


def test_a_customer_comes_back_to_who_served_him_while_he_has_room() -> None:
    house = _house("sticky")
    served = factories.ticket(house, agent=house.bo, at=MONDAY)
    Ticket.objects.filter(pk=served.pk).update(status="closed")
    assert factories.ticket(house, at=MONDAY).agent_id == house.bo.pk
    Staff.objects.filter(pk=house.bo.pk).update(capacity=1)
    assert factories.ticket(house, at=MONDAY).agent_id == house.alice.pk


def test_by_hand_leaves_it_waiting() -> None:
    house = _house("manual")
    ticket = factories.ticket(house, at=MONDAY)
    assert ticket.agent_id is None
    assert dispatch.pull(SYSTEM, team=house.front.pk, now=MONDAY) == []


def test_strategy_and_reasons_are_in_the_ledger() -> None:
    house = _house("sticky")
    ticket = factories.ticket(house, at=MONDAY)
    params = Event.objects.get(ticket_id=ticket.pk, code="ticket.routed").params
    assert params["strategy"] == "sticky"
    assert "load:0/20" in params["why"][str(house.alice.pk)]


def test_what_waited_tells_why_it_found_somebody() -> None:
    house = _house("least_loaded")
    Staff.objects.update(presence="away")
    ticket = factories.ticket(house, at=MONDAY)
    Staff.objects.filter(pk=house.alice.pk).update(presence="online")
    dispatch.pull(SYSTEM, team=house.front.pk, now=MONDAY)
    params = Event.objects.get(ticket_id=ticket.pk, code="dispatch.chose").params
    assert (params["agent"], params["strategy"]) == (house.alice.pk, "least_loaded")
