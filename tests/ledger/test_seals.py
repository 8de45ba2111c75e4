"""Are rows sealed as they settle, each once, and not before?"""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from yingnuo.engine import merkle
from yingnuo.ledger import checking, seals, services
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event, Seal
from yingnuo.ledger.seals import BEGINNING, EVENTS, Sealer
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import SYSTEM

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def _write(count: int, subject: str = "") -> None:
    services.record(SYSTEM, [Entry(Code.SIGNED_IN, subject=subject, params={"n": n}) for n in range(count)], now=NOW)


def _seal() -> list[Seal]:
    sealer = Sealer([EVENTS])
    while sealer.step(now=NOW):
        pass
    return list(Seal.objects.order_by("number"))


@pytest.fixture
def empty(transactional_db: None) -> None:
    """No rows of earlier tests."""
    Event.objects.all().delete()
    Seal.objects.all().delete()


@pytest.mark.django_db
def test_a_seal_covers_what_was_written_and_the_next_one_follows() -> None:
    _write(3)
    [first] = _seal()
    _write(2)
    [_first, second] = _seal()
    assert (first.number, first.after_id, first.rows, first.previous) == (1, 0, Event.objects.count() - 2, BEGINNING)
    assert (second.number, second.after_id, second.rows, second.previous) == (2, first.last_id, 2, first.digest)
    assert second.digest == seals.digest_of(second)


@pytest.mark.django_db
def test_nothing_new_makes_no_seal() -> None:
    _write(1)
    sealer = Sealer([EVENTS])
    for _n in range(3):
        sealer.step(now=NOW)
    assert Seal.objects.count() == 1


@pytest.mark.django_db
def test_many_rows_are_closed_in_bounded_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "BLOCK", 4)
    there = Event.objects.count()
    _write(10 - there % 4)
    assert sum(s.rows for s in _seal()) == Event.objects.count()
    assert max(s.rows for s in Seal.objects.all()) == 4


@pytest.mark.django_db
def test_zone_and_language_of_the_database_do_not_count() -> None:
    _write(2, "größer 应诺")
    [seal] = _seal()
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL TimeZone = 'Asia/Kathmandu'; SET LOCAL DateStyle = 'German'; SET LOCAL lc_numeric = 'C'"
        )
    assert merkle.root(seals.leaves_of(EVENTS, [seal])[seal.number]).hex() == seal.root


@pytest.mark.django_db
def test_a_row_is_shown_to_be_in_its_seal() -> None:
    _write(5)
    [seal] = _seal()
    _write(1)
    ids = list(Event.objects.order_by("id").values_list("pk", flat=True))
    *sealed, last = seals.sealed_rows(EVENTS, ids)
    for row in sealed:
        assert row.seal == seal
        path = [bytes.fromhex(node) for node in row.path]
        found = merkle.climb(merkle.leaf(row.text), row.place, seal.rows, path)
        assert found is not None
        assert found.hex() == seal.root
    assert last.seal is None


def test_who_still_writes_is_waited_for(empty: None) -> None:
    """An id that was drawn earlier may be committed later than one drawn after it."""
    drawn, commit = threading.Event(), threading.Event()
    writer = threading.Thread(target=_slow_writer, args=(drawn, commit))
    writer.start()
    assert drawn.wait(10)
    _write(1, "quick")
    sealer = Sealer([EVENTS])
    assert not sealer.step(now=NOW)
    assert (sealer.waits, Seal.objects.count()) == (True, 0)
    _write(1, "later")  # who comes now is not waited for
    commit.set()
    writer.join(10)
    sealer.step(now=NOW)
    [seal] = Seal.objects.all()
    assert (seal.rows, Event.objects.count()) == (2, 3)


def _slow_writer(drawn: threading.Event, commit: threading.Event) -> None:
    with transaction.atomic():
        _write(1, "slow")
        drawn.set()
        commit.wait(10)
    connection.close()


def test_one_seals_while_the_others_go_on(empty: None) -> None:
    _write(1)
    sealing, done = threading.Event(), threading.Event()
    other = threading.Thread(target=_holds_the_turn, args=(sealing, done))
    other.start()
    assert sealing.wait(10)
    sealer = Sealer([EVENTS])
    assert not sealer.step(now=NOW)
    assert Seal.objects.count() == 0
    done.set()
    other.join(10)
    sealer.step(now=NOW)  # what it could not do then is not forgotten
    assert Seal.objects.count() == 1


def _holds_the_turn(sealing: threading.Event, done: threading.Event) -> None:
    with transaction.atomic():
        assert seals.take_turn()
        sealing.set()
        done.wait(10)
    connection.close()


def test_a_rolled_back_row_leaves_a_gap_and_no_trouble(empty: None) -> None:
    _write(1)
    with transaction.atomic():
        _write(2)
        transaction.set_rollback(True)
    _write(1)
    [seal] = _seal()
    assert seal.rows == 2


def test_nothing_is_sealed_before_the_first_row(empty: None) -> None:
    """The first id is drawn only later: a seal over nothing would shut it out."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE ledger_event_id_seq RESTART")
    sealer = Sealer([EVENTS])
    sealer.step(now=NOW)
    _write(1)
    sealer.step(now=NOW)
    [seal] = Seal.objects.all()
    assert (seal.after_id, seal.last_id, seal.rows) == (0, 1, 1)


def test_what_many_write_at_once_is_sealed_once_and_whole(empty: None) -> None:
    """Long and short transactions, some of which fail, while a sealer never rests."""
    writers = [threading.Thread(target=_busy_writer, args=(seed,)) for seed in range(4)]
    for writer in writers:
        writer.start()
    sealer = Sealer([EVENTS])
    while any(writer.is_alive() for writer in writers):
        sealer.step(now=NOW)
    for writer in writers:
        writer.join()
    _seal()
    chain = checking.walk([EVENTS])
    assert (chain.broken, chain.rows, seals.unsealed(EVENTS)) == (None, Event.objects.count(), 0)
    assert chain.links > 1


def _busy_writer(seed: int) -> None:
    chance = random.Random(seed)
    for _n in range(40):
        with transaction.atomic():
            _write(chance.randrange(1, 4), f"{seed}")
            time.sleep(chance.random() * 0.02)
            _write(1, f"{seed} again")
            transaction.set_rollback(chance.random() < 0.2)
    connection.close()
