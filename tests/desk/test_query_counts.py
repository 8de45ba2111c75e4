"""How many queries does a page cost, however long its lists are?"""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.factories import House
from yingnuo.journey import reply
from yingnuo.journey.reply import Said
from yingnuo.kit import instants


@pytest.mark.parametrize("who", ["alice", "bo", "root"])
def test_the_queue_costs_at_most_twelve(
    house: House, who: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = factories.sign_in(Client(), getattr(house, who))
    for _ in range(5):
        factories.ticket(house, agent=house.alice)
    client.get("/tickets/?scope=all")  # settings' books are read once and kept
    with django_assert_max_num_queries(12):
        client.get("/tickets/?scope=all")


def test_the_ticket_page_costs_at_most_twenty(
    house: House, bo: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    for n in range(10):
        reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=Said(f"Part {n}"), now=instants.now())
        factories.says(ticket, f"And {n}?")
    bo.get(f"/tickets/{ticket.pk}/")
    with django_assert_max_num_queries(20):
        bo.get(f"/tickets/{ticket.pk}/")
