"""Can tags be seen, described, renamed and offered, by those who may?"""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.factories import House
from yingnuo.journey import upkeep
from yingnuo.kit import instants
from yingnuo.tickets.models import Ticket
from yingnuo.tickets.tag_models import Tag


@pytest.fixture
def ticket(house: House) -> Ticket:
    """A ticket with a tag in Chinese and one in Latin letters."""
    made = factories.ticket(house, text="A matter")
    return upkeep.tag(factories.actor(house.mia), ticket_id=made.pk, tags=["洗衣房", "vip"], now=instants.now())


def test_tags_are_listed_with_how_much_they_are_used(lead: Client, ticket: Ticket) -> None:
    page = lead.get("/settings/tags/").content.decode()
    assert "洗衣房" in page
    assert "tag=vip" in page


@pytest.mark.parametrize("said", ["xyf", "xiyi", "洗衣"])
def test_a_tag_is_found_by_its_sound(lead: Client, ticket: Ticket, said: str) -> None:
    page = lead.get("/settings/tags/", {"q": said}, headers={"HX-Request": "true", "HX-Target": "tags"})
    assert "洗衣房" in page.content.decode()
    assert ">vip<" not in page.content.decode()


def test_a_tag_is_described_and_looks_so_at_the_ticket(manager: Client, ticket: Ticket) -> None:
    pk = Tag.objects.get(name="vip").pk
    manager.post(f"/settings/tags/{pk}/", {"description": "Very important", "tone": "purple"})
    page = manager.get(f"/tickets/{ticket.pk}/").content.decode()
    assert 'title="Very important"' in page
    assert "yn-tone-purple" in page


def test_a_new_name_comes_at_once_where_few_tickets_carry_it(manager: Client, ticket: Ticket) -> None:
    pk = Tag.objects.get(name="vip").pk
    answer = manager.post(f"/settings/tags/{pk}/change", {"do": "rename", "to": "Big"}, follow=True)
    assert "1 ticket changed" in answer.content.decode()
    assert "Big" in Ticket.objects.get(pk=ticket.pk).tags


def test_a_refused_change_says_why(manager: Client, ticket: Ticket) -> None:
    pk = Tag.objects.get(name="vip").pk
    answer = manager.post(f"/settings/tags/{pk}/change", {"do": "rename", "to": "洗衣房"})
    assert answer.status_code == 422
    assert "Merge them instead" in answer.content.decode()


@pytest.mark.parametrize("what", ["rename", "merge", "retire", "revive"])
def test_a_lead_changes_no_tag(lead: Client, ticket: Ticket, what: str) -> None:
    tag = Tag.objects.get(name="vip")
    assert lead.post(f"/settings/tags/{tag.pk}/change", {"do": what, "to": "Big"}).status_code == 403
    assert Tag.objects.get(pk=tag.pk).name == "vip"


def test_tags_are_offered_while_somebody_types(client: Client, house: House, ticket: Ticket) -> None:
    factories.sign_in(client, house.alice)
    told = client.get("/tags/offers", {"tags": "other, xyf"}).content.decode()
    assert 'data-tag-add="洗衣房"' in told
    assert "vip" not in told


def test_a_ticket_page_asks_nothing_for_its_tags(
    client: Client, house: House, ticket: Ticket, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    factories.sign_in(client, house.bo)
    client.get(f"/tickets/{ticket.pk}/")
    with django_assert_max_num_queries(100) as asked:
        client.get(f"/tickets/{ticket.pk}/")
    assert [q["sql"] for q in asked.captured_queries if "tickets_tag" in q["sql"]] == []
