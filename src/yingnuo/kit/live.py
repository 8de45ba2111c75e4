"""How does an open page learn that something changed?

`publish(topic, id)` inside the writer's transaction → PostgreSQL NOTIFY at commit → one listening connection per web
process → every open stream that may hear the topic. An event carries topic and id only: the page fetches its part
again with its own permissions, so nothing can leak here. Streams are plain ASGI, outside Django.

A topic may have places: what happened at `tickets@team-7` is heard as `tickets`, by whoever may hear that place or all
of them (`tickets@*`); what happened at `tickets`, without a place, is heard at every one.

The listener needs a direct connection: a pooler in transaction mode drops LISTEN.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import psycopg
import structlog
from django.core import signing
from django.db import connection, connections

CHANNEL = "yn_live"
RESYNC = "*"
"""Topic that means: events may have been missed, fetch everything again."""
TOKEN_SECONDS = 12 * 3_600
KEEPALIVE_SECONDS = 15.0
SEND_SECONDS = 20.0
BACKLOG = 64
"""Events a client may be behind before it is dropped; its browser reconnects and fetches anew."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_signer = signing.TimestampSigner(salt="yingnuo.live")
_log = structlog.get_logger(__name__)


def publish(topic: str, id: int | str = "") -> None:
    """Tells open pages at commit that `topic` changed. Equal calls in one transaction are sent once by PostgreSQL.

    `topic` has no space: "tickets", "ticket:42", "notices:7". ValueError otherwise.
    """
    publish_all([(topic, id)])


def publish_all(events: Sequence[tuple[str, int | str]]) -> None:
    """As `publish` for many (topic, id) in one statement; nothing for none."""
    for topic, _id in events:
        if " " in topic or not topic:
            raise ValueError(f"a topic is one word: {topic!r}")
    if events:
        told = [f"{topic} {id}" for topic, id in events]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, told) FROM unnest(%s::text[]) AS told", [CHANNEL, told])


def token_for(topics: Iterable[str]) -> str:
    """A signed permission to hear these topics for 12 hours. Whoever renders it has checked the reader's rights."""
    return _signer.sign(",".join(sorted(set(topics))))


def topics_of(token: str) -> frozenset[str]:
    """The topics a token allows; signing.BadSignature when it is forged or too old."""
    return frozenset(filter(None, _signer.unsign(token, max_age=TOKEN_SECONDS).split(",")))


class Client:
    """One open stream: what it may hear, and what it has not been sent yet."""

    def __init__(self, topics: frozenset[str]) -> None:
        self.topics = topics | {_plain(topic) for topic in topics}
        self.queue: asyncio.Queue[tuple[str, str]] = asyncio.Queue(BACKLOG)
        self.dropped = False

    def offer(self, topic: str, id: str) -> None:
        """Queues an event, or drops the client when it is too slow to follow."""
        try:
            self.queue.put_nowait((topic, id))
        except asyncio.QueueFull:
            self.dropped = True


class Hub:
    """All streams of this process. Used from one event loop only."""

    def __init__(self) -> None:
        self.by_topic: dict[str, set[Client]] = defaultdict(set)
        self.clients: set[Client] = set()
        self.closing = False

    def join(self, topics: frozenset[str]) -> Client:
        """A new stream for these topics."""
        client = Client(topics)
        self.clients.add(client)
        for topic in client.topics:
            self.by_topic[topic].add(client)
        return client

    def leave(self, client: Client) -> None:
        """Forgets a stream."""
        self.clients.discard(client)
        for topic in client.topics:
            self.by_topic[topic].discard(client)
            if not self.by_topic[topic]:
                del self.by_topic[topic]

    def spread(self, topic: str, id: str) -> None:
        """Offers one event to all who hear the topic; RESYNC reaches everybody."""
        plain = _plain(topic)
        heard_by = self.clients if topic == RESYNC else self.by_topic.get(topic, set())
        if plain != topic:
            heard_by = heard_by | self.by_topic.get(f"{plain}@*", set())
        for client in heard_by:
            client.offer(plain, id)


def _plain(topic: str) -> str:
    return topic.partition("@")[0]


class _Process:
    """What start() made, so that stop() can end it."""

    hub: Hub | None = None
    listener: asyncio.Task[None] | None = None


def heard() -> frozenset[str]:
    """The topics that open streams of this process hear."""
    return frozenset(_Process.hub.by_topic) if _Process.hub else frozenset()


async def start() -> None:
    """Opens the hub and its listening connection; called once from the server's lifespan."""
    _Process.hub = Hub()
    _Process.listener = asyncio.create_task(_listen(_Process.hub), name="yn-live-listener")


async def stop() -> None:
    """Ends the listener and tells all streams to close."""
    listener, hub = _Process.listener, _Process.hub
    _Process.listener = _Process.hub = None
    if hub:
        hub.closing = True
        hub.spread(RESYNC, "")
    if listener:
        listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listener


