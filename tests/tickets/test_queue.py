"""Whose queue is whose?"""

from __future__ import annotations

import pytest

from tests import factories
from yingnuo.kit import instants
from yingnuo.people.roles import Actor
from yingnuo.tickets import queries
from yingnuo.tickets.queries import Filter

pytestmark = pytest.mark.django_db


def test_a_token_with_the_number_of_an_agent_holds_nothing() -> None:
    house = factories.house()
    factories.ticket(house, agent=house.alice)
    program = Actor(kind="token", id=house.alice.pk, teams=None, verbs=frozenset({"ticket.view"}))
    assert not queries.queue(program, Filter(scope="mine"), now=instants.now()).exists()
