"""Does an event reach an open page: through PostgreSQL, the real ASGI application and a real server?"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from django.db import connection, transaction

from tests.kit.serving import serve, until
from yingnuo.conf.asgi import application
from yingnuo.kit import live


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    """The real application on a free port of loopback."""
    with serve(application) as address:
        yield address


def listeners() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'yingnuo-live' AND query LIKE 'LISTEN%%'"
            " AND datname = current_database()"
        )
        return [row[0] for row in cursor.fetchall()]


@contextlib.contextmanager
def stream(server: str, *topics: str) -> Iterator[Iterator[str]]:
    until(listeners)
    url = f"{server}/rt"
    with httpx.stream("GET", url, params={"token": live.token_for(topics)}, timeout=10) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-accel-buffering"] == "no"
        lines = response.iter_lines()
        assert next(lines) == "retry: 2000"
        yield (line for line in lines if line.startswith("data: "))


def test_event_arrives_after_commit_for_its_topic_only(server: str) -> None:
    with stream(server, "ticket:42") as events:
        with transaction.atomic():
            live.publish("ticket:7", 7)
            live.publish("ticket:42", 42)
        assert next(events) == "data: ticket:42 42"


def test_nothing_is_told_of_a_change_that_was_rolled_back(server: str) -> None:
    with stream(server, "tickets") as events:
        with contextlib.suppress(RuntimeError), transaction.atomic():
            live.publish("tickets", 1)
            raise RuntimeError
        live.publish("tickets", 2)
        assert next(events) == "data: tickets 2"


def test_what_happened_at_a_place_is_heard_there_and_by_who_may_hear_all_places(server: str) -> None:
    with stream(server, "tickets@team-1") as here, stream(server, "tickets@*") as everywhere:
        live.publish("tickets@team-2", 2)
        live.publish("tickets@team-1", 1)
        live.publish("tickets", 3)
        assert [next(here), next(here)] == ["data: tickets 1", "data: tickets 3"]
        assert [next(everywhere) for _ in range(3)] == [f"data: tickets {n}" for n in (2, 1, 3)]


def test_two_tokens_are_heard_on_one_stream(server: str) -> None:
    until(listeners)
    tokens = [live.token_for(["a"]), live.token_for(["b"])]
    with httpx.stream("GET", f"{server}/rt", params={"token": tokens}, timeout=10) as response:
        lines = response.iter_lines()
        next(lines)
        live.publish("b", 1)
        live.publish("a", 2)
        found = list(itertools.islice((line for line in lines if line.startswith("data")), 2))
    assert found == ["data: b 1", "data: a 2"]


@pytest.mark.parametrize("query", ["", "?token=", "?token=tickets", "?token=tickets:1abc:forged"])
def test_without_a_good_token_nobody_listens(server: str, query: str) -> None:
    assert httpx.get(f"{server}/rt{query}").status_code == 403


def test_lost_listener_comes_back_and_tells_pages_to_fetch_anew(server: str) -> None:
    with stream(server, "tickets") as events:
        (lost,) = listeners()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [lost])
        assert next(events) == "data: * "
        live.publish("tickets", 3)
        assert next(events) == "data: tickets 3"


@pytest.mark.parametrize("topic", ["", "two words"])
def test_a_topic_is_one_word(topic: str) -> None:
    with pytest.raises(ValueError, match="one word"):
        live.publish(topic)


def test_slow_client_is_dropped() -> None:
    async def slow() -> bool:
        client = live.Hub().join(frozenset({"t"}))
        for number in range(live.BACKLOG):
            client.offer("t", str(number))
        assert not client.dropped
        client.offer("t", "too much")
        return client.dropped

    assert asyncio.run(slow())


def test_a_stream_that_left_is_forgotten() -> None:
    async def leave() -> live.Hub:
        hub = live.Hub()
        hub.leave(hub.join(frozenset({"t"})))
        return hub

    hub = asyncio.run(leave())
    assert not hub.clients
    assert not hub.by_topic


def test_before_the_start_streams_are_refused() -> None:
    sent: list[live.Message] = []

    async def send(message: live.Message) -> None:
        sent.append(message)

    async def receive() -> live.Message:
        return {"type": "http.disconnect"}

    asyncio.run(live.sse({"query_string": b""}, receive, send))
    assert sent[0]["status"] == 503


def test_the_address_is_what_psycopg_understands(db: None) -> None:
    with psycopg.connect(**live._address()) as pg:
        assert pg.info.dbname == connection.settings_dict["NAME"]


@pytest.mark.parametrize(
    ("origin", "told"),
    [(b"https://shop.example", True), (b"https://evil.example", False), (b"", False), (b"null", False)],
)
def test_a_page_of_another_origin_listens_only_where_its_token_names_it(origin: bytes, told: bool) -> None:
    topics = frozenset({"chat:a", "origin:https://shop.example"})
    scope = {"headers": [(b"origin", origin)] if origin else []}
    assert ((b"access-control-allow-origin", origin) in live._cors(scope, topics)) is told
