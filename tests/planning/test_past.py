"""Does the lab take what happened here just as it was?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.engine import lab
from yingnuo.engine.lab import Verdict, Verdicts
from yingnuo.engine.policy import Policy
from yingnuo.journey import closing, reply, upkeep
from yingnuo.kit.errors import NotAllowed
from yingnuo.people.models import Staff
from yingnuo.people.roles import Actor
from yingnuo.planning import laying, past
from yingnuo.planning.asking import Target, Trial
from yingnuo.planning.past import Days
from yingnuo.planning.running import Source
from yingnuo.promises.models import Promise

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = MONDAY + timedelta(days=9)
DAYS = Days(MONDAY - timedelta(days=1), NOW)


def _lived(house: House) -> None:
    """Tickets that were answered, graded, moved, that waited for two reasons, were solved, reopened, or forgotten."""
    alice = factories.actor(house.alice)
    for n, urgency in enumerate(("urgent", "important", "general")):
        for m, kind in enumerate(("fault", "enquiry", "repair")):
            at = MONDAY + (5 * n + m) * 37 * MINUTE
            ticket = factories.ticket(house, agent=house.alice, at=at, urgency=urgency, kind=kind)
            _act(house, alice, ticket.pk, at, n + m)


def _act(house: House, alice: Actor, pk: int, at: datetime, turn: int) -> None:
    if turn == 0:
        return  # forgotten
    reply.answer(alice, ticket_id=pk, said=reply.Said("On it."), now=at + turn * 17 * MINUTE)
    upkeep.change(alice, ticket_id=pk, facts={"urgency": "urgent"}, reason="worse", now=at + 2 * HOUR)
    for hours, reason in ((3, "waiting_customer"), (20, "waiting_parts")):
        closing.pause(alice, ticket_id=pk, reason=reason, now=at + hours * HOUR)
        closing.resume(alice, ticket_id=pk, now=at + (hours + 5) * HOUR)
    if turn == 3:
        upkeep.assign(alice, ticket_id=pk, team=house.technicians.pk, agent=None, now=at + 27 * HOUR)
    elif turn > 1:
        closing.resolve(alice, ticket_id=pk, now=at + turn * 30 * HOUR)
    if turn > 3:
        closing.reopen(alice, ticket_id=pk, now=at + turn * 35 * HOUR)


def _source(house: House, who: Staff | None = None) -> Source:
    actor = factories.actor(who or house.root)
    return past.source(actor, days=DAYS, title="test", zone="Asia/Shanghai", now=NOW)


def _rows(found: Verdicts) -> list[tuple[int, int, int, int]]:
    return list(zip(*(a.tolist() for a in (found.verdict, found.due, found.worked, found.overrun)), strict=True))


def test_the_standards_in_force_give_what_was() -> None:
    house = factories.house(now=MONDAY)
    _lived(house)
    source = _source(house)
    laid = laying.laid(laying.in_force(), "same")
    found = lab.replay(source.history, laid.terming, laid.calendars)
    assert len(source.history) == Promise.objects.count() > 20
    assert _rows(found) == _rows(source.was)
    assert {Verdict.KEPT, Verdict.BROKEN} <= {Verdict(v) for v in source.was.verdict}


def test_a_sharper_target_breaks_what_was_kept_and_only_there() -> None:
    house = factories.house(now=MONDAY)
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY, urgency="urgent")
    alice = factories.actor(house.alice)
    reply.answer(alice, ticket_id=ticket.pk, said=reply.Said("On it."), now=MONDAY + 12 * MINUTE)
    source = _source(house)
    laid = laying.of_trial(Trial("10", target=Target("first_response", "urgent", 600)))
    found = lab.replay(source.history, laid.terming, laid.calendars)
    first = source.history.milestones.index("first_response")
    [p] = [n for n, m in enumerate(source.history.milestone) if m == first]
    assert (source.was.verdict[p], found.verdict[p], found.overrun[p]) == (Verdict.KEPT, Verdict.BROKEN, 120)
    others = [n for n in range(len(found)) if n != p]
    assert [_rows(found)[n] for n in others] == [_rows(source.was)[n] for n in others]


def test_a_wait_that_the_terms_did_not_allow_can_be_allowed_afterwards() -> None:
    house = factories.house(now=MONDAY)
    alice = factories.actor(house.alice)
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY, urgency="urgent", kind="enquiry")
    closing.pause(alice, ticket_id=ticket.pk, reason="waiting_parts", now=MONDAY + 5 * MINUTE)
    closing.resume(alice, ticket_id=ticket.pk, now=MONDAY + 5 * HOUR)
    reply.answer(alice, ticket_id=ticket.pk, said=reply.Said("Here."), now=MONDAY + 5 * HOUR)
    promise = {"target": "15m", "calendar": "always", "pauses": "*"}
    spec = {"code": "patient", "rules": [{"code": "all", "promises": {"first_response": promise}}]}
    source = _source(house)
    laid = laying.laid(laying.with_policies(laying.in_force(), [Policy.from_spec(spec)]), "patient")
    found = lab.replay(source.history, laid.terming, laid.calendars)
    first = list(source.history.milestone).index(source.history.milestones.index("first_response"))
    assert (source.was.verdict[first], found.verdict[first]) == (Verdict.BROKEN, Verdict.KEPT)


def test_saturdays_open_move_what_falls_due_after_a_friday() -> None:
    house = factories.house(now=MONDAY)
    friday = MONDAY + timedelta(days=4, hours=7)  # 17:00 in Shanghai
    factories.ticket(house, agent=house.alice, at=friday, urgency="general", kind="enquiry", via="portal")
    source = _source(house)
    laid = laying.of_trial(Trial("Saturdays", saturdays=True))
    found = lab.replay(source.history, laid.terming, laid.calendars)
    assert (found.due <= source.was.due).all()
    assert (found.due < source.was.due).any()
    assert laid.shifts is not None
    assert laid.shifts("office").elapsed(*_saturday()) > 0 == laying.in_force().shift("office").elapsed(*_saturday())


def _saturday() -> tuple[int, int]:
    begin = int((MONDAY + timedelta(days=4, hours=14)).timestamp())  # Saturday 00:00 in Shanghai
    return begin, begin + 24 * 3600


def test_a_lead_finds_only_what_his_teams_held() -> None:
    house = factories.house(now=MONDAY)
    factories.ticket(house, agent=house.alice, at=MONDAY)
    foreign = factories.ticket(house, at=MONDAY)
    upkeep.assign(factories.actor(house.root), ticket_id=foreign.pk, team=house.strangers.pk, agent=None, now=MONDAY)
    assert foreign.number in _source(house).history.tickets
    assert foreign.number not in _source(house, house.bo).history.tickets


def test_an_agent_may_not_look_into_the_lab() -> None:
    house = factories.house(now=MONDAY)
    with pytest.raises(NotAllowed):
        _source(house, house.alice)


def test_people_and_shifts_of_today_are_those_of_the_organisation() -> None:
    house = factories.house(now=MONDAY)
    crewing = _source(house).teams["front"]
    active = house.front.members.filter(active=True).count()
    assert (crewing.people, crewing.shift) == (active, house.front.calendar)
