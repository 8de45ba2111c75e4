"""An arrival becomes a ticket, a reply or a note, with its promises, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY
from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival, ArrivalKind
from yingnuo.channels.models import ChannelKind, Delivery, Raw
from yingnuo.journey import closing, intake, reply
from yingnuo.journey.incoming import Incoming
from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict
from yingnuo.ledger.models import Event
from yingnuo.people.models import Contact
from yingnuo.people.roles import SYSTEM
from yingnuo.promises.models import Promise
from yingnuo.routing.models import Rule
from yingnuo.tickets.models import Message, Status, Ticket

pytestmark = pytest.mark.django_db


def _take(arrival: Arrival, *, via: str = "mail", at=MONDAY, key: str = "") -> intake.Taken:
    raw = accept.draft(accept.built_in(ChannelKind.FILES), content=b"raw", key=key, received_at=at)
    return intake.take(SYSTEM, via=via, incoming=[Incoming(raw, arrival)], now=at)[0]


def _dues(ticket: int) -> dict[str, str]:
    return {p.milestone: p.due_at.isoformat() for p in Promise.objects.filter(ticket_id=ticket)}


def test_an_urgent_request_is_promised_an_answer_in_fifteen_minutes_round_the_clock() -> None:
    house = factories.house()
    ticket = factories.ticket(house, urgency="urgent", at=MONDAY + timedelta(hours=14))
    first = Promise.objects.get(ticket=ticket, milestone="first_response")
    assert first.due_at - first.started_at == timedelta(minutes=15)
    assert ticket.due_at == first.due_at
    assert ticket.next_milestone == "first_response"


def test_a_general_request_outside_hours_counts_from_the_next_opening_and_is_due_at_once() -> None:
    house = factories.house()
    saturday = MONDAY + timedelta(days=5)
    ticket = factories.ticket(house, at=saturday)
    assert ticket.due_at is not None
    assert ticket.due_at.isoformat() == "2026-03-09T02:00:00+00:00"  # Monday 10:00, one working hour after nine


def test_a_sender_is_recognised_by_his_address_whatever_its_case() -> None:
    factories.house()
    first = _take(factories.arrival(at=MONDAY, sender_address="New@One.example", sender_name="New"))
    second = _take(factories.arrival(at=MONDAY, sender_address="new@one.example"))
    contacts = set(Ticket.objects.filter(pk__in=[first.ticket, second.ticket]).values_list("contact", flat=True))
    assert len(contacts) == 1
    assert Contact.objects.filter(email="new@one.example").count() == 1


def test_a_reply_to_our_message_joins_its_ticket_and_wakes_it() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    reply.answer(
        factories.actor(house.alice), ticket_id=ticket.pk, said=reply.Said("Which model?", then="wait"), now=MONDAY
    )
    Message.objects.filter(ticket=ticket, author="staff").update(message_id="<a@us>")
    came = factories.arrival("BCD-480", at=MONDAY, sender_address=house.chen.email, references=("<a@us>",))
    taken = _take(came, at=MONDAY + timedelta(minutes=9))
    ticket.refresh_from_db()
    assert (taken.outcome, taken.ticket, ticket.status) == ("reply", ticket.pk, Status.OPEN)


def test_a_stranger_who_guesses_a_message_id_opens_his_own_ticket() -> None:
    house = factories.house()
    ticket = factories.ticket(house, at=MONDAY, message_id="<secret@chen>")
    taken = _take(factories.arrival(at=MONDAY, sender_address="eve@evil.example", references=("<secret@chen>",)))
    assert taken.outcome == "ticket"
    assert taken.ticket != ticket.pk


def test_an_automatic_mail_opens_nothing_and_answers_nothing() -> None:
    factories.house()
    taken = _take(factories.arrival(at=MONDAY, kind=ArrivalKind.AUTO_REPLY, sender_address="x@y.example"))
    assert taken.outcome == "auto_reply"
    assert taken.ticket is None
    assert not Ticket.objects.exists()
    assert not Delivery.objects.exists()
    assert Raw.objects.get().outcome == "auto_reply"


def test_a_receipt_is_queued_but_never_counts_as_a_response() -> None:
    factories.house()
    taken = _take(factories.arrival(at=MONDAY, sender_address="a@b.example"))
    assert Delivery.objects.get().to == "a@b.example"
    assert Promise.objects.get(ticket_id=taken.ticket, milestone="first_response").standing == "running"
    assert Ticket.objects.get().first_response_at is None


def test_receipts_stop_after_a_few_an_hour_so_that_no_loop_can_live() -> None:
    factories.house()
    for n in range(8):
        _take(factories.arrival(f"{n}", at=MONDAY, sender_address="loop@b.example"))
    assert Ticket.objects.count() == 8
    assert Delivery.objects.count() == 4


def test_a_keyword_rule_raises_the_urgency_and_says_so_in_the_ledger() -> None:
    house = factories.house()
    Rule.objects.create(position=0, name="Smoke", keywords=["冒烟"], set_urgency="urgent", set_kind="fault")
    revisions.bump()
    taken = _take(factories.arrival("洗衣机冒烟了", at=MONDAY, sender_address="a@b.example"))
    ticket = Ticket.objects.get(pk=taken.ticket)
    routed = Event.objects.get(ticket_id=ticket.pk, code="ticket.routed")
    assert (ticket.urgency, ticket.kind, ticket.team) == ("urgent", "fault", house.front)
    assert routed.params["words"] == ["冒烟"]


def test_a_free_agent_of_the_team_gets_the_ticket_and_his_load_grows() -> None:
    house = factories.house()
    type(house.alice).objects.filter(pk=house.alice.pk).update(presence="online")
    ticket = factories.ticket(house, at=MONDAY)
    house.alice.refresh_from_db()
    assert ticket.agent == house.alice
    assert house.alice.load == 1


def test_an_agent_at_capacity_gets_nothing_and_the_ticket_waits_in_the_queue() -> None:
    house = factories.house()
    type(house.alice).objects.filter(pk=house.alice.pk).update(presence="online", capacity=1)
    factories.ticket(house, at=MONDAY)
    second = factories.ticket(house, at=MONDAY)
    assert second.agent is None
    assert second.team == house.front


def test_the_promise_never_runs_from_a_date_the_senders_machine_claims_in_the_future() -> None:
    factories.house()
    taken = _take(factories.arrival(at=MONDAY + timedelta(days=400), sender_address="a@b.example"))
    assert Ticket.objects.get(pk=taken.ticket).created_at == MONDAY


def test_the_same_key_with_other_content_is_refused() -> None:
    factories.house()
    _take(factories.arrival(at=MONDAY, sender_address="a@b.example"), key="k1")
    with pytest.raises(Conflict):
        accept.same_again(accept.built_in(ChannelKind.FILES), key="k1", content=b"other")


def test_a_customers_word_after_the_solution_reopens_the_ticket() -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY + timedelta(hours=1))
    ticket = factories.says(ticket, "Still broken", at=MONDAY + timedelta(hours=2))
    assert ticket.status == Status.OPEN
    assert Promise.objects.get(ticket=ticket, milestone="resolution").standing == "running"


def test_one_batch_takes_many_in_with_all_effects() -> None:
    house = factories.house()
    channel = accept.built_in(ChannelKind.FILES)
    incoming = [
        Incoming(
            accept.draft(channel, content=b"x", received_at=MONDAY),
            factories.arrival(f"n {n}", at=MONDAY, sender_address=f"c{n % 3}@b.example"),
        )
        for n in range(20)
    ]
    taken = intake.take(SYSTEM, via="api", incoming=incoming, now=MONDAY)
    assert len({t.ticket for t in taken}) == 20
    assert Contact.objects.filter(email__endswith="@b.example").count() == 3
    assert Promise.objects.filter(milestone="first_response").count() == 20
    assert Event.objects.filter(code="ticket.opened").count() == 20
    assert Ticket.objects.filter(team=house.front, due_at=None).count() == 0
