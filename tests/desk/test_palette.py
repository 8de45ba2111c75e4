"""The palette offers what its reader may go to, and finds what is in his sight."""

from __future__ import annotations

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.factories import House


def test_an_agent_is_offered_his_pages_and_no_settings(alice: Client) -> None:
    page = alice.get("/palette/").content.decode()
    assert 'data-href="/tickets/new"' in page
    assert "/settings/" not in page


def test_a_lead_is_offered_the_settings_and_his_lists(bo: Client) -> None:
    page = bo.get("/palette/").content.decode()
    assert 'data-href="/settings/teams/"' in page
    assert "state=overdue" in page


def test_chinese_commands_have_their_english_names_too(house: House) -> None:
    house.alice.language = "zh-hans"
    house.alice.save(update_fields=["language"])
    page = factories.sign_in(Client(), house.alice).get("/palette/").content.decode()
    assert 'data-words="新建工单" data-also="New ticket"' in page


def test_tickets_are_found_by_words_and_by_number(alice: Client, house: House) -> None:
    ticket = factories.ticket(house, subject="Loud noise", agent=house.alice)
    for words in ("loud", str(ticket.pk), f"yn-{ticket.pk}"):
        page = alice.get("/palette/find", {"q": words}).content.decode()
        assert page.count(f'data-href="/tickets/{ticket.pk}/"') == 1, words


def test_customers_are_found(alice: Client, house: House) -> None:
    assert f'data-href="/customers/{house.chen.pk}/"' in alice.get("/palette/find?q=chen").content.decode()


def test_what_is_out_of_sight_is_neither_found_nor_named(dee: Client, house: House) -> None:
    ticket = factories.ticket(house, subject="Loud noise", agent=house.alice)
    found = dee.get("/palette/find", {"q": str(ticket.pk)}).content + dee.get("/palette/find?q=loud").content
    recent = dee.get("/palette/", {"recent": f"t{ticket.pk}"}).content
    assert b"Loud noise" not in found + recent


def test_recent_things_come_first_in_their_order(alice: Client, house: House) -> None:
    ticket = factories.ticket(house, subject="Loud noise", agent=house.alice)
    page = alice.get("/palette/", {"recent": f"c{house.wang.pk},t{ticket.pk}"}).content.decode()
    assert page.index("Wang") < page.index("Loud noise") < page.index("New ticket")


def test_nonsense_is_passed_over(alice: Client) -> None:
    assert alice.get("/palette/?recent=,x,tt,t99999999999999999999,q7").status_code == 200
    assert alice.get("/palette/find?q=").content.strip() == b""
    assert alice.post("/palette/").status_code == 405


def test_a_stranger_is_sent_to_sign_in(client: Client) -> None:
    assert client.get("/palette/").status_code == 302


def test_looking_up_costs_few_statements(
    alice: Client, house: House, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    factories.ticket(house, subject="Loud noise", agent=house.alice)
    alice.get("/palette/find?q=loud")
    with django_assert_max_num_queries(9):
        alice.get("/palette/find?q=loud")
