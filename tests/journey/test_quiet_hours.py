"""Mail and SMS wait for the end of quiet hours, unless the step goes through or nobody would be reached in time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from tests import factories
from tests.factories import House
from yingnuo.alerts import preferences, telling
from yingnuo.alerts.models import Notice
from yingnuo.alerts.preferences import Facts
from yingnuo.alerts.quiet import NEVER, Quiet
from yingnuo.alerts.rules import Wishes
from yingnuo.engine.terms import Step
from yingnuo.journey import sweep, upkeep
from yingnuo.people.models import Presence, Staff
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
EVENING = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)  # the staff of the tests live in UTC
MORNING = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
NIGHT = Quiet("hours", time(22), time(7))


def _quiet_for_all(house: House) -> None:
    preferences.set_rule(factories.actor(house.mia), facts=Facts(NIGHT), now=EVENING)


def _awake(person: Staff) -> None:
    preferences.choose(factories.actor(person), staff=person.pk, wishes=Wishes(NEVER), now=EVENING)


def _urgent(house: House) -> Ticket:
    """Its first response is due at 23:15, and warned of at 23:07:30."""
    return factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=EVENING)


def _held(step: str = "warn") -> dict[tuple[str, str], bool]:
    rows = Notice.objects.filter(step=step, milestone="first_response")
    return {(n.staff.username, n.way): n.problem == "quiet" for n in rows.select_related("staff")}


def test_who_sleeps_is_held_while_somebody_else_is_reached_at_once() -> None:
    house = factories.house()
    _quiet_for_all(house)
    _awake(house.bo)
    _urgent(house)
    sweep.run_once(now=EVENING + 8 * MINUTE)
    held = _held()
    assert {way for (who, way), waits in held.items() if who == "bo" and not waits} == {"in_app", "mail", "sms"}
    assert held["alice", "mail"]
    assert held["alice", "sms"]
    assert not held["alice", "in_app"]
    waiting = Notice.objects.filter(problem="quiet")
    assert set(waiting.values_list("state", "retry_at")) == {("pending", MORNING)}


def test_where_nobody_would_be_reached_in_time_the_lead_is_woken() -> None:
    house = factories.house()
    _quiet_for_all(house)
    _urgent(house)
    sweep.run_once(now=EVENING + 8 * MINUTE)
    assert {who for (who, way), waits in _held().items() if way == "sms" and not waits} == {"bo"}
    assert {who for (who, way), waits in _held().items() if way == "sms" and waits} == {"alice", "mia"}


def test_those_on_duty_are_told_before_the_lead_is_woken() -> None:
    house = factories.house()
    _quiet_for_all(house)
    night_shift = factories.staff("nina", team=house.front, presence=Presence.ONLINE)
    _urgent(house)
    sweep.run_once(now=EVENING + 8 * MINUTE)
    assert {who for (who, way), waits in _held().items() if way == "sms" and not waits} == {night_shift.username}
    assert Notice.objects.filter(staff=night_shift, role="on_duty", step="warn").exists()
    assert _held()["bo", "sms"]


def test_what_is_due_after_the_night_wakes_nobody() -> None:
    house = factories.house()
    _quiet_for_all(house)
    ticket = _urgent(house)
    first = Promise.objects.get(ticket=ticket, milestone="first_response")
    addressed = telling.Addressed(
        (telling.Address(house.alice.pk, "holder", "mail", 9),),
        (telling.Address(house.bo.pk, "lead", "mail", None),), 500,
    )  # fmt: skip
    assert first.due_at == EVENING + 15 * MINUTE
    assert addressed.for_due(500) == addressed.calm  # due when the first of them wakes: in time
    assert addressed.for_due(499) == addressed.urgent
    assert addressed.for_due(None) == addressed.calm


def test_a_step_that_goes_through_is_held_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def through(step: Step) -> bool:
        return step.code == "warn"

    monkeypatch.setattr(telling, "disturbs", through)
    house = factories.house()
    _quiet_for_all(house)
    _urgent(house)
    sweep.run_once(now=EVENING + 8 * MINUTE)
    assert len(_held()) == 9
    assert not any(_held().values())


def test_the_first_second_after_the_night_holds_nothing() -> None:
    house = factories.house()
    _quiet_for_all(house)
    factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=MORNING - 8 * MINUTE)
    sweep.run_once(now=MORNING)
    assert Notice.objects.filter(step="warn", milestone="first_response", problem="").count() == 9


def test_what_a_person_added_comes_and_what_he_may_switch_off_does_not() -> None:
    house = factories.house()
    preferences.set_rule(factories.actor(house.mia), facts=Facts(optional=("sms",)), now=EVENING)
    preferences.choose(factories.actor(house.alice), staff=house.alice.pk, wishes=Wishes(off=("sms",)), now=EVENING)
    _urgent(house)
    sweep.run_once(now=EVENING + 8 * MINUTE)
    assert {way for who, way in _held() if who == "alice"} == {"in_app", "mail"}
    assert {way for who, way in _held() if who == "bo"} == {"in_app", "mail", "sms"}


def test_urging_obeys_the_same_hours() -> None:
    house = factories.house()
    _quiet_for_all(house)
    _awake(house.bo)
    ticket = factories.ticket(house, agent=house.alice, at=EVENING)
    upkeep.urge(factories.actor(house.chen), ticket_id=ticket.pk, now=EVENING + MINUTE)
    rows = Notice.objects.filter(reason="urged", way="sms")
    waits = {n.staff.username: n.problem == "quiet" for n in rows.select_related("staff")}
    assert waits == {"alice": True, "bo": False}
