"""What becomes of something that one team asks of another?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.alerts.models import Notice
from yingnuo.journey import closing, subtasks, sweep, upkeep
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.ledger.models import Event
from yingnuo.promises.models import Outcome, Promise
from yingnuo.subtasks import queries
from yingnuo.subtasks.models import Task
from yingnuo.subtasks.services import Wish
from yingnuo.tickets.models import Ticket

HOUR = timedelta(hours=1)


def asked(house: House, ticket: Ticket, **more: object) -> Task:
    """Alice asks the technicians for a drawing within four hours."""
    values: dict[str, object] = {
        "subject": "Drawing of the drum", "text": "Which bearing?", "team": house.technicians.pk,
        "wanted": MONDAY + 4 * HOUR,
    }  # fmt: skip
    return subtasks.ask(
        factories.actor(house.alice), ticket_id=ticket.pk, wish=Wish(**(values | more)), now=MONDAY  # type: ignore[arg-type]
    )  # fmt: skip


def codes(ticket: Ticket) -> list[str]:
    """The ledger's codes about tasks of this ticket, in order."""
    rows = Event.objects.filter(ticket_id=ticket.pk, code__startswith="task.").order_by("id")
    return list(rows.values_list("code", flat=True))


def test_a_task_has_an_ola_clock_in_the_hours_of_the_asked_team(house: House, ticket: Ticket) -> None:
    task = asked(house, ticket)
    p = Promise.objects.get(pk=task.promise_id)
    assert (p.milestone, p.team_id, p.agent_id) == ("task", house.technicians.pk, None)
    assert p.due_at == MONDAY + 4 * HOUR  # 10:00 to 14:00 with the break at noon: 2.5 hours at work
    assert p.remaining == 2.5 * 3_600
    assert codes(ticket) == ["task.asked"]


def test_it_is_not_what_the_ticket_owes_its_customer(house: House, ticket: Ticket) -> None:
    asked(house, ticket, wanted=MONDAY + timedelta(minutes=5))
    ticket.refresh_from_db()
    assert ticket.next_milestone != "task"


def test_without_a_moment_the_standard_must_name_one(house: House, ticket: Ticket) -> None:
    with pytest.raises(Invalid) as refused:
        asked(house, ticket, wanted=None)
    assert refused.value.code == "no_target"
    assert not Task.objects.exists()
    assert not Promise.objects.filter(milestone="task").exists()


def test_it_is_done_in_time(house: House, ticket: Ticket) -> None:
    task = asked(house, ticket)
    eve = factories.actor(house.eve)
    subtasks.accept(eve, task_id=task.pk, now=MONDAY + HOUR)
    subtasks.done(eve, task_id=task.pk, text="6204-2RS", now=MONDAY + 2 * HOUR)
    outcome = Outcome.objects.get(milestone="task")
    assert (outcome.standing, outcome.agreement, outcome.team_id) == ("kept", "ola", house.technicians.pk)
    assert outcome.agent_id == house.eve.pk
    assert codes(ticket) == ["task.asked", "task.accepted", "task.done"]


def test_a_question_stops_the_clock_until_its_answer(house: House, ticket: Ticket) -> None:
    task = asked(house, ticket)
    subtasks.question(factories.actor(house.eve), task_id=task.pk, text="Which model?", now=MONDAY + HOUR)
    assert Promise.objects.get(pk=task.promise_id).standing == "paused"
    subtasks.answer(factories.actor(house.alice), task_id=task.pk, text="XQG100", now=MONDAY + HOUR * 1.5)
    p = Promise.objects.get(pk=task.promise_id)
    assert (p.standing, p.due_at) == ("running", MONDAY + 4.5 * HOUR)


def test_those_concerned_are_told(house: House, ticket: Ticket) -> None:
    task = asked(house, ticket, staff=house.eve.pk)
    subtasks.refuse(factories.actor(house.eve), task_id=task.pk, text="Not our product", now=MONDAY + HOUR)
    told = set(Notice.objects.filter(way="in_app").values_list("reason", "staff_id"))
    assert told == {("task_asked", house.eve.pk), ("task_refused", house.alice.pk)}


def test_a_refusal_says_why(house: House, ticket: Ticket) -> None:
    task = asked(house, ticket)
    with pytest.raises(Invalid):
        subtasks.refuse(factories.actor(house.eve), task_id=task.pk, text=" ", now=MONDAY + HOUR)
    assert Task.objects.get(pk=task.pk).is_open


def test_its_breach_is_told_to_the_asked_team(house: House, ticket: Ticket) -> None:
    task = asked(house, ticket, staff=house.eve.pk)
    Notice.objects.all().delete()
    sweep.run_once(now=MONDAY + 4 * HOUR + timedelta(seconds=1))
    p = Promise.objects.get(pk=task.promise_id)
    assert p.broken_at == MONDAY + 4 * HOUR
    assert house.eve.pk in Notice.objects.filter(promise_id=p.pk, reason="broken").values_list("staff_id", flat=True)


