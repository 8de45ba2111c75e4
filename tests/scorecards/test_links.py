"""Which team used the time of the breaches of a period?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from tests.promises import holdings
from tests.scorecards.situations import FIRST, NOON, five, today
from yingnuo.journey import sweep
from yingnuo.kit.errors import NotAllowed
from yingnuo.promises.breach_models import Breach
from yingnuo.promises.models import Promise
from yingnuo.scorecards import links
from yingnuo.scorecards.sight import Filters

pytestmark = pytest.mark.django_db


def _counted(house: House, filters: Filters = FIRST) -> links.ByLink:
    return links.by_link(factories.actor(house.root), today(), filters, now=NOON)


def test_teams_are_counted_with_their_budgets() -> None:
    house = factories.house()
    tickets = five(house)
    holdings.give(tickets[2], house.front, target=timedelta(minutes=10), since=MONDAY)
    sweep.run_once(now=NOON)
    found = _counted(house)
    [line] = found.lines
    assert (found.n, line.team, line.share.hits, line.used) == (2, house.front.pk, 2, 1800)
    assert (line.over_budget, line.over) == (1, 300)


def test_another_link_is_named_where_another_held_it() -> None:
    house = factories.house()
    five(house)
    factories.ticket(house, urgency="urgent", agent=house.eve, at=MONDAY)
    sweep.run_once(now=NOON)
    assert [(line.team, line.share.hits) for line in _counted(house).lines] == [
        (house.front.pk, 2), (house.technicians.pk, 1),
    ]  # fmt: skip


def test_excused_ones_can_be_left_out() -> None:
    house = factories.house()
    tickets = five(house)
    sweep.run_once(now=NOON)
    broken = Promise.objects.get(ticket=tickets[2], milestone="first_response")
    Breach.objects.create(promise=broken, reason="supplier", excuse="granted", asked_at=NOON)
    assert _counted(house).n == 2
    assert _counted(house, Filters(milestone="first_response", excused="out")).n == 1


def test_only_the_last_ones_are_counted_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    house = factories.house()
    five(house)
    sweep.run_once(now=NOON)
    monkeypatch.setattr(links, "MOST", 1)
    found = _counted(house)
    assert (found.n, found.more) == (1, True)


def test_sight_and_permission() -> None:
    house = factories.house()
    five(house)
    sweep.run_once(now=NOON)
    zoe = factories.actor(factories.staff("zoe", team=house.strangers, role="lead"))
    assert links.by_link(zoe, today(), FIRST, now=NOON).n == 0
    with pytest.raises(NotAllowed):
        links.by_link(factories.actor(house.alice), today(), FIRST, now=NOON)
