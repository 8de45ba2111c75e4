"""Warnings, breaches and escalation fire once, in order, to the right people, however late the worker is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.alerts import services as alerts
from yingnuo.alerts.models import Notice
from yingnuo.journey import reply, sweep, upkeep
from yingnuo.kit.errors import NotFound
from yingnuo.ledger.models import Event
from yingnuo.people.models import Absence, Staff
from yingnuo.promises.models import Promise, TermsCopy
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def _urgent(house: House) -> Ticket:
    return factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=MONDAY)


def _told(step: str) -> set[tuple[str, str]]:
    rows = Notice.objects.filter(step=step, milestone="first_response")
    return set(rows.values_list("staff__username", "way"))


def test_nothing_is_due_before_its_moment() -> None:
    house = factories.house()
    _urgent(house)
    assert sweep.run_once(now=MONDAY + 7 * MINUTE).promises == 0
    assert not Notice.objects.exists()


def test_a_fifteen_minute_promise_warns_at_half_its_budget_by_mail_and_sms() -> None:
    house = factories.house()
    _urgent(house)
    sweep.run_once(now=MONDAY + 7 * MINUTE + 30 * SECOND)
    people = {"alice", "bo", "mia"}  # agent, lead, and the head of the department concerned by faults
    assert _told("warn") == {(who, way) for who in people for way in ("in_app", "mail", "sms")}


def test_a_second_round_over_the_same_moment_writes_nothing() -> None:
    house = factories.house()
    _urgent(house)
    at = MONDAY + 8 * MINUTE
    sweep.run_once(now=at)
    before = Notice.objects.count()
    assert sweep.run_once(now=at).notices == 0
    assert Notice.objects.count() == before


def test_without_acknowledgement_it_goes_up_the_line() -> None:
    house = factories.house()
    _urgent(house)
    sweep.run_once(now=MONDAY + 8 * MINUTE)
    sweep.run_once(now=MONDAY + 11 * MINUTE)
    assert {who for who, _way in _told("warn-up")} == {"mia"}


def test_an_acknowledged_warning_goes_no_further() -> None:
    house = factories.house()
    _urgent(house)
    sweep.run_once(now=MONDAY + 8 * MINUTE)
    notice = Notice.objects.get(step="warn", milestone="first_response", way="in_app", staff=house.alice)
    alerts.acknowledge(factories.actor(house.alice), notice=notice.pk, now=MONDAY + 9 * MINUTE)
    sweep.run_once(now=MONDAY + 12 * MINUTE)
    assert _told("warn-up") == set()
    assert Notice.objects.filter(step="warn", milestone="first_response", acked_at=None).count() == 0


def test_somebody_elses_notice_cannot_be_acknowledged() -> None:
    house = factories.house()
    _urgent(house)
    sweep.run_once(now=MONDAY + 8 * MINUTE)
    notice = Notice.objects.filter(staff=house.alice)[0]
    with pytest.raises(NotFound):
        alerts.acknowledge(factories.actor(house.dee), notice=notice.pk, now=MONDAY + 9 * MINUTE)
    notice.refresh_from_db()
    assert notice.acked_at is None


def test_a_breach_is_dated_at_its_due_instant_however_late_the_worker_is() -> None:
    house = factories.house()
    ticket = _urgent(house)
    sweep.run_once(now=MONDAY + 40 * MINUTE)
    first = Promise.objects.get(ticket=ticket, milestone="first_response")
    event = Event.objects.get(ticket_id=ticket.pk, code="promise.broken", params__milestone="first_response")
    assert (first.standing, first.broken_at) == ("broken", MONDAY + 15 * MINUTE)
    assert event.params["due"] == (MONDAY + 15 * MINUTE).isoformat()


def test_missed_warnings_collapse_into_the_breach_notice() -> None:
    house = factories.house()
    ticket = _urgent(house)
    sweep.run_once(now=MONDAY + 16 * MINUTE)
    assert _told("warn") == set()
    assert {who for who, _way in _told("broken")} == {"alice", "bo", "mia"}
    skipped = Event.objects.filter(ticket_id=ticket.pk, code="notice.skipped", params__milestone="first_response")
    assert [e.params["step"] for e in skipped] == ["warn"]


def test_the_ladder_climbs_after_the_breach() -> None:
    house = factories.house()
    _urgent(house)
    for minutes in (8, 16, 31, 76):
        sweep.run_once(now=MONDAY + minutes * MINUTE)
    steps = set(Notice.objects.filter(milestone="first_response").values_list("step", flat=True))
    assert {"warn", "broken", "broken-15m", "broken-1h"} <= steps


def test_an_answer_disarms_everything_that_was_to_come() -> None:
    house = factories.house()
    ticket = _urgent(house)
    reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=reply.Said("Unplug it."), now=MONDAY + MINUTE)
    sweep.run_once(now=MONDAY + 20 * MINUTE)
    assert not Notice.objects.filter(milestone="first_response").exists()


def test_who_is_on_leave_is_stood_in_for_by_his_deputy() -> None:
    house = factories.house()
    Staff.objects.filter(pk=house.bo.pk).update(deputy=house.eve)
    Absence.objects.create(staff=house.bo, starts_at=MONDAY - MINUTE, ends_at=MONDAY + 600 * MINUTE)
    _urgent(house)
    sweep.run_once(now=MONDAY + 8 * MINUTE)
    assert {who for who, _way in _told("warn")} == {"alice", "eve", "mia"}


def test_without_a_deputy_it_goes_up_the_line() -> None:
    house = factories.house()
    Absence.objects.create(staff=house.alice, starts_at=MONDAY - MINUTE, ends_at=MONDAY + 600 * MINUTE)
    _urgent(house)
    sweep.run_once(now=MONDAY + 8 * MINUTE)
    assert {who for who, _way in _told("warn")} == {"bo", "mia"}


def test_a_snoozed_ticket_wakes_at_its_moment() -> None:
    house = factories.house()
    ticket = _urgent(house)
    upkeep.snooze(factories.actor(house.alice), ticket_id=ticket.pk, until=MONDAY + 5 * MINUTE, now=MONDAY)
    assert sweep.run_once(now=MONDAY + 4 * MINUTE).woken == 0
    assert sweep.run_once(now=MONDAY + 5 * MINUTE).woken == 1
    ticket.refresh_from_db()
    assert ticket.wake_at is None


def test_lateness_is_measured() -> None:
    house = factories.house()
    _urgent(house)
    assert sweep.run_once(now=MONDAY + 9 * MINUTE).latest_s == 90


def test_one_promise_that_cannot_be_judged_does_not_silence_the_others() -> None:
    house = factories.house()
    bad, good = _urgent(house), _urgent(house)
    spec = {**Promise.objects.get(ticket=bad, milestone="first_response").terms.spec, "calendar": "gone@7"}
    terms = TermsCopy.objects.create(digest="bad", spec=spec)
    Promise.objects.filter(ticket=bad, milestone="first_response").update(terms=terms, first_terms=terms)
    sweep.run_once(now=MONDAY + 8 * MINUTE)
    told = Notice.objects.filter(milestone="first_response").values_list("ticket_id", flat=True)
    assert set(told) == {good.pk}
    assert Promise.objects.get(ticket=bad, milestone="first_response").next_at == MONDAY + 68 * MINUTE
