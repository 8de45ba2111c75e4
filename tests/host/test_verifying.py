"""Does `yingnuo verify` find whatever is changed behind our back, and nothing where nothing was?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.host import verifying
from yingnuo.host.verifying import Line
from yingnuo.journey import closing, reply, sweep, upkeep
from yingnuo.journey.reply import Said
from yingnuo.journey.sealing import TABLES
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event, Seal
from yingnuo.ledger.seals import Sealer, digest_of
from yingnuo.promises.models import Mark, Promise, TermsCopy
from yingnuo.tickets.models import Ticket

LATER = MONDAY + timedelta(hours=6)


@pytest.fixture
def house(db: None) -> House:
    """The company on a Monday."""
    return factories.house(now=MONDAY)


@pytest.fixture
def ticket(house: House) -> Ticket:
    """A ticket that was late, paused, changed, answered and solved; all of it sealed."""
    made = factories.ticket(house, agent=house.alice, urgency="important", at=MONDAY)
    alice = factories.actor(house.alice)
    at = iter(MONDAY + timedelta(minutes=m) for m in range(10, 200, 10))
    upkeep.change(alice, ticket_id=made.pk, facts={"urgency": "urgent"}, reason="It burns", now=next(at))
    closing.pause(alice, ticket_id=made.pk, reason="waiting_customer", now=next(at))
    sweep.run_once(now=next(at))
    factories.says(made, "Here it is", at=next(at))
    reply.answer(alice, ticket_id=made.pk, said=Said("Thank you"), now=next(at))
    closing.resolve(alice, ticket_id=made.pk, now=next(at))
    factories.ticket(house, agent=house.alice, at=MONDAY)  # one that still runs
    seal()
    return made


def seal(now: datetime = LATER) -> None:
    """All that there is."""
    sealer = Sealer(TABLES)
    while sealer.step(now=now):
        pass


def seen(*, quick: bool = False, expected: str = "", now: datetime = LATER) -> list[Line]:
    """What `verify` says."""
    return list(verifying.installation(quick=quick, expected=expected, now=now))


def bad(**asked: Any) -> list[str]:
    """What does not hold."""
    return [f"{line.subject}: {line.seen}" for line in seen(**asked) if not line.holds]


def run(sql: str, *values: object) -> None:
    """What somebody does with psql."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        assert cursor.rowcount, "nothing was changed"


def test_what_nobody_touched_holds(ticket: Ticket) -> None:
    assert bad() == []
    chain = seen()[0].seen
    assert f"{Seal.objects.count()} seals over" in chain
    assert f"{Event.objects.count() + Mark.objects.count() + TermsCopy.objects.count():,} rows hold" in chain


def test_what_is_not_sealed_yet_is_told(ticket: Ticket, house: House) -> None:
    before = Event.objects.count()
    factories.ticket(house, at=MONDAY)
    line = next(line for line in seen() if line.subject == "not sealed yet")
    assert (line.holds, f"{Event.objects.count() - before} of ledger_event" in line.seen) == (True, True)


@pytest.mark.parametrize("column", ["at = at + interval '1 us'", "code = 'x'", "actor_id = 99", "ticket_id = 99",
                                    "subject = 'x'", "params = '{}'", "actor_kind = 'bot'"])  # fmt: skip
def test_a_changed_ledger_row_is_found(ticket: Ticket, column: str) -> None:
    row = Event.objects.filter(ticket_id=ticket.pk, code=Code.TICKET_CHANGED, params__field="urgency").latest("id")
    run(f"UPDATE ledger_event SET {column} WHERE id = %s", row.pk)  # noqa: S608
    [found] = [line for line in bad() if line.startswith("chain")]
    assert "ledger_event 1–" in found
    assert "a row was changed" in found
    assert "sealed until 2026-03-02 08:00:00+00:00" in found


def test_a_deleted_ledger_row_is_found(ticket: Ticket) -> None:
    run("DELETE FROM ledger_event WHERE id = (SELECT max(id) FROM ledger_event)")
    [found] = bad()
    assert "rows are missing" in found


def test_a_ledger_row_that_was_slipped_in_is_found(ticket: Ticket, house: House) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('ledger_event_id_seq')")  # as a transaction that failed leaves a gap
        [gap] = cursor.fetchone()
    factories.ticket(house, at=MONDAY)
    seal()
    assert bad() == []
    slip_in(gap)
    [found] = bad()
    assert "rows were added" in found


def test_a_ledger_row_below_all_numbers_is_found(ticket: Ticket) -> None:
    slip_in(-5)
    assert bad() == ["chain: ledger_event: 1 rows with numbers below 1, which no seal can cover"]


def slip_in(pk: int) -> None:
    """A copy of a ledger row under another number."""
    run("INSERT INTO ledger_event (id, at, code, actor_kind, actor_id, subject, params) "
        "SELECT %s, at, code, actor_kind, actor_id, subject, params FROM ledger_event LIMIT 1", pk)  # fmt: skip


def test_a_changed_mark_is_found(ticket: Ticket) -> None:
    run("UPDATE promises_mark SET actor_id = 77 WHERE kind = 'paused'")
    [found] = bad()
    assert "over promises_mark" in found


