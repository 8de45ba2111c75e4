"""Can a program follow the ledger without ever missing a row, and only within its sight?"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from tests import factories
from tests.api.conftest import Program, program
from tests.factories import House
from yingnuo.api.happenings import Horizon
from yingnuo.kit import instants
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.ledger.services import Entry
from yingnuo.people import services as people
from yingnuo.people.roles import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house(transactional_db: None) -> House:
    """The company."""
    return factories.house()


def _write(subject: str) -> int:
    ledger.record(SYSTEM, [Entry(Code.IMPORT_DONE, 0, subject, {})], now=instants.now())
    return int(Event.objects.order_by("-pk").values_list("pk", flat=True)[0])


def _read(asks: Program, after: str = "") -> tuple[list[int], str]:
    told = asks.get(f"/events?limit=200&after={after}").json()
    return [e["id"] for e in told["items"]], told["next"]


def test_every_row_comes_once_and_in_order(house: House) -> None:
    asks = program()
    there = list(Event.objects.order_by("pk").values_list("pk", flat=True))
    first, cursor = _read_all(asks, len(there))
    assert first == there
    made = [_write(f"x:{n}") for n in range(3)]
    second, cursor = _read_all(asks, 3, cursor)
    assert second == made
    assert _read(asks, cursor) == ([], cursor)


def _read_all(asks: Program, wanted: int, after: str = "") -> tuple[list[int], str]:
    """Reads on until so many rows came: transactions of other tests on this server are waited for too."""
    found, cursor, end = list[int](), after, time.monotonic() + 30
    while len(found) < wanted and time.monotonic() < end:
        more, cursor = _read(asks, cursor)
        found += more
        time.sleep(0 if more else 0.05)
    return found, cursor


@pytest.fixture
def slow_writer(house: House) -> Iterator[threading.Event]:
    """A transaction that has written its row and does not commit until the event is set."""
    written, commit = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                _write("slow:1")
                written.set()
                commit.wait(timeout=30)
        finally:
            connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert written.wait(timeout=30)
    yield commit
    commit.set()
    thread.join(timeout=30)


def test_a_row_that_commits_late_is_waited_for(slow_writer: threading.Event) -> None:
    asks = program()
    late = _write("quick:1")  # a greater id, on disk already
    seen, cursor = _read(asks)
    assert late not in seen
    slow_writer.set()
    end = time.monotonic() + 30
    while late not in seen and time.monotonic() < end:
        more, cursor = _read(asks, cursor)
        seen += more
        time.sleep(0 if more else 0.05)
    subjects = list(
        Event.objects.filter(pk__in=seen, code="import.done").order_by("pk").values_list("subject", flat=True)
    )
    assert subjects == ["slow:1", "quick:1"]
    assert seen == sorted(set(seen))


def test_a_horizon_reaches_what_is_settled(house: House) -> None:
    greatest, end = _write("x:1"), time.monotonic() + 30
    while (reached := Horizon().reach(greatest - 1)) != greatest and time.monotonic() < end:
        time.sleep(0.05)
    assert reached == greatest


def test_without_the_scope_nothing_is_told(house: House) -> None:
    assert program("ticket.view").get("/events").status_code == 403


def test_who_sees_few_teams_reads_their_tickets_rows(house: House) -> None:
    hidden, own = factories.ticket(house, team=house.strangers), factories.ticket(house)
    now = instants.now()
    _row, bearer = people.issue_token(SYSTEM, name="x", scopes=["ticket.view"], acts_for=house.alice.pk, now=now)
    alice = Program(bearer)
    assert alice.get(f"/tickets/{hidden.pk}/events").status_code == 404
    codes = [e["code"] for e in alice.get(f"/tickets/{own.pk}/events").json()["items"]]
    assert codes[0] == "ticket.opened"
