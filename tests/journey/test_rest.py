"""Waiting, resting and going on again, at the edges: reasons in one second, words that come late, tickets at rest."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.journey import closing, reply, upkeep
from yingnuo.kit.errors import NotAllowed
from yingnuo.ledger.models import Event
from yingnuo.people.roles import Actor
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Status, Ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def _urgent(house: House, at: datetime = MONDAY) -> Ticket:
    return factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=at)


def _promise(ticket: Ticket, milestone: str) -> Promise:
    return Promise.objects.filter(ticket=ticket, milestone=milestone).order_by("-pk")[0]


def _says_late(ticket: Ticket, text: str, *, at: datetime, now: datetime) -> Ticket:
    """Words that came at `at` and were taken in only at `now`."""
    factories._take(factories.arrival(text, at=at), ticket.contact, "mail", now, continues=ticket.pk)
    return Ticket.objects.get(pk=ticket.pk)


def test_another_reason_to_wait_leaves_the_clock_standing() -> None:
    house = factories.house()
    ticket = _urgent(house)
    alice = factories.actor(house.alice)
    closing.pause(alice, ticket_id=ticket.pk, reason="waiting_customer", now=MONDAY + HOUR)
    closing.pause(alice, ticket_id=ticket.pk, reason="waiting_parts", now=MONDAY + 2 * HOUR)
    assert _promise(ticket, "resolution").standing == "paused"
    closing.resume(alice, ticket_id=ticket.pk, now=MONDAY + 3 * HOUR)
    assert _promise(ticket, "resolution").due_at == MONDAY + 26 * HOUR


def test_words_older_than_the_pause_end_it() -> None:
    house = factories.house()
    ticket = _urgent(house)
    closing.pause(factories.actor(house.alice), ticket_id=ticket.pk, reason="waiting_customer", now=MONDAY + HOUR)
    ticket = _says_late(ticket, "Here is the photo", at=MONDAY + 59 * MINUTE, now=MONDAY + 61 * MINUTE)
    assert ticket.status == Status.OPEN
    assert _promise(ticket, "resolution").standing == "running"


def test_words_older_than_the_solution_make_it_owed_again() -> None:
    house = factories.house()
    ticket = _urgent(house)
    closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY + HOUR)
    ticket = _says_late(ticket, "It still smokes", at=MONDAY + 59 * MINUTE, now=MONDAY + 61 * MINUTE)
    assert ticket.status == Status.OPEN
    assert _promise(ticket, "resolution").standing == "running"


def test_closing_what_is_closed_changes_nothing() -> None:
    house = factories.house()
    ticket = _urgent(house)
    alice = factories.actor(house.alice)
    closing.close(alice, ticket_id=ticket.pk, reason="spam", now=MONDAY + MINUTE)
    closing.close(alice, ticket_id=ticket.pk, reason="spam", now=MONDAY + 2 * MINUTE)
    ticket.refresh_from_db()
    assert ticket.closed_at == MONDAY + MINUTE
    assert Event.objects.filter(ticket_id=ticket.pk, code="ticket.closed").count() == 1


def test_a_fact_changed_on_a_ticket_at_rest_promises_nothing() -> None:
    house = factories.house()
    ticket = factories.ticket(house, kind="enquiry", agent=house.alice, at=MONDAY)
    alice = factories.actor(house.alice)
    closing.close(alice, ticket_id=ticket.pk, reason="withdrawn", now=MONDAY + MINUTE)
    upkeep.change(alice, ticket_id=ticket.pk, facts={"kind": "fault"}, now=MONDAY + 2 * MINUTE)
    assert not Promise.objects.filter(ticket=ticket, ended_at=None).exists()


def test_what_is_promised_only_after_days_is_not_broken_at_once() -> None:
    house = factories.house()
    ticket = factories.ticket(house, kind="presales", agent=house.alice, at=MONDAY)
    assert not Promise.objects.filter(ticket=ticket, milestone="handoff").exists()
    later = MONDAY + 72 * HOUR
    upkeep.change(
        factories.actor(house.alice), ticket_id=ticket.pk, facts={"kind": "fault", "urgency": "urgent"}, reason="Smoke",
        now=later,
    )  # fmt: skip
    handoff = _promise(ticket, "handoff")
    assert (handoff.broken_at, handoff.started_at) == (None, later)


def test_a_promise_learnt_of_after_its_due_moment_is_broken_in_the_ledger() -> None:
    house = factories.house()
    ticket = factories.ticket(house, at=MONDAY)
    late = factories.arrival("Smoke!", at=MONDAY, ticket_kind="fault", urgency="urgent")
    pk = factories._take(late, house.chen, "mail", MONDAY + HOUR)
    assert pk != ticket.pk
    broken = Event.objects.get(ticket_id=pk, code="promise.broken", params__milestone="first_response")
    assert broken.params["due"] == (MONDAY + 15 * MINUTE).isoformat()


@pytest.mark.parametrize("then", ["resolve", "wait"])
def test_who_may_only_reply_cannot_resolve_or_pause_by_it(then: str) -> None:
    house = factories.house()
    ticket = _urgent(house)
    program = Actor(kind="token", id=1, teams=None, verbs=frozenset({"ticket.reply"}))
    with pytest.raises(NotAllowed):
        reply.answer(program, ticket_id=ticket.pk, said=reply.Said("Done", then=then), now=MONDAY + MINUTE)
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW
    assert not ticket.messages.filter(author="staff").exists()
