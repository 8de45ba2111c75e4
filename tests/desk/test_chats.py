"""What does an agent see and do on the chat page, and what is refused to others?"""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from tests.chat import talking
from tests.factories import House
from yingnuo.chat.models import Chat, Seat, Stage
from yingnuo.chat.sites import Site
from yingnuo.journey import chat_handling
from yingnuo.kit import instants
from yingnuo.tickets.models import Message, Ticket
from yingnuo.writing.models import SavedReply

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "div#chats"}


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


@pytest.fixture
def site(house: House) -> Site:
    return talking.site()


@pytest.fixture
def chat(site: Site, house: House) -> Chat:
    return talking.says(site, talking.visitor(site, now=instants.now()), "<i>It shows E3.</i>", now=instants.now())


@pytest.fixture
def alice(client: Client, house: House) -> Client:
    return factories.sign_in(client, house.alice)


def test_a_waiting_chat_is_taken_and_answered(alice: Client, chat: Chat, house: House) -> None:
    assert "Take" in alice.get("/chats/").content.decode()
    page = alice.post(f"/chats/{chat.pk}/accept", headers=HTMX).content.decode()
    assert "&lt;i&gt;It shows E3." in page
    assert "<html" not in page
    assert "Unplug it." in alice.post(f"/chats/{chat.pk}/say", {"text": "Unplug it."}, headers=HTMX).content.decode()
    chat.refresh_from_db()
    assert (chat.stage, Ticket.objects.get().agent) == (Stage.ACTIVE, house.alice)


def test_it_works_without_scripts(alice: Client, chat: Chat) -> None:
    assert alice.post(f"/chats/{chat.pk}/accept").status_code == 302
    assert alice.get(f"/chats/{chat.pk}/transfer").status_code == 200


@pytest.mark.parametrize("deed", ["accept", "say", "end", "transfer", "typing"])
def test_a_stranger_has_no_part_in_it(client: Client, chat: Chat, house: House, deed: str) -> None:
    factories.sign_in(client, house.dee)
    said = {"text": "Hi", "how": "end", "holder": str(house.strangers.pk), "words": "x"}
    assert client.post(f"/chats/{chat.pk}/{deed}", said, headers=HTMX).status_code == 404
    assert "It shows E3" not in client.get("/chats/").content.decode()
    chat.refresh_from_db()
    assert (chat.stage, Message.objects.count()) == (Stage.WAITING, 1)


def test_nobody_is_there_without_signing_in(client: Client, chat: Chat) -> None:
    for path in ("/chats/", "/chats/badge"):
        assert client.get(path).status_code == 302
    assert client.post(f"/chats/{chat.pk}/accept").status_code == 302
    chat.refresh_from_db()
    assert chat.stage == Stage.WAITING


def test_reading_is_remembered_for_whoever_holds_it(alice: Client, chat: Chat, house: House) -> None:
    alice.post(f"/chats/{chat.pk}/accept", headers=HTMX)
    assert ">1<" in alice.get("/chats/badge").content.decode()
    last = Message.objects.latest("pk").pk
    factories.sign_in(Client(), house.bo).post(f"/chats/{chat.pk}/seen", {"upto": last})
    chat.refresh_from_db()
    assert chat.agent_read == 0
    alice.post(f"/chats/{chat.pk}/seen", {"upto": last})
    chat.refresh_from_db()
    assert chat.agent_read == last
    assert alice.get("/chats/badge").content.decode().strip() == ""


def test_saved_replies_are_filled_in(alice: Client, chat: Chat, house: House) -> None:
    SavedReply.objects.create(shortcut="hello", title="Hello", text="Hello {{ customer }}, I am {{ agent }}.")
    SavedReply.objects.create(shortcut="other", title="Other", text="x", team=house.strangers)
    page = alice.post(f"/chats/{chat.pk}/accept", headers=HTMX).content.decode()
    assert 'data-text="Hello Chen, I am Alice."' in page
    assert "/other" not in page


def test_handing_on_closes_the_dialog(alice: Client, chat: Chat, house: House) -> None:
    alice.post(f"/chats/{chat.pk}/accept", headers=HTMX)
    said = {"holder": f"{house.technicians.pk}-{house.eve.pk}", "words": "The lock, I think."}
    answer = alice.post(f"/chats/{chat.pk}/transfer", said, headers=HTMX)
    assert "yn:close" in answer.headers["HX-Trigger"]
    eve = factories.sign_in(Client(), house.eve).get("/chats/").content.decode()
    assert "The lock, I think." in eve


def test_ending_with_and_without_a_solution(alice: Client, chat: Chat) -> None:
    alice.post(f"/chats/{chat.pk}/say", {"text": "Done."}, headers=HTMX)
    assert alice.post(f"/chats/{chat.pk}/end", {"how": "odd"}, headers=HTMX).status_code == 422
    alice.post(f"/chats/{chat.pk}/end", {"how": "resolve"}, headers=HTMX)
    chat.refresh_from_db()
    assert (chat.stage, Ticket.objects.get().status) == (Stage.ENDED, "resolved")
    assert alice.post(f"/chats/{chat.pk}/say", {"text": "More."}, headers=HTMX).status_code == 409


def test_how_many_at_a_time(alice: Client, house: House, site: Site) -> None:
    assert alice.post("/chats/capacity", {"capacity": "2"}).status_code == 302
    assert Seat.objects.get(staff=house.alice).capacity == 2
    for wrong in ("21", "-1", "x", "", "２"):
        assert alice.post("/chats/capacity", {"capacity": wrong}, headers=HTMX).status_code == 422
    assert Seat.objects.get(staff=house.alice).capacity == 2


def test_several_chats_stand_side_by_side(alice: Client, site: Site, house: House) -> None:
    for n in range(4):
        visitor = talking.visitor(site, now=instants.now(), name=f"Visitor {n}")
        made = talking.says(site, visitor, f"Words {n}", now=instants.now())
        chat_handling.accept(factories.actor(house.alice), chat_id=made.pk, now=instants.now())
    page = alice.get("/chats/").content.decode()
    assert page.count('class="chat-pane"') == 4


def test_the_rail_shows_chats_only_where_a_site_has_them(alice: Client) -> None:
    assert 'href="/chats/"' not in alice.get("/tickets/").content.decode()
    talking.site()
    assert 'href="/chats/"' in alice.get("/tickets/").content.decode()
