"""Who held the ticket, and which link used the time of a promise?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from tests.promises import holdings
from yingnuo.journey import closing, sweep, upkeep
from yingnuo.kit import instants
from yingnuo.people.models import Staff, Team
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import links
from yingnuo.promises.links import Chain
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def house() -> House:
    return factories.house()


def _opened(house: House) -> Ticket:
    """An urgent ticket at 10:00 on Monday, held by Alice; its resolution is promised round the clock."""
    return factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)


def _give(ticket: Ticket, team: Team, agent: Staff | None, at: datetime) -> None:
    upkeep.assign(SYSTEM, ticket_id=ticket.pk, team=team.pk, agent=agent.pk if agent else None, now=at)


def _chain(ticket: Ticket, now: datetime, milestone: str = "resolution") -> Chain:
    found = links.chain_of(Promise.objects.get(ticket=ticket, milestone=milestone), now=now)
    assert sum(link.used for link in found.links) == sum(s.used for s in found.stretches) == found.used
    return found


def _used(chain: Chain) -> list[tuple[int | None, int]]:
    return [(link.team, link.used) for link in chain.links]


def test_each_team_gets_its_time_and_each_person_his_share(house: House) -> None:
    ticket = _opened(house)
    _give(ticket, house.front, house.bo, MONDAY + HOUR)
    _give(ticket, house.technicians, None, MONDAY + 2 * HOUR)
    _give(ticket, house.technicians, house.eve, MONDAY + 2.5 * HOUR)
    found = _chain(ticket, MONDAY + 4 * HOUR)
    assert _used(found) == [(house.front.pk, 7200), (house.technicians.pk, 7200)]
    assert found.links[0].agents == ((house.alice.pk, 3600), (house.bo.pk, 3600))
    assert found.links[1].agents == ((None, 1800), (house.eve.pk, 5400))


def test_a_ticket_handed_back_counts_for_both_times(house: House) -> None:
    ticket = _opened(house)
    _give(ticket, house.technicians, house.eve, MONDAY + HOUR)
    _give(ticket, house.front, house.alice, MONDAY + 3 * HOUR)
    found = _chain(ticket, MONDAY + 4 * HOUR)
    assert [(s.team, s.used) for s in found.stretches] == [
        (house.front.pk, 3600), (house.technicians.pk, 7200), (house.front.pk, 3600),
    ]  # fmt: skip
    assert _used(found) == [(house.front.pk, 7200), (house.technicians.pk, 7200)]


def test_time_in_which_nobody_held_it_is_nobodys(house: House) -> None:
    ticket = _opened(house)
    upkeep.assign(SYSTEM, ticket_id=ticket.pk, team=None, agent=None, now=MONDAY + HOUR)
    _give(ticket, house.technicians, None, MONDAY + 3 * HOUR)
    found = _chain(ticket, MONDAY + 3.5 * HOUR)
    assert _used(found) == [(house.front.pk, 3600), (None, 7200), (house.technicians.pk, 1800)]


def test_waiting_for_a_listed_reason_is_nobodys_time(house: House) -> None:
    ticket = _opened(house)
    alice = factories.actor(house.alice)
    closing.pause(alice, ticket_id=ticket.pk, reason="waiting_customer", now=MONDAY + HOUR)
    waiting = _chain(ticket, MONDAY + 2 * HOUR)
    closing.resume(alice, ticket_id=ticket.pk, now=MONDAY + 3 * HOUR)
    assert _used(waiting) == [(house.front.pk, 3600)]
    assert _used(_chain(ticket, MONDAY + 4 * HOUR)) == [(house.front.pk, 7200)]


def test_what_was_absorbed_tells_who_held_the_time_before(house: House) -> None:
    first = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    second = factories.ticket(house, urgency="urgent", agent=house.eve, at=MONDAY + HOUR)
    upkeep.merge(factories.actor(house.root), ticket_id=second.pk, absorb_id=first.pk, now=MONDAY + 2 * HOUR)
    found = _chain(second, MONDAY + 3 * HOUR)
    assert found.since == instants.seconds(MONDAY)
    assert _used(found) == [(house.front.pk, 3600), (house.technicians.pk, 7200)]


def test_a_part_promised_from_the_original_start_brings_its_holders_along(house: House) -> None:
    ticket = _opened(house)
    factories.says(ticket, "Another thing.", at=MONDAY + MINUTE)
    words = ticket.messages.order_by("id").last()
    assert words is not None
    _give(ticket, house.technicians, house.eve, MONDAY + HOUR)
    made = upkeep.split(
        factories.actor(house.root), ticket_id=ticket.pk, messages=[words.pk], subject="Another", start="original",
        now=MONDAY + 2 * HOUR,
    )  # fmt: skip
    _give(made, house.front, house.bo, MONDAY + 3 * HOUR)
    assert _used(_chain(made, MONDAY + 4 * HOUR)) == [(house.front.pk, 7200), (house.technicians.pk, 7200)]


def test_without_budgets_the_longest_holder_is_named(house: House) -> None:
    ticket = _opened(house)  # the resolution of an urgent matter is promised in 24 hours
    _give(ticket, house.technicians, house.eve, MONDAY + 10 * HOUR)
    sweep.run_once(now=MONDAY + 25 * HOUR)
    found = _chain(ticket, MONDAY + 25 * HOUR)
    assert found.culprit is not None
    assert (found.culprit.team, found.culprit.used, found.culprit.budget) == (house.technicians.pk, 14 * 3600, None)


def test_who_is_over_its_budget_is_named_though_another_held_it_longer(house: House) -> None:
    ticket = _opened(house)
    _give(ticket, house.technicians, house.eve, MONDAY + 10 * HOUR)
    turn = MONDAY + 10 * HOUR
    holdings.give(ticket, house.front, target=8 * HOUR, since=MONDAY, until=turn)
    holdings.give(ticket, house.technicians, target=20 * HOUR, since=turn, agreement="uc")
    sweep.run_once(now=MONDAY + 25 * HOUR)
    culprit = _chain(ticket, MONDAY + 25 * HOUR).culprit
    assert culprit is not None
    assert (culprit.team, culprit.spent, culprit.budget, culprit.over, culprit.agreement) == (
        house.front.pk, 10 * 3600, 8 * 3600, 2 * 3600, "ola",
    )  # fmt: skip


def test_the_culprit_stays_whoever_holds_it_afterwards(house: House) -> None:
    ticket = _opened(house)
    sweep.run_once(now=MONDAY + 25 * HOUR)
    before = _chain(ticket, MONDAY + 25 * HOUR).culprit
    _give(ticket, house.technicians, house.eve, MONDAY + 25 * HOUR)
    later = _chain(ticket, MONDAY + 200 * HOUR)
    assert later.culprit == before
    assert [link.team for link in later.links] == [house.front.pk, house.technicians.pk]


def test_a_budget_runs_by_its_own_clock(house: House) -> None:
    """The customer's clock ran all night, the team's only in its hours: it is not over its budget."""
    ticket = _opened(house)
    office = Promise.objects.filter(ticket__isnull=False).values_list("first_terms__spec__calendar", flat=True)
    key = next((k for k in office if k.startswith("office")), "office@1")
    holdings.give(ticket, house.front, target=9 * HOUR, since=MONDAY, calendar=key)
    [link] = _chain(ticket, MONDAY + 20 * HOUR).links
    assert (link.used, link.over) == (20 * 3600, 0)
    assert 0 < link.spent < 9 * 3600


def test_only_the_time_of_the_promise_goes_on_its_budget(house: House) -> None:
    """A hand-off promised anew at 11:00 does not count the hour that its team had the ticket before."""
    ticket = _opened(house)
    holdings.give(ticket, house.front, target=HOUR, since=MONDAY - 5 * HOUR)
    [link] = _chain(ticket, MONDAY + HOUR, "first_response").links
    assert (link.spent, link.over) == (3600, 0)


def test_a_team_that_got_it_twice_has_both_budgets(house: House) -> None:
    ticket = _opened(house)
    _give(ticket, house.technicians, house.eve, MONDAY + HOUR)
    _give(ticket, house.front, house.alice, MONDAY + 2 * HOUR)
    holdings.give(ticket, house.front, target=HOUR, since=MONDAY, until=MONDAY + HOUR)
    holdings.give(ticket, house.front, target=HOUR, since=MONDAY + 2 * HOUR)
    front = _chain(ticket, MONDAY + 3 * HOUR).links[0]
    assert (front.used, front.budget, front.spent, front.over) == (7200, 7200, 7200, 0)


def test_many_promises_cost_as_many_queries_as_one(house: House, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for _n in range(4):
        _opened(house)
    promises = list(Promise.objects.all())
    links.chains(promises, now=MONDAY + HOUR)
    with django_assert_max_num_queries(3):
        links.chains(promises, now=MONDAY + HOUR)
