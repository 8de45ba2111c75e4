"""Are volume, reopening, dispatch, backlog and warnings what a pencil says?"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from tests import factories
from tests.factories import MONDAY
from tests.scorecards.situations import FIRST, MINUTE, NOON, SHANGHAI, answer, five, measured
from yingnuo.alerts import services as alerts
from yingnuo.alerts.models import Notice
from yingnuo.engine import kpi
from yingnuo.journey import closing, sweep, upkeep
from yingnuo.promises.models import Outcome
from yingnuo.scorecards import periods
from yingnuo.scorecards.queries import summary
from yingnuo.scorecards.sight import Filters

pytestmark = pytest.mark.django_db


def test_volume_and_heat() -> None:
    house = factories.house()
    five(house)
    found = measured(house).flow.volume
    assert (found.arrived, found.resolved) == (5, 1)
    assert found.heat[0][10] == 5  # Monday, ten o'clock in Shanghai
    assert (found.arrivals[10], found.resolutions[10]) == (5, 1)


@pytest.mark.parametrize(("zone", "counts"), [("Asia/Shanghai", (0, 1)), ("UTC", (1, 0)), ("Asia/Kolkata", (0, 1))])
def test_the_readers_zone_decides_the_day(zone: str, counts: tuple[int, int]) -> None:
    house = factories.house()
    factories.ticket(house, at=datetime(2026, 3, 2, 19, 0, tzinfo=UTC))
    now = datetime(2026, 3, 3, 23, 0, tzinfo=UTC)
    period = periods.between(date(2026, 3, 2), date(2026, 3, 3), zone=ZoneInfo(zone), now=now)
    found = summary(factories.actor(house.root), period, now=now)
    assert found.flow.volume.arrivals == counts


def test_what_came_between_the_two_periods_is_in_neither() -> None:
    house = factories.house()
    factories.ticket(house, at=NOON - 1440 * MINUTE + MINUTE)  # yesterday one minute past noon
    factories.ticket(house, at=NOON - 1440 * MINUTE - MINUTE)
    found = measured(house).flow.volume
    assert (found.arrived, found.arrived_before) == (0, 1)


def test_reopen_rate() -> None:
    house = factories.house()
    actor = factories.actor(house.alice)
    tickets = [factories.ticket(house, agent=house.alice, at=MONDAY) for _n in range(3)]
    for ticket in tickets[:2]:
        closing.resolve(actor, ticket_id=ticket.pk, now=MONDAY + MINUTE)
    closing.reopen(actor, ticket_id=tickets[0].pk, now=MONDAY + 2 * MINUTE)
    found = measured(house).flow.reopened
    assert (found.hits, found.n) == (1, 2)


def test_dispatch_automation_and_reassigning() -> None:
    house = factories.house()
    factories.ticket(house, agent=house.alice, at=MONDAY)  # by the system
    by_hand = factories.ticket(house, at=MONDAY)
    factories.ticket(house, at=MONDAY)  # nobody's
    lead = factories.actor(house.bo)
    for agent in (house.alice, house.bo):
        upkeep.assign(lead, ticket_id=by_hand.pk, team=house.front.pk, agent=agent.pk, now=MONDAY + MINUTE)
    found = measured(house).flow.dispatch
    assert (found.automatic.hits, found.automatic.n) == (1, 2)
    assert (found.reassigned.hits, found.reassigned.n) == (1, 2)


def test_taking_a_ticket_by_answering_it_is_a_touch() -> None:
    house = factories.house()
    answer(house.alice, factories.ticket(house, at=MONDAY), 5)
    assert measured(house).flow.dispatch.automatic.value == 0


def test_backlog_age() -> None:
    house = factories.house()
    for minutes in (60, 180, 2880):
        factories.ticket(house, at=NOON - minutes * MINUTE)
    found = measured(house).backlog
    assert (found.count, found.median, found.p90, found.oldest) == (3, 10_800, 172_800, 172_800)


def test_warned_and_then_kept() -> None:
    house = factories.house()
    kept, late = (factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY) for _n in range(2))
    sweep.run_once(now=MONDAY + 8 * MINUTE)
    answer(house.alice, kept, 10)
    sweep.run_once(now=MONDAY + 16 * MINUTE)
    assert measured(house).promises.warning.value == 0.5  # the other is overdue
    answer(house.alice, late, 20)
    found = measured(house).promises.warning
    assert (found.hits, found.n) == (1, 2)


def test_a_warning_after_the_limit_is_no_warning() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    sweep.run_once(now=MONDAY + 20 * MINUTE)  # the worker slept: the warning collapses into the breach
    assert measured(house).promises.warning.n == 0
    answer(house.alice, ticket, 25)
    assert Outcome.objects.get(ticket_id=ticket.pk, milestone="first_response").warned is False
    assert measured(house).promises.warning.n == 0


def test_acknowledging_and_lateness() -> None:
    house = factories.house()
    factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    sweep.run_once(now=MONDAY + 8 * MINUTE)  # the warning of 7 min 30 s, half a minute late
    notice = Notice.objects.filter(staff=house.alice, way="in_app", milestone="first_response").get()
    alerts.acknowledge(factories.actor(house.alice), notice=notice.pk, now=MONDAY + 9 * MINUTE)
    found = measured(house).watch
    assert (found.in_time.hits, found.in_time.n, found.median) == (1, 1, 60)
    assert (found.notices, found.late_median, found.late_most) == (1, 30, 30)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 11, 100, 101])
def test_the_databases_percentiles_are_the_engines(n: int) -> None:
    values = [random.Random(n).randrange(1_000) for _n in range(n)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v), percentile_disc(0.9) WITHIN GROUP (ORDER BY v) "
            "FROM unnest(%s::bigint[]) AS v",
            [values],
        )
        found = cursor.fetchone()
    assert found == (kpi.median(values), kpi.percentile_nearest_rank(values, 90))


def test_weeks_begin_on_monday_and_days_may_have_23_hours() -> None:
    now = datetime(2026, 5, 31, 20, tzinfo=UTC)
    weeks = periods.recent("90d", zone=SHANGHAI, now=now)
    assert {edge.astimezone(SHANGHAI).weekday() for edge in weeks.edges[1:]} == {0}
    berlin = periods.between(date(2026, 3, 29), date(2026, 3, 29), zone=ZoneInfo("Europe/Berlin"), now=now)
    assert len(berlin.edges) == 23


def test_nothing_at_all() -> None:
    found = measured(factories.house(), Filters())
    assert found.promises.attainment.share.value is None
    assert (found.responses.working.median, found.backlog.median, found.watch.median) == (None, None, None)
    assert FIRST.narrowed == 1
