"""How long is the way from an agent's Enter to the visitor's screen while 2,000 visitors are connected?

`python -m bench chat [--quick]`. A real web process holds 2,000 event streams of visitors (quick: 500). Twenty agents
hold three chats each; for half a minute (quick: 10 s) five messages a second leave them by the page's own request,
signed in. The clock runs from before that request until the visitor's page, told by its stream, has fetched the words.
All of it shares one machine: the web process, the database, the agents, and 2,000 clients.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import httpx
from django.test import Client

from bench import fill, stage
from bench.measuring import Report, costing, pss_mb, quick, spread
from bench.serving import serving
from bench.stage import Stage
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.chat import identity, services, sites
from yingnuo.chat.models import Visitor
from yingnuo.chat.services import Told
from yingnuo.chat.sites import Site
from yingnuo.journey import chat_handling, chatting
from yingnuo.journey.chatting import Words
from yingnuo.kit import instants, live, revisions, secrets
from yingnuo.people import accounts
from yingnuo.people.models import Staff
from yingnuo.people.roles import actor_for_staff

P99_S, PER_SECOND, PATIENCE_S = 0.5, 5, 30
AGENTS, EACH = 20, 3
ORIGIN = "https://shop.example"
_DATABASE = "bench_chat"


@dataclass(slots=True)
class Talk:
    """One chat of the bench: its visitor's stream and token, its agent's cookies."""

    pk: int
    key: str
    token: str
    cookies: dict[str, str]
    csrf: str
    last: int = 0
    sent: dict[str, float] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)


def main() -> int:
    """Measure, print, judge; the exit code."""
    visitors, seconds = (500, 10) if quick() else (2_000, 30)
    with stage.opened() as here:
        report = Report("chat")
        stage.drop(here, _DATABASE)
        stage.create(here, _DATABASE)
        stage.use(_DATABASE)
        talks, keys = _filled(visitors)
        measure(here, report, talks, keys, seconds)
        stage.drop(here, _DATABASE)
    return report.status()


def measure(here: Stage, report: Report, talks: Sequence[Talk], keys: Sequence[str], seconds: int) -> None:
    """One run against a fresh web process."""
    with serving(here, _DATABASE) as web:
        address = f"http://127.0.0.1:{web.connection.port}"
        with costing(web.pid, here.postmaster) as cost:
            asyncio.run(_talk(address, talks, keys, seconds))
        memory = pss_mb(web.pid)
    took = sorted(t for talk in talks for t in talk.took)
    lost = sum(len(talk.sent) for talk in talks)
    p99 = took[min(len(took) - 1, int(0.99 * len(took)))] if took else float("inf")
    what = f"{len(keys):,} connected, {len(took)} messages to the screen, p99"
    report.at_most(what, p99, P99_S, "s", f"ratio {p99 / P99_S:.2f}; {spread(took) if took else ''}")
    report.at_most("messages that did not arrive", lost, 0)
    report.note(
        f"{cost.per(max(1, len(took)))} CPU a message, streams and pages included; web process {memory:.0f} MiB"
    )


def _filled(visitors: int) -> tuple[list[Talk], list[str]]:
    """The company, its site, chats in the hands of agents, and visitors who only look; the talks and all keys."""
    fill.company()
    channel = Channel.objects.create(
        code="shop", name="Shop", kind=ChannelKind.CHAT, settings={"origins": [ORIGIN], "team": "team-0"}
    )
    revisions.bump()
    site = sites.of(channel)
    talks = [_begun(site, staff, n) for staff in Staff.objects.order_by("pk")[:AGENTS] for n in range(EACH)]
    now = instants.now()
    idle = [
        Visitor(channel=channel, key=secrets.new_token(), created_at=now, seen_at=now)
        for _n in range(visitors - len(talks))
    ]
    Visitor.objects.bulk_create(idle)
    return talks, [*(talk.key for talk in talks), *(v.key for v in idle)]


def _begun(site: Site, staff: Staff, number: int) -> Talk:
    now = instants.now()
    visitor = services.new_visitor(site.channel, Told("en", ORIGIN, f"Visitor {number}"), now=now)
    chat = chatting.say(site, visitor, words=Words("first", "The washer shows E3."), now=now).chat
    Staff.objects.filter(pk=staff.pk).update(role="admin")  # sees every team
    staff.role = "admin"
    chat_handling.accept(actor_for_staff(staff), chat_id=chat.pk, now=instants.now())
    client = Client()
    client.force_login(staff, backend=accounts.PATH)
    client.get("/login/")
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    csrf = "c" * 32
    token = identity.token_for("shop", visitor.key, known=False)
    return Talk(chat.pk, visitor.key, token, cookies | {"yn_csrf": csrf}, csrf)


async def _talk(address: str, talks: Sequence[Talk], keys: Sequence[str], seconds: int) -> None:
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    by_key = {talk.key: talk for talk in talks}
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as http:
        streams = []
        for n, key in enumerate(keys):
            streams.append(asyncio.create_task(_listen(address, key, by_key.get(key), http)))
            if n % 50 == 49:
                await asyncio.sleep(0.05)  # the listening queue of a socket is short
        await asyncio.sleep(3)
        says = []
        for n in range(PER_SECOND * seconds):
            says.append(asyncio.create_task(_say(http, talks[n % len(talks)], f"Message {n}")))
            await asyncio.sleep(1 / PER_SECOND)
        await asyncio.gather(*says)
        await _until(lambda: not any(talk.sent for talk in talks))
        for task in streams:
            task.cancel()
        ended = await asyncio.gather(*streams, return_exceptions=True)
    wrong = [error for error in ended if isinstance(error, Exception)]  # a cancellation is none
    assert not wrong, (len(wrong), wrong[0])


async def _until(ready: Callable[[], bool]) -> None:
    """Until it is so, or for as long as nobody would wait."""
    end = perf_counter() + PATIENCE_S
    while not ready() and perf_counter() < end:
        await asyncio.sleep(0.05)


async def _listen(address: str, key: str, talk: Talk | None, http: httpx.AsyncClient) -> None:
    """One visitor's stream, read as a browser does; where he has a chat, news are fetched."""
    host, _colon, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    token = live.token_for([f"chat:{key}", f"origin:{ORIGIN}"])
    asked = f"GET /rt?token={token} HTTP/1.1\r\nHost: {host}\r\nOrigin: {ORIGIN}\r\nAccept: text/event-stream\r\n\r\n"
    writer.write(asked.encode())
    status = await reader.readline()
    assert b" 200 " in status, status
    try:
        while line := await reader.readline():
            if talk is not None and line.startswith(b"data:") and b"message" in line:
                await _fetch(http, talk)
    finally:
        writer.close()


async def _fetch(http: httpx.AsyncClient, talk: Talk) -> None:
    said = json.dumps({"token": talk.token, "after": talk.last})
    headers = {"Origin": ORIGIN, "Content-Type": "application/json"}
    answer = await http.post("/chat/shop/sync", content=said, headers=headers)
    assert answer.status_code == 200, answer.text
    now = perf_counter()
    for message in answer.json()["messages"]:
        talk.last = max(talk.last, message["id"])
        if begun := talk.sent.pop(message["text"], None):
            talk.took.append(now - begun)


async def _say(http: httpx.AsyncClient, talk: Talk, text: str) -> None:
    talk.sent[text] = perf_counter()
    cookie = "; ".join(f"{name}={value}" for name, value in talk.cookies.items())
    headers = {"Cookie": cookie, "X-CSRFToken": talk.csrf, "HX-Request": "true", "HX-Target": "div#chats"}
    answer = await http.post(f"/chats/{talk.pk}/say", data={"text": text}, headers=headers)
    assert answer.status_code == 200, answer.text[:300]


if __name__ == "__main__":
    sys.exit(main())
