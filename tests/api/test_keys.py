"""Is any POST under an idempotency key done once, also when its process dies in the middle?"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests import factories
from tests.api.conftest import TICKET, Program, program
from yingnuo.api import once
from yingnuo.api.models import KeptAnswer
from yingnuo.journey import reply
from yingnuo.kit import instants
from yingnuo.ledger.models import Event
from yingnuo.tickets.models import Message


@pytest.fixture
def pk(chen: Program) -> int:
    """A ticket to work on."""
    return int(chen.opened()["id"])


REPLY = {"type": "reply", "text": "We come at once."}


def test_a_reply_sent_again_goes_out_once(chen: Program, pk: int) -> None:
    first, again = (chen.post(f"/tickets/{pk}/messages", REPLY, Idempotency_Key="r1") for _n in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert ("Idempotent-Replayed" in first.headers, again["Idempotent-Replayed"]) == (False, "true")
    assert Message.objects.filter(ticket=pk).count() == 2


def test_the_key_with_another_body_or_address_is_refused(chen: Program, pk: int) -> None:
    chen.post(f"/tickets/{pk}/messages", REPLY, Idempotency_Key="r1")
    for path, body in ((f"/tickets/{pk}/messages", {**REPLY, "text": "No."}), (f"/tickets/{pk}/resolve", None)):
        refused = chen.post(path, body, Idempotency_Key="r1")
        assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_reused")
    assert Message.objects.filter(ticket=pk).count() == 2
    assert chen.get(f"/tickets/{pk}").json()["status"] == "open"


def test_what_was_refused_may_be_tried_again_under_its_key(chen: Program, pk: int) -> None:
    assert chen.post(f"/tickets/{pk}/resume", Idempotency_Key="r1").status_code == 409
    chen.post(f"/tickets/{pk}/pause", {"reason": "appointment"})
    assert chen.post(f"/tickets/{pk}/resume", Idempotency_Key="r1").json()["status"] == "open"


def test_two_tokens_never_meet(chen: Program, pk: int) -> None:
    other = program()
    for asks in (chen, other):
        assert "Idempotent-Replayed" not in asks.post(f"/tickets/{pk}/messages", REPLY, Idempotency_Key="r1").headers
    assert Message.objects.filter(ticket=pk).count() == 3


@pytest.mark.parametrize("key", ["x" * 201, "with space"])
def test_a_strange_key_is_refused(chen: Program, pk: int, key: str) -> None:
    assert chen.post(f"/tickets/{pk}/resolve", Idempotency_Key=key).status_code == 422
    assert chen.get(f"/tickets/{pk}").json()["status"] == "new"


def test_a_process_that_died_before_it_did_anything_is_done_again(chen: Program, pk: int) -> None:
    chen.post(f"/tickets/{pk}/messages", REPLY, Idempotency_Key="r1")
    Message.objects.filter(ticket=pk, author="staff").delete()
    KeptAnswer.objects.update(done=False, status=None)  # as the row stands until the request has done something
    assert chen.post(f"/tickets/{pk}/messages", REPLY, Idempotency_Key="r1").status_code == 201
    assert Message.objects.filter(ticket=pk).count() == 2


def test_a_process_that_died_after_it_is_not(chen: Program, pk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_args: object, **_more: object) -> None:
        raise SystemExit

    monkeypatch.setattr("yingnuo.api.messages._shown", dies)
    with pytest.raises(SystemExit):
        chen.post(f"/tickets/{pk}/messages", REPLY, Idempotency_Key="r1")
    monkeypatch.undo()
    again = chen.post(f"/tickets/{pk}/messages", REPLY, Idempotency_Key="r1")
    assert (again.status_code, again.json()["code"]) == (409, "answer_lost")
    assert Message.objects.filter(ticket=pk, author="staff").count() == 1


def test_answers_are_forgotten_after_a_day(chen: Program, pk: int) -> None:
    chen.post(f"/tickets/{pk}/messages", REPLY, Idempotency_Key="r1")
    assert once.purge(now=instants.now() + timedelta(hours=23)) == 0
    KeptAnswer.objects.update(at=instants.now() - once.KEPT)
    assert "Idempotent-Replayed" not in chen.post(f"/tickets/{pk}/messages", REPLY, Idempotency_Key="r1").headers
    assert once.purge(now=instants.now() + timedelta(hours=25)) == 1


def test_without_a_key_nothing_is_kept(chen: Program, pk: int) -> None:
    chen.post(f"/tickets/{pk}/messages", REPLY)
    chen.post("/tickets", TICKET, Idempotency_Key="t1")  # the raw row has this one
    assert not KeptAnswer.objects.exists()


def test_a_setting_made_under_a_key_is_made_once(standard: None) -> None:
    asks = program()
    body = {"name": "Leaks", "keywords": ["leak"], "set_kind": "fault"}
    first, again = (asks.post("/rules", body, Idempotency_Key="s1") for _n in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    assert Event.objects.filter(code="setting.changed", subject=f"rule:{first.json()['id']}").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("standard")
def test_who_comes_while_the_first_is_at_work_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asks, at_work, go_on, answers = program(), threading.Event(), threading.Event(), list[Any]()
    pk, real = asks.opened()["id"], reply.answer

    def slow(*args: Any, **more: Any) -> Any:
        at_work.set()
        go_on.wait(timeout=20)
        return real(*args, **more)

    monkeypatch.setattr(reply, "answer", slow)

    def ask() -> None:
        try:
            answers.append(asks.post(f"/tickets/{pk}/messages", REPLY, Idempotency_Key="race"))
        finally:
            connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    assert at_work.wait(timeout=20)
    second = asks.post(f"/tickets/{pk}/messages", REPLY, Idempotency_Key="race")
    go_on.set()
    thread.join(timeout=30)
    assert (second.status_code, second.json()["code"], second["Retry-After"]) == (409, "in_progress", "1")
    assert [a.status_code for a in answers] == [201]
    assert Message.objects.filter(ticket=pk, author="staff").count() == 1
    factories.revisions.forget()
