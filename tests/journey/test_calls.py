"""What becomes of a call: tickets, promises, and whoever is owed a call?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from tests.telephony import lines
from tests.telephony.lines import CHEN, STRANGER, Line
from yingnuo.channels.models import Raw
from yingnuo.journey import closing, deeds, heard
from yingnuo.ledger.models import Event
from yingnuo.people.models import Contact
from yingnuo.promises.models import Promise
from yingnuo.telephony.models import Call, CallbackTask, Dialled, Moment
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
S = timedelta(seconds=1)


@pytest.fixture
def house() -> House:
    return factories.house(now=MONDAY)


@pytest.fixture
def line(house: House) -> Line:
    return lines.connected(house)


def _promise(ticket: Ticket | None, milestone: str) -> Promise:
    return Promise.objects.get(ticket=ticket, milestone=milestone)


def _answered(line: Line, call: str = "c-1", at: datetime = MONDAY, **more: str) -> Call:
    line.tells(lines.queued(call, at, **more), now=at)
    line.tells(lines.taken(call, at + 12 * S), now=at + 12 * S)
    return line.call(call)


def test_an_answered_call_opens_a_ticket_of_whoever_took_it(house: House, line: Line) -> None:
    call = _answered(line)
    ticket = Ticket.objects.get()
    assert (ticket.via, ticket.contact, ticket.agent, ticket.team) == ("phone", house.chen, house.alice, house.front)
    assert (call.ticket, call.contact, call.staff, call.waited) == (ticket, house.chen, house.alice, 12)
    assert ticket.created_at == MONDAY


def test_talking_is_the_first_response(line: Line) -> None:
    call = _answered(line)
    promise = _promise(call.ticket, "first_response")
    assert (promise.standing, promise.met_at) == ("kept", MONDAY + 12 * S)


def test_a_call_joins_the_only_open_ticket_of_its_customer(house: House, line: Line) -> None:
    ticket = factories.ticket(house, agent=house.bo, at=MONDAY - timedelta(hours=1))
    call = _answered(line)
    assert call.ticket == ticket
    assert Ticket.objects.get().agent == house.bo, "whoever has it keeps it"


def test_with_two_open_tickets_a_call_is_a_matter_of_its_own(house: House, line: Line) -> None:
    earlier = [factories.ticket(house, at=MONDAY - timedelta(hours=n)) for n in (1, 2)]
    call = _answered(line)
    assert call.ticket not in earlier


def test_an_unknown_number_comes_into_the_books_once(line: Line) -> None:
    _answered(line, "c-1", caller=STRANGER)
    line.tells(lines.over("c-1", MONDAY + 60 * S), now=MONDAY + 60 * S)
    _answered(line, "c-2", MONDAY + 120 * S, caller=STRANGER)
    assert Contact.objects.filter(phone=STRANGER).count() == 1
    assert Ticket.objects.count() == 1


def test_a_missed_call_is_owed_a_call_within_five_minutes(house: House, line: Line) -> None:
    call = lines.missed(line, "c-1", MONDAY)
    task = CallbackTask.objects.get()
    promise = _promise(call.ticket, "callback")
    assert (task.number, task.ticket, task.missed) == (CHEN, call.ticket, 1)
    assert (promise.started_at, promise.due_at) == (MONDAY + 40 * S, MONDAY + timedelta(minutes=5, seconds=40))
    assert Event.objects.filter(code="call.missed", ticket_id=task.ticket_id).count() == 1


def test_who_calls_three_times_in_vain_is_called_back_once(line: Line) -> None:
    for n in range(3):
        lines.missed(line, f"c-{n}", MONDAY + n * timedelta(minutes=1))
    task = CallbackTask.objects.get()
    assert (task.missed, Ticket.objects.count()) == (3, 1)
    assert Promise.objects.filter(milestone="callback").count() == 1


def test_a_withheld_number_cannot_be_called_back(line: Line) -> None:
    lines.missed(line, "c-1", MONDAY, caller="anonymous")
    assert Call.objects.get().outcome == "abandoned"
    assert not Ticket.objects.exists()
    assert not CallbackTask.objects.exists()


def test_a_blocked_call_and_one_that_ended_in_the_menu_owe_nothing(line: Line) -> None:
    line.tells(lines.event("offered", "c-1", MONDAY, caller=CHEN), now=MONDAY)
    line.tells(lines.over("c-1", MONDAY + 9 * S), now=MONDAY + 9 * S)
    line.tells(lines.event("blocked", "c-2", MONDAY, caller=CHEN), now=MONDAY)
    assert {c.outcome for c in Call.objects.all()} == {"menu", "blocked"}
    assert not Ticket.objects.exists()


def test_the_queue_that_was_not_answered_says_which_team_calls_back(house: House, line: Line) -> None:
    from_queue = house.technicians
    line.channel.refresh_from_db()
    lines.QueueLine.objects.update(team=from_queue)
    lines.revisions.bump()
    call = lines.missed(line, "c-1", MONDAY)
    assert Ticket.objects.get(pk=call.ticket_id).team == from_queue


def test_the_same_body_again_changes_nothing(line: Line) -> None:
    raw = line.tells(lines.queued("c-1", MONDAY), lines.gone("c-1", MONDAY + 30 * S), now=MONDAY + 30 * S)
    rows = Event.objects.count()
    Raw.objects.filter(pk=raw.pk).update(state="stored")
    heard.take_waiting(now=MONDAY + 31 * S)
    assert (Moment.objects.count(), CallbackTask.objects.get().missed, Event.objects.count()) == (2, 1, rows)


def test_moments_that_come_in_the_wrong_order_come_to_the_same(house: House, line: Line) -> None:
    line.tells(lines.over("c-1", MONDAY + 90 * S), now=MONDAY + 90 * S)
    line.tells(lines.queued("c-1", MONDAY), now=MONDAY + 91 * S)
    line.tells(lines.taken("c-1", MONDAY + 12 * S), now=MONDAY + 92 * S)
    call = line.call("c-1")
    assert (call.outcome, call.waited, call.talked, call.staff) == ("answered", 12, 78, house.alice)
    assert CallbackTask.objects.exclude(result="answered").count() == 0
    assert Ticket.objects.count() == 1


def test_an_end_that_is_taken_in_before_its_beginning_is_owed_a_call_when_the_number_comes(line: Line) -> None:
    line.tells(lines.gone("c-1", MONDAY + 30 * S), now=MONDAY + 30 * S)
    assert not CallbackTask.objects.exists()
    line.tells(lines.queued("c-1", MONDAY), now=MONDAY + 31 * S)
    assert (CallbackTask.objects.get().number, line.call("c-1").waited) == (CHEN, 30)


def test_the_customer_who_gets_through_at_last_is_owed_nothing_more(line: Line) -> None:
    missed = lines.missed(line, "c-1", MONDAY)
    call = _answered(line, "c-2", MONDAY + timedelta(minutes=2))
    assert call.ticket_id == missed.ticket_id
    assert (CallbackTask.objects.get().result, _promise(call.ticket, "callback").standing) == ("answered", "kept")


def _calls_back(house: House, line: Line, missed: Call, outcome: str, *, at: datetime) -> Call:
    """Alice clicks; the telephone system places the call under our token."""
    Dialled.objects.create(token="yn-1", channel=line.channel, staff=house.alice, number=CHEN, at=at,
                           ticket_id=missed.ticket_id, task=CallbackTask.objects.get())  # fmt: skip
    line.tells(lines.event("offered", "yn-1", at, direction="out", agent="8001"), now=at)
    line.tells(lines.event(outcome, "yn-1", at + 8 * S, direction="out", agent="8001"), now=at + 8 * S)
    if outcome != "answered":
        line.tells(lines.event("ended", "yn-1", at + 9 * S, direction="out"), now=at + 9 * S)
    return line.call("yn-1")


def test_calling_back_keeps_the_promise(house: House, line: Line) -> None:
    missed = lines.missed(line, "c-1", MONDAY)
    call = _calls_back(house, line, missed, "answered", at=MONDAY + timedelta(minutes=3))
    promise, task = _promise(missed.ticket, "callback"), CallbackTask.objects.get()
    assert (promise.standing, promise.met_at) == ("kept", call.answered_at)
    assert (task.result, task.done_by) == ("reached", house.alice)
    assert _promise(missed.ticket, "first_response").standing == "kept"


def test_an_attempt_in_vain_keeps_the_task(house: House, line: Line) -> None:
    missed = lines.missed(line, "c-1", MONDAY)
    _calls_back(house, line, missed, "unanswered", at=MONDAY + timedelta(minutes=3))
    task = CallbackTask.objects.get()
    assert (task.done_at, task.attempts, task.holder) == (None, 1, house.alice)
    assert task.not_before is not None
    assert _promise(missed.ticket, "callback").standing == "running"


def test_a_call_dialled_by_hand_is_found_by_its_number(house: House, line: Line) -> None:
    lines.missed(line, "c-1", MONDAY)
    at = MONDAY + timedelta(minutes=2)
    line.tells(lines.event("offered", "h-1", at, direction="out", agent="8001", called="13800002210"), now=at)
    line.tells(lines.event("answered", "h-1", at + 5 * S, direction="out", agent="8001"), now=at + 5 * S)
    assert CallbackTask.objects.get().result == "reached"


def test_recording_by_hand_that_he_was_called_back_ends_the_task(house: House, line: Line) -> None:
    missed = lines.missed(line, "c-1", MONDAY)
    at = MONDAY + timedelta(minutes=4)
    deeds.record(factories.actor(house.alice), ticket_id=missed.ticket_id or 0, deed="called_back", now=at)
    assert CallbackTask.objects.get().result == "reached"
    assert _promise(missed.ticket, "callback").standing == "kept"


def test_a_new_missed_call_after_a_solution_is_a_task_of_its_own(house: House, line: Line) -> None:
    first = lines.missed(line, "c-1", MONDAY)
    closing.resolve(factories.actor(house.bo), ticket_id=first.ticket_id or 0, now=MONDAY + timedelta(minutes=30))
    again = lines.missed(line, "c-2", MONDAY + timedelta(hours=2))
    assert again.ticket_id != first.ticket_id
    assert sorted(CallbackTask.objects.values_list("result", flat=True)) == ["", "at_rest"]


def test_a_roll_call_ends_what_ended_unseen_and_the_caller_is_called_back(line: Line) -> None:
    line.tells(lines.queued("c-1", MONDAY), lines.queued("c-2", MONDAY, STRANGER), now=MONDAY)
    at = MONDAY + timedelta(minutes=2)
    line.tells({"event": "roll_call", "at": at.timestamp(), "alive": ["c-2"]}, now=at)
    assert (line.call("c-1").outcome, line.call("c-2").state) == ("abandoned", "queued")
    assert CallbackTask.objects.get().number == CHEN


def test_one_call_that_cannot_be_taken_leaves_the_others_alone(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    real = heard.calls.calls.append

    def failing(call: Call, *args: object, **more: object) -> None:
        if call.external_id == "bad":
            raise RuntimeError("no such thing")
        real(call, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(heard.calls.calls, "append", failing)
    raw = line.body(lines.queued("bad", MONDAY), lines.queued("good", MONDAY), now=MONDAY)
    heard.take_waiting(now=MONDAY)
    raw.refresh_from_db()
    assert (raw.state, list(Call.objects.values_list("external_id", flat=True))) == ("failed", ["good"])
    monkeypatch.undo()
    heard.take_waiting(state="failed", now=MONDAY)
    assert Call.objects.count() == 2


def test_the_next_call_ends_the_wrap_up_of_the_one_before(line: Line) -> None:
    _answered(line, "c-1")
    line.tells(lines.over("c-1", MONDAY + 60 * S), now=MONDAY + 60 * S)
    _answered(line, "c-2", MONDAY + 80 * S, caller=STRANGER)
    assert line.call("c-1").wrapup == 32
