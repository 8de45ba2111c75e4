"""Is what stands behind a figure exactly what it counts, and does a summary leave the house whole?"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import translation

from tests import factories
from tests.factories import MONDAY
from tests.house.places import ROOT
from tests.scorecards.situations import FIRST, MINUTE, NOON, answer, five, measured, today
from yingnuo.journey import sweep, upkeep
from yingnuo.kit.errors import NotFound
from yingnuo.scorecards import behind, listing, standing
from yingnuo.scorecards.formulas import FORMULAS
from yingnuo.scorecards.sight import Filters

pytestmark = pytest.mark.django_db


def _n(house: factories.House, figure: str, filters: Filters = FIRST) -> int:
    return len(behind.behind(factories.actor(house.root), figure, today(), filters, now=NOON).items)


def test_every_promise_figure_has_its_list() -> None:
    house = factories.house()
    tickets = five(house)
    sweep.run_once(now=MONDAY + 30 * MINUTE)
    a, warning = measured(house).promises.attainment, measured(house).promises.warning
    expected = {
        "judged": a.share.n, "kept": a.share.hits, "broken": a.broken, "overdue": a.overdue, "cancelled": a.cancelled,
        "warned": warning.n, "warned_kept": warning.hits, "warned_broken": warning.n - warning.hits, "answered": 3,
    }  # fmt: skip
    assert {figure: _n(house, figure) for figure in expected} == expected
    [late] = behind.behind(factories.actor(house.root), "overdue", today(), FIRST, now=NOON).items
    assert (late.ticket, late.at) == (tickets[3].pk, MONDAY + 15 * MINUTE)


def test_every_ticket_figure_has_its_list() -> None:
    house = factories.house()
    tickets = five(house)
    upkeep.assign(factories.actor(house.bo), ticket_id=tickets[0].pk, team=house.front.pk, agent=house.bo.pk, now=NOON)
    flow = measured(house).flow
    expected = {
        "arrived": flow.volume.arrived, "resolved": flow.volume.resolved, "solved": flow.reopened.n,
        "reopened": flow.reopened.hits, "assigned": flow.dispatch.automatic.n,
        "automatic": flow.dispatch.automatic.hits, "touched": 1, "reassigned": flow.dispatch.reassigned.hits,
        "backlog": 4,
    }  # fmt: skip
    assert expected["automatic"] == 4
    assert {figure: _n(house, figure) for figure in expected} == expected


def test_an_unknown_figure_is_not_found() -> None:
    with pytest.raises(NotFound):
        _n(factories.house(), "luck")


def test_pages_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    house = factories.house()
    five(house)
    monkeypatch.setattr(behind, "SIZE", 2)
    actor = factories.actor(house.root)
    pages = [behind.behind(actor, "arrived", today(), FIRST, page=n, now=NOON) for n in (1, 2, 3)]
    assert [(len(page.items), page.more) for page in pages] == [(2, True), (2, True), (1, False)]
    assert len({item.ticket for page in pages for item in page.items}) == 5


def test_the_document_names_formulas_and_is_json() -> None:
    house = factories.house()
    five(house)
    document = json.loads(json.dumps(listing.document(measured(house))))
    figures = document["figures"]
    assert {f["formula"] for f in figures} == set(FORMULAS)
    [first] = [f for f in figures if (f["formula"], f["part"], f["of"]) == ("attainment", "kept", "")]
    assert (first["value"], first["n"]) == (0.5, 4)
    assert document["filters"] == {"milestone": "first_response"}


def test_the_reference_explains_every_formula() -> None:
    text = (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8")
    with translation.override("en"):
        said = [str(part) for f in FORMULAS.values() for part in (f.title, f.formula, f.clock, f.example)]
    assert [part for part in said if part not in text] == []


def test_standing_now() -> None:
    house = factories.house()
    five(house)
    factories.ticket(house, at=NOON)
    found = standing.standing(factories.actor(house.bo), now=NOON)
    assert {name: str(count) for name, count in found.counts.items()} == {
        "open": "5", "overdue": "4", "at_risk": "0", "unassigned": "1", "waiting": "0",
    }  # fmt: skip
    [front, _technicians] = found.teams
    assert (front.team, front.open, front.overdue, front.unassigned, front.more) == (house.front.pk, 5, 4, 1, False)


def test_counts_stop_at_their_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    house = factories.house()
    five(house)
    monkeypatch.setattr(standing, "MOST", 3)
    found = standing.standing(factories.actor(house.bo), now=NOON)
    assert str(found.counts["open"]) == "3+"
    assert found.teams[0].more


def test_broken_today_says_by_how_much() -> None:
    house = factories.house()
    five(house)
    found = standing.broken_today(factories.actor(house.bo), now=NOON, today=today().start)
    first = [one for one in found if one.milestone == "first_response"]
    alice = house.alice.pk
    assert [(b.late, b.still_owed, b.agent) for b in first] == [(6300, True, alice), (600, False, alice)]


def test_warnings_nobody_has_taken_up() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    sweep.run_once(now=MONDAY + 8 * MINUTE)
    actor, now = factories.actor(house.bo), MONDAY + timedelta(minutes=9)
    assert {n.ticket_id for n in standing.unacknowledged(actor, now=now)} == {ticket.pk}
    answer(house.alice, ticket, 10)
    assert standing.unacknowledged(actor, now=now + 2 * MINUTE) == []


def test_people_who_are_here() -> None:
    house = factories.house()
    type(house.alice).objects.filter(pk=house.alice.pk).update(presence="online", load=3)
    [one] = standing.standing(factories.actor(house.bo), now=NOON).people
    assert (one.name, one.load, one.capacity) == ("Alice", 3, 20)
