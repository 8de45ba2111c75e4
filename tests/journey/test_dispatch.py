"""Waiting tickets find those who become free."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY
from yingnuo.journey import dispatch
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import ProductLine, Ticket

pytestmark = pytest.mark.django_db


def test_tickets_that_need_a_rare_skill_do_not_keep_others_waiting() -> None:
    house = factories.house()
    ProductLine.objects.filter(code="washer").update(skill="washer")
    rare = [factories.ticket(house, product_line="washer", at=MONDAY).pk for _ in range(2)]
    easy = factories.ticket(house, at=MONDAY + timedelta(minutes=1))
    Staff.objects.filter(pk=house.alice.pk).update(presence="online")
    assert dispatch.pull(SYSTEM, team=house.front.pk, most=2, now=MONDAY + timedelta(minutes=2)) == [easy.pk]
    assert set(Ticket.objects.filter(agent=None).values_list("pk", flat=True)) == set(rare)


def test_nobody_is_given_more_than_he_can_hold() -> None:
    house = factories.house()
    for _ in range(3):
        factories.ticket(house, at=MONDAY)
    Staff.objects.filter(pk=house.alice.pk).update(presence="online", capacity=2)
    assert len(dispatch.pull(SYSTEM, team=house.front.pk, now=MONDAY)) == 2
