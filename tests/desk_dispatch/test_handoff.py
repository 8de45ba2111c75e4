"""What must go with a ticket to another tier?"""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.journey import upkeep
from yingnuo.journey.handing import Note, parts_of
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import Invalid
from yingnuo.people.models import Team
from yingnuo.people.roles import SYSTEM
from yingnuo.routing.models import Handoff
from yingnuo.tickets.models import Message, Ticket

NOTE = {"tried": "Reset it twice.", "wanted": "Look at the pump.", "contact": "Calls after 18:00"}


@pytest.fixture
def asking(house: House) -> Team:
    """The technicians ask for a note."""
    Team.objects.filter(pk=house.technicians.pk).update(asks_note=True)
    revisions.bump()
    return house.technicians


def test_a_note_goes_with_it_and_stands_on_top(house: House, bo: Client, asking: Team) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    bo.post(f"/tickets/{ticket.pk}/assign", {"holder": str(asking.pk), **NOTE})
    assert Ticket.objects.get(pk=ticket.pk).team_id == asking.pk
    page = bo.get(f"/tickets/{ticket.pk}/").content.decode()
    top = page[page.index("dp-handoff") : page.index("desk-talk")]
    assert all(part in top for part in NOTE.values())
    assert not Handoff.objects.get().message.public


def test_without_it_the_ticket_stays(house: House, alice: Client, asking: Team) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    before = Message.objects.count()
    answer = alice.post(
        f"/tickets/{ticket.pk}/assign", {"holder": str(asking.pk), "tried": " "}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 422
    assert Ticket.objects.get(pk=ticket.pk).team_id == house.front.pk
    assert (Message.objects.count(), Handoff.objects.count()) == (before, 0)


def test_what_the_product_moves_by_itself_needs_none(house: House, asking: Team) -> None:
    ticket = factories.ticket(house)
    upkeep.assign(SYSTEM, ticket_id=ticket.pk, team=asking.pk, agent=None, now=instants.now())
    assert Ticket.objects.get(pk=ticket.pk).team_id == asking.pk


def test_within_the_team_none_is_asked_for(house: House, asking: Team) -> None:
    ticket = factories.ticket(house, team=asking)
    actor = factories.actor(house.bo)
    upkeep.assign(actor, ticket_id=ticket.pk, team=asking.pk, agent=house.eve.pk, now=instants.now())
    assert Ticket.objects.get(pk=ticket.pk).agent_id == house.eve.pk


def test_a_team_that_does_not_ask_takes_a_note_all_the_same(house: House) -> None:
    ticket = factories.ticket(house)
    actor = factories.actor(house.bo)
    upkeep.assign(
        actor, ticket_id=ticket.pk, team=house.technicians.pk, agent=None, note=Note("a", "b"), now=instants.now()
    )
    assert Handoff.objects.get().from_team_id == house.front.pk


def test_the_refusal_names_what_is_missing(house: House, asking: Team) -> None:
    ticket = factories.ticket(house)
    actor = factories.actor(house.bo)
    with pytest.raises(Invalid) as refused:
        upkeep.assign(actor, ticket_id=ticket.pk, team=asking.pk, agent=None, note=Note("a"), now=instants.now())
    assert set(refused.value.fields) == {"wanted"}


def test_a_note_is_read_back_as_it_was_written() -> None:
    assert parts_of(Note("one\n\n\ntwo", "", " three ").text()) == Note("one\ntwo", "", "three")
