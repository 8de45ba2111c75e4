"""The edge rules of the engine's law that are about tickets, one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.alerts import storms
from yingnuo.alerts.models import Notice
from yingnuo.alerts.storms import Verdict
from yingnuo.journey import closing, reply, sweep, upkeep
from yingnuo.kit.errors import Invalid
from yingnuo.ledger.models import Event
from yingnuo.people.roles import BOT, SYSTEM
from yingnuo.promises import services as promises
from yingnuo.promises.models import Outcome, Promise
from yingnuo.promises.standards import copies_of, terms_of
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def _urgent(house: House) -> Ticket:
    return factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=MONDAY)


def _first(ticket: Ticket) -> Promise:
    return Promise.objects.get(ticket=ticket, milestone="first_response")


def test_while_paused_no_due_is_armed_and_nobody_is_warned() -> None:
    house = factories.house()
    ticket = _urgent(house)
    closing.pause(factories.actor(house.alice), ticket_id=ticket.pk, reason="waiting_parts", now=MONDAY + HOUR)
    resolution = Promise.objects.get(ticket=ticket, milestone="resolution")
    assert (resolution.due_at, resolution.next_at) == (None, None)
    sweep.run_once(now=MONDAY + 100 * HOUR)
    assert not Notice.objects.filter(milestone="resolution").exists()


def test_event_recorded_late_corrects_the_standing_and_keeps_what_was_sent() -> None:
    house = factories.house()
    ticket = _urgent(house)
    sweep.run_once(now=MONDAY + 20 * MINUTE)
    sent = Notice.objects.filter(milestone="first_response").count()
    assert (_first(ticket).standing, sent > 0) == ("broken", True)
    promises.answered(SYSTEM, ticket=ticket, speaker="person", at=MONDAY + 5 * MINUTE, now=MONDAY + 30 * MINUTE)
    first = _first(ticket)
    assert (first.standing, first.broken_at, first.met_at) == ("kept", None, MONDAY + 5 * MINUTE)
    assert Notice.objects.filter(milestone="first_response").count() == sent
    codes = Event.objects.filter(subject=f"promise:{first.pk}").order_by("id").values_list("code", flat=True)
    assert list(codes)[-2:] == ["promise.corrected", "promise.kept"]
    noted = Event.objects.get(code="promise.corrected").params
    assert (noted["was"], noted["is"], noted["happened"]) == ("broken", "kept", (MONDAY + 5 * MINUTE).isoformat())
    assert Outcome.objects.get(promise=first).standing == "kept"


def test_an_answer_told_late_corrects_what_a_later_answer_had_met_too_late() -> None:
    house = factories.house()
    ticket = _urgent(house)
    alice = factories.actor(house.alice)
    reply.answer(alice, ticket_id=ticket.pk, said=reply.Said("On it."), now=MONDAY + 40 * MINUTE)
    assert (_first(ticket).standing, Outcome.objects.get(milestone="first_response").standing) == ("broken", "broken")
    ticket.refresh_from_db()
    said = reply.Said("Told him on the phone.")
    reply.answer_locked(alice, ticket=ticket, said=said, at=MONDAY + 10 * MINUTE, now=MONDAY + HOUR)
    first = _first(ticket)
    assert (first.standing, first.met_at) == ("kept", MONDAY + 10 * MINUTE)
    assert Outcome.objects.get(promise=first).standing == "kept"
    assert Ticket.objects.get(pk=ticket.pk).first_response_at == MONDAY + 10 * MINUTE
    assert Event.objects.filter(code="promise.corrected", subject=f"promise:{first.pk}").count() == 1


def test_an_answer_told_late_that_was_late_itself_moves_only_the_overrun() -> None:
    house = factories.house()
    ticket = _urgent(house)
    alice = factories.actor(house.alice)
    reply.answer(alice, ticket_id=ticket.pk, said=reply.Said("On it."), now=MONDAY + 40 * MINUTE)
    promises.answered(SYSTEM, ticket=ticket, speaker="person", at=MONDAY + 16 * MINUTE, now=MONDAY + HOUR)
    assert (_first(ticket).standing, _first(ticket).overrun) == ("broken", 60)
    noted = Event.objects.get(code="promise.corrected").params
    assert (noted["was"], noted["is"]) == ("broken", "broken")


def test_owed_again_after_a_restart_is_no_correction() -> None:
    house = factories.house()
    ticket = _urgent(house)
    Promise.objects.filter(ticket=ticket).exclude(milestone="resolution").delete()
    solution = Promise.objects.get(ticket=ticket)
    terms = replace(terms_of(solution.terms_id), on_reopen="restart")
    copy = copies_of({terms})[terms]
    Promise.objects.filter(pk=solution.pk).update(first_terms_id=copy, terms_id=copy)
    closing.resolve(SYSTEM, ticket_id=ticket.pk, now=MONDAY + 30 * HOUR)
    promises.reopened(SYSTEM, ticket=Ticket.objects.get(pk=ticket.pk), at=MONDAY + 40 * HOUR, now=MONDAY + 40 * HOUR)
    assert not Event.objects.filter(code="promise.corrected").exists()


def test_warning_later_than_the_limit_because_the_target_shrank_fires_at_once() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    alice = factories.actor(house.alice)
    at = MONDAY + 10 * MINUTE
    upkeep.change(alice, ticket_id=ticket.pk, facts={"urgency": "urgent"}, reason="Smoke", now=at)
    sweep.run_once(now=at)
    assert Notice.objects.filter(step="warn", milestone="first_response", staff=house.alice).exists()


def test_warning_is_skipped_with_a_record_when_nothing_of_the_shrunken_target_remains() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    at = MONDAY + 30 * MINUTE
    upkeep.change(SYSTEM, ticket_id=ticket.pk, facts={"urgency": "urgent"}, reason="Smoke", now=at)
    sweep.run_once(now=at + SECOND)
    steps = set(Notice.objects.filter(milestone="first_response").values_list("step", flat=True))
    assert steps == {"broken"}
    assert Event.objects.filter(ticket_id=ticket.pk, code="promise.broken").exists()


def test_storm_comes_as_one_digest_and_the_ledger_keeps_all() -> None:
    house = factories.house()
    tickets = [_urgent(house) for _ in range(8)]
    sweep.run_once(now=MONDAY + 8 * MINUTE)
    rows = list(Notice.objects.filter(staff=house.alice, way="mail", milestone="first_response"))
    passed = storms.pass_on(
        staff=house.alice.pk, way="mail", problems=[""] * len(rows), threshold=6, now=MONDAY + 8 * MINUTE
    )
    assert (len(rows), passed) == (8, Verdict(digest=True))
    given = Event.objects.filter(code="notice.given", params__milestone="first_response", params__step="warn")
    assert set(given.values_list("ticket_id", flat=True)) == {t.pk for t in tickets}


def test_reassigned_after_the_breach_the_blame_stays_with_the_holder_at_the_breach() -> None:
    house = factories.house()
    ticket = _urgent(house)
    sweep.run_once(now=MONDAY + 16 * MINUTE)
    upkeep.assign(SYSTEM, ticket_id=ticket.pk, team=house.front.pk, agent=house.bo.pk, now=MONDAY + 20 * MINUTE)
    broken = Event.objects.get(ticket_id=ticket.pk, code="promise.broken", params__milestone="first_response")
    assert broken.params["holder"] == house.alice.pk


def test_resolved_without_an_answer_the_first_response_is_cancelled_and_counted() -> None:
    house = factories.house()
    ticket = _urgent(house)
    closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY + 10 * MINUTE)
    first = _first(ticket)
    assert (first.standing, first.met_at, first.ended_at) == ("cancelled", None, MONDAY + 10 * MINUTE)
    assert Outcome.objects.get(promise=first).standing == "cancelled"
    said = Event.objects.get(code="promise.cancelled", subject=f"promise:{first.pk}")
    assert said.params["reason"] == "resolved_without_answer"
    assert Promise.objects.get(ticket=ticket, milestone="resolution").standing == "kept"


def test_resolved_without_an_answer_an_overdue_first_response_stays_broken_and_unmet() -> None:
    house = factories.house()
    ticket = _urgent(house)
    closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY + 40 * MINUTE)
    first = _first(ticket)
    assert (first.standing, first.met_at, first.broken_at) == ("broken", None, MONDAY + 15 * MINUTE)
    assert Outcome.objects.get(promise=first).standing == "broken"


def test_a_holding_word_with_the_solution_is_no_first_response() -> None:
    house = factories.house()
    ticket = _urgent(house)
    said = reply.Said("One moment.", qualified=False, then="resolve")
    reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=said, now=MONDAY + 5 * MINUTE)
    assert _first(ticket).standing == "cancelled"


def test_reopened_is_never_broken_at_once_and_is_warned_of_again() -> None:
    house = factories.house()
    ticket = _urgent(house)
    alice = factories.actor(house.alice)
    closing.resolve(alice, ticket_id=ticket.pk, now=MONDAY + 23 * HOUR + 59 * MINUTE)
    closing.reopen(alice, ticket_id=ticket.pk, now=MONDAY + 60 * HOUR)
    resolution = Promise.objects.get(ticket=ticket, milestone="resolution")
    assert (resolution.standing, resolution.due_at) == ("running", MONDAY + 60 * HOUR + MINUTE)
    sweep.run_once(now=MONDAY + 60 * HOUR)
    assert Notice.objects.filter(milestone="resolution", step="warn").exists()


def test_automatic_acknowledgement_meets_no_clock() -> None:
    house = factories.house()
    ticket = _urgent(house)
    assert ticket.messages.filter(author="system", public=True).exists()
    assert _first(ticket).standing == "running"


def test_finished_promises_are_never_rewritten_by_a_change_of_urgency() -> None:
    house = factories.house()
    ticket = _urgent(house)
    alice = factories.actor(house.alice)
    reply.answer(alice, ticket_id=ticket.pk, said=reply.Said("On it."), now=MONDAY + 14 * MINUTE)
    kept = Promise.objects.filter(pk=_first(ticket).pk).values().get()
    upkeep.change(alice, ticket_id=ticket.pk, facts={"urgency": "general"}, reason="It runs", now=MONDAY + 20 * MINUTE)
    assert Promise.objects.filter(pk=kept["id"]).values().get() == kept


def test_a_subject_is_one_line_of_at_most_two_hundred_characters() -> None:
    house = factories.house()
    ticket = _urgent(house)
    upkeep.change(SYSTEM, ticket_id=ticket.pk, facts={"subject": "Two\r\nlines"}, now=MONDAY)
    ticket.refresh_from_db()
    assert ticket.subject == "Two lines"
    for odd in ({"subject": "x" * 201}, {"subject": " "}, {"region": "x" * 41}):
        with pytest.raises(Invalid):
            upkeep.change(SYSTEM, ticket_id=ticket.pk, facts=odd, now=MONDAY)


def test_an_answer_of_the_bot_meets_no_first_response_that_a_person_was_promised_for() -> None:
    house = factories.house()
    ticket = _urgent(house)
    reply.answer(BOT, ticket_id=ticket.pk, said=reply.Said("Have you tried the manual?"), now=MONDAY + MINUTE)
    assert _first(ticket).standing == "running"