def test_a_deleted_mark_is_found(ticket: Ticket) -> None:
    run("DELETE FROM promises_mark WHERE id = (SELECT min(id) FROM promises_mark WHERE kind = 'paused')")
    found = bad()
    assert "over promises_mark" in found[0]
    assert "rows are missing" in found[0]


def test_an_added_mark_is_found_before_and_after_it_is_sealed(ticket: Ticket) -> None:
    p = Promise.objects.get(ticket=ticket, milestone="first_response")
    run("INSERT INTO promises_mark (promise_id, kind, at, recorded_at, reason, actor_kind, actor_id) "
        "VALUES (%s, 'met', %s, %s, '', 'staff', 1)", p.pk, MONDAY + timedelta(minutes=1), LATER)  # fmt: skip
    assert any(f"promises_promise {p.pk}: met is" in line for line in bad())
    seal()
    assert any(f"promises_promise {p.pk}: met is" in line for line in bad())


def test_changed_terms_are_found_by_seal_and_by_digest(ticket: Ticket) -> None:
    run("UPDATE promises_termscopy SET spec = jsonb_set(spec, '{target}', '86400') WHERE id = "
        "(SELECT first_terms_id FROM promises_promise ORDER BY id LIMIT 1)")  # fmt: skip
    found = bad()
    assert "over promises_termscopy" in found[0]
    assert any(line.startswith("terms: promises_termscopy") for line in found)


@pytest.mark.parametrize(
    ("column", "named"),
    [("due_at = due_at + interval '1 hour'", "due"), ("met_at = met_at - interval '5 min'", "met"),
     ("standing = 'cancelled'", "standing"), ("worked = 1", "worked"), ("overrun = overrun + 1", "overrun"),
     ("ended_at = NULL", "ended"), ("broken_at = started_at", "broken"), ("remaining = 5", "remaining"),
     ("terms_id = (SELECT max(id) FROM promises_termscopy WHERE id <> terms_id)", "terms"),
     ("started_at = started_at - interval '2 hours'", "due")],
)  # fmt: skip
def test_a_changed_column_of_a_promise_is_found(ticket: Ticket, column: str, named: str) -> None:
    p = Promise.objects.get(ticket=ticket, milestone="resolution")
    run(f"UPDATE promises_promise SET {column} WHERE id = %s", p.pk)  # noqa: S608
    assert [line for line in bad() if line.startswith(f"promises: promises_promise {p.pk}: {named}")]


def test_a_breach_that_was_taken_back_is_found(house: House) -> None:
    made = factories.ticket(house, urgency="urgent", at=MONDAY)
    assert bad(now=LATER) == []  # the sweep has not come yet, and will
    sweep.run_once(now=LATER)
    assert bad(now=LATER) == []
    run("UPDATE promises_promise SET broken_at = NULL, standing = 'running' WHERE ticket_id = %s", made.pk)
    assert any("standing is running, must be broken" in line for line in bad(now=LATER))


def test_a_promise_that_is_gone_or_was_never_given_is_found(ticket: Ticket) -> None:
    kept = Promise.objects.filter(ticket__gt=ticket.pk).latest("id")
    run("UPDATE promises_promise SET id = 999999 WHERE id = %s", kept.pk)
    assert [line for line in bad() if line.startswith("given")] == [
        f"given: promises_promise {kept.pk}: given, but gone", "given: promises_promise 999999: never given",
    ]  # fmt: skip


def test_a_changed_outcome_is_found(ticket: Ticket) -> None:
    run("UPDATE promises_outcome SET standing = 'kept', overrun = 0 WHERE standing = 'broken'")
    assert any("its outcome is another one" in line for line in bad())


@pytest.mark.parametrize("column", ["previous = repeat('0', 64)", "digest = repeat('0', 64)", "rows = rows + 1",
                                    "sealed_at = sealed_at + interval '1 s'", "root = repeat('0', 64)"])  # fmt: skip
def test_a_changed_seal_is_found(ticket: Ticket, column: str) -> None:
    run(f"UPDATE ledger_seal SET {column} WHERE number = 2")  # noqa: S608
    assert bad()[0].startswith("chain: seal 2 ")


def test_a_seal_that_was_made_anew_or_taken_away_is_found(ticket: Ticket) -> None:
    first = Seal.objects.get(number=1)
    first.root = "ab" * 32
    Seal.objects.filter(number=1).update(root=first.root, digest=digest_of(first))
    assert bad()[0].startswith("chain: seal 1 ")  # its rows are others
    run("DELETE FROM ledger_seal WHERE number = 1")
    assert "a seal before it is missing" in bad()[0]


def test_a_head_of_earlier_is_asked_for(ticket: Ticket) -> None:
    head = Seal.objects.latest("number")
    assert bad(expected=f"{head.number}:{head.digest[:16]}") == []
    Seal.objects.filter(number=head.number).delete()
    assert bad(expected=f"{head.number}:{head.digest[:16]}")[0].startswith("expected head")
    assert bad(expected="nonsense")[0].startswith("expected head")


def test_a_quick_look_still_walks_the_whole_chain(ticket: Ticket) -> None:
    assert any("one in 50" in line.seen for line in seen(quick=True))
    run("UPDATE ledger_event SET actor_id = 99 WHERE id = (SELECT max(id) FROM ledger_event)")
    assert bad(quick=True)[0].startswith("chain")
