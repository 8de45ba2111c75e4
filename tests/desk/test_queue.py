"""Does the queue show the right tickets in the right order, and do many at once what is asked?"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.journey import closing
from yingnuo.kit import instants


def _shown(client: Client, query: str = "?scope=all") -> list[int]:
    answer = client.get(f"/tickets/{query}")
    assert answer.status_code == 200
    return [int(pk) for pk in re.findall(r'id="row-(\d+)"', answer.content.decode())]


def test_the_next_due_comes_first_and_what_nobody_owes_last(house: House, alice: Client) -> None:
    general = factories.ticket(house)
    urgent = factories.ticket(house, urgency="urgent")
    done = factories.ticket(house, agent=house.alice)
    closing.resolve(factories.actor(house.alice), ticket_id=done.pk, now=instants.now())
    assert _shown(alice, "?scope=all&state=any") == [urgent.pk, general.pk, done.pk]
    assert _shown(alice, "?scope=all&order=newest") == [urgent.pk, general.pk]


def test_scopes(house: House, alice: Client) -> None:
    mine = factories.ticket(house, agent=house.alice)
    free = factories.ticket(house)
    of_bo = factories.ticket(house, agent=house.bo)
    assert _shown(alice, "") == [mine.pk]
    assert _shown(alice, "?scope=unassigned") == [free.pk]
    assert sorted(_shown(alice)) == [mine.pk, free.pk, of_bo.pk]


def test_a_stranger_sees_nothing_of_it(house: House, dee: Client) -> None:
    factories.ticket(house)
    assert _shown(dee, "?scope=all&state=any") == []
    assert _shown(dee, f"?scope=all&team={house.front.pk}") == []


def test_states_with_their_counts(house: House, alice: Client) -> None:
    now = instants.now()
    late = factories.ticket(house, urgency="urgent", at=now - timedelta(hours=1))
    risky = factories.ticket(house, urgency="urgent", at=now - timedelta(minutes=10))
    waiting = factories.ticket(house, agent=house.alice, urgency="important")
    closing.pause(factories.actor(house.alice), ticket_id=waiting.pk, reason="waiting_customer", now=now)
    assert _shown(alice, "?scope=all&state=overdue") == [late.pk]
    assert _shown(alice, "?scope=all&state=at_risk") == [risky.pk]
    assert _shown(alice, "?scope=all&state=waiting") == [waiting.pk]
    text = re.sub(r"\s+", "", alice.get("/tickets/?scope=all").content.decode())
    assert "Open<b>3</b>" in text
    assert "Overdue<b>1</b>" in text


@pytest.mark.parametrize(
    "query", ["kind=fault", "urgency=important", "via=phone", "tier=gold", "product_line=washer", "tag=vip", "q=dryer"]
)
def test_a_filter_leaves_only_what_fits(house: House, alice: Client, query: str) -> None:
    factories.ticket(house, contact=house.wang, subject="Other")
    fits = factories.ticket(
        house, subject="The dryer", kind="fault", urgency="important", via="phone", product_line="washer", tags=("vip",)
    )
    assert _shown(alice, f"?scope=all&{query}") == [fits.pk]


def test_search_finds_a_number_and_two_chinese_signs(house: House, alice: Client) -> None:
    fridge = factories.ticket(house, subject="冰箱不制冷", text="请尽快上门")
    factories.ticket(house, subject="空调漏水")
    assert _shown(alice, "?scope=all&q=冰箱") == [fridge.pk]
    assert _shown(alice, f"?scope=all&q=YN-{fridge.pk}") == [fridge.pk]
    assert _shown(alice, "?scope=all&q=nothing-like-that") == []


@pytest.mark.parametrize(
    "query", ["?scope=evil&state=x&team=abc&page=-3&order=1", "?team=99999999999999999999&page=9999999"]
)
def test_nonsense_in_the_address_is_left_out(house: House, alice: Client, query: str) -> None:
    assert alice.get(f"/tickets/{query}").status_code == 200


def test_an_empty_queue_says_what_to_do(house: House, alice: Client) -> None:
    assert b"Look at what is unassigned" in alice.get("/tickets/").content
    assert b"Clear search and filters" in alice.get("/tickets/?q=zzz").content


def test_the_part_alone_is_answered_to_htmx(house: House, alice: Client) -> None:
    answer = alice.get("/tickets/", headers={"HX-Request": "true", "HX-Target": "div#queue"})
    assert b"<html" not in answer.content
    assert b"yn-chips" in answer.content


def test_many_are_taken_at_once_and_the_address_is_kept(house: House, alice: Client) -> None:
    ids = [factories.ticket(house).pk for _ in range(3)]
    answer = alice.post(
        "/tickets/bulk", {"do": "take", "ids": ids, "back": "?scope=unassigned&kind=fault"}, follow=True
    )
    assert answer.request["QUERY_STRING"] == "scope=unassigned&kind=fault"
    assert b"3 tickets done." in answer.content
    assert sorted(_shown(alice, "")) == ids


def test_many_are_given_resolved_and_tagged(house: House, alice: Client) -> None:
    ticket = factories.ticket(house)
    for said in (
        {"do": "assign", "holder": f"{house.front.pk}-{house.bo.pk}"},
        {"do": "tag", "word": "vip"},
        {"do": "resolve"},
    ):
        alice.post("/tickets/bulk", {"ids": [ticket.pk], **said})
    ticket.refresh_from_db()
    assert (ticket.agent_id, ticket.tags, ticket.status) == (house.bo.pk, ["vip"], "resolved")


def test_what_one_refuses_does_not_stop_the_others(house: House, alice: Client) -> None:
    ticket = factories.ticket(house)
    hidden = factories.ticket(house, team=house.strangers)
    answer = alice.post("/tickets/bulk", {"do": "resolve", "ids": [hidden.pk, ticket.pk]}, follow=True)
    assert b"1 ticket done." in answer.content
    assert b"1 refused." in answer.content
    hidden.refresh_from_db()
    assert hidden.is_open


@pytest.mark.parametrize(
    "said",
    [
        {"do": "explode", "ids": "1"},
        {"do": "resolve"},
        {"do": "resolve", "ids": "x"},
        {"do": "note", "ids": "1"},
        {"do": "snooze", "ids": "1"},
        {"do": "line", "ids": "1", "line": "x"},
    ],
)
def test_a_malformed_deed_is_refused(house: House, alice: Client, said: dict[str, str]) -> None:
    assert alice.post("/tickets/bulk", said).status_code == 422


def test_what_was_done_to_many_is_undone_from_its_toast(house: House, alice: Client) -> None:
    ids = [factories.ticket(house).pk for _ in range(2)]
    said = alice.post("/tickets/bulk", {"do": "tag", "word": "vip", "ids": ids}, follow=True).content.decode()
    [address] = re.findall(r'action="(/tickets/bulk/\d+/undo)"', said)
    answer = alice.post(address, headers={"HX-Request": "true"})
    assert "2 tickets as before." in answer.headers["HX-Trigger"]
    assert alice.post(address, headers={"HX-Request": "true"}).status_code == 409


def test_all_of_a_list_are_worked_on_beyond_its_page(house: House, alice: Client) -> None:
    fits = [factories.ticket(house, kind="fault").pk for _ in range(2)]
    factories.ticket(house, kind="enquiry")
    said = {"do": "take", "ids": fits[:1], "every": "1", "back": "?scope=unassigned&kind=fault"}
    alice.post("/tickets/bulk", said)
    assert sorted(_shown(alice, "?scope=mine")) == fits
