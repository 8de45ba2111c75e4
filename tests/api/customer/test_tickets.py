"""Can a customer do in his app what is his to do, and nothing to anybody else's?"""

from __future__ import annotations

import base64

from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.api.customer.conftest import Shop, User
from tests.factories import House
from yingnuo.journey import closing, reply, upkeep
from yingnuo.journey.reply import Said
from yingnuo.kit import instants, live
from yingnuo.ledger.models import Event
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import Message, Ticket


def test_asking_tells_what_is_promised_and_why(house: House, chen: User) -> None:
    told = chen.asked(kind="fault", impact=["danger"])
    first = next(p for p in told["promises"] if p["milestone"] == "first_response")
    assert (first["state"], first["explanation"]["code"]) == ("running", "running")
    row = Ticket.objects.get(pk=told["id"])
    assert (row.via, row.urgency, row.contact_id) == ("app", "urgent", house.chen.pk)


def test_promises_between_our_own_teams_are_not_told(house: House, chen: User) -> None:
    told = str(chen.asked())
    assert not [word for word in ("policy", "rule", "guide", "ola") if f"'{word}'" in told]


def test_a_request_sent_again_opens_one(chen: User) -> None:
    body = {"text": "It shows E3."}
    first, again = (chen.post("/tickets", body, Idempotency_Key="k1") for _n in range(2))
    assert (first.json()["id"], again["Idempotent-Replayed"]) == (again.json()["id"], "true")
    assert Ticket.objects.count() == 1


def test_keys_of_two_users_never_meet(shop: Shop, chen: User) -> None:
    other = shop.user("u-dee")
    for user in (chen, other):
        assert user.post("/tickets", {"text": "E3"}, Idempotency_Key="k1").status_code == 201
    assert Ticket.objects.count() == 2


def test_another_customers_request_is_not_there(house: House, shop: Shop, chen: User) -> None:
    pk, dee = chen.asked()["id"], shop.user("u-dee")
    before = Ticket.objects.get(pk=pk).version
    assert dee.get("/tickets").json()["items"] == []
    for method, path, body in (
        ("GET", "", None), ("GET", "/messages", None), ("POST", "/messages", {"text": "x"}), ("POST", "/urge", None),
        ("POST", "/solved", None), ("POST", "/reopen", None), ("POST", "/rate", {"score": 1}),
    ):  # fmt: skip
        refused = dee.ask(method, f"/tickets/{pk}{path}", body)
        assert (refused.status_code, refused.json()["code"]) == (404, "ticket_not_found"), path
    assert Ticket.objects.get(pk=pk).version == before
    assert Message.objects.count() == 1


def test_notes_stay_inside_and_answers_come_out(house: House, chen: User) -> None:
    pk = chen.asked()["id"]
    reply.note(factories.actor(house.root), ticket_id=pk, text="He always complains.", now=instants.now())
    reply.answer(factories.actor(house.root), ticket_id=pk, said=Said("We come at ten."), now=instants.now())
    said = chen.get(f"/tickets/{pk}/messages").json()["items"]
    assert [(m["side"], m["text"]) for m in said] == [("you", "It shows E3 and stops."), ("us", "We come at ten.")]


def test_words_and_files_are_added_and_given_back(house: House, chen: User) -> None:
    pk = chen.asked()["id"]
    files = [{"name": "E3.png", "content_type": "image/png", "data": base64.b64encode(b"\x89PNG").decode()}]
    said = chen.post(f"/tickets/{pk}/messages", {"text": "See the photo.", "files": files}).json()
    got = chen.get(f"/files/{said['files'][0]['id']}")
    assert b"".join(got.streaming_content) == b"\x89PNG"
    assert got["Content-Type"] == "application/octet-stream"
    assert "attachment" in got["Content-Disposition"]


def test_a_file_of_another_or_of_a_note_is_not_there(house: House, shop: Shop, chen: User) -> None:
    pk = chen.asked()["id"]
    files = [{"name": "a.txt", "content_type": "text/plain", "data": "YQ=="}]
    file = chen.post(f"/tickets/{pk}/messages", {"text": "x", "files": files}).json()["files"][0]["id"]
    assert shop.user("u-dee").get(f"/files/{file}").status_code == 404
    Message.objects.filter(attachments=file).update(public=False)
    assert chen.get(f"/files/{file}").status_code == 404


def test_urging_solving_reopening_rating(house: House, chen: User) -> None:
    pk = chen.asked()["id"]
    assert chen.post(f"/tickets/{pk}/urge").json()["urged"] == 1
    again = chen.post(f"/tickets/{pk}/urge")
    assert (again.status_code, again.json()["code"]) == (429, "urged_already")
    assert chen.post(f"/tickets/{pk}/solved").json()["code"] == "ticket_open"
    closing.resolve(SYSTEM, ticket_id=pk, now=instants.now())
    assert chen.post(f"/tickets/{pk}/reopen").json()["status"] == "open"
    closing.resolve(SYSTEM, ticket_id=pk, now=instants.now())
    assert chen.post(f"/tickets/{pk}/rate", {"score": 5, "words": "Quick."}).json()["rating"] == 5
    assert chen.post(f"/tickets/{pk}/solved").json()["status"] == "closed"


def test_the_ledger_says_that_it_was_the_customer(house: House, chen: User) -> None:
    pk = chen.asked()["id"]
    chen.post(f"/tickets/{pk}/urge")
    rows = Event.objects.filter(ticket_id=pk, code__in=("ticket.opened", "ticket.urged"))
    assert {(e.actor_kind, e.actor_id) for e in rows} == {("contact", house.chen.pk)}


def test_words_to_a_joined_request_are_refused(house: House, chen: User) -> None:
    head, pk = chen.asked()["id"], chen.asked()["id"]
    upkeep.merge(SYSTEM, ticket_id=head, absorb_id=pk, now=instants.now())
    before = Message.objects.count()
    assert chen.post(f"/tickets/{pk}/messages", {"text": "x"}).json()["code"] == "ticket_merged"
    assert (chen.get(f"/tickets/{pk}").json()["joined_into"], Message.objects.count()) == (head, before)


def test_a_user_who_asks_all_the_time_waits(chen: User) -> None:
    codes = [chen.post("/tickets", {"text": "E3"}).status_code for _n in range(21)]
    assert codes == [201] * 20 + [429]
    assert Ticket.objects.count() == 20


def test_a_list_costs_the_same_however_long_it_is(
    house: House, chen: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    chen.asked()
    chen.get("/tickets")
    with django_assert_num_queries(3):  # whose session, the requests, what was promised
        chen.get("/tickets")
    for _n in range(4):
        chen.asked()
    with django_assert_num_queries(3):
        assert len(chen.get("/tickets").json()["items"]) == 5


def test_pages_do_not_move_when_something_comes_in(chen: User) -> None:
    ids = [chen.asked()["id"] for _n in range(3)]
    first = chen.get("/tickets?limit=2").json()
    chen.asked()
    second = chen.get(f"/tickets?limit=2&after={first['next']}").json()
    assert [t["id"] for t in first["items"] + second["items"]] == ids[::-1]


def test_he_may_listen_to_his_own_requests_alone(shop: Shop, chen: User) -> None:
    pk = chen.asked()["id"]
    shop.user("u-dee").asked()
    told = chen.get("/live").json()
    assert live.topics_of(told["url"].partition("token=")[2]) == {f"ticket:{pk}", "origin:*"}
