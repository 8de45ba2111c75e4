"""Do rules act on what happens, once, in order, and never in circles?"""

from datetime import timedelta

import pytest
from django.db import InterfaceError

from tests import factories
from tests.automation.rounds import let_run, rule
from tests.factories import House
from yingnuo.alerts.models import Notice
from yingnuo.automation.models import Rule, Run
from yingnuo.journey import automating, closing, reply, upkeep
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


def test_a_rule_acts_when_its_event_happens_and_the_ticket_fits(house: House) -> None:
    rule(
        house, when="opened", asks={"text": {"contains": ["smoke"]}}, then={"urgency": "urgent", "add_tags": ["safety"]}
    )
    other, smoking = factories.ticket(house), factories.ticket(house, text="There is smoke!")
    assert let_run() == 2
    other.refresh_from_db()
    smoking.refresh_from_db()
    assert (other.urgency, smoking.urgency, smoking.tags) == ("general", "urgent", ["safety"])
    assert Event.objects.filter(code=Code.AUTOMATION_RAN, ticket_id=smoking.pk).count() == 1
    assert Run.objects.count() == 1


def test_what_happened_before_a_rule_was_made_does_not_concern_it(house: House) -> None:
    factories.ticket(house)
    rule(house, when="opened", then={"add_tags": ["late"]})
    assert let_run() == 0


def test_a_row_read_twice_makes_one_run(house: House) -> None:
    rule(house, when="opened", then={"note": "Look, {customer}"})
    ticket = factories.ticket(house)
    let_run()
    from_the_start = Run.objects.get()
    Run.objects.filter(pk=from_the_start.pk).update(state="done")
    let_run()
    assert Message.objects.filter(ticket=ticket, public=False).count() == 1


def test_a_rule_never_answers_to_its_own_change(house: House) -> None:
    mine = rule(house, when="tags_changed", then={"add_tags": ["again"]})
    ticket = factories.ticket(house)
    upkeep.tag(factories.actor(house.alice), ticket_id=ticket.pk, tags=["first"], now=instants.now())
    let_run()
    assert list(Run.objects.order_by("pk").values_list("state", "why")) == [("done", ""), ("held", "own_change")]
    assert Rule.objects.get(pk=mine.pk).acted == 1


def test_two_rules_that_set_each_other_off_end_after_one_round(house: House) -> None:
    rule(house, "Add", when="tags_changed", then={"add_tags": ["x"], "remove_tags": ["y"]})
    rule(house, "Take", when="tags_changed", then={"add_tags": ["y"], "remove_tags": ["x"]})
    ticket = factories.ticket(house)
    upkeep.tag(factories.actor(house.alice), ticket_id=ticket.pk, tags=["z"], now=instants.now())
    assert let_run() <= 12
    assert set(Run.objects.filter(state="held").values_list("why", flat=True)) == {"own_change"}


def test_a_rule_acts_on_one_ticket_so_often_a_day(house: House) -> None:
    rule(house, when="noted", then={"add_tags": ["noted"]}, most_per_day=2)
    ticket = factories.ticket(house)
    for text in "abc":
        reply.note(factories.actor(house.alice), ticket_id=ticket.pk, text=text, now=instants.now())
    let_run()
    assert sorted(Run.objects.values_list("state", "why")) == [("done", ""), ("done", ""), ("held", "often")]


def test_rules_act_in_their_order_and_one_may_be_the_last(house: House) -> None:
    rule(house, "First", when="opened", then={"note": "1"}, stop=True)
    rule(house, "Second", when="opened", then={"note": "2"})
    ticket = factories.ticket(house)
    let_run()
    assert list(Message.objects.filter(ticket=ticket, public=False).values_list("text", flat=True)) == ["1"]


