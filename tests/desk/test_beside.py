"""How are tickets linked, divided and answered together on the desk's pages?"""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.factories import House
from yingnuo.journey import family, linking
from yingnuo.kit import instants
from yingnuo.people.models import Role
from yingnuo.tickets.models import Message, Status, Ticket, TicketLink


def _link(house: House, one: Ticket, other: Ticket, relation: str = "related") -> None:
    root = factories.actor(house.root)
    linking.link(root, ticket_id=one.pk, other_id=other.pk, relation=relation, now=instants.now())


def _page(client: Client, ticket: Ticket, query: str = "") -> str:
    return client.get(f"/tickets/{ticket.pk}/{query}").content.decode()


@pytest.mark.parametrize("said", ["{pk}", "YN-{pk}", "https://desk.example/tickets/{pk}/?scope=all"])
def test_a_ticket_is_linked_by_number_or_address(house: House, alice: Client, said: str) -> None:
    one, other = factories.ticket(house, agent=house.alice), factories.ticket(house, subject="Pump leaks")
    form = {"relation": "caused_by", "q": said.format(pk=other.pk)}
    assert alice.post(f"/tickets/{one.pk}/links", form).status_code == 302
    assert TicketLink.objects.filter(kind="caused_by", ticket=one, other=other).exists()
    page = _page(alice, one)
    assert "Caused by" in page
    assert "Pump leaks" in page
    assert "Cause of" in _page(alice, other)


def test_words_find_what_may_be_linked(house: House, alice: Client) -> None:
    one = factories.ticket(house, subject="Pump hums", agent=house.alice)
    factories.ticket(house, subject="Pump leaks")
    factories.ticket(house, subject="Pump elsewhere", team=house.strangers, agent=house.dee)
    found = alice.get(f"/tickets/{one.pk}/links?q=pump").content.decode()
    assert "Pump leaks" in found
    assert "Pump elsewhere" not in found
    assert found.count('name="other"') == 1
    assert "No ticket that you may see fits" in alice.get(f"/tickets/{one.pk}/links?q=zzz").content.decode()


def test_nonsense_and_strangers_link_nothing(house: House, alice: Client, dee: Client) -> None:
    one, theirs = factories.ticket(house, agent=house.alice), factories.ticket(house, team=house.strangers)
    address = f"/tickets/{one.pk}/links"
    for form, status in (
        ({"relation": "related", "q": "the other one"}, 422), ({"relation": "cousin", "q": str(one.pk)}, 422),
        ({"relation": "related", "q": str(one.pk)}, 422), ({"relation": "related", "q": str(theirs.pk)}, 404),
    ):  # fmt: skip
        assert alice.post(address, form).status_code == status
    assert dee.post(address, {"relation": "related", "q": str(theirs.pk)}).status_code == 404
    assert not TicketLink.objects.exists()


def test_a_dealer_sees_links_and_makes_none(house: House) -> None:
    one, other = factories.ticket(house, agent=house.alice), factories.ticket(house, agent=house.alice)
    _link(house, one, other)
    pat = factories.sign_in(Client(), factories.staff("pat", role=Role.PARTNER, team=house.front))
    page = _page(pat, one)
    assert "Linked tickets" in page
    assert "Link to another ticket" not in page
    assert pat.get(f"/tickets/{one.pk}/links").status_code == 403
    assert pat.post(f"/tickets/{one.pk}/links/related/{other.pk}/remove").status_code == 403
    assert TicketLink.objects.count() == 1


def test_what_is_out_of_sight_keeps_its_subject(house: House, alice: Client) -> None:
    one = factories.ticket(house, agent=house.alice)
    theirs = factories.ticket(house, subject="Secret matter", team=house.strangers, agent=house.dee)
    _link(house, one, theirs)
    page = _page(alice, one)
    assert "not yours to see" in page
    assert "Secret matter" not in page
    assert alice.post(f"/tickets/{one.pk}/links/related/{theirs.pk}/remove").status_code == 404


def test_a_link_is_taken_away_and_undone(house: House, alice: Client) -> None:
    one, other = factories.ticket(house, agent=house.alice), factories.ticket(house)
    _link(house, one, other, "duplicate_of")
    page = alice.post(f"/tickets/{one.pk}/links/duplicate_of/{other.pk}/remove", follow=True).content.decode()
    assert not TicketLink.objects.exists()
    back = f"/tickets/{one.pk}/links/duplicate_of/{other.pk}/restore"
    assert f'action="{back}"' in page
    assert alice.post(back).status_code == 302
    assert TicketLink.objects.filter(kind="duplicate_of", ticket=one, other=other).exists()


def test_a_subticket_is_made_from_its_parent(house: House, alice: Client, bo: Client) -> None:
    parent = factories.ticket(house, subject="Laundry stands still", kind="fault", agent=house.alice)
    assert 'value="fault" selected' in alice.get(f"/tickets/{parent.pk}/children/new").content.decode()
    form = {"subject": "Bring a bearing", "kind": "repair", "team": str(house.technicians.pk), "text": "6204"}
    assert alice.post(f"/tickets/{parent.pk}/children/new", form).status_code == 302
    child = Ticket.objects.get(subject="Bring a bearing")
    page = _page(alice, parent)
    assert "1 of 1 open" in page
    assert "Bring a bearing" not in page  # it is with a team whose tickets are not hers to see
    assert "Bring a bearing" in _page(bo, parent)
    up = _page(bo, child)
    assert "Part of" in up
    assert "Laundry stands still" in up


