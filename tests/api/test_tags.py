"""Can a program keep the tags of the house, and only with the right?"""

from __future__ import annotations

import pytest

from tests import factories
from tests.api.conftest import Program, program
from yingnuo.tickets.models import Ticket
from yingnuo.tickets.tag_models import Tag

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asks() -> Program:
    """A program with every scope, and a ticket tagged vip."""
    house = factories.house()
    ticket = factories.ticket(house, text="A matter")
    asks = program()
    assert asks.ask("PUT", f"/tickets/{ticket.pk}/tags", {"tags": ["vip"]}).status_code == 200
    return asks


def test_a_tag_is_described_renamed_and_given_its_name_back(asks: Program) -> None:
    told = asks.ask("PUT", "/tags/vip", {"description": "Friends", "tone": "red"}).json()
    assert (told["open"], told["tone"]) == (1, "red")
    assert asks.get("/tags/vip/use").json()["tickets"] == 1
    run = asks.post("/tags/vip/rename", {"to": "big"}).json()["run"]
    assert (run["done"], run["into"], run["ended_at"] is not None) == (1, "big", True)
    assert Ticket.objects.get().tags == ["big"]
    asks.post(f"/tag-changes/{run['id']}/undo")
    assert Ticket.objects.get().tags == ["vip"]
    assert asks.get(f"/tag-changes/{run['id']}").json()["undone"] is True


def test_tags_are_listed_also_those_that_nothing_carries(asks: Program) -> None:
    asks.ask("PUT", "/tags/spare", {"description": "", "tone": "gray"})
    items = asks.get("/tags").json()["items"]
    assert [(t["tag"], t["open"]) for t in items] == [("vip", 1), ("spare", 0)]


def test_without_the_scope_nothing_changes(asks: Program) -> None:
    for answer in (
        program("ticket.view").post("/tags/vip/rename", {"to": "big"}),
        program("ticket.view").ask("PUT", "/tags/vip", {"tone": "red"}),
        program("ticket.view").post("/tags/vip/retire", {"strip": True}),
    ):
        assert answer.status_code == 403
    assert (Tag.objects.get().name, Tag.objects.get().active) == ("vip", True)


def test_a_program_that_may_not_invent_uses_known_tags(asks: Program) -> None:
    narrow, pk = program("ticket.view", "ticket.edit"), Ticket.objects.get().pk
    refused = narrow.ask("PUT", f"/tickets/{pk}/tags", {"tags": ["vip", "new"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "new_tag")
    assert Ticket.objects.get().tags == ["vip"]