async def _listen(hub: Hub) -> None:
    for attempt in itertools.count():
        try:
            await _follow(hub, resync=attempt > 0)
        except psycopg.OperationalError as error:
            _log.warning("live.listener_lost", error=str(error), attempt=attempt)
        await asyncio.sleep(min(10.0, 0.5 * 2 ** min(attempt, 5)))


async def _follow(hub: Hub, *, resync: bool) -> None:
    """Until the connection breaks, which raises psycopg.OperationalError.

    The socket is read through libpq: psycopg's own generator of notices cost more than all else about a small event.
    """
    async with await psycopg.AsyncConnection.connect(**_address(), autocommit=True) as pg:
        await pg.execute(f"LISTEN {CHANNEL}")
        loop, broken = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()
        loop.add_reader(pg.pgconn.socket, _read, pg.pgconn, hub, broken)
        try:
            if resync:
                hub.spread(RESYNC, "")
            await broken
        finally:
            loop.remove_reader(pg.pgconn.socket)


def _read(pgconn: Any, hub: Hub, broken: asyncio.Future[None]) -> None:
    try:
        pgconn.consume_input()
        while notice := pgconn.notifies():
            topic, _space, id = notice.extra.decode().partition(" ")
            hub.spread(topic, id)
    except psycopg.Error as error:
        if not broken.done():
            broken.set_exception(error)


def _address() -> dict[str, Any]:
    """Django's own connection parameters, without what only its wrapper understands."""
    params = connections["default"].get_connection_params()
    keep = {"dbname", "user", "password", "host", "port", "options", "sslmode", "sslrootcert", "sslcert", "sslkey"}
    return {key: value for key, value in params.items() if key in keep} | {"application_name": "yingnuo-live"}


async def sse(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI application for `/rt?token=…&token=…[&topics=a,b]`: one text/event-stream of the allowed topics.

    403 for a bad or old token, 503 before start() or while stopping. A page of another origin may listen when its token
    names that origin as a topic ("origin:https://shop.example"); "origin:*" is for a customer's own programs.
    """
    hub = _Process.hub
    if hub is None:
        return await _answer(send, 503, b"live updates are not running")
    try:
        topics = _asked(scope["query_string"])
    except signing.BadSignature:
        return await _answer(send, 403, b"bad token")
    client = hub.join(topics)
    gone = asyncio.create_task(_gone(receive))
    try:
        await _stream(hub, client, gone, send, _cors(scope, topics))
    except (TimeoutError, OSError):
        _log.info("live.client_stalled")
    finally:
        gone.cancel()
        hub.leave(client)


def _asked(query: bytes) -> frozenset[str]:
    values = parse_qs(query.decode("latin-1"))
    tokens = values.get("token", [])
    if not tokens:
        raise signing.BadSignature("no token")
    allowed = frozenset().union(*(topics_of(token) for token in tokens))
    wanted = frozenset(topic for part in values.get("topics", []) for topic in part.split(","))
    return frozenset(topic for topic in allowed if {topic, _plain(topic)} & wanted) if wanted else allowed


def _cors(scope: Scope, topics: frozenset[str]) -> list[tuple[bytes, bytes]]:
    """No cookie is asked for: the token alone says who listens, and for which pages it was made."""
    origin = next((value for name, value in scope.get("headers", ()) if name == b"origin"), b"")
    if "origin:*" in topics:
        return [(b"access-control-allow-origin", b"*")]
    allowed = f"origin:{origin.decode('latin-1')}" in topics
    return [(b"access-control-allow-origin", origin), (b"vary", b"origin")] if origin and allowed else []


async def _stream(
    hub: Hub, client: Client, gone: asyncio.Task[None], send: Send, more: Sequence[tuple[bytes, bytes]]
) -> None:
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        *more,
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _write(send, b"retry: 2000\n\n")
    for number in itertools.count(1):
        event = await _next(client, gone)
        if gone.done() or client.dropped or hub.closing:
            break
        await _write(send, _frame(number, event) if event else b": ka\n\n")
    if not gone.done():
        await _write(send, b"", more=False)


async def _next(client: Client, gone: asyncio.Task[None]) -> tuple[str, str] | None:
    getter = asyncio.ensure_future(client.queue.get())
    await asyncio.wait({getter, gone}, timeout=KEEPALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if getter.done():
        return getter.result()
    getter.cancel()
    return None


def _frame(number: int, event: tuple[str, str]) -> bytes:
    topic, id = (part.replace("\n", " ").replace("\r", " ") for part in event)
    return f"id: {number}\ndata: {topic} {id}\n\n".encode()


async def _write(send: Send, body: bytes, *, more: bool = True) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await send({"type": "http.response.body", "body": body, "more_body": more})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(send: Send, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})
