"""What happens to a ticket's promises when something happens to the ticket: the edge rules, through the journey."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.desk import around, choices, warned
from yingnuo.journey import closing, reply, upkeep
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany
from yingnuo.ledger.models import Event
from yingnuo.promises.models import Mark, Outcome, Promise
from yingnuo.tickets.models import Message, Status, Ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def _promise(ticket: Ticket, milestone: str) -> Promise:
    return Promise.objects.filter(ticket=ticket, milestone=milestone).order_by("-pk")[0]


def _answer(house: House, ticket: Ticket, at: datetime, text: str = "On it.", **how: object) -> None:
    reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=reply.Said(text, **how), now=at)


def test_an_answer_at_the_very_due_second_is_kept() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    _answer(house, ticket, MONDAY + 15 * MINUTE)
    assert _promise(ticket, "first_response").standing == "kept"
    assert Outcome.objects.get(ticket_id=ticket.pk, milestone="first_response").standing == "kept"


def test_one_second_later_is_broken_and_dated_at_the_due_instant() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    _answer(house, ticket, MONDAY + 15 * MINUTE + timedelta(seconds=1))
    first = _promise(ticket, "first_response")
    assert (first.standing, first.broken_at, first.overrun) == ("broken", MONDAY + 15 * MINUTE, 1)


def test_a_holding_word_meets_no_clock() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    _answer(house, ticket, MONDAY + MINUTE, qualified=False)
    assert _promise(ticket, "first_response").standing == "running"


def test_a_note_meets_no_clock_and_the_customer_never_sees_it() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    message = reply.note(factories.actor(house.alice), ticket_id=ticket.pk, text="Known fault.", now=MONDAY + MINUTE)
    assert not message.public
    assert _promise(ticket, "first_response").standing == "running"


def test_each_unanswered_message_has_its_own_clock_and_one_answer_meets_them_all() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    _answer(house, ticket, MONDAY + MINUTE)
    factories.says(ticket, "One", at=MONDAY + 5 * MINUTE)
    factories.says(ticket, "Two", at=MONDAY + 9 * MINUTE)
    running = Promise.objects.filter(ticket=ticket, milestone="next_response", standing="running")
    assert [p.due_at for p in running.order_by("id")] == [MONDAY + 35 * MINUTE, MONDAY + 39 * MINUTE]
    _answer(house, ticket, MONDAY + 20 * MINUTE)
    assert Promise.objects.filter(ticket=ticket, milestone="next_response", standing="kept").count() == 2


def test_a_pause_moves_the_due_moment_by_the_working_time_paused() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    before = _promise(ticket, "resolution").due_at
    actor = factories.actor(house.alice)
    closing.pause(actor, ticket_id=ticket.pk, reason="waiting_parts", now=MONDAY + HOUR)
    paused = _promise(ticket, "resolution")
    assert (paused.standing, paused.due_at, paused.remaining) == ("paused", None, 23 * 3600)
    closing.resume(actor, ticket_id=ticket.pk, now=MONDAY + 3 * HOUR)
    assert _promise(ticket, "resolution").due_at == before + 2 * HOUR


def test_a_first_response_is_not_paused_by_waiting_for_parts() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    closing.pause(factories.actor(house.alice), ticket_id=ticket.pk, reason="waiting_parts", now=MONDAY + MINUTE)
    assert _promise(ticket, "first_response").standing == "running"


def test_a_pause_after_the_breach_stops_the_overrun_and_does_not_unbreak() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    actor = factories.actor(house.alice)
    closing.pause(actor, ticket_id=ticket.pk, reason="waiting_parts", now=MONDAY + 25 * HOUR)
    closing.resume(actor, ticket_id=ticket.pk, now=MONDAY + 30 * HOUR)
    closing.resolve(actor, ticket_id=ticket.pk, now=MONDAY + 31 * HOUR)
    resolution = _promise(ticket, "resolution")
    assert (resolution.standing, resolution.overrun) == ("broken", 2 * 3600)


def test_changing_the_urgency_retargets_with_the_elapsed_time_carried_over() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    upkeep.change(
        factories.actor(house.alice), ticket_id=ticket.pk, facts={"urgency": "important"}, reason="It runs again",
        now=MONDAY + 10 * MINUTE,
    )  # fmt: skip
    first = _promise(ticket, "first_response")
    assert first.due_at == MONDAY + HOUR  # the gold customer's hour, counted from the start
    assert Event.objects.filter(ticket_id=ticket.pk, code="promise.retargeted").exists()


def test_a_shrunken_target_breaks_at_the_change_and_never_before() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    later = MONDAY + 30 * MINUTE
    upkeep.change(
        factories.actor(house.alice), ticket_id=ticket.pk, facts={"urgency": "urgent"}, reason="Smoke", now=later
    )
    assert _promise(ticket, "first_response").due_at == later


def test_changing_urgency_by_hand_without_a_reason_is_refused_and_changes_nothing() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    with pytest.raises(Invalid):
        upkeep.change(factories.actor(house.alice), ticket_id=ticket.pk, facts={"urgency": "urgent"}, now=MONDAY)
    ticket.refresh_from_db()
    assert ticket.urgency == "general"
    assert not Event.objects.filter(ticket_id=ticket.pk, code="ticket.changed").exists()


def test_reopening_continues_and_the_closed_time_counts_as_a_pause() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    actor = factories.actor(house.alice)
    closing.resolve(actor, ticket_id=ticket.pk, now=MONDAY + HOUR)
    assert Outcome.objects.filter(ticket_id=ticket.pk, milestone="resolution").exists()
    closing.reopen(actor, ticket_id=ticket.pk, now=MONDAY + 49 * HOUR)
    resolution = _promise(ticket, "resolution")
    assert (resolution.standing, resolution.due_at) == ("running", MONDAY + 72 * HOUR)
    assert not Outcome.objects.filter(ticket_id=ticket.pk, milestone="resolution").exists()


def test_merging_keeps_the_earliest_start_and_cancels_the_absorbed_promises() -> None:
    house = factories.house()
    older = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    newer = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY + 5 * MINUTE)
    upkeep.merge(factories.actor(house.alice), ticket_id=newer.pk, absorb_id=older.pk, now=MONDAY + 8 * MINUTE)
    older.refresh_from_db()
    assert (older.status, older.merged_into_id) == (Status.CLOSED, newer.pk)
    assert set(Promise.objects.filter(ticket=older).values_list("standing", flat=True)) == {"cancelled"}
    assert _promise(newer, "first_response").due_at == MONDAY + 15 * MINUTE
    assert Message.objects.filter(ticket=newer, author="customer").count() == 2


def test_a_broken_promise_is_not_whitewashed_by_closing_the_ticket() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    closing.close(factories.actor(house.alice), ticket_id=ticket.pk, reason="withdrawn", now=MONDAY + HOUR)
    assert Outcome.objects.get(ticket_id=ticket.pk, milestone="first_response").standing == "broken"
    assert Outcome.objects.get(ticket_id=ticket.pk, milestone="resolution").standing == "cancelled"


def test_a_closing_thanks_is_marked_as_needing_no_reply() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    _answer(house, ticket, MONDAY + MINUTE)
    factories.says(ticket, "Thanks!", at=MONDAY + 3 * MINUTE)
    reply.no_reply_needed(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY + 4 * MINUTE)
    assert _promise(ticket, "next_response").standing == "cancelled"
    assert Mark.objects.filter(promise__ticket=ticket, reason="no_reply_needed").exists()


def test_giving_the_ticket_to_a_technician_keeps_the_handoff() -> None:
    house = factories.house()
    ticket = factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=MONDAY)
    upkeep.assign(
        factories.actor(house.bo), ticket_id=ticket.pk, team=house.technicians.pk, agent=house.eve.pk,
        now=MONDAY + 10 * MINUTE,
    )  # fmt: skip
    assert _promise(ticket, "handoff").standing == "kept"
    assert _promise(ticket, "resolution").agent == house.eve


def test_a_stranger_cannot_answer_and_nothing_changes() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    with pytest.raises(NotFound):
        reply.answer(factories.actor(house.dee), ticket_id=ticket.pk, said=reply.Said("Hello"), now=MONDAY)
    assert not Message.objects.filter(ticket=ticket, author="staff").exists()
    assert _promise(ticket, "first_response").standing == "running"


def test_a_customer_cannot_use_the_desks_verbs() -> None:
    house = factories.house()
    ticket = factories.ticket(house, at=MONDAY)
    with pytest.raises(NotAllowed):
        closing.resolve(factories.actor(house.chen), ticket_id=ticket.pk, now=MONDAY)
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW


def test_resolving_twice_is_a_conflict() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY)
    with pytest.raises(Conflict):
        closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY)


def test_urging_tells_holder_and_lead_and_can_be_done_every_ten_minutes() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    upkeep.urge(factories.actor(house.chen), ticket_id=ticket.pk, now=MONDAY)
    with pytest.raises(TooMany):
        upkeep.urge(factories.actor(house.chen), ticket_id=ticket.pk, now=MONDAY + 9 * MINUTE)
    upkeep.urge(factories.actor(house.chen), ticket_id=ticket.pk, now=MONDAY + 10 * MINUTE)
    ticket.refresh_from_db()
    assert ticket.urged == 2


def test_urging_about_tickets_without_promises_is_told_for_each_of_them() -> None:
    house = factories.house()
    tickets = [factories.ticket(house, agent=house.alice, at=MONDAY) for _ in range(2)]
    Promise.objects.all().delete()
    for ticket in tickets:
        upkeep.urge(factories.actor(house.chen), ticket_id=ticket.pk, now=MONDAY)
    shown = [warned.told(around.of(ticket.pk, ticket.contact_id).notices, choices.names()) for ticket in tickets]
    assert [house.alice.name in {line.name for line in lines} for lines in shown] == [True, True]


def test_loads_follow_opening_resolving_and_reopening() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    loads = []
    for step in (closing.resolve, closing.reopen):
        house.alice.refresh_from_db()
        loads.append(house.alice.load)
        step(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY)
    house.alice.refresh_from_db()
    assert [*loads, house.alice.load] == [1, 0, 1]


def test_a_fact_that_changed_while_the_ticket_rested_counts_when_it_is_reopened() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    actor = factories.actor(house.alice)
    closing.resolve(actor, ticket_id=ticket.pk, now=MONDAY + HOUR)
    given = Promise.objects.filter(ticket=ticket).count()
    facts = {"urgency": "important"}
    upkeep.change(actor, ticket_id=ticket.pk, facts=facts, reason="It was less", now=MONDAY + 2 * HOUR)
    assert Promise.objects.filter(ticket=ticket).count() == given
    closing.reopen(actor, ticket_id=ticket.pk, now=MONDAY + 3 * HOUR)
    assert _promise(ticket, "resolution").terms.spec["rule"] == "key-important"
