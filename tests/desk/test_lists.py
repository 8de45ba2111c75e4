"""Can lists be saved, shared, ordered, made to look otherwise, deleted and brought back, and only by whom they may?"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.factories import House
from yingnuo.journey import closing
from yingnuo.kit import instants
from yingnuo.ledger.models import Event
from yingnuo.people.models import Staff
from yingnuo.tickets import asking
from yingnuo.tickets.asking import Asked, Clause, Group
from yingnuo.worklists import services
from yingnuo.worklists.looks import Look
from yingnuo.worklists.models import Place, Worklist
from yingnuo.worklists.services import ListFacts

GOLD = Asked("all", (Group("any", (Clause("tier", "is", ("gold", "key")),)),))


def _saved(owner: Staff, asked: Asked = GOLD, **more: object) -> Worklist:
    facts = ListFacts(**({"name": "Gold ones", "asked": asked} | more))  # type: ignore[arg-type]
    return services.save(factories.actor(owner), pk=None, facts=facts, now=instants.now())


def _shown(client: Client, query: str) -> list[int]:
    answer = client.get(f"/tickets/{query}")
    assert answer.status_code == 200
    return [int(pk) for pk in re.findall(r'id="row-(\d+)"', answer.content.decode())]


def _form(**more: object) -> dict[str, object]:
    return {
        "name": "Gold", "audience": "own", "scope": "all", "state": "open", "order": "due", "g0.how": "all",
        "g0.t0.field": "tier", "g0.t0.was": "tier", "g0.t0.op": "is", "g0.t0.value": ["gold"],
    } | more  # fmt: skip


def test_a_list_is_saved_by_the_form_and_shows_what_it_asks_for(house: House, alice: Client) -> None:
    gold, _other = factories.ticket(house), factories.ticket(house, contact=house.wang)
    answer = alice.post("/tickets/lists/new", _form(), follow=True)
    saved = Worklist.objects.get()
    assert answer.request["QUERY_STRING"] == f"view={saved.pk}"
    assert (saved.owner, saved.name) == (house.alice, "Gold")
    assert _shown(alice, f"?view={saved.pk}") == [gold.pk]
    assert "Customer tier is one of Gold" in answer.content.decode()


def test_the_form_begins_with_the_filter_of_the_queue(house: House, alice: Client) -> None:
    text = alice.get("/tickets/lists/new?scope=all&kind=fault&tag=vip&q=E3").content.decode()
    assert re.search(r'name="g0.t0.value" value="fault" checked', text)
    assert 'value="vip"' in text
    assert 'value="E3"' in text


def test_a_row_is_added_and_removed_without_scripts(house: House, alice: Client) -> None:
    added = alice.post("/tickets/lists/new", _form(edit="test-0")).content.decode()
    assert "g0.t1.field" in added
    removed = alice.post("/tickets/lists/new", _form(edit="drop-0-0")).content.decode()
    assert "g0.t0.field" not in removed
    assert not Worklist.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"g0.t0.value": []}, "Write or choose a value."), ({"g0.t0.field": "moon"}, "This field is not there"),
        ({"g0.t0.field": "due", "g0.t0.was": "due", "g0.t0.op": "within", "g0.t0.value": "soon"}, "Write a span"),
        ({"name": "  "}, "1 to 60 characters."), ({"audience": "all"}, "You may not do this."),
        ({"state": "evil"}, "Look at what is marked"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_and_nothing_saved(
    house: House, alice: Client, wrong: dict[str, object], said: str
) -> None:
    answer = alice.post("/tickets/lists/new", _form(**wrong))
    assert answer.status_code in (403, 422)
    assert said in answer.content.decode()
    assert not Worklist.objects.exists()


def test_a_lead_shares_with_a_team_and_others_see_it_but_may_not_change_it(house: House, alice: Client) -> None:
    shared = _saved(house.bo, audience="team", team=house.front.pk)
    assert "Gold ones" in alice.get("/tickets/").content.decode()
    assert alice.post(f"/tickets/lists/{shared.pk}/", _form(name="Mine")).status_code == 403
    assert alice.post(f"/tickets/lists/{shared.pk}/delete").status_code == 403
    shared.refresh_from_db()
    assert (shared.name, shared.gone_at) == ("Gold ones", None)
    assert Event.objects.filter(code="setting.changed", subject=f"worklist:{shared.pk}").count() == 1


def test_a_stranger_sees_neither_the_list_of_a_team_nor_anybodys_own(house: House, dee: Client) -> None:
    of_team, own = _saved(house.bo, audience="team", team=house.front.pk), _saved(house.alice)
    text = dee.get("/tickets/").content.decode()
    assert "Gold ones" not in text
    for pk in (of_team.pk, own.pk):
        assert dee.get(f"/tickets/lists/{pk}/").status_code == 404
        assert dee.post(f"/tickets/lists/{pk}/up").status_code == 404
        assert dee.get(f"/tickets/?view={pk}").status_code == 200
    assert not Place.objects.exists()


def test_a_field_that_is_gone_is_named_and_left_out(house: House, alice: Client) -> None:
    ticket = factories.ticket(house)
    saved = _saved(house.alice)
    Worklist.objects.filter(pk=saved.pk).update(
        asked=asking.spec_of(Asked("all", (Group("all", (*GOLD.groups[0].tests, Clause("field:gone", "is", ("x",)))),)))
    )
    text = alice.get(f"/tickets/?view={saved.pk}").content.decode()
    assert "Left out, for it cannot be asked any more: field:gone" in text
    assert f'id="row-{ticket.pk}"' in text
    assert alice.get(f"/tickets/lists/{saved.pk}/").status_code == 200


def test_a_deleted_list_is_brought_back(house: House, alice: Client) -> None:
    saved = _saved(house.alice)
    text = alice.post(f"/tickets/lists/{saved.pk}/delete", follow=True).content.decode()
    assert f"/tickets/lists/{saved.pk}/restore" in text
    assert "Gold ones" not in alice.get("/tickets/").content.decode()
    alice.post(f"/tickets/lists/{saved.pk}/restore")
    assert "Gold ones" in alice.get("/tickets/").content.decode()


def test_the_order_and_the_start_are_each_ones_own(house: House, alice: Client, bo: Client) -> None:
    first, second = _saved(house.bo, audience="all", name="One"), _saved(house.bo, audience="all", name="Two")
    alice.post(f"/tickets/lists/{second.pk}/up")
    alice.post(f"/tickets/lists/{second.pk}/start")
    assert alice.get("/").headers["Location"] == f"/tickets/?view={second.pk}"
    own, others = (c.get("/tickets/").content.decode() for c in (alice, bo))
    assert own.index(f'id="list-{second.pk}"') < own.index(f'id="list-{first.pk}"')
    assert others.index(f'id="list-{first.pk}"') < others.index(f'id="list-{second.pk}"')


def test_the_tabs_are_counted_where_an_index_holds_them(house: House, alice: Client) -> None:
    factories.ticket(house)
    _saved(house.alice)
    _saved(house.alice, name="Old ones", state="closed")
    text = alice.get("/tickets/lists/tabs").content.decode()
    assert re.search(r"Gold ones <b>1</b>", text)
    assert "Not counted: no index holds tickets that are not open." in text


def test_a_look_is_remembered_for_one_list_and_one_person(house: House, alice: Client, bo: Client) -> None:
    factories.ticket(house)
    shared = _saved(house.bo, audience="all", look=Look(group="urgency"))
    look = {"layout": "table", "density": "compact", "group": "kind", "columns": ["number", "tags", "evil"]}
    alice.post("/tickets/look", {**look, "back": f"?view={shared.pk}"})
    text = alice.get(f"/tickets/?view={shared.pk}").content.decode()
    assert 'class="desk-table"' in text
    assert "lists-compact" in text
    assert "desk-t-tags" in text
    assert "desk-t-subject" not in text
    for other in (bo.get(f"/tickets/?view={shared.pk}"), alice.get("/tickets/?scope=all")):
        assert 'class="desk-table"' not in other.content.decode()


@pytest.mark.parametrize("group", ["urgency", "status", "kind", "team", "agent", "customer", "day"])
def test_groups_have_a_word_over_them(house: House, alice: Client, group: str) -> None:
    factories.ticket(house, urgency="urgent", agent=house.alice)
    factories.ticket(house, contact=house.wang, kind="fault")
    alice.post("/tickets/look", {"layout": "list", "group": group, "back": "?scope=all"})
    assert alice.get("/tickets/?scope=all").content.decode().count('class="desk-group"') in (1, 2)


def test_tickets_that_are_not_open_are_not_grouped(house: House, alice: Client) -> None:
    done = factories.ticket(house, agent=house.alice)
    closing.resolve(factories.actor(house.alice), ticket_id=done.pk, now=instants.now())
    alice.post("/tickets/look", {"group": "kind", "back": ""})
    text = alice.get("/tickets/?scope=all&state=resolved").content.decode()
    assert 'class="desk-group"' not in text
    assert "Only open tickets are grouped" in text


def test_a_list_costs_no_more_than_twelve_statements(
    house: House, alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    saved = [_saved(house.alice, name=f"List {n}") for n in range(5)]
    for _ in range(3):
        factories.ticket(house, at=instants.now() - timedelta(minutes=5))
    alice.get(f"/tickets/?view={saved[0].pk}")
    with django_assert_max_num_queries(12):
        alice.get(f"/tickets/?view={saved[0].pk}")
