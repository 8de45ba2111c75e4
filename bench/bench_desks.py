"""How long after a change do all screens that show it say so, while 500 desks are open on one machine?

`python -m bench desks [--quick]`. One web process, 500 members of staff in 20 teams (quick: 100), each with his queue
open: the page is loaded, its stream is held with the token that the page gave, and an event has its part fetched again,
as the browser does. Then tickets change, one after the other, of one team after the other; the clock runs from before
the change until the last desk that was told has its answer. At the end everybody is told at once, without a limit: so
it is when a process starts again. Desks, web process and database share the machine.
"""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass, field
from time import perf_counter

import httpx
from django.test import Client

from bench import fill, stage
from bench.measuring import Report, costing, quick, spread
from bench.serving import serving
from bench.stage import Stage
from yingnuo.journey import upkeep
from yingnuo.kit import instants, live
from yingnuo.people import accounts
from yingnuo.people.models import Presence, Role, Staff, Team
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import Ticket

LAST_S, CHANGES, PATIENCE_S = 1.0, 20, 30
_DATABASE, _HEARD_AFTER = "bench_desks", 0.03  # the page waits so long for more of the same
_TOKEN = re.compile(r'<yn-live[^>]* token="([^"]+)"')


@dataclass(slots=True)
class Desk:
    """One open queue: whose, the token of its stream, and when its last fetches were answered."""

    cookie: str
    token: str = ""
    waiting: int = 0
    told: int = 0
    answered: list[float] = field(default_factory=list)


def main() -> int:
    """Measure, print, judge; the exit code."""
    with stage.opened() as here:
        report = Report("desks")
        stage.create(here, _DATABASE)
        stage.use(_DATABASE)
        fill.company()
        fill.tickets(5_000)
        desks = _desks(100 if quick() else 500)
        with serving(here, _DATABASE) as web:
            address = f"http://{web.connection.host}:{web.connection.port}"
            asyncio.run(_measure(here, report, web.pid, address, desks))
        return report.status()


def _desks(count: int) -> list[Desk]:
    teams = list(Team.objects.order_by("pk"))
    known = list(Staff.objects.order_by("pk"))
    more = [
        Staff(username=f"desk{n}", name=f"Desk {n}", team=teams[n % len(teams)], role=Role.AGENT, language="en",
              presence=Presence.ONLINE, capacity=100)
        for n in range(count - len(known))
    ]  # fmt: skip
    people = [*known, *Staff.objects.bulk_create(more)][:count]
    return [Desk(_signed_in(person)) for person in people]


def _signed_in(person: Staff) -> str:
    client = Client()
    client.force_login(person, backend=accounts.PATH)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


async def _measure(here: Stage, report: Report, pid: int, address: str, desks: list[Desk]) -> None:
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as http:
        streams = []
        for desk in desks:
            page = await http.get("/tickets/", headers={"Cookie": desk.cookie})
            assert page.status_code == 200, page.text[:300]
            desk.token = _TOKEN.findall(page.text)[0]
            streams.append(asyncio.create_task(_listen(address, desk, http)))
        await asyncio.sleep(2)
        took, told = [], []
        ids = await asyncio.to_thread(
            lambda: list(Ticket.objects.order_by("pk").values_list("pk", flat=True)[:CHANGES])
        )
        with costing(pid, here.postmaster) as cost:
            for pk in ids:
                last, screens = await _until_quiet(desks, lambda pk=pk: _change(pk))
                took.append(last)
                told.append(screens)
        report.at_most(f"change to the last of its screens, {len(desks)} desks", max(took), LAST_S, "s", spread(took))
        report.at_least("screens told of a change, the fewest", min(told), 1, "")
        report.note(f"screens told of a change, the most: {max(told)}; CPU a change {cost.per(CHANGES)}")
        with costing(pid, here.postmaster) as cost:
            last, screens = await _until_quiet(desks, lambda: live.publish("tickets"))
        report.note(
            f"everybody told at once: {screens} screens, the last after {last:.2f} s; CPU {cost.per(screens)} each"
        )
        for task in streams:
            task.cancel()
        ended = await asyncio.gather(*streams, return_exceptions=True)
    wrong = [error for error in ended if isinstance(error, Exception)]  # a cancellation is none
    assert not wrong, (len(wrong), wrong[0])


def _change(pk: int) -> None:
    upkeep.tag(SYSTEM, ticket_id=pk, tags=[f"at-{perf_counter():.0f}"], now=instants.now())


async def _until_quiet(desks: list[Desk], work: object) -> tuple[float, int]:
    """Seconds from before the work until the last desk that was told had its answer, and how many were told."""
    for desk in desks:
        desk.told, desk.answered = 0, []
    begun = perf_counter()
    await asyncio.to_thread(work)  # type: ignore[arg-type]
    await asyncio.sleep(1)
    while any(desk.waiting for desk in desks) and perf_counter() - begun < PATIENCE_S:
        await asyncio.sleep(0.02)
    answered = [at for desk in desks for at in desk.answered]
    return (max(answered) - begun if answered else float(PATIENCE_S)), sum(bool(desk.told) for desk in desks)


async def _listen(address: str, desk: Desk, http: httpx.AsyncClient) -> None:
    """One desk's stream, read as a browser does."""
    host, _colon, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET /rt?token={desk.token} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n".encode())
    status = await reader.readline()
    assert b" 200 " in status, status
    fetches: set[asyncio.Task[None]] = set()
    try:
        while line := await reader.readline():
            if line.startswith(b"data: tickets ") and not desk.waiting:
                desk.waiting += 1
                desk.told += 1
                fetches.add(asyncio.create_task(_fetch(http, desk)))
    finally:
        writer.close()


async def _fetch(http: httpx.AsyncClient, desk: Desk) -> None:
    try:
        await asyncio.sleep(_HEARD_AFTER)
        headers = {"Cookie": desk.cookie, "HX-Request": "true", "HX-Target": "div#queue"}
        answer = await http.get("/tickets/", headers=headers)
        assert answer.status_code == 200, answer.text[:300]
        desk.answered.append(perf_counter())
    finally:
        desk.waiting -= 1


if __name__ == "__main__":
    sys.exit(main())
