"""Can a program open, find, read and change tickets, and is it refused clearly?"""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.api.conftest import TICKET, Program, program
from yingnuo.channels.models import Raw
from yingnuo.tickets.models import Field, Ticket


def test_opening_tells_what_was_promised(chen: Program) -> None:
    told = chen.opened()
    assert told["number"] == f"YN-{told['id']}"
    assert {p["milestone"] for p in told["promises"]} >= {"first_response"}
    assert all(p["standing"] == "running" and p["due_at"] for p in told["promises"])


def test_what_opening_tells_without_reading_is_what_reading_tells(chen: Program) -> None:
    Field.objects.create(code="serial", name="Serial")
    told = chen.opened(fields={"serial": "S1"}, tags=["vip"], region="east", language="zh-hant")
    read = chen.get(f"/tickets/{told['id']}").json()
    moving = {"explanation", "worked_seconds", "remaining_seconds"}  # these are of the moment of reading
    for answer in (told, read):
        answer["promises"] = [{k: v for k, v in p.items() if k not in moving} for p in answer["promises"]]
        del answer["promise_page"]  # signed with the second it was made in
    assert told == read


def test_a_ticket_is_opened_by_few_statements(
    chen: Program, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    chen.opened()  # what is kept in memory is read
    with django_assert_max_num_queries(18):  # with savepoints, which stand for the transaction in a test
        chen.opened()


def test_the_body_is_kept_raw_with_the_ticket(chen: Program) -> None:
    told = chen.opened()
    raw = Raw.objects.get(ticket_id=told["id"])
    assert b"The press stops after ten minutes." in bytes(raw.content)
    assert (raw.state, raw.outcome, raw.channel.code) == ("taken", "ticket", "api")


def test_a_token_without_the_scope_opens_nothing(standard: None) -> None:
    response = program("ticket.view").post("/tickets", TICKET)
    assert response.status_code == 403
    assert response.json()["code"] == "not_allowed"
    assert not Ticket.objects.exists()
    assert not Raw.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"urgency": "very"}, "urgency"),
        ({"contact": {"name": "Chen"}}, "contact"),
        ({"contact": {"phone": "12"}}, "contact.phone"),
        ({"contact": {"email": "chen at home"}}, "contact.email"),
        ({"subject": "x" * 201}, "subject"),
        ({"urgencey": "urgent"}, "urgencey"),
        ({"tags": ["x" * 41]}, "tags.0"),
        ({"files": [{"name": "a", "data": "!"}]}, "files.0.data"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_kept(chen: Program, change: dict[str, object], field: str) -> None:
    response = chen.post("/tickets", {**TICKET, **change})
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert field in response.json()["fields"]
    assert not Ticket.objects.exists()


def test_broken_json_is_400(chen: Program) -> None:
    response = chen.post("/tickets", b"{")
    assert (response.status_code, response.json()["code"]) == (400, "malformed")


def test_a_refusal_speaks_the_readers_language(chen: Program) -> None:
    response = Program(chen.bearer, "zh-hans").post("/tickets", {**TICKET, "text": ""})
    assert response.headers["Content-Language"] == "zh-hans"


def test_reading_explains_the_due_moment(chen: Program) -> None:
    told = chen.get(f"/tickets/{chen.opened()['id']}").json()
    first = next(p for p in told["promises"] if p["milestone"] == "first_response")
    assert first["explanation"]["code"] == "running"
    assert sum(day["seconds"] for day in first["explanation"]["days"]) == first["target_seconds"]


def test_a_ticket_that_is_not_there_is_404(chen: Program) -> None:
    response = chen.get("/tickets/999999")
    assert (response.status_code, response.json()["code"]) == (404, "ticket_not_found")


@pytest.mark.parametrize("path", ["/tickets/0", "/tickets/x", f"/tickets/{2**63}", "/tickets?limit=0"])
def test_a_number_out_of_range_is_422(chen: Program, path: str) -> None:
    assert chen.get(path).status_code == 422


def test_pages_go_on_where_the_last_one_ended(chen: Program) -> None:
    made = [chen.opened()["id"] for _ in range(3)]
    first = chen.get("/tickets?limit=2").json()
    rest = chen.get(f"/tickets?limit=2&after={first['next']}").json()
    assert [t["id"] for t in first["items"] + rest["items"]] == made[::-1]
    assert rest["next"] == ""


@pytest.mark.parametrize("order", ["newest", "oldest", "updated", "due"])
def test_every_order_pages(chen: Program, order: str) -> None:
    made = {chen.opened()["id"] for _ in range(3)}
    first = chen.get(f"/tickets?limit=2&order={order}").json()
    rest = chen.get(f"/tickets?limit=2&order={order}&after={first['next']}").json()
    assert {t["id"] for t in first["items"] + rest["items"]} == made


def test_a_forged_cursor_is_refused(chen: Program) -> None:
    response = chen.get("/tickets?after=zzz")
    assert (response.status_code, response.json()["code"]) == (422, "bad_cursor")


def test_filters_narrow_the_list(chen: Program) -> None:
    complaint = chen.opened(kind="complaint")["id"]
    chen.opened()
    assert [t["id"] for t in chen.get("/tickets?kind=complaint").json()["items"]] == [complaint]
    assert chen.get("/tickets?team=nobody").json()["items"] == []


def test_words_find_chinese(chen: Program) -> None:
    pk = chen.opened(text="冲床十分钟后停机")["id"]
    assert [t["id"] for t in chen.get("/tickets?words=停机").json()["items"]] == [pk]


def test_an_urgency_by_hand_needs_a_reason(chen: Program) -> None:
    pk = chen.opened()["id"]
    response = chen.ask("PATCH", f"/tickets/{pk}", {"urgency": "general"})
    assert (response.status_code, list(response.json()["fields"])) == (422, ["reason"])
    assert Ticket.objects.get(pk=pk).urgency == "urgent"


def test_changing_a_fact_moves_the_promise(chen: Program) -> None:
    before = chen.opened()
    after = chen.ask("PATCH", f"/tickets/{before['id']}", {"urgency": "general", "reason": "No danger"}).json()
    assert after["urgency"] == "general"
    assert after["promises"][0]["target_seconds"] > before["promises"][0]["target_seconds"]


def test_tags_are_replaced(chen: Program) -> None:
    pk = chen.opened(tags=["old"])["id"]
    assert chen.ask("PUT", f"/tickets/{pk}/tags", {"tags": ["new"]}).json()["tags"] == ["new"]


@pytest.mark.parametrize("name", ["words", "tag", "agent"])
def test_a_nul_in_a_filter_finds_nothing(chen: Program, name: str) -> None:
    chen.opened()
    response = chen.get(f"/tickets?{name}=a%00b")
    assert (response.status_code, response.json()["items"]) == (200, [])


def test_a_nul_in_a_text_is_left_out(chen: Program) -> None:
    pk = chen.opened(text="a\x00b")["id"]
    assert chen.get(f"/tickets/{pk}/messages").json()["items"][0]["text"] == "ab"
