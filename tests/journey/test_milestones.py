"""Do the milestones of a ticket begin and end with what happens to it: deeds, dates, holders, checklists, own ones?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.journey import closing, deeds, reply, sweep, upkeep
from yingnuo.journey.reply import Said
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger.models import Event
from yingnuo.people.roles import BOT, SYSTEM
from yingnuo.promises import versions
from yingnuo.promises.models import Outcome, Policy, Promise
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def _standard(promises: dict[str, Any], **more: object) -> House:
    """The company with one more policy, asked first, that promises this to every ticket."""
    house = factories.house()
    spec = {"code": "first", "rules": [{"code": "all", "promises": promises}], **more}
    versions.save_policy(SYSTEM, code="first", name="First", spec=spec, now=MONDAY)
    versions.place_policy(SYSTEM, policy=Policy.objects.get(code="first"), to="up", now=MONDAY)
    return house


def _of(ticket: Ticket, milestone: str) -> list[Promise]:
    return list(Promise.objects.filter(ticket=ticket, milestone=milestone).order_by("id"))


def _only(ticket: Ticket, milestone: str) -> Promise:
    [found] = _of(ticket, milestone)
    return found


def _alice(house: House, ticket: Ticket, words: str = "Try this.", *, at: datetime, **more: Any) -> Message:
    return reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=Said(words, **more), now=at)


# Deeds


def test_arrival_on_site_is_met_by_the_recorded_arrival() -> None:
    house = _standard({"on_site_arrival": {"target": "4h", "calendar": "always"}})
    ticket = factories.ticket(house, kind="fault", at=MONDAY)
    actor = factories.actor(house.alice)
    deeds.record(actor, ticket_id=ticket.pk, deed="arrived", words="At the gate.", now=MONDAY + 3 * HOUR)
    arrival = _only(ticket, "on_site_arrival")
    assert (arrival.standing, arrival.met_at) == ("kept", MONDAY + 3 * HOUR)
    assert Message.objects.get(ticket=ticket, public=False).text == "At the gate."
    assert Event.objects.get(code="ticket.recorded").params["deed"] == "arrived"


def test_an_arrival_recorded_late_corrects_the_breach_and_the_correction_is_noted() -> None:
    house = _standard({"on_site_arrival": {"target": "4h", "calendar": "always"}})
    ticket = factories.ticket(house, kind="fault", at=MONDAY)
    sweep.run_once(now=MONDAY + 5 * HOUR)
    assert _only(ticket, "on_site_arrival").standing == "broken"
    actor = factories.actor(house.alice)
    deeds.record(actor, ticket_id=ticket.pk, deed="arrived", at=MONDAY + 2 * HOUR, now=MONDAY + 9 * HOUR)
    assert _only(ticket, "on_site_arrival").standing == "kept"
    assert Event.objects.get(code="promise.corrected").params["was"] == "broken"


def test_a_callback_is_owed_when_it_is_asked_for_and_met_when_it_was_made() -> None:
    house = _standard({"callback": {"target": "30m", "calendar": "always"}})
    ticket = factories.ticket(house, at=MONDAY)
    actor = factories.actor(house.alice)
    assert _of(ticket, "callback") == []
    deeds.record(actor, ticket_id=ticket.pk, deed="callback_asked", now=MONDAY + MINUTE)
    deeds.record(actor, ticket_id=ticket.pk, deed="callback_asked", now=MONDAY + 2 * MINUTE)  # one is owed already
    deeds.record(actor, ticket_id=ticket.pk, deed="called_back", now=MONDAY + 20 * MINUTE)
    callback = _only(ticket, "callback")
    assert (callback.started_at, callback.standing) == (MONDAY + MINUTE, "kept")


def test_a_refund_stays_owed_when_the_matter_is_solved() -> None:
    house = _standard({"refund": {"target": "3d", "calendar": "always"}})
    ticket = factories.ticket(house, kind="return", at=MONDAY)
    actor = factories.actor(house.alice)
    deeds.record(actor, ticket_id=ticket.pk, deed="refund_agreed", now=MONDAY + HOUR)
    closing.resolve(actor, ticket_id=ticket.pk, now=MONDAY + 2 * HOUR)
    closing.close(actor, ticket_id=ticket.pk, reason="", now=MONDAY + 3 * HOUR)
    assert _only(ticket, "refund").standing == "running"
    deeds.record(actor, ticket_id=ticket.pk, deed="refunded", now=MONDAY + DAY)
    assert _only(ticket, "refund").standing == "kept"


def test_the_speed_of_answer_of_a_call_counts_from_its_waiting_to_its_answering() -> None:
    house = _standard({"speed_of_answer": {"target": "20s", "calendar": "always"}})
    ticket = factories.ticket(house, via="phone", at=MONDAY)
    actor = factories.actor(house.alice)
    deeds.record(actor, ticket_id=ticket.pk, deed="call_waiting", now=MONDAY)
    deeds.record(actor, ticket_id=ticket.pk, deed="call_answered", now=MONDAY + timedelta(seconds=21))
    found = _only(ticket, "speed_of_answer")
    assert (found.standing, found.overrun) == ("broken", 1)


def test_a_workaround_is_met_before_the_resolution_and_apart_from_it() -> None:
    house = _standard({"workaround": {"target": "4h", "calendar": "always"}})
    ticket = factories.ticket(house, kind="fault", at=MONDAY)
    deeds.record(factories.actor(house.alice), ticket_id=ticket.pk, deed="workaround_given", now=MONDAY + HOUR)
    assert (_only(ticket, "workaround").standing, _only(ticket, "resolution").standing) == ("kept", "running")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"deed": "resolved"}, "deed"),  # happens by itself
        ({"deed": "flown"}, "deed"),
        ({"deed": "arrived", "at": MONDAY + DAY}, "at"),
        ({"deed": "arrived", "at": MONDAY - DAY}, "at"),
    ],
)
def test_what_cannot_have_been_is_refused_and_nothing_changes(more: dict[str, Any], field: str) -> None:
    house = factories.house()
    ticket = factories.ticket(house, at=MONDAY)
    before = Event.objects.count()
    with pytest.raises(Invalid) as refused:
        deeds.record(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY + HOUR, **more)
    assert (list(refused.value.fields), Event.objects.count()) == ([field], before)


def test_a_stranger_records_nothing() -> None:
    house = factories.house()
    ticket = factories.ticket(house, at=MONDAY)
    before = Event.objects.count()
    with pytest.raises(NotFound):
        deeds.record(factories.actor(house.dee), ticket_id=ticket.pk, deed="arrived", now=MONDAY + HOUR)
    assert Event.objects.count() == before


# A date promised to the customer


def test_date_promised_to_the_customer_is_its_own_promise_not_moved_by_pauses() -> None:
    house = factories.house()
    ticket = factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=MONDAY)
    actor, friday = factories.actor(house.alice), MONDAY + 4 * DAY
    deeds.promise_date(actor, ticket_id=ticket.pk, due=friday, words="On Friday at ten.", now=MONDAY + MINUTE)
    closing.pause(actor, ticket_id=ticket.pk, reason="waiting_parts", now=MONDAY + HOUR)
    closing.resume(actor, ticket_id=ticket.pk, now=MONDAY + DAY)
    promised = _only(ticket, "promised_date")
    assert (promised.due_at, promised.standing) == (friday, "running")
    assert Message.objects.filter(ticket=ticket, public=True, text="On Friday at ten.").exists()
    upkeep.change(actor, ticket_id=ticket.pk, facts={"urgency": "general"}, reason="Only noisy.", now=MONDAY + 2 * DAY)
    assert _only(ticket, "promised_date").due_at == friday


def test_another_date_replaces_the_one_still_owed() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    actor = factories.actor(house.alice)
    deeds.promise_date(actor, ticket_id=ticket.pk, due=MONDAY + DAY, now=MONDAY + MINUTE)
    deeds.promise_date(actor, ticket_id=ticket.pk, due=MONDAY + 2 * DAY, now=MONDAY + HOUR)
    first, second = _of(ticket, "promised_date")
    assert (first.standing, second.due_at) == ("cancelled", MONDAY + 2 * DAY)
    assert (
        Event.objects.filter(code="promise.cancelled", subject=f"promise:{first.pk}").get().params["reason"]
        == "date_changed"
    )


def test_a_promised_date_is_kept_by_the_solution_or_by_its_own_deed() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    actor = factories.actor(house.alice)
    deeds.promise_date(actor, ticket_id=ticket.pk, due=MONDAY + DAY, now=MONDAY + MINUTE)
    deeds.record(actor, ticket_id=ticket.pk, deed="date_met", now=MONDAY + HOUR)
    deeds.promise_date(actor, ticket_id=ticket.pk, due=MONDAY + DAY, now=MONDAY + 2 * HOUR)
    closing.resolve(actor, ticket_id=ticket.pk, now=MONDAY + 3 * HOUR)
    assert [p.standing for p in _of(ticket, "promised_date")] == ["kept", "kept"]


@pytest.mark.parametrize("due", [MONDAY, MONDAY - DAY, MONDAY + 800 * DAY])
def test_a_date_that_cannot_be_promised_is_refused_and_nothing_changes(due: datetime) -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    with pytest.raises(Invalid):
        deeds.promise_date(factories.actor(house.alice), ticket_id=ticket.pk, due=due, now=MONDAY)
    assert _of(ticket, "promised_date") == []


def test_at_rest_no_date_is_promised() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY + MINUTE)
    with pytest.raises(Conflict):
        deeds.promise_date(factories.actor(house.alice), ticket_id=ticket.pk, due=MONDAY + DAY, now=MONDAY + HOUR)


# Qualified responses


def _strict() -> dict[str, Any]:
    items = ["contact_made", "first_cause"]
    return {"first_response": {"target": "1h", "calendar": "always", "checklist": items, "qualifies": "checklist"}}


def test_an_answer_without_all_of_the_checklist_is_no_first_response_where_the_terms_say_so() -> None:
    house = _standard(_strict())
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    _alice(house, ticket, at=MONDAY + MINUTE, told=("contact_made", "nonsense"))
    assert (_only(ticket, "first_response").standing, _only(ticket, "first_response").checked.keys()) == (
        "running", {"contact_made"},
    )  # fmt: skip
    _alice(house, ticket, at=MONDAY + 10 * MINUTE, told=("first_cause",))
    first = _only(ticket, "first_response")
    assert (first.standing, first.met_at) == ("kept", MONDAY + 10 * MINUTE)


def test_a_checklist_that_only_advises_is_recorded_and_stops_nothing() -> None:
    house = factories.house()
    ticket = factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=MONDAY)
    _alice(house, ticket, at=MONDAY + MINUTE, told=("detail",))
    assert _only(ticket, "first_response").standing == "kept"
    assert Event.objects.get(code="promise.checked").params == {"milestone": "first_response", "items": ["detail"]}


@pytest.mark.parametrize(("answered_by", "standing"), [("person", "running"), ("any", "kept"), ("bot", "kept")])
def test_bot_answer_counts_only_where_the_terms_say_so(answered_by: str, standing: str) -> None:
    house = _standard({"first_response": {"target": "1h", "calendar": "always", "answered_by": answered_by}})
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    reply.answer(BOT, ticket_id=ticket.pk, said=Said("See page 12."), now=MONDAY + MINUTE)
    assert _only(ticket, "first_response").standing == standing


def test_closing_thanks_of_the_customer_cancel_the_reply_promise_with_a_reason() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    _alice(house, ticket, at=MONDAY + MINUTE)
    factories.says(ticket, "Thanks!", at=MONDAY + HOUR)
    reply.no_reply_needed(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY + 2 * HOUR)
    owed = _only(ticket, "next_response")
    assert owed.standing == "cancelled"
    assert (
        Event.objects.get(code="promise.cancelled", subject=f"promise:{owed.pk}").params["reason"] == "no_reply_needed"
    )


def test_every_unanswered_message_has_a_clock_of_its_own() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    _alice(house, ticket, at=MONDAY + MINUTE)
    factories.says(ticket, "And this?", at=MONDAY + HOUR)
    factories.says(ticket, "And that?", at=MONDAY + 2 * HOUR)
    _alice(house, ticket, at=MONDAY + 3 * HOUR)
    assert [(p.started_at, p.standing) for p in _of(ticket, "next_response")] == [
        (MONDAY + HOUR, "kept"), (MONDAY + 2 * HOUR, "kept"),
    ]  # fmt: skip


# Holders


def _links() -> House:
    """Every team promises inside the house to hold a ticket for an hour at most, the technicians for two."""
    house = factories.house()
    rules = [
        {
            "code": "technicians",
            "when": {"team": "technicians"},
            "promises": {"holding": {"target": "2h", "calendar": "always"}},
        },
        {"code": "others", "promises": {"holding": {"target": "1h", "calendar": "always"}}},
    ]
    versions.save_policy(
        SYSTEM, code="ola", name="OLA", spec={"code": "ola", "agreement": "ola", "rules": rules}, now=MONDAY
    )
    return house


def test_each_team_that_takes_a_ticket_has_a_holding_time_of_its_own() -> None:
    house = _links()
    ticket = factories.ticket(house, kind="fault", at=MONDAY)
    upkeep.assign(SYSTEM, ticket_id=ticket.pk, team=house.technicians.pk, agent=house.eve.pk, now=MONDAY + 30 * MINUTE)
    upkeep.assign(SYSTEM, ticket_id=ticket.pk, team=house.front.pk, agent=None, now=MONDAY + 3 * HOUR)
    assert [(p.team_id, p.started_at, p.standing) for p in _of(ticket, "holding")] == [
        (house.front.pk, MONDAY, "kept"),
        (house.technicians.pk, MONDAY + 30 * MINUTE, "broken"),
        (house.front.pk, MONDAY + 3 * HOUR, "running"),
    ]


def test_a_colleague_of_the_team_goes_on_with_its_holding_time() -> None:
    house = _links()
    ticket = factories.ticket(house, kind="fault", agent=house.alice, at=MONDAY)
    upkeep.assign(SYSTEM, ticket_id=ticket.pk, team=house.front.pk, agent=house.bo.pk, now=MONDAY + MINUTE)
    assert _only(ticket, "holding").started_at == MONDAY


def test_the_solution_ends_the_holding_and_a_reopening_begins_it_anew() -> None:
    house = _links()
    ticket = factories.ticket(house, kind="fault", agent=house.alice, at=MONDAY)
    closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY + MINUTE)
    closing.reopen(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY + 5 * HOUR)
    assert [(p.standing, p.started_at) for p in _of(ticket, "holding")] == [
        ("kept", MONDAY), ("running", MONDAY + 5 * HOUR),
    ]  # fmt: skip
    assert Outcome.objects.filter(milestone="holding", agreement="ola").count() == 1


# Own milestones and measures


def test_an_own_milestone_runs_from_its_own_deed_to_its_own_deed() -> None:
    own = [{"code": "report", "title": "检测报告", "start": ["unit_in"], "stop": ["report_out"]}]
    known = [{"code": "unit_in", "title": "已收到寄修件"}, {"code": "report_out", "title": "报告已发出"}]
    house = _standard({"report": {"target": "2wd", "calendar": "office"}}, milestones=own, deeds=known)
    ticket = factories.ticket(house, kind="repair", at=MONDAY)
    actor = factories.actor(house.alice)
    deeds.record(actor, ticket_id=ticket.pk, deed="unit_in", now=MONDAY + HOUR)
    report = _only(ticket, "report")
    assert report.due_at == datetime(2026, 3, 4, 10, 0, tzinfo=UTC)  # Wednesday 18:00 in Shanghai
    deeds.record(actor, ticket_id=ticket.pk, deed="report_out", now=MONDAY + DAY)
    assert _only(ticket, "report").standing == "kept"


def test_an_own_course_pauses_and_resumes_with_its_own_events() -> None:
    course = {
        "target": "4h",
        "calendar": "always",
        "pause": ["visit_agreed"],
        "resume": ["arrived"],
        "stop": ["resolved"],
    }
    house = _standard({"resolution": course})
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    actor = factories.actor(house.alice)
    deeds.record(actor, ticket_id=ticket.pk, deed="visit_agreed", now=MONDAY + HOUR)
    closing.pause(actor, ticket_id=ticket.pk, reason="waiting_parts", now=MONDAY + 2 * HOUR)
    closing.resume(actor, ticket_id=ticket.pk, now=MONDAY + 3 * HOUR)  # does not end what a visit had begun
    assert _only(ticket, "resolution").standing == "paused"
    deeds.record(actor, ticket_id=ticket.pk, deed="arrived", now=MONDAY + 11 * HOUR)
    assert _only(ticket, "resolution").due_at == MONDAY + 14 * HOUR


def test_an_own_course_counts_anew_where_it_says_so() -> None:
    course = {"start": ["opened"], "stop": ["resolved"], "reset": ["answered"]}
    house = _standard({"progress_update": {"target": "4h", "calendar": "always", **course}})
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    _alice(house, ticket, at=MONDAY + 3 * HOUR)
    assert _only(ticket, "progress_update").due_at == MONDAY + 7 * HOUR


def test_the_customers_wait_and_the_time_at_work_differ_by_what_we_waited_for() -> None:
    long = {"target": "100h", "calendar": "always"}
    house = _standard(
        {"requester_wait": {**long, "pauses": ["waiting_customer"]}, "agent_work": {**long, "pauses": "*"}}
    )
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    actor = factories.actor(house.alice)
    closing.pause(actor, ticket_id=ticket.pk, reason="waiting_parts", now=MONDAY + HOUR)
    closing.resume(actor, ticket_id=ticket.pk, now=MONDAY + 3 * HOUR)
    closing.resolve(actor, ticket_id=ticket.pk, now=MONDAY + 4 * HOUR)
    assert [_only(ticket, m).worked // 3_600 for m in ("requester_wait", "agent_work")] == [4, 2]


def test_what_an_absorbed_ticket_alone_owed_moves_over_with_its_start() -> None:
    house = _standard({"refund": {"target": "3d", "calendar": "always"}})
    main, absorbed = (factories.ticket(house, kind="return", at=MONDAY) for _n in range(2))
    actor = factories.actor(house.alice)
    deeds.record(actor, ticket_id=absorbed.pk, deed="refund_agreed", now=MONDAY + HOUR)
    upkeep.merge(actor, ticket_id=main.pk, absorb_id=absorbed.pk, now=MONDAY + 2 * HOUR)
    moved, ended = _only(main, "refund"), _only(absorbed, "refund")
    assert (moved.started_at, moved.standing, ended.standing) == (MONDAY + HOUR, "running", "cancelled")
