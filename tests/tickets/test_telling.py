"""Who is told that a ticket changed: only desks that may see it, and those from which it goes?"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.journey import reactions, upkeep
from yingnuo.kit import instants, live
from yingnuo.people.models import Staff
from yingnuo.tickets import telling

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house(transactional_db: None) -> House:
    """The company of the tests."""
    return factories.house()


def _told(work: Callable[[], object]) -> set[str]:
    """The topics of what was told at commit."""
    with psycopg.connect(**live._address(), autocommit=True) as listening:
        listening.execute(f"LISTEN {live.CHANNEL}")
        work()
        return {notice.payload.partition(" ")[0] for notice in listening.notifies(timeout=0.5)}


def _hears(person: Staff, topics: set[str]) -> bool:
    """Whether this person's desk fetches its queue again."""
    hub = live.Hub()
    client = hub.join(frozenset(f"{telling.QUEUES}@{place}" for place in telling.places(factories.actor(person))))
    for topic in topics:
        hub.spread(topic, "")
    return not client.queue.empty()


def test_only_desks_that_see_the_ticket_hear_of_it(house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    told = _told(lambda: reactions.changed([ticket.pk]))
    assert told == {f"tickets@team-{house.front.pk}", f"tickets@agent-{house.alice.pk}", f"ticket:{ticket.pk}"}
    people = (house.alice, house.bo, house.mia, house.root, house.dee, house.eve)
    assert [_hears(person, told) for person in people] == [True, True, True, True, False, False]


def test_who_loses_a_ticket_hears_of_it_too(house: House) -> None:
    ticket, mia = factories.ticket(house, agent=house.alice), factories.actor(house.mia)
    told = _told(
        lambda: upkeep.assign(mia, ticket_id=ticket.pk, team=house.strangers.pk, agent=house.dee.pk, now=instants.now())
    )
    assert _hears(house.alice, told)
    assert _hears(house.dee, told)
    assert not _hears(house.eve, told)


def test_a_new_ticket_is_told_to_its_team_alone(house: House) -> None:
    told = _told(lambda: factories.ticket(house))
    assert _hears(house.alice, told)
    assert not _hears(house.dee, told)


def test_a_ticket_of_no_team_is_told_to_who_sees_all(house: House) -> None:
    ticket = factories.ticket(house)
    type(ticket).objects.filter(pk=ticket.pk).update(team=None)
    told = _told(lambda: reactions.changed([ticket.pk]))
    assert _hears(house.root, told)
    assert not _hears(house.alice, told)


def test_a_page_may_hear_no_more_than_its_reader_sees(house: House) -> None:
    page = factories.sign_in(Client(), house.alice).get("/tickets/").content.decode()
    token = page.split("<yn-live", 1)[1].split('token="', 1)[1].split('"', 1)[0]
    topics = live.topics_of(token)
    assert f"tickets@team-{house.front.pk}" in topics
    assert not {"tickets", "tickets@*", f"tickets@team-{house.strangers.pk}"} & topics
