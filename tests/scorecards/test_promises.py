"""Are attainment, overrun and waits what a pencil says?"""

from __future__ import annotations

from datetime import date

import pytest

from tests import factories
from tests.factories import MONDAY
from tests.scorecards.situations import FIRST, MINUTE, NOON, SHANGHAI, answer, five, measured, today
from yingnuo.engine import kpi
from yingnuo.kit.errors import NotAllowed
from yingnuo.promises.models import Promise
from yingnuo.scorecards import periods
from yingnuo.scorecards.queries import summary
from yingnuo.scorecards.sight import Filters

pytestmark = pytest.mark.django_db


def test_attainment_counts_overdue_as_broken_and_leaves_cancelled_out() -> None:
    house = factories.house()
    five(house)
    found = measured(house).promises.attainment
    assert (found.share.hits, found.share.n, found.share.value) == (2, 4, 0.5)
    assert (found.broken, found.overdue, found.cancelled) == (2, 1, 1)
    assert found.share.interval == kpi.wilson(2, 4)


def test_overrun_of_the_answered_and_of_the_still_owed() -> None:
    house = factories.house()
    five(house)  # 10 min late, and 105 min late at noon
    found = measured(house).promises.overrun
    assert (found.n, found.mean, found.longest) == (2, 3450, 6300)


def test_first_response_in_working_and_elapsed_time() -> None:
    house = factories.house()
    five(house)
    found = measured(house).responses
    assert (found.working.n, found.working.median, found.working.p90, found.working.mean) == (3, 600, 1500, 800)
    assert found.elapsed.median == 600
    assert found.working.counts == (1, 1, 1, 0, 0, 0, 0, 0, 0)  # 5 min belongs to "at most 5 min"


def test_a_late_answer_never_changes_the_day_the_promise_broke() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    actor, tuesday = factories.actor(house.root), MONDAY + 1440 * MINUTE
    monday = periods.between(date(2026, 3, 2), date(2026, 3, 2), zone=SHANGHAI, now=tuesday)
    before = summary(actor, monday, FIRST, now=tuesday).promises.attainment
    answer(house.alice, ticket, 1440)
    after = summary(actor, monday, FIRST, now=tuesday + MINUTE).promises.attainment
    assert (before.share.n, before.overdue) == (1, 1)
    assert (after.share.n, after.broken, after.overdue) == (1, 1, 0)
    its_day = periods.recent("today", zone=SHANGHAI, now=tuesday + MINUTE)
    assert summary(actor, its_day, FIRST, now=tuesday + MINUTE).promises.attainment.share.n == 0


def test_groups_and_milestones_add_up() -> None:
    house = factories.house()
    five(house)
    found = measured(house, Filters())
    assert [(line.code, line.verdicts.attainment.share.n) for line in found.groups] == [(str(house.front.pk), 4 + 4)]
    shares = {line.code: line.verdicts.attainment.share for line in found.milestones}
    assert (shares["first_response"].hits, shares["handoff"].hits, shares["handoff"].n) == (2, 0, 4)


@pytest.mark.parametrize("filters", [
    Filters(urgency="general"), Filters(via="chat"), Filters(region="beijing"), Filters(tier="silver"),
    Filters(agreement="ola"), Filters(milestone="refund"), Filters(product_line="dryer"), Filters(kind="return"),
])  # fmt: skip
def test_each_filter_leaves_out_what_does_not_fit(filters: Filters) -> None:
    house = factories.house()
    five(house)
    assert measured(house, filters).promises.attainment.share.n == 0


def test_filters_keep_what_fits() -> None:
    house = factories.house()
    five(house)
    fitting = Filters(
        milestone="first_response", agreement="sla", urgency="urgent", via="mail", tier="gold", region="shanghai",
        team=house.front.pk, agent=house.alice.pk,
    )  # fmt: skip
    assert measured(house, fitting, by="agent").promises.attainment.share.n == 4


def test_each_hour_has_its_own_attainment() -> None:
    house = factories.house()
    five(house)
    course = measured(house).course
    assert len(course) == 12  # midnight to noon
    assert [part.share.n for part in course] == [0] * 10 + [4, 0]


def test_the_period_before_is_told_apart() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY - 1440 * MINUTE)
    answer(house.alice, ticket, -1435)
    found = measured(house)
    assert (found.promises.attainment.share.n, found.promises_before.attainment.share.n) == (0, 1)
    assert (found.responses.working.n, found.responses_before.working.n) == (0, 1)


def test_a_lead_counts_his_teams_only() -> None:
    house = factories.house()
    five(house)
    other = factories.staff("zoe", team=house.strangers, role="lead")
    found = summary(factories.actor(other), today(), FIRST, now=NOON)
    assert (found.promises.attainment.share.n, found.flow.volume.arrived, found.backlog.count) == (0, 0, 0)
    assert summary(factories.actor(house.bo), today(), FIRST, now=NOON).promises.attainment.share.n == 4


def test_an_agent_may_not_and_nothing_changes() -> None:
    house = factories.house()
    five(house)
    before = list(Promise.objects.order_by("pk").values())
    with pytest.raises(NotAllowed):
        summary(factories.actor(house.alice), today(), now=NOON)
    assert list(Promise.objects.order_by("pk").values()) == before
