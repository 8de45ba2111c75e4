"""Is a repeated request done only once, even when two come at the same moment?"""

from __future__ import annotations

import threading
from typing import Any

import pytest
import time_machine
from django.db import connection

from tests.api.conftest import TICKET, Program, program
from yingnuo.kit import instants
from yingnuo.tickets.models import Message, Ticket


def test_the_same_request_again_gets_the_same_ticket(chen: Program) -> None:
    with time_machine.travel(
        instants.now(), tick=False
    ):  # the promise page's address holds the second it was signed in
        first = chen.post("/tickets", TICKET, Idempotency_Key="k1")
        again = chen.post("/tickets", TICKET, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again["Idempotent-Replayed"] == "true"
    assert Ticket.objects.count() == 1


def test_the_key_with_another_body_is_refused(chen: Program) -> None:
    chen.post("/tickets", TICKET, Idempotency_Key="k1")
    response = chen.post("/tickets", {**TICKET, "text": "Something else."}, Idempotency_Key="k1")
    assert (response.status_code, response.json()["code"]) == (409, "idempotency_key_reused")
    assert Ticket.objects.count() == 1


def test_a_refused_request_does_not_use_up_its_key(chen: Program) -> None:
    assert chen.post("/tickets", {**TICKET, "text": ""}, Idempotency_Key="k1").status_code == 422
    assert chen.post("/tickets", TICKET, Idempotency_Key="k1").status_code == 201


def test_keys_of_two_tokens_never_meet(chen: Program) -> None:
    chen.post("/tickets", TICKET, Idempotency_Key="k1")
    assert "Idempotent-Replayed" not in program().post("/tickets", TICKET, Idempotency_Key="k1").headers
    assert Ticket.objects.count() == 2


def test_without_a_key_each_request_counts(chen: Program) -> None:
    chen.opened()
    chen.opened()
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize("key", ["x" * 201, "with space"])
def test_a_strange_key_is_refused(chen: Program, key: str) -> None:
    response = chen.post("/tickets", TICKET, Idempotency_Key=key)
    assert response.status_code == 422
    assert not Ticket.objects.exists()


def test_further_words_come_once(chen: Program) -> None:
    path = f"/tickets/{chen.opened()['id']}/messages"
    words = {"type": "customer", "text": "It smells of oil."}
    first = chen.post(path, words, Idempotency_Key="k2").json()
    assert chen.post(path, words, Idempotency_Key="k2").json() == first
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("standard")
def test_two_at_once_open_one_ticket() -> None:
    asks, gate, answers = program(), threading.Barrier(2), list[Any]()

    def ask() -> None:
        try:
            gate.wait(timeout=10)
            answers.append(asks.post("/tickets", TICKET, Idempotency_Key="race"))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert [a.status_code for a in answers] == [201, 201]
    assert len({a.json()["id"] for a in answers}) == 1
    assert sum("Idempotent-Replayed" in a.headers for a in answers) == 1
    assert Ticket.objects.count() == 1
