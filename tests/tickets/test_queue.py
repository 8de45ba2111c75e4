"""Whose queue is whose?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import House
from yingnuo.journey import closing
from yingnuo.kit import instants
from yingnuo.people.roles import SYSTEM, Actor
from yingnuo.tickets import lists, queries
from yingnuo.tickets.models import Ticket
from yingnuo.tickets.queries import Filter

pytestmark = pytest.mark.django_db


def test_a_token_with_the_number_of_an_agent_holds_nothing() -> None:
    house = factories.house()
    factories.ticket(house, agent=house.alice)
    program = Actor(kind="token", id=house.alice.pk, teams=None, verbs=frozenset({"ticket.view"}))
    assert not queries.queue(program, Filter(scope="mine"), now=instants.now()).exists()


FILTERS = [Filter(scope=scope, state=state) for scope in ("all", "mine", "unassigned") for state in ("any", "open")]
FILTERS += [Filter(state="any", kind="fault"), Filter(tag="vip"), Filter(words="washing machine"), Filter(words="YN-1")]
FILTERS += [Filter(state=state) for state in ("at_risk", "overdue", "waiting", "resolved", "closed")]


def _actors(house: House) -> list[Actor]:
    people = (house.alice, house.bo, house.dee, house.eve, house.mia, house.root, house.chen, house.wang)
    program = Actor(kind="token", id=house.alice.pk, teams=frozenset({house.strangers.pk}))
    return [*map(factories.actor, people), program, Actor(kind="bot")]


def _tickets(house: House) -> None:
    now = instants.now()
    for team, agent in ((house.front, None), (house.strangers, None), (house.front, house.alice)):
        for urgency in ("urgent", "general"):
            factories.ticket(house, team=team, agent=agent, urgency=urgency, at=now - timedelta(minutes=10))
    factories.ticket(house, team=house.strangers, agent=house.alice, kind="fault", tags=("vip",), contact=house.wang)
    done = factories.ticket(house, urgency="urgent", at=now - timedelta(hours=2))
    closing.resolve(SYSTEM, ticket_id=done.pk, now=now)


def test_a_queue_its_page_and_its_count_show_what_the_actor_sees_and_nothing_else() -> None:
    house = factories.house()
    _tickets(house)
    now, every = instants.now(), list(Ticket.objects.all())
    for actor in _actors(house):
        seen = {t.pk for t in every if actor.sees(team=t.team_id, agent=t.agent_id, contact=t.contact_id)}
        counted = lists.counts(actor, FILTERS, now=now, most=100)
        for f in FILTERS:
            shown = [t.pk for t in queries.queue(actor, f, now=now)]
            assert set(shown) <= seen
            assert [row.id for row in lists.page(actor, f, now=now, start=0, size=50)] == shown
            assert counted[f] == len(shown)
        assert {t.pk for t in queries.visible_to(actor)} == seen
        assert {t.pk for t in queries.queue(actor, Filter(state="any"), now=now)} == seen


def test_a_page_begins_where_it_is_told_and_a_count_ends_at_its_limit() -> None:
    house = factories.house()
    for _ in range(3):
        factories.ticket(house)
    ids = [t.pk for t in queries.queue(SYSTEM, Filter(), now=instants.now())]
    assert [row.id for row in lists.page(SYSTEM, Filter(), now=instants.now(), start=1, size=1)] == ids[1:2]
    assert lists.counts(SYSTEM, [Filter()], now=instants.now(), most=2) == {Filter(): 2}
