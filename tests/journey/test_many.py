"""Is what was done to many undone by the opposite commands, once, in time, and only where nobody came between?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import House
from yingnuo.journey import closing, many, upkeep
from yingnuo.journey.many import Outcome, Wish
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger.models import Event
from yingnuo.tickets.models import Ticket, TicketLink

SHAPE = ("team_id", "agent_id", "tags", "status", "urgency", "product_line", "wake_at", "waiting_for")


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


def _do(house: House, wish: Wish, *tickets: Ticket) -> Outcome:
    return many.do(factories.actor(house.alice), wish=wish, tickets=[t.pk for t in tickets], now=instants.now())


def _shape(ticket: Ticket) -> list[object]:
    return list(Ticket.objects.filter(pk=ticket.pk).values_list(*SHAPE).get())


@pytest.mark.parametrize(
    "wish",
    [
        Wish("take"), Wish("tag", word="vip"), Wish("urgency", word="urgent", reason="It floods"),
        Wish("line", word="washer"), Wish("snooze", until=instants.now() + timedelta(hours=4)), Wish("assign"),
    ],
    ids=lambda wish: wish.deed,
)  # fmt: skip
def test_each_deed_is_undone(house: House, wish: Wish) -> None:
    tickets = [factories.ticket(house), factories.ticket(house, agent=house.bo)]
    before = [_shape(t) for t in tickets]
    done = _do(house, wish, *tickets)
    assert done.done == 2
    assert [_shape(t) for t in tickets] != before
    undone = many.undo(factories.actor(house.alice), batch=done.batch or 0, now=instants.now())
    assert (undone.done, undone.refused) == (2, ())
    assert [_shape(t) for t in tickets] == before


def test_a_resolved_one_that_waited_waits_again(house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    closing.pause(factories.actor(house.alice), ticket_id=ticket.pk, reason="waiting_parts", now=instants.now())
    done = _do(house, Wish("resolve"), ticket)
    many.undo(factories.actor(house.alice), batch=done.batch or 0, now=instants.now())
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_for) == ("waiting", "waiting_parts")
    codes = list(Event.objects.filter(ticket_id=ticket.pk).values_list("code", flat=True))
    assert {"ticket.resolved", "ticket.reopened"} <= set(codes)


def test_one_that_was_changed_meanwhile_stays_and_is_named(house: House) -> None:
    untouched, changed = factories.ticket(house), factories.ticket(house)
    done = _do(house, Wish("tag", word="vip"), untouched, changed)
    upkeep.tag(factories.actor(house.bo), ticket_id=changed.pk, tags=["vip", "press"], now=instants.now())
    undone = many.undo(factories.actor(house.alice), batch=done.batch or 0, now=instants.now())
    assert (undone.done, [pk for pk, _why in undone.refused]) == (1, [changed.pk])
    changed.refresh_from_db()
    assert changed.tags == ["press", "vip"]


def test_a_ticket_given_out_of_sight_comes_back(house: House) -> None:
    ticket = factories.ticket(house)
    done = _do(house, Wish("assign", team=house.strangers.pk), ticket)
    assert many.undo(factories.actor(house.alice), batch=done.batch or 0, now=instants.now()).done == 1
    ticket.refresh_from_db()
    assert ticket.team_id == house.front.pk


def test_undoing_twice_too_late_or_by_another_is_refused_and_changes_nothing(house: House) -> None:
    ticket, now = factories.ticket(house), instants.now()
    batch = _do(house, Wish("tag", word="vip"), ticket).batch or 0
    with pytest.raises(NotFound):
        many.undo(factories.actor(house.bo), batch=batch, now=now)
    with pytest.raises(Conflict):
        many.undo(factories.actor(house.alice), batch=batch, now=now + timedelta(minutes=5))
    ticket.refresh_from_db()
    assert ticket.tags == ["vip"]
    many.undo(factories.actor(house.alice), batch=batch, now=now)
    with pytest.raises(Conflict):
        many.undo(factories.actor(house.alice), batch=batch, now=now)


def test_a_note_and_what_changed_nothing_cannot_be_undone(house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    assert _do(house, Wish("note", reason="Called twice"), ticket).batch is None
    assert _do(house, Wish("take"), ticket).batch is None


def test_an_unknown_deed_is_refused(house: House) -> None:
    ticket = factories.ticket(house)
    before = _shape(ticket)
    with pytest.raises(Invalid):
        _do(house, Wish("explode"), ticket)
    assert _shape(ticket) == before


def test_many_become_subtickets_of_one_and_are_taken_back(house: House) -> None:
    parent, *rest = (factories.ticket(house, agent=house.alice) for _ in range(3))
    wish, now = Wish("child", word=str(parent.pk)), instants.now()
    done = many.do(factories.actor(house.alice), wish=wish, tickets=[parent.pk, *(t.pk for t in rest)], now=now)
    assert (done.done, [pk for pk, _why in done.refused]) == (2, [parent.pk])
    assert TicketLink.objects.filter(kind="child_of", other=parent).count() == 2
    assert done.batch is not None
    assert many.undo(factories.actor(house.alice), batch=done.batch, now=now).done == 2
    assert not TicketLink.objects.exists()
