"""What do programs and people hear while PostgreSQL is away, and is all well when it is back?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests import factories
from yingnuo.kit import instants
from yingnuo.people import services as people
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets import links

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bearer() -> str:
    """A program that may look."""
    factories.house()
    return people.issue_token(SYSTEM, name="erp", scopes=["ticket.view"], now=instants.now())[1]


@contextmanager
def _away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody listens where the database should be."""
    connection.close()
    with monkeypatch.context() as patched:
        patched.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        patched.setitem(connection.settings_dict, "PORT", "1")
        yield
    connection.close()


def _cut() -> None:
    """The server ends our connection, as when it is restarted."""
    connection.ensure_connection()
    mine = connection.connection.info.backend_pid
    given = {k: v for k, v in connection.get_connection_params().items() if k in ("dbname", "user", "host", "port")}
    with psycopg.connect(**given, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [mine])


def _client() -> Client:
    return Client(raise_request_exception=False)


def _ask(bearer: str) -> Any:
    return _client().get("/api/v1/tickets", headers={"Authorization": f"Bearer {bearer}", "Accept-Language": "zh-hans"})


@pytest.mark.parametrize("how", ["unreachable", "restarted"])
def test_a_program_is_told_to_ask_again(bearer: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "restarted":
        _cut()
        answer = _ask(bearer)
        connection.close()
    else:
        with _away(monkeypatch):
            answer = _ask(bearer)
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert (answer["Retry-After"], answer.json()["code"]) == ("5", "unavailable")
    assert "数据库" in answer.json()["detail"]
    assert _ask(bearer).status_code == 200


@pytest.mark.parametrize(("language", "word"), [("en", "away"), ("zh-hans", "暂时"), ("zh-hant", "暫時")])
def test_a_person_reads_a_plain_page(language: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    house = factories.house()
    client = factories.sign_in(_client(), house.alice)
    client.cookies["yn_language"] = language
    with _away(monkeypatch):
        answer = client.get("/tickets/", headers={"Accept-Language": language})
    text = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"], word in text) == (503, "5", True)
    assert 'href="/tickets/"' in text
    assert client.get("/tickets/").status_code == 200


def test_an_open_page_keeps_what_it_shows_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    house = factories.house()
    client = factories.sign_in(_client(), house.alice)
    with _away(monkeypatch):
        answer = client.post("/tickets/1/resolve", headers={"HX-Request": "true", "HX-Target": "div#ticket"})
    assert (answer.status_code, answer["HX-Reswap"]) == (503, "none")
    assert "database" in answer["HX-Trigger"]


def test_a_customer_without_sign_in_reads_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = factories.ticket(factories.house())
    with _away(monkeypatch):
        answer = _client().get(reverse("portal:promise", args=[links.promise_token(ticket)]))
    assert answer.status_code == 503


def test_another_fault_stays_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    house = factories.house()
    client = factories.sign_in(_client(), house.alice)
    monkeypatch.setattr("yingnuo.desk.queue.rows.page_of", lambda *a, **k: 1 / 0)
    answer = client.get("/tickets/")
    assert (answer.status_code, "Retry-After" in answer) == (500, False)
