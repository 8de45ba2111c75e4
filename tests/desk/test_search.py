"""Does the line of search find what is there, say what it did not understand, and keep to the reader's sight?"""

from __future__ import annotations

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.factories import House
from yingnuo.channels.contract import File
from yingnuo.journey import reply, upkeep
from yingnuo.kit import instants
from yingnuo.people.models import Searched


def page(client: Client, text: str, **more: str) -> str:
    return client.get("/search", {"q": text, **more}).content.decode()


def test_a_message_is_found_with_the_words_marked(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, subject="Help", text="我的洗衣機漏水了，請盡快處理。", agent=house.alice)
    shown = page(alice, "洗衣机 漏水")
    assert f"YN-{ticket.pk}" in shown
    assert "<mark>洗衣機</mark><mark>漏水</mark>" in shown


def test_width_and_case_are_the_same(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    for text in ("Ｅ３", "e3", "it SHOWS", '"shows e3"'):
        assert f"YN-{ticket.pk}" in page(alice, text), text


def test_what_is_excluded_or_in_another_order_is_not_found(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    for text in ("stops -E3", '"E3 shows"', "stops -has:file -is:open"):
        assert f"YN-{ticket.pk}" not in page(alice, text), text


def test_notes_are_found_by_staff_and_told_apart(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    reply.note(factories.actor(house.alice), ticket_id=ticket.pk, text="Ask the plumber", now=instants.now())
    assert "search-note" in page(alice, "plumber")


def test_strangers_find_neither_ticket_nor_message(house: House, dee: Client) -> None:
    ticket = factories.ticket(house, text="It hums.", agent=house.alice)
    for tab in ("tickets", "messages"):
        assert f"YN-{ticket.pk}" not in page(dee, "hums", tab=tab)


OPERATORS = [
    ("from:chen", True), ("客户:wang", False), ("agent:me", True), ("客服：alice", True), ("agent:bo", False),
    ("team:front", True), ("tag:blue", True), ("tag:red", False), ("-tag:red", True), ("status:open,new", True),
    ("状态:已关闭", False), ("urgency:urgent", True), ("via:mail,chat", True), ("via:phone", False),
    ("has:file", True), ("before:2020-01-01", False), ("after:2020-01-01", True), ("on:today", True),
    ("is:open is:mine", True), ("是:未派单", False), ("phone:13800002210", True), ("kind:complaint", False),
]  # fmt: skip


def test_operators_narrow(house: House, alice: Client) -> None:
    file = File(name="a.txt", content_type="text/plain", data=b"x")
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, files=(file,))
    upkeep.tag(factories.actor(house.alice), ticket_id=ticket.pk, tags=["blue"], now=instants.now())
    for operators, fits in OPERATORS:
        assert (f"YN-{ticket.pk}" in page(alice, operators, tab="tickets")) is fits, operators
        assert (f"YN-{ticket.pk}" in page(alice, f"stops {operators}", tab="messages")) is fits, operators


def test_the_queue_reads_the_same_words(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    assert f"YN-{ticket.pk}" in alice.get("/tickets/", {"q": "stops is:mine"}).content.decode()
    assert f"YN-{ticket.pk}" not in alice.get("/tickets/", {"q": "stops via:phone"}).content.decode()


def test_what_was_not_understood_is_said(house: House, alice: Client) -> None:
    assert "<bdi>status:lost</bdi>" in page(alice, "status:lost")


def test_a_number_comes_first_among_words(house: House, alice: Client) -> None:
    first = factories.ticket(house, agent=house.alice)
    other = factories.ticket(house, text=f"as in {first.pk}", agent=house.alice)
    shown = page(alice, str(first.pk), tab="tickets")
    assert 0 < shown.index(f"YN-{first.pk}<") < shown.index(f"YN-{other.pk}<")


def test_best_first_puts_what_says_it_most_often_before_what_is_newer(house: House, alice: Client) -> None:
    often = factories.ticket(house, text="pump pump pump pump", agent=house.alice)
    newer = factories.ticket(house, text="the pump", agent=house.alice)
    best, newest = page(alice, "pump", order="best"), page(alice, "pump")
    assert best.index(f"YN-{often.pk}<") < best.index(f"YN-{newer.pk}<")
    assert newest.index(f"YN-{newer.pk}<") < newest.index(f"YN-{often.pk}<")


def test_people_are_found_by_signs_and_by_sound(house: House, alice: Client) -> None:
    person = factories.customer("王小芳")
    for text in ("王小芳", "wangxiaofang", "wxf"):
        assert f"/customers/{person.pk}/" in page(alice, text), text
        assert f"/customers/{person.pk}/" in alice.get("/customers/", {"q": text}).content.decode(), text


BAD = [
    "x" * 10_000, "洗" * 10_000, "\x01\x02\x1f", "🙂🙃",
    "from: -status: is:", "!!! ??? \"'\\", "\u202eabc\u202c", '"', "-",
    "-e3", "from:" + "," * 500, "a'b\\c & | ! ( ) <-> :*", "before:9999-12-31 after:0001-01-01", "\ud83d",
]  # fmt: skip


def test_no_text_breaks_a_page(house: House, alice: Client) -> None:
    factories.ticket(house, agent=house.alice)
    for text in BAD:
        said = text.encode("utf-8", "ignore").decode()
        for path in ("/search", "/search/suggest", "/tickets/"):
            assert alice.get(path, {"q": said}).status_code == 200, (path, text)


def test_a_malformed_address_is_a_page_all_the_same(house: House, alice: Client) -> None:
    for more in ({"page": "9999"}, {"page": "-1"}, {"tab": "x"}, {"order": "x"}, {"page": "20"}):
        assert alice.get("/search", {"q": "e3", **more}).status_code == 200, more


def test_recent_searches_are_ones_own_and_can_be_forgotten(house: House, alice: Client, bo: Client) -> None:
    page(alice, "pump is:open")
    assert "pump is:open" in alice.get("/search").content.decode()
    assert "pump is:open" not in bo.get("/search").content.decode()
    assert bo.post("/search/forget").status_code == 302
    assert Searched.objects.count() == 1
    alice.post("/search/forget")
    assert Searched.objects.count() == 0


def test_a_page_of_search_costs_at_most_twelve(
    house: House, alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        factories.ticket(house, agent=house.alice)
    page(alice, "stops")
    with django_assert_max_num_queries(12):
        page(alice, "stops is:open")
