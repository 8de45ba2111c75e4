"""Is the effect of warnings what a pencil says, within sight and period, and are useless ones named?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.factories import MONDAY, House
from tests.scorecards.situations import MINUTE, NOON, answer, today
from yingnuo.alerts import services as alerts
from yingnuo.alerts.models import Notice
from yingnuo.engine import kpi
from yingnuo.journey import sweep
from yingnuo.kit.errors import NotAllowed
from yingnuo.promises.models import Outcome, Promise
from yingnuo.scorecards import warnings
from yingnuo.scorecards.sight import Filters
from yingnuo.scorecards.warnings import Effect, Effects
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
FIRST = Filters(milestone="first_response")


def _found(house: House, filters: Filters = FIRST) -> Effects:
    return warnings.effects(factories.actor(house.root), today(), filters)


def _four(house: House) -> list[Ticket]:
    """Warned of after 8 minutes, due after 15: answered after 5, 10, 12 and 20 minutes; one is taken up after 9."""
    tickets = [factories.ticket(house, agent=house.alice, urgency="urgent", at=MONDAY) for _n in range(4)]
    answer(house.alice, tickets[0], 5)
    sweep.run_once(now=MONDAY + 8 * MINUTE)
    notice = Notice.objects.filter(ticket_id=tickets[1].pk, milestone="first_response", way="in_app")[0]
    alerts.acknowledge(factories.actor(notice.staff), notice=notice.pk, now=MONDAY + 9 * MINUTE)
    for ticket, minutes in zip(tickets[1:], (10, 12, 20), strict=True):
        answer(house.alice, ticket, minutes)
    return tickets


def test_warned_and_then_kept_taken_up_read_and_how_quickly() -> None:
    house = factories.house()
    _four(house)
    found = _found(house)
    assert found.total.kept == kpi.warning_effectiveness(2, 3)
    assert found.total.taken_up == kpi.share(1, 3)
    assert found.total.read == kpi.share(1, 3)
    assert found.total.median == 240  # taken up after 60 s, answered after 240 s and 720 s
    assert found.total.unread_kept == kpi.share(1, 2)
    assert found.unwarned == kpi.share(1, 1)
    assert not found.cut


def test_by_step_team_milestone_and_way_each_promise_once() -> None:
    house = factories.house()
    _four(house)
    groups = {name: {e.code: e.kept.n for e in effects} for name, effects in _found(house).groups.items()}
    assert groups["step"] == {"warn": 3}
    assert groups["team"] == {str(house.front.pk): 3}
    assert groups["milestone"] == {"first_response": 3}
    assert groups["way"] == {"in_app": 3, "mail": 3, "sms": 3}


def test_only_the_desk_knows_whether_a_notice_was_read() -> None:
    house = factories.house()
    _four(house)
    ways = {e.code: e.read for e in _found(house).groups["way"]}
    assert (ways["mail"], ways["sms"], ways["in_app"]) == (None, None, kpi.share(1, 3))


def test_a_warning_that_came_after_the_end_warned_of_nothing() -> None:
    house = factories.house()
    _four(house)
    Notice.objects.update(at=NOON)
    assert _found(house).total.kept.n == 0


def test_what_ended_outside_the_period_is_not_counted() -> None:
    house = factories.house()
    _four(house)
    Outcome.objects.update(ended_at=MONDAY - timedelta(days=1))
    found = _found(house)
    assert (found.total.kept.n, found.unwarned.n, found.total.median) == (0, 0, None)


def test_a_stranger_s_lead_counts_nothing_and_an_agent_may_not_ask() -> None:
    house = factories.house()
    _four(house)
    stranger = factories.staff("sam", role="lead", team=house.strangers)
    assert warnings.effects(factories.actor(stranger), today(), FIRST).total.kept.n == 0
    with pytest.raises(NotAllowed):
        warnings.effects(factories.actor(house.alice), today(), FIRST)


def test_one_statement() -> None:
    house = factories.house()
    _four(house)
    actor = factories.actor(house.root)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        warnings.effects(actor, today(), FIRST)
    assert len(queries) == 1


def _many(house: House, count: int, *, kept: int, read: int) -> Effect:
    """So many promises warned of, of which some were kept, the first ones, and some read, the last ones."""
    ticket = factories.ticket(house, agent=house.alice, urgency="urgent", at=MONDAY)
    promise = Promise.objects.get(ticket=ticket, milestone="first_response")
    for n in range(count):
        _one(house, ticket, promise, kept=n < kept, seen=MONDAY + 9 * MINUTE if n >= count - read else None)
    [effect] = _found(house).groups["step"]
    return effect


def _one(house: House, ticket: Ticket, like: Promise, *, kept: bool, seen: datetime | None) -> None:
    like.pk, like._state.adding = None, True
    like.save()
    Outcome.objects.create(
        promise=like, ticket_id=ticket.pk, milestone="first_response", standing="kept" if kept else "broken",
        agreement="sla", kind="fault", urgency="urgent", via="mail", tier="gold", product_line="", region="",
        team_id=house.front.pk, agent_id=house.alice.pk, started_at=MONDAY, ended_at=MONDAY + 10 * MINUTE, target=900,
        worked=600, elapsed=600, overrun=0, warned=True,
    )  # fmt: skip
    Notice.objects.create(
        promise_id=like.pk, generation=1, step="warn", staff=house.alice, way="in_app", role="holder", reason="warning",
        ticket_id=ticket.pk, milestone="first_response", moment=MONDAY + 8 * MINUTE, at=MONDAY + 8 * MINUTE,
        seen_at=seen, state="sent",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("count", "kept", "read", "use"),
    [(29, 0, 0, "few"), (60, 30, 0, "ignored"), (100, 100, 50, "anyway"), (60, 40, 50, ""), (60, 30, 6, "")],
)
def test_what_is_of_no_use_is_named_and_what_is_open_is_not(count: int, kept: int, read: int, use: str) -> None:
    effect = _many(factories.house(), count, kept=kept, read=read)
    assert (effect.kept.n, effect.use) == (count, use)
    assert bool(warnings.useless([effect])) == (use in ("ignored", "anyway"))
