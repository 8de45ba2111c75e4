"""Do figures count with and without excused breaches, and stays an excused one broken?"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests import factories
from tests.factories import House
from tests.scorecards.situations import FIRST, MINUTE, NOON, answer, five, measured, today
from yingnuo.engine import kpi
from yingnuo.journey import breaches
from yingnuo.promises.breaches import Given
from yingnuo.promises.models import Promise
from yingnuo.scorecards import behind, listing
from yingnuo.scorecards.sight import Filters
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)
OUT = Filters(milestone="first_response", excused="out")


def _excuse(house: House, ticket: Ticket, verdict: str = "granted") -> None:
    promise = Promise.objects.get(ticket=ticket, milestone="first_response")
    which = {"ticket_id": ticket.pk, "promise_id": promise.pk, "now": NOON}
    alice, mia = factories.actor(house.alice), factories.actor(house.mia)
    breaches.give_reason(alice, given=Given("force_majeure"), **which)  # type: ignore[arg-type]
    breaches.ask_excuse(alice, words="A storm.", **which)  # type: ignore[arg-type]
    breaches.decide(mia, verdict=verdict, note="Seen.", **which)  # type: ignore[arg-type]


def test_both_figures_stand_side_by_side() -> None:
    house = factories.house()
    tickets = five(house)  # 2 kept, 1 late, 1 overdue, 1 cancelled
    _excuse(house, tickets[2])
    found = measured(house).promises
    assert (found.attainment.share.hits, found.attainment.share.n, found.attainment.broken) == (2, 4, 2)
    assert (found.forgiven.share.hits, found.forgiven.share.n, found.forgiven.broken, found.excused) == (2, 3, 1, 1)
    assert found.forgiven.share.interval == kpi.wilson(2, 3)
    assert (found.overrun.n, found.overrun.longest) == (2, 6300)


def test_what_is_still_owed_can_be_excused_too() -> None:
    house = factories.house()
    tickets = five(house)
    _excuse(house, tickets[3])
    found = measured(house).promises
    assert (found.attainment.overdue, found.forgiven.overdue, found.forgiven.share.n, found.excused) == (1, 0, 3, 1)
    answer(house.alice, tickets[3], 119)
    later = measured(house).promises
    assert (later.attainment.broken, later.forgiven.broken, later.forgiven.share.n, later.excused) == (2, 1, 3, 1)


@pytest.mark.parametrize("verdict", ["refused"])
def test_a_refused_excuse_changes_nothing(verdict: str) -> None:
    house = factories.house()
    tickets = five(house)
    before = measured(house).promises
    _excuse(house, tickets[2], verdict)
    assert measured(house).promises == before


def test_groups_milestones_and_hours_have_both() -> None:
    house = factories.house()
    _excuse(house, five(house)[2])
    found = measured(house, OUT)
    assert [line.verdicts.judged(OUT).share.n for line in found.groups] == [3]
    assert [line.verdicts.judged(FIRST).share.n for line in found.groups] == [4]
    assert [part.share.n for part in found.judged_course][10] == 3
    assert [part.share.n for part in found.course][10] == 4


def test_the_list_behind_each_figure_is_what_it_counts() -> None:
    house = factories.house()
    tickets = five(house)
    _excuse(house, tickets[2])
    _excuse(house, tickets[3])
    actor = factories.actor(house.root)

    def listed(figure: str, filters: Filters) -> int:
        return len(behind.behind(actor, figure, today(), filters, now=NOON).items)

    shown = {f: (listed(f, FIRST), listed(f, OUT)) for f in ("judged", "kept", "broken", "overdue", "excused")}
    assert shown == {"judged": (4, 2), "kept": (2, 2), "broken": (2, 0), "overdue": (1, 0), "excused": (2, 2)}


def test_exports_have_both_whatever_the_page_shows() -> None:
    house = factories.house()
    _excuse(house, five(house)[2])
    for filters in (FIRST, OUT):
        figures = json.loads(json.dumps(listing.document(measured(house, filters))))["figures"]
        whole = {(f["formula"], f["part"]): (f["value"], f["n"]) for f in figures if f["of"] == ""}
        assert whole["attainment", "kept"] == (0.5, 4)
        assert whole["excused", "kept"] == (pytest.approx(2 / 3), 3)
        assert whole["excused", "excused_count"] == (1, None)


def test_an_excuse_for_a_breach_that_was_taken_back_excuses_nothing() -> None:
    """The answer was in time after all, recorded late: it is kept, and one less is broken."""
    house = factories.house()
    tickets = five(house)
    _excuse(house, tickets[2])
    Promise.objects.filter(ticket=tickets[2], milestone="first_response").update(
        broken_at=None, standing="kept", ended_at=NOON - timedelta(minutes=110)
    )
    type(Promise.objects.get(ticket=tickets[2], milestone="first_response").outcome).objects.filter(
        ticket_id=tickets[2].pk, milestone="first_response"
    ).update(standing="kept", ended_at=NOON - 110 * MINUTE)
    found = measured(house).promises
    assert (found.attainment.share.hits, found.forgiven.share.n, found.excused) == (3, 4, 0)
