"""Is breach risk learnt from what ended, kept with its reasons, and written only where it changed?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.engine.risk import Model
from yingnuo.journey import closing, reply, upkeep
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.ledger.models import Event
from yingnuo.people import presence as presences
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM
from yingnuo.promises.models import Outcome, Promise
from yingnuo.scorecards import risk, risk_history, risk_scene
from yingnuo.scorecards.models import RiskModel
from yingnuo.tickets.models import Ticket

MINUTE = timedelta(minutes=1)


@pytest.fixture
def house(db: None) -> House:
    return factories.house(now=MONDAY)


def answered(house: House, agent: Staff, after: timedelta, **more: object) -> Ticket:
    """An urgent ticket (a quarter of an hour is promised) answered so late, then closed."""
    ticket = factories.ticket(house, urgency="urgent", agent=agent, at=MONDAY, **more)
    reply.answer(factories.actor(agent), ticket_id=ticket.pk, said=Said("Try this"), now=MONDAY + after)
    closing.resolve(factories.actor(agent), ticket_id=ticket.pk, now=MONDAY + after + MINUTE)
    return ticket


def of(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def test_the_first_judging_learns_first(house: House) -> None:
    ticket = factories.ticket(house, urgency="urgent", at=MONDAY)
    assert risk.judge_open(now=MONDAY + MINUTE) == 1
    assert RiskModel.objects.count() == 1
    after = of(ticket)
    assert after.risk is not None
    assert 0 < after.risk < 1
    assert after.risk_why is not None
    assert after.risk_why["milestone"] in Promise.objects.filter(ticket=ticket).values_list("milestone", flat=True)


def test_risk_rises_while_nobody_answers_and_only_changes_are_written(house: House) -> None:
    ticket = factories.ticket(house, urgency="urgent", at=MONDAY)
    risk.judge_open(now=MONDAY + MINUTE)
    early, version = of(ticket).risk, of(ticket).version
    assert risk.judge_open(now=MONDAY + MINUTE) == 0
    assert risk.judge_open(now=MONDAY + 14 * MINUTE) == 1
    late = of(ticket).risk
    assert early is not None
    assert late is not None
    assert late > early + 0.2
    assert of(ticket).version == version  # nobody who reads the ticket has to read it again


def test_what_is_broken_or_over_has_no_risk_any_more(house: House) -> None:
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    risk.judge_open(now=MONDAY + MINUTE)
    risk.judge_open(now=MONDAY + timedelta(days=30))
    assert (of(ticket).risk, of(ticket).risk_why) == (None, None)


def test_history_of_a_holder_tells(house: House) -> None:
    for _ in range(21):
        answered(house, house.alice, 2 * MINUTE)
        answered(house, house.bo, 50 * MINUTE)
    risk.refit(now=MONDAY + timedelta(hours=2))
    now = MONDAY + timedelta(hours=3)
    quick, slow = (factories.ticket(house, urgency="urgent", agent=who, at=now) for who in (house.alice, house.bo))
    risk.judge_open(now=now + MINUTE)
    assert of(slow).risk > 0.6 > 0.3 > of(quick).risk
    assert of(slow).risk_why["of"] >= 20
    assert of(slow).risk_why["broke"] == 100


def test_what_is_open_and_late_when_learning_counts_as_broken(house: House) -> None:
    for _ in range(8):
        factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    row = risk.refit(now=MONDAY + timedelta(hours=1))
    cells = Model.from_spec(row.spec).cells
    assert cells["first_response"].broke == 8
    assert Outcome.objects.count() == 0


def test_reasons_are_kept_as_codes(house: House) -> None:
    older = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY + MINUTE)
    upkeep.urge(factories.actor(house.chen), ticket_id=ticket.pk, now=MONDAY + 2 * MINUTE)
    risk.judge_open(now=MONDAY + 5 * MINUTE)
    why = of(ticket).risk_why
    assert (why["ahead"], why["urged"], why["away"]) == (1, 1, 1)  # nobody is online in the tests' company
    assert "ahead" not in of(older).risk_why


def test_who_was_there_when_is_read_from_the_ledger(house: House) -> None:
    for minutes, presence in ((10, "online"), (20, "offline")):
        presences.change(SYSTEM, staff=house.alice, presence=presence, now=MONDAY + minutes * MINUTE)
    crew, at = risk_scene.crew(since=MONDAY), instants.seconds(MONDAY)
    assert [crew.away((0, house.alice.pk), at + 60 * m) for m in (5, 10, 19, 20)] == [True, False, False, True]
    assert crew.away((house.front.pk, 0), at + 60 * 15) is False  # one of the team is enough


def test_sights_know_pauses_and_sisters(house: House) -> None:
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    actor = factories.actor(house.alice)
    reply.answer(actor, ticket_id=ticket.pk, said=Said("Photo?", then="wait"), now=MONDAY + 40 * MINUTE)
    closing.resolve(actor, ticket_id=ticket.pk, now=MONDAY + timedelta(hours=10))
    _cases, seen = risk_history.learn(MONDAY + timedelta(days=1))
    of_solution = [s.asked for s in seen if s.asked.cells[1] == "resolution"]
    assert [s.features[3] for s in of_solution] == [1.0] * 4  # the first response was broken by then
    assert of_solution[-1].features[4] == 1.0
    assert of_solution[-1].used == pytest.approx(40 / (24 * 60), abs=0.01)


def test_judging_costs_the_same_number_of_statements_for_many(house: House) -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            risk.judge_open(now=MONDAY + 3 * MINUTE)
        return len(seen)

    factories.ticket(house, urgency="urgent", at=MONDAY)
    risk.judge_open(now=MONDAY + MINUTE)
    one = cost()
    for _ in range(10):
        factories.ticket(house, urgency="urgent", at=MONDAY)
    assert cost() <= one + 1


def test_learning_keeps_the_newest_models_and_writes_no_ledger(house: House) -> None:
    before = Event.objects.count()
    for day in range(3):
        risk.refit(now=MONDAY + timedelta(days=day))
    assert RiskModel.objects.count() == 3
    assert Event.objects.count() == before