def test_wrong_subtickets_are_not_made(house: House, alice: Client, dee: Client) -> None:
    parent = factories.ticket(house, agent=house.alice)
    address = f"/tickets/{parent.pk}/children/new"
    for wrong in ({"subject": ""}, {"team": "x"}, {"kind": "x"}, {"urgency": "x"}, {"product_line": "x"}):
        assert alice.post(address, {"subject": "Part"} | wrong).status_code == 422
    assert dee.post(address, {"subject": "Part"}).status_code == 404
    assert Ticket.objects.count() == 1


def _family(house: House, count: int) -> tuple[Ticket, list[Ticket]]:
    parent = factories.ticket(house, subject="Server down", agent=house.alice)
    children = [factories.ticket(house, contact=house.wang, agent=house.alice) for _ in range(count)]
    for child in children:
        _link(house, child, parent, "child_of")
    return parent, children


def test_resolving_a_parent_asks_about_open_children(house: House, alice: Client) -> None:
    parent, [child] = _family(house, 1)
    assert f'href="/tickets/{parent.pk}/dialog/resolve"' in _page(alice, parent)
    assert "1 sub-ticket is open" in alice.get(f"/tickets/{parent.pk}/dialog/resolve").content.decode()
    address = f"/tickets/{parent.pk}/resolve"
    assert alice.post(address, {"answer": "none"}).status_code == 422
    assert Ticket.objects.get(pk=parent.pk).is_open
    assert alice.post(address, {"answer": "none", "children": "leave"}).status_code == 302
    assert Ticket.objects.get(pk=parent.pk).status == Status.RESOLVED
    assert Ticket.objects.get(pk=child.pk).is_open


def test_children_are_resolved_with_their_parent_on_request(house: House, alice: Client) -> None:
    parent, children = _family(house, 2)
    form = {"answer": "none", "children": "resolve"}
    page = alice.post(f"/tickets/{parent.pk}/resolve", form, follow=True).content.decode()
    assert "2 sub-tickets done." in page
    assert {Ticket.objects.get(pk=t.pk).status for t in (parent, *children)} == {Status.RESOLVED}


def test_send_and_resolve_asks_too(house: House, alice: Client) -> None:
    parent, _children = _family(house, 1)
    form = {"side": "reply", "text": "It runs again.", "then": "resolve"}
    asked = alice.post(f"/tickets/{parent.pk}/say", form)
    assert asked.status_code == 422
    assert "1 sub-ticket is open. Send again" in asked.content.decode()
    assert not Message.objects.filter(text="It runs again.").exists()
    alice.post(f"/tickets/{parent.pk}/say", form | {"children": "leave"})
    assert Ticket.objects.get(pk=parent.pk).status == Status.RESOLVED


def test_all_open_children_are_answered_and_each_is_told(house: House, alice: Client) -> None:
    parent, children = _family(house, 2)
    assert "customers of 2 open sub-tickets" in alice.get(f"/tickets/{parent.pk}/children/answer").content.decode()
    told = alice.post(f"/tickets/{parent.pk}/children/answer", {"text": "It is back.", "resolve": "1"}).content.decode()
    assert "2 answered." in told
    assert all(f"YN-{child.pk}" in told for child in children)
    assert Message.objects.filter(text="It is back.", public=True).count() == 2
    assert {Ticket.objects.get(pk=t.pk).status for t in children} == {Status.RESOLVED}
    assert alice.post(f"/tickets/{parent.pk}/children/answer", {"text": " "}).status_code == 422


def test_many_children_are_leafed_through(house: House, alice: Client) -> None:
    parent, _children = _family(house, 21)
    assert "21 of 21 open" in _page(alice, parent)
    part = alice.get(
        f"/tickets/{parent.pk}/children?page=2", headers={"HX-Request": "true", "HX-Target": "children"}
    ).content.decode()
    assert part.count("<li") == 1
    assert "Page 2" in part
    assert "<html" not in part
    assert "Nothing stands under" in alice.get(f"/tickets/{_children[0].pk}/children").content.decode()


def test_links_cost_one_statement_and_none_where_there_are_none(
    house: House, alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    alone = factories.ticket(house, agent=house.alice)
    parent, _children = _family(house, 3)
    _page(alice, parent)
    with django_assert_max_num_queries(100) as without:
        _page(alice, alone)
    with django_assert_max_num_queries(100) as with_links:
        _page(alice, parent)
    assert len(with_links) <= len(without) + 1
    assert sum("tickets_ticketlink" in q["sql"] for q in without.captured_queries) == 0


def test_a_child_of_ones_own_is_made_by_a_person_only(house: House, alice: Client) -> None:
    parent = factories.ticket(house, agent=house.alice)
    family.make_child(factories.actor(house.alice), ticket_id=parent.pk, wish=family.Wish("Part"), now=instants.now())
    assert "is a sub-ticket now" in _page(alice, parent)
