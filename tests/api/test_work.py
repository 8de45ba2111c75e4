"""Can a program answer, hand over, pause, solve and reopen, and does a refusal leave everything as it was?"""

from __future__ import annotations

import base64

import pytest

from tests import factories
from tests.api.conftest import Program, program
from yingnuo.tickets.models import Message, Ticket


@pytest.fixture
def pk(chen: Program) -> int:
    """A ticket to work on."""
    return int(chen.opened()["id"])


def test_a_reply_keeps_the_first_response(chen: Program, pk: int) -> None:
    response = chen.post(f"/tickets/{pk}/messages", {"type": "reply", "text": "We come at once."})
    assert (response.status_code, response.json()["author"]) == (201, "staff")
    kept = [p for p in chen.get(f"/tickets/{pk}").json()["promises"] if p["standing"] == "kept"]
    assert [p["milestone"] for p in kept] == ["first_response"]


def test_a_holding_word_keeps_nothing(chen: Program, pk: int) -> None:
    chen.post(f"/tickets/{pk}/messages", {"type": "reply", "text": "One moment.", "qualified": False})
    assert chen.get(f"/tickets/{pk}").json()["first_response_at"] is None


def test_a_note_is_not_public(chen: Program, pk: int) -> None:
    note = chen.post(f"/tickets/{pk}/messages", {"type": "note", "text": "Ask R&D."}).json()
    assert (note["public"], note["author"]) == (False, "staff")


def test_files_come_along(chen: Program, pk: int) -> None:
    data = base64.b64encode(b"\x89PNG").decode()
    files = [{"name": "photo.png", "content_type": "image/png", "data": data}]
    chen.post(f"/tickets/{pk}/messages", {"type": "customer", "text": "See the photo.", "files": files})
    told = chen.get(f"/tickets/{pk}/messages").json()["items"]
    assert [(f["name"], f["size"]) for f in told[-1]["files"]] == [("photo.png", 4)]


def test_only_the_scope_of_a_verb_opens_it(chen: Program, pk: int) -> None:
    reader = program("ticket.view")
    for path, body in (
        ("messages", {"type": "reply", "text": "x"}), ("messages", {"type": "note", "text": "x"}),
        ("messages", {"type": "customer", "text": "x"}), ("assign", {}), ("pause", {"reason": "appointment"}),
        ("merge", {"absorb": 10**9}), ("split", {"messages": [1], "subject": "x"}),
        ("resume", None), ("resolve", None), ("close", {"reason": "spam"}), ("reopen", None),
    ):  # fmt: skip
        assert reader.post(f"/tickets/{pk}/{path}", body).status_code == 403, path
    assert reader.ask("PATCH", f"/tickets/{pk}", {"subject": "x"}).status_code == 403
    assert Message.objects.count() == 1
    assert Ticket.objects.get(pk=pk).version == 1


def test_pause_and_resume(chen: Program, pk: int) -> None:
    paused = chen.post(f"/tickets/{pk}/pause", {"reason": "waiting_customer"}).json()
    assert (paused["status"], paused["waiting_for"]) == ("waiting", "waiting_customer")
    assert chen.post(f"/tickets/{pk}/resume").json()["status"] == "open"
    assert chen.post(f"/tickets/{pk}/resume").json()["code"] == "not_waiting"


def test_a_reason_outside_the_list_is_refused(chen: Program, pk: int) -> None:
    response = chen.post(f"/tickets/{pk}/pause", {"reason": "lunch"})
    assert (response.status_code, list(response.json()["fields"])) == (422, ["reason"])
    assert Ticket.objects.get(pk=pk).status == "new"


def test_resolve_reopen_close(chen: Program, pk: int) -> None:
    assert chen.post(f"/tickets/{pk}/resolve").json()["status"] == "resolved"
    assert chen.post(f"/tickets/{pk}/resolve").status_code == 409
    assert chen.post(f"/tickets/{pk}/reopen").json()["reopened"] == 1
    assert chen.post(f"/tickets/{pk}/close", {}).status_code == 422
    assert chen.post(f"/tickets/{pk}/close", {"reason": "withdrawn"}).json()["status"] == "closed"