def test_the_ticket_waits_and_wakes(house: House, ticket: Ticket) -> None:
    task = asked(house, ticket, waits=True)
    assert Ticket.objects.get(pk=ticket.pk).waiting_for == "waiting_department"
    subtasks.done(factories.actor(house.eve), task_id=task.pk, text="Done", now=MONDAY + HOUR)
    assert Ticket.objects.get(pk=ticket.pk).status == "open"


def test_the_tickets_own_pause_and_holder_leave_its_clock_alone(house: House, ticket: Ticket) -> None:
    task, bo = asked(house, ticket), factories.actor(house.bo)
    closing.pause(bo, ticket_id=ticket.pk, reason="waiting_customer", now=MONDAY + HOUR)
    upkeep.assign(bo, ticket_id=ticket.pk, team=house.front.pk, agent=house.bo.pk, now=MONDAY + HOUR)
    upkeep.change(bo, ticket_id=ticket.pk, facts={"kind": "complaint"}, now=MONDAY + HOUR)
    closing.resolve(bo, ticket_id=ticket.pk, now=MONDAY + HOUR)
    p = Promise.objects.get(pk=task.promise_id)
    assert (p.standing, p.team_id, p.due_at) == ("running", house.technicians.pk, MONDAY + 4 * HOUR)


def test_closing_without_a_solution_withdraws_it(house: House, ticket: Ticket) -> None:
    task = asked(house, ticket)
    closing.close(factories.actor(house.alice), ticket_id=ticket.pk, reason="spam", now=MONDAY + HOUR)
    assert Task.objects.get(pk=task.pk).state == "withdrawn"
    assert Promise.objects.get(pk=task.promise_id).standing == "cancelled"


def test_merging_takes_it_along(house: House, ticket: Ticket) -> None:
    task, other = asked(house, ticket), factories.ticket(house, agent=house.alice, at=MONDAY)
    upkeep.merge(factories.actor(house.alice), ticket_id=other.pk, absorb_id=ticket.pk, now=MONDAY + HOUR)
    p = Promise.objects.get(pk=task.promise_id)
    assert Task.objects.get(pk=task.pk).ticket_id == p.ticket_id == other.pk
    assert p.standing == "running"


def test_who_is_neither_asked_nor_asking_sees_nothing_of_it(house: House, ticket: Ticket) -> None:
    task = asked(house, ticket)
    with pytest.raises(NotFound):
        subtasks.accept(factories.actor(house.dee), task_id=task.pk, now=MONDAY + HOUR)
    assert Task.objects.get(pk=task.pk).staff_id is None
    assert not queries.visible_to(factories.actor(house.chen)).exists()


def test_each_side_does_its_own(house: House, ticket: Ticket) -> None:
    task = asked(house, ticket)
    with pytest.raises(NotAllowed):
        subtasks.done(factories.actor(house.alice), task_id=task.pk, text="Done", now=MONDAY + HOUR)
    with pytest.raises(NotAllowed):
        subtasks.withdraw(factories.actor(house.eve), task_id=task.pk, now=MONDAY + HOUR)
    assert codes(ticket) == ["task.asked"]


def test_what_has_ended_stays_ended(house: House, ticket: Ticket) -> None:
    task, eve = asked(house, ticket), factories.actor(house.eve)
    subtasks.done(eve, task_id=task.pk, text="Done", now=MONDAY + HOUR)
    with pytest.raises(Conflict):
        subtasks.refuse(eve, task_id=task.pk, text="No", now=MONDAY + HOUR)
    assert Task.objects.get(pk=task.pk).state == "done"


def test_a_task_is_passed_on_and_its_clock_runs_on(house: House, ticket: Ticket) -> None:
    task = asked(house, ticket)
    due = Promise.objects.get(pk=task.promise_id).due_at
    eve = factories.actor(house.eve)
    with pytest.raises(Invalid):
        subtasks.pass_on(eve, task_id=task.pk, team=house.strangers.pk, staff=house.dee.pk, text=" ", now=MONDAY)
    subtasks.pass_on(eve, task_id=task.pk, team=house.strangers.pk, staff=house.dee.pk, text="Stock.", now=MONDAY)
    p = Promise.objects.get(pk=task.promise_id)
    assert (p.due_at, p.team_id, p.agent_id) == (due, house.strangers.pk, house.dee.pk)
    assert codes(ticket) == ["task.asked", "task.passed_on"]
    assert house.dee.pk in Notice.objects.filter(reason="task_passed_on").values_list("staff_id", flat=True)
    with pytest.raises(NotFound):  # it is not the technicians' any more
        subtasks.accept(eve, task_id=task.pk, now=MONDAY)