def test_what_one_action_refuses_does_not_stop_the_others_and_leaves_no_trace(house: House) -> None:
    rule(house, when="resolved", then={"team": "technicians", "add_tags": ["done"]})
    ticket = factories.ticket(house, agent=house.alice)
    closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=instants.now())
    assigned = Event.objects.filter(code=Code.TICKET_ASSIGNED).count()
    let_run()
    run = Run.objects.get()
    assert (run.state, run.done, run.refused) == ("partly", ["add_tags"], [["team", "ticket_closed"]])
    assert Event.objects.filter(code=Code.TICKET_ASSIGNED).count() == assigned


def test_what_a_rule_sends_meets_no_clock(house: House) -> None:
    rule(house, when="opened", then={"send": "Dear {customer}, we look at {number}."})
    ticket = factories.ticket(house)
    owed = set(Promise.objects.filter(ticket=ticket, ended_at=None).values_list("milestone", flat=True))
    let_run()
    said = Message.objects.get(ticket=ticket, text__startswith="Dear Chen")
    assert (said.author, said.qualified, said.public) == ("system", False, True)
    assert set(Promise.objects.filter(ticket=ticket, ended_at=None).values_list("milestone", flat=True)) == owed


def test_people_are_told_by_role_and_by_name(house: House) -> None:
    rule(house, when="opened", then={"notify": ["lead"], "people": ["mia"]})
    factories.ticket(house)
    let_run()
    assert set(Notice.objects.filter(way="in_app").values_list("staff__username", flat=True)) == {"bo", "mia"}


def test_a_rule_of_time_looks_when_its_time_has_come_and_not_after_an_answer(house: House) -> None:
    rule(house, when={"after": "2h", "since": "customer_wrote"}, then={"add_tags": ["waits"]})
    now = instants.now()
    waits, answered = factories.ticket(house), factories.ticket(house)
    let_run(now)
    reply.answer(factories.actor(house.alice), ticket_id=answered.pk, said=Said("Hello."), now=now)
    let_run(now)
    assert Run.objects.filter(state="pending").count() == 1
    assert not automating.do_next(now=now + timedelta(minutes=119))
    let_run(now + timedelta(hours=2, seconds=1))
    assert list(Ticket.objects.filter(tags__contains=["waits"])) == [waits]


def test_time_of_a_calendar_stands_still_at_night(house: House) -> None:
    rule(house, when={"after": "1h", "since": "opened", "calendar": "office"}, then={"add_tags": ["late"]})
    ticket = factories.ticket(house)
    let_run()
    run = Run.objects.get(ticket_id=ticket.pk)
    assert run.due_at >= ticket.created_at + timedelta(hours=1) - timedelta(seconds=1)


def test_a_rule_that_fails_ten_times_in_a_row_turns_itself_off_and_tells_its_owner(house: House) -> None:
    failing = rule(house, when="noted", then={"status": "reopen"}, owner_id=house.mia.pk, most_per_day=50)
    ticket = factories.ticket(house)
    for number in range(11):
        reply.note(factories.actor(house.alice), ticket_id=ticket.pk, text=str(number), now=instants.now())
    let_run()
    failing.refresh_from_db()
    assert (failing.active, failing.why_off, failing.failures) == (False, "failing", 10)
    assert Notice.objects.filter(reason="automation_off", staff=house.mia, way="in_app").count() == 1
    assert Event.objects.filter(code=Code.AUTOMATION_OFF).count() == 1


def test_an_error_of_the_program_fails_the_run_and_no_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    rule(house, when="opened", then={"note": "1"})
    factories.ticket(house)

    def broken(*_args: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(automating, "facts_of", lambda *_a, **_k: broken())
    let_run()
    assert Run.objects.get().refused == [["", "trouble"]]


def test_a_worker_that_dies_in_an_act_leaves_it_whole_for_the_next(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(house, when="opened", then={"note": "1"})
    ticket = factories.ticket(house)

    def dies(*_args: object, **_more: object) -> None:
        raise InterfaceError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(automating, "_judge", dies)
        with pytest.raises(InterfaceError):
            let_run()
    assert (Run.objects.get().state, ticket.messages.filter(public=False).count()) == ("pending", 0)
    let_run()
    assert (Run.objects.get().state, ticket.messages.filter(public=False).count()) == ("done", 1)
