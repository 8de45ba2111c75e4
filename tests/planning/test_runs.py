"""Who may try something in the lab, what does a run keep, and who may read it?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.journey import reply
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.people.models import Staff
from yingnuo.planning import asking, carrying, queries, report, services, sheet
from yingnuo.planning.asking import Asked, Target, TeamAsked, Trial
from yingnuo.planning.models import LabRun, RunState

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
NOW = MONDAY + timedelta(days=2)
SHARPER = Trial("<b>sharper</b>", target=Target("first_response", "urgent", 600))
ASKED = Asked("2026-03-01", "2026-03-04", "Asia/Shanghai", (SHARPER,))


@pytest.fixture
def house() -> House:
    house = factories.house(now=MONDAY)
    for n in range(24):
        at = MONDAY + n * 20 * MINUTE
        ticket = factories.ticket(house, agent=house.alice, at=at, urgency="urgent")
        said = reply.Said("On it.")
        late = 12 if n % 3 == 0 else 5
        reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=said, now=at + late * MINUTE)
    return house


def _ask(who: Staff, asked: Asked = ASKED) -> LabRun:
    return services.ask(factories.actor(who), asked=asked, title="", now=NOW)


def _done(who: Staff, asked: Asked = ASKED) -> LabRun:
    row = _ask(who, asked)
    carrying.carry_out(row.pk, now=NOW)
    row.refresh_from_db()
    return row


def test_a_run_finds_what_would_have_been_lost(house: House) -> None:
    row = _done(house.bo)
    assert (row.state, row.problem, row.steps_done) == (RunState.DONE, "", row.steps)
    found = sheet.read(row.sheet)
    was, then = (column.split("milestone")[0] for column in found.columns)
    assert (was.code, was.kept, was.broken) == ("first_response", 24, 0)
    assert (then.kept, then.broken, then.lost) == (16, 8, 8)
    assert {case.overrun for case in found.columns[1].cases} == {120}
    assert sheet.read(found.as_mapping()) == found


def test_the_queue_model_tells_its_gap_and_what_people_would_change(house: House) -> None:
    asked = replace(ASKED, teams=(TeamAsked("front", people=1),), hourly=100, wanted=0.7)
    [plan] = sheet.read(_done(house.bo, asked).sheet).columns[1].teams
    assert (plan.team, plan.answers, plan.people_then, plan.recorded) == ("front", 24, 1, 1.0)
    assert plan.gap == plan.modelled - 1.0
    assert plan.cost_then < plan.cost_was
    assert plan.needed is not None
    assert plan.needed >= 1
    assert plan.gap < 0  # at lunch nobody answers, and a promise round the clock goes on


def test_without_a_change_the_columns_are_equal(house: House) -> None:
    asked = replace(ASKED, trials=(Trial("same"),), teams=(TeamAsked("front", extra=1, begins="18:00", ends="22:00"),))
    was, same = sheet.read(_done(house.bo, asked).sheet).columns
    assert [s.lines for s in was.splits] == [s.lines for s in same.splits]
    assert (same.cases, same.total.saved, same.total.lost) == ((), 0, 0)
    assert (was.teams[0].today, was.teams[0].modelled) == (same.teams[0].today, same.teams[0].modelled)


@pytest.mark.parametrize("change", [
    {"trials": ()}, {"first_day": "2026-03-05"}, {"first_day": "yesterday"}, {"first_day": "2020-01-01"},
    {"wanted": 1.0}, {"hourly": -1.0}, {"trials": (SHARPER,) * 4},
    {"trials": (replace(SHARPER, target=Target("first_response", "", 0)),)},
    {"teams": (TeamAsked("front", people=-1),)}, {"teams": (TeamAsked("front", extra=2, begins="9", ends="x"),)},
    {"teams": (TeamAsked("front", shift="nowhere"),)},
])  # fmt: skip
def test_what_makes_no_sense_is_refused_and_nothing_is_stored(house: House, change: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        _ask(house.bo, replace(ASKED, **change))  # type: ignore[arg-type]
    assert not LabRun.objects.exists()


def test_a_version_that_is_not_there_is_refused(house: House) -> None:
    for trial in (Trial("x", policies=("default@99",)), Trial("x", calendars=("office@99",))):
        with pytest.raises(NotFound):
            _ask(house.bo, replace(ASKED, trials=(trial,)))
    assert not LabRun.objects.exists()


def test_an_agent_may_not_ask(house: House) -> None:
    with pytest.raises(NotAllowed):
        _ask(house.alice)
    assert not LabRun.objects.exists()


def test_nobody_fills_the_queue_with_runs(house: House) -> None:
    for _n in range(services.MOST_AT_ONCE):
        _ask(house.bo)
    with pytest.raises(Conflict):
        _ask(house.bo)
    assert LabRun.objects.count() == services.MOST_AT_ONCE


def test_days_without_promises_fail_with_a_reason(house: House) -> None:
    row = _done(house.bo, replace(ASKED, first_day="2025-03-01", last_day="2025-03-02"))
    assert (row.state, row.problem, row.sheet) == (RunState.FAILED, "nothing", None)


def test_a_run_whose_maker_lost_his_sight_fails(house: House) -> None:
    row = _ask(house.root)  # of all teams
    Staff.objects.filter(pk=house.root.pk).update(role="lead", team=house.strangers)
    carrying.carry_out(row.pk, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.problem) == (RunState.FAILED, "refused")


def test_a_run_is_carried_out_once_and_a_lost_one_is_told(house: House) -> None:
    row = _ask(house.bo)
    LabRun.objects.filter(pk=row.pk).update(state=RunState.RUNNING)
    carrying.carry_out(row.pk, now=NOW)
    row.refresh_from_db()
    assert row.state == RunState.RUNNING
    assert carrying.give_up_lost(now=NOW + carrying.LOST_AFTER) == 0
    assert carrying.give_up_lost(now=NOW + carrying.LOST_AFTER + MINUTE) == 1


def test_others_read_it_when_it_is_shared_and_they_see_its_teams(house: House) -> None:
    row = _done(house.bo)
    bo, root, dee = (factories.actor(who) for who in (house.bo, house.root, house.dee))
    assert queries.get_for(bo, row.pk) == row
    with pytest.raises(NotFound):
        queries.get_for(root, row.pk)
    services.share(bo, run=row.pk, shared=True)
    assert queries.get_for(root, row.pk) == row
    with pytest.raises(NotAllowed):
        queries.get_for(dee, row.pk)
    everything = _done(house.root)
    services.share(root, run=everything.pk, shared=True)
    with pytest.raises(NotFound):  # it counts teams that Bo does not see
        queries.get_for(bo, everything.pk)


def test_only_its_maker_shares_or_deletes_it(house: House) -> None:
    row = _done(house.bo)
    services.share(factories.actor(house.bo), run=row.pk, shared=True)
    for act in (lambda: services.share(factories.actor(house.root), run=row.pk, shared=False),
                lambda: services.throw_away(factories.actor(house.root), run=row.pk)):  # fmt: skip
        with pytest.raises(NotFound):
            act()
    row.refresh_from_db()
    assert row.shared
    services.throw_away(factories.actor(house.bo), run=row.pk)
    assert not LabRun.objects.exists()


@pytest.mark.parametrize("language", report.LANGUAGES)
def test_the_report_escapes_hostile_names(house: House, language: str) -> None:
    found = sheet.read(_done(house.bo).sheet)
    text = report.page(found, language=language, name=lambda _d, code: f"<script>{code}</script>")
    assert "<script" not in text
    assert "&lt;b&gt;sharper&lt;/b&gt;" in text
    assert "&lt;script&gt;first_response" in text


def test_a_spreadsheet_runs_no_name_as_a_formula(house: House) -> None:
    found = sheet.read(_done(house.bo).sheet)
    table = report.table(found, lambda _d, code: f"=cmd|{code}")
    assert "'=cmd|first_response" in table
    assert ",=cmd" not in table


def test_what_was_asked_is_read_back() -> None:
    asked = replace(ASKED, teams=(TeamAsked("front", extra=1, begins="18:00", ends="22:00"),), ready="evening")
    assert asking.read(asked.as_mapping()) == asked