@pytest.mark.django_db
def test_assign_by_codes() -> None:
    factories.house()
    asks = program()
    pk = asks.opened()["id"]
    told = asks.post(f"/tickets/{pk}/assign", {"team": "front", "agent": "alice"}).json()
    assert (told["team"]["code"], told["agent"]["username"]) == ("front", "alice")
    assert asks.post(f"/tickets/{pk}/assign", {"team": "nobody"}).status_code == 422
    assert asks.post(f"/tickets/{pk}/assign", {"agent": "nobody"}).status_code == 422
    assert asks.get(f"/tickets/{pk}").json()["agent"]["username"] == "alice"
    assert [t["id"] for t in asks.get("/tickets?agent=alice").json()["items"]] == [pk]


def test_merge_joins_two_customers_only_when_it_is_meant(chen: Program, pk: int) -> None:
    other = chen.opened(contact={"email": "wang@else.example"})["id"]
    refused = chen.post(f"/tickets/{pk}/merge", {"absorb": other})
    assert (refused.status_code, refused.json()["code"]) == (409, "other_customer")
    assert chen.get(f"/tickets/{other}").json()["merged_into"] is None
    assert chen.post(f"/tickets/{pk}/merge", {"absorb": other, "customers": "several"}).status_code == 200
    assert chen.get(f"/tickets/{other}").json()["merged_into"] == pk


def test_split_answers_with_the_new_ticket(chen: Program, pk: int) -> None:
    said = chen.post(f"/tickets/{pk}/messages", {"type": "customer", "text": "And an invoice, please."}).json()
    body = {"messages": [said["id"]], "subject": "Invoice", "start": "original"}
    made = chen.post(f"/tickets/{pk}/split", body)
    assert (made.status_code, made.json()["subject"]) == (201, "Invoice")
    assert made.json()["created_at"][:19] == chen.get(f"/tickets/{pk}").json()["created_at"][:19]
    first = chen.get(f"/tickets/{made.json()['id']}/messages").json()["items"][0]
    assert (first["id"], first["text"]) == (said["id"], said["text"])
    assert chen.post(f"/tickets/{pk}/split", {**body, "start": "lunch"}).status_code == 422


def test_words_for_a_merged_ticket_go_to_its_head(chen: Program, pk: int) -> None:
    head = chen.opened()["id"]
    Ticket.objects.filter(pk=pk).update(merged_into=head, status="closed")
    chen.post(f"/tickets/{pk}/messages", {"type": "customer", "text": "And another thing."})
    assert Message.objects.filter(ticket=head).count() == 2


def test_a_program_records_an_arrival_in_hindsight_and_promises_a_date(chen: Program, pk: int) -> None:
    opened = chen.get(f"/tickets/{pk}").json()["created_at"]
    assert chen.post(f"/tickets/{pk}/record", {"deed": "arrived", "at": opened, "words": "On site."}).status_code == 200
    assert chen.post(f"/tickets/{pk}/record", {"deed": "flown"}).status_code == 422
    promised = chen.post(f"/tickets/{pk}/promise-date", {"due": "2027-06-01T10:00:00+08:00"}).json()["promises"]
    assert [p["due_at"] for p in promised if p["milestone"] == "promised_date"] == ["2027-06-01T02:00:00Z"]


def test_without_the_scope_nothing_is_recorded(chen: Program, pk: int) -> None:
    reader = program("ticket.view")
    assert reader.post(f"/tickets/{pk}/record", {"deed": "arrived"}).status_code == 403
    assert reader.post(f"/tickets/{pk}/promise-date", {"due": "2027-06-01T10:00:00+08:00"}).status_code == 403
    assert not Message.objects.filter(ticket=pk, public=False).exists()
