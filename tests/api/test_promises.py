"""Does a program see what is promised, and what would be?"""

from __future__ import annotations

import pytest

from tests.api.conftest import Program, program
from yingnuo.engine import proof as engine_proof
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event


def test_promises_by_state(chen: Program) -> None:
    pk = chen.opened()["id"]
    chen.post(f"/tickets/{pk}/messages", {"type": "reply", "text": "We come."})
    kept = chen.get("/promises?state=kept").json()["items"]
    assert [(p["ticket"], p["milestone"]) for p in kept] == [(pk, "first_response")]
    assert chen.get("/promises?state=overdue").json()["items"] == []
    assert {p["ended_at"] for p in chen.get(f"/promises?state=open&ticket={pk}").json()["items"]} == {None}


@pytest.mark.parametrize("query", ["state=lost", "milestone=lunch", "ticket=0", "limit=201"])
def test_a_wrong_query_is_422(chen: Program, query: str) -> None:
    assert chen.get(f"/promises?{query}").status_code == 422


def test_preview_names_rule_due_and_the_rules_tried(chen: Program) -> None:
    told = chen.post("/preview", {"urgency": "general", "at": "2026-03-02T17:50:00+08:00"}).json()
    first = next(m for m in told["milestones"] if m["milestone"] == "first_response")
    assert (first["promised"], first["target_seconds"], first["rule"]) == (True, 3600, "general")
    assert first["due_at"] > "2026-03-03T"  # office hours end at 18:00 or before: it goes on the next day
    urgent = next(t for t in first["tried"] if t["rule"] == "urgent")
    assert urgent["reasons"][0] == {"fact": "urgency", "test": "is", "asked": ["urgent"], "actual": "general"}


def test_preview_writes_nothing(chen: Program) -> None:
    chen.post("/preview", {"urgency": "urgent"})
    assert chen.get("/promises").json()["items"] == []


def test_preview_wants_a_zone(chen: Program) -> None:
    response = chen.post("/preview", {"at": "2026-03-02T17:50:00"})
    assert (response.status_code, list(response.json()["fields"])) == (422, ["at"])


@pytest.mark.parametrize("at", ["0766-12-04T04:47:56+01:00", "9999-12-31T23:59:59-14:00"])
def test_preview_wants_a_moment_of_our_time(chen: Program, at: str) -> None:
    response = chen.post("/preview", {"at": at})
    assert (response.status_code, list(response.json()["fields"])) == (422, ["at"])


def test_a_real_ticket_gets_what_the_preview_said(chen: Program) -> None:
    said = {m["milestone"]: m["rule"] for m in chen.post("/preview", {"kind": "fault"}).json()["milestones"]}
    given = {p["milestone"]: p["rule"] for p in chen.opened(urgency=None, kind="fault")["promises"]}
    assert given.items() <= said.items()


def test_a_token_without_view_sees_none(standard: None) -> None:
    asks = program("ticket.create")
    for path in ("/promises", "/tickets", "/contacts"):
        assert asks.get(path).status_code == 403
    assert asks.post("/preview", {}).status_code == 403


def test_contacts_are_found_by_any_spelling_of_the_phone(chen: Program) -> None:
    chen.opened(contact={"name": "Wang", "phone": "13800138000"})
    found = chen.get("/contacts?phone=%2B86 138 0013 8000").json()["items"]
    assert [c["name"] for c in found] == ["Wang"]
    assert [c["name"] for c in chen.get("/contacts?name=wan").json()["items"]] == ["Wang"]


def test_me_tells_the_scopes(standard: None) -> None:
    assert program("ticket.view").get("/me").json()["scopes"] == ["ticket.view"]


def test_one_promise_tells_its_whole_story(chen: Program) -> None:
    opened = chen.opened()
    pk = next(p["id"] for p in opened["promises"] if p["milestone"] == "resolution")
    chen.post(f"/tickets/{opened['id']}/pause", {"reason": "waiting_customer"})
    told = chen.get(f"/promises/{pk}").json()
    assert (told["id"], told["standing"]) == (pk, "paused")
    [pause] = told["explanation"]["pauses"]
    assert (pause["reason"], pause["by"]["kind"]) == ("waiting_customer", "token")
    kinds = [h["kind"] for h in told["explanation"]["happened"]]
    assert kinds[0] == "started"
    assert {"handed_over", "paused"} <= set(kinds)


def test_a_proof_for_programs_holds_and_is_recorded(chen: Program) -> None:
    pk = chen.opened()["promises"][0]["id"]
    taken = chen.get(f"/promises/{pk}/proof").json()
    assert engine_proof.check(taken) == []
    assert Event.objects.get(code=Code.PROOF_EXPORTED).params["form"] == "api"


def test_a_promise_that_is_not_there_or_not_to_be_seen_is_refused(standard: None) -> None:
    pk = program().opened()["promises"][0]["id"]
    for path in (f"/promises/{pk}", f"/promises/{pk}/proof"):
        assert program("ticket.create").get(path).status_code == 403
        assert program().get(path.replace(str(pk), "999999")).json()["code"] == "promise_not_found"
    assert not Event.objects.filter(code=Code.PROOF_EXPORTED).exists()
