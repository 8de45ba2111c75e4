"""Does a proof hold by itself and before the ledger, and fall with whatever is changed in it or behind it?"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.engine import proof as engine_proof
from yingnuo.journey import closing, proof, reply, sweep, upkeep
from yingnuo.journey.reply import Said
from yingnuo.journey.sealing import TABLES
from yingnuo.kit.errors import NotFound
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.ledger.seals import Sealer
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Ticket

LATER = MONDAY + timedelta(hours=6)


@pytest.fixture
def house(db: None) -> House:
    """The company on a Monday."""
    return factories.house(now=MONDAY)


@pytest.fixture
def ticket(house: House) -> Ticket:
    """A ticket that was given away, paused, warned about, answered late and solved; all of it sealed."""
    made = factories.ticket(house, agent=house.alice, urgency="important", at=MONDAY)
    alice = factories.actor(house.alice)
    at = iter(MONDAY + timedelta(minutes=m) for m in range(10, 200, 10))
    upkeep.change(alice, ticket_id=made.pk, facts={"urgency": "urgent"}, reason="It burns", now=next(at))
    closing.pause(alice, ticket_id=made.pk, reason="waiting_customer", now=next(at))
    sweep.run_once(now=next(at))
    factories.says(made, "Here it is", at=next(at))
    upkeep.assign(alice, ticket_id=made.pk, team=house.technicians.pk, agent=house.eve.pk, now=next(at))
    reply.answer(factories.actor(house.eve), ticket_id=made.pk, said=Said("Thank you"), now=next(at))
    closing.resolve(factories.actor(house.eve), ticket_id=made.pk, now=next(at))
    seal()
    return made


def seal() -> None:
    """All that there is."""
    sealer = Sealer(TABLES)
    while sealer.step(now=LATER):
        pass


def taken(house: House, ticket: Ticket, milestone: str = "resolution") -> dict[str, Any]:
    """The file, read again."""
    p = Promise.objects.get(ticket=ticket, milestone=milestone)
    made = proof.export(factories.actor(house.bo), ticket_id=ticket.pk, promise_id=p.pk, form="file", now=LATER)
    read: dict[str, Any] = json.loads(proof.as_json(made, words={"sentence": "Kept."}))
    return read


def test_a_proof_holds_by_itself_and_before_the_ledger(house: House, ticket: Ticket) -> None:
    for milestone in ("first_response", "resolution"):
        read = taken(house, ticket, milestone)
        assert engine_proof.check(read) == []
        assert proof.against_ledger(read) == []
        assert all(row["seal"] for row in read["rows"])


def test_the_proof_of_a_running_promise_holds_too(house: House) -> None:
    made = factories.ticket(house, urgency="general", at=LATER - timedelta(minutes=5))
    read = taken(house, made)
    assert (engine_proof.check(read), proof.against_ledger(read)) == ([], [])
    assert {row["seal"] for row in read["rows"]} == {None}  # too fresh, and said to be
    seal()
    assert proof.against_ledger(read) == []


def test_it_tells_the_story_and_of_the_customer_only_the_name(house: House, ticket: Ticket) -> None:
    read = taken(house, ticket)
    kinds = [h["kind"] for h in read["timeline"]]
    assert {"started", "changed", "retargeted", "paused", "resumed", "handed_over", "met"} <= set(kinds)
    assert read["ticket"]["customer"] == "Chen"
    assert "chen@harbour.example" not in json.dumps(read)
    assert "It burns" in json.dumps(read)


def test_that_it_left_is_recorded_with_the_head(house: House, ticket: Ticket) -> None:
    read = taken(house, ticket)
    row = Event.objects.get(code=Code.PROOF_EXPORTED)
    assert (row.actor_id, row.ticket_id, row.params["form"]) == (house.bo.pk, ticket.pk, "file")
    assert read["head"]["digest"].startswith(row.params["head"])


def test_a_stranger_gets_none_and_nothing_is_recorded(house: House, ticket: Ticket) -> None:
    p = Promise.objects.filter(ticket=ticket).first()
    assert p is not None
    before = Event.objects.count()
    with pytest.raises(NotFound):
        proof.export(factories.actor(house.dee), ticket_id=ticket.pk, promise_id=p.pk, form="file", now=LATER)
    other = factories.ticket(house, agent=house.dee, at=MONDAY)
    before = Event.objects.count()
    with pytest.raises(NotFound):
        proof.export(factories.actor(house.dee), ticket_id=other.pk, promise_id=p.pk, form="file", now=LATER)
    assert Event.objects.count() == before


def _set(*way: str | int, to: object) -> Callable[[Any], None]:
    def change(read: Any) -> None:
        for key in way[:-1]:
            read = read[key]
        read[way[-1]] = to

    return change


def _mark(read: Any) -> dict[str, Any]:
    return next(row for row in read["rows"] if row["table"] == "promises_mark" and '"met"' in row["text"])


def _drop_mark(read: Any) -> None:
    read["rows"].remove(_mark(read))


def _earlier(read: Any) -> None:
    row = _mark(read)
    values = json.loads(row["text"])
    values[3] -= 3_600_000_000
    row["text"] = json.dumps(values)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_set("promise", "overrun_seconds", to=7), "not what follows from its marks"),
        (_set("promise", "standing", to="cancelled"), "not what follows from its marks"),
        (_set("promise", "due_at", to="2026-03-09T00:00:00+00:00"), "not what follows from its marks"),
        (_set("ticket", "number", to="YN-1"), "changed after it was written"),
        (_set("rows", 0, "text", to="[1]"), "that of another row"),
        (_set("rows", 0, "path", to=[]), "not the one that was sealed"),
        (_set("seals", 0, "root", to="00" * 32), "digest does not come out"),
        (_set("format", to=2), "another version"),
        (_set("rows", to=None), "incomplete"),
        (_drop_mark, "not what follows from its marks"),
        (_earlier, "not the one that was sealed"),
    ],
)
def test_whatever_is_changed_in_it_shows(
    house: House, ticket: Ticket, change: Callable[[Any], None], problem: str
) -> None:
    read = copy.deepcopy(taken(house, ticket))
    change(read)
    if problem != "changed after it was written":
        read["digest"] = engine_proof.digest_of(read)  # whoever changes it also mends its digest
    assert any(problem in found.what for found in engine_proof.check(read))


def test_only_this_installation_signs(house: House, ticket: Ticket) -> None:
    read = taken(house, ticket)
    read["words"]["sentence"] = "Broken."
    read["digest"] = engine_proof.digest_of(read)
    assert engine_proof.check(read) == []
    assert "not signed by this installation" in proof.against_ledger(read)[0].what


def test_a_row_that_is_changed_here_afterwards_shows(house: House, ticket: Ticket) -> None:
    read = taken(house, ticket)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_event SET actor_id = 99 WHERE id = %s", [read["rows"][0]["id"]])
    assert [p.about for p in proof.against_ledger(read)] == [f"ledger_event {read['rows'][0]['id']}"]


@pytest.mark.parametrize("nothing", [None, [], {"proof": "other"}, "text", 7])
def test_what_is_no_proof_is_called_so(nothing: object) -> None:
    assert engine_proof.check(nothing)[0].what == "this is not a proof of a promise"
