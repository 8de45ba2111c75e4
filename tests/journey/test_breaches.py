"""Who may say what about a broken promise, and what is kept of it?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from tests import factories
from tests.factories import MONDAY, House
from tests.promises import holdings
from yingnuo.journey import breaches, reply, sweep, upkeep
from yingnuo.journey.reply import Said
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from yingnuo.ledger.models import Event
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM, Actor
from yingnuo.promises import breach_reasons
from yingnuo.promises import breaches as files
from yingnuo.promises.breach_models import Breach, BreachReason, Evidence
from yingnuo.promises.breach_reasons import Reason
from yingnuo.promises.breach_words import Follows
from yingnuo.promises.breaches import Given
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Message, Ticket
from yingnuo.tickets.services import NewFile

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)
NOW = MONDAY + 2 * HOUR


@pytest.fixture
def house() -> House:
    return factories.house()


@pytest.fixture
def promise(house: House) -> Promise:
    """The broken first response to an urgent ticket that Alice held."""
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    sweep.run_once(now=MONDAY + HOUR)
    return Promise.objects.get(ticket=ticket, milestone="first_response")


def _reason(who: Staff | Actor, promise: Promise, given: Given | None = None, **more: Any) -> Breach:
    actor = who if isinstance(who, Actor) else factories.actor(who)
    values = {"given": given or Given("no_staff"), "now": NOW} | more
    return breaches.give_reason(actor, ticket_id=promise.ticket_id, promise_id=promise.pk, **values)


def _ask(who: Staff, promise: Promise, words: str = "The whole shift was ill.", **more: Any) -> Breach:
    values = {"words": words, "now": NOW} | more
    return breaches.ask_excuse(factories.actor(who), ticket_id=promise.ticket_id, promise_id=promise.pk, **values)


def _decide(who: Staff, promise: Promise, verdict: str = "granted", **more: Any) -> Breach:
    values = {"verdict": verdict, "now": NOW} | more
    return breaches.decide(factories.actor(who), ticket_id=promise.ticket_id, promise_id=promise.pk, **values)


def _everything() -> list[Any]:
    kept = (Breach, Evidence, Message, Event, Promise)
    return [list(model.objects.order_by("pk").values()) for model in kept]


def test_the_holder_says_why_and_it_is_in_the_ledger(house: House, promise: Promise) -> None:
    breach = _reason(house.alice, promise, Given("supplier", "The part came late."))
    assert (breach.reason, breach.words, breach.reason_by_id, breach.reason_at, breach.excuse) == (
        "supplier", "The part came late.", house.alice.pk, NOW, "none",
    )  # fmt: skip
    event = Event.objects.get(code="breach.reason")
    assert (event.ticket_id, event.subject, event.actor_id) == (
        promise.ticket_id,
        f"promise:{promise.pk}",
        house.alice.pk,
    )
    assert event.params == {"milestone": "first_response", "reason": "supplier", "evidence": 0}


def test_the_file_keeps_the_link_that_used_the_time(house: House, promise: Promise) -> None:
    holdings.give(Ticket.objects.get(pk=promise.ticket_id), house.front, target=timedelta(minutes=5), since=MONDAY)
    breach = _reason(house.alice, promise)
    upkeep.assign(SYSTEM, ticket_id=promise.ticket_id, team=house.technicians.pk, agent=None, now=NOW)
    again = _reason(house.root, promise, Given("wrong_dispatch"), now=NOW + HOUR)
    for found in (breach, again):
        assert (found.culprit_team_id, found.culprit_used, found.culprit_budget, found.culprit_agreement) == (
            house.front.pk, 900, 300, "ola",
        )  # fmt: skip


def test_evidence_is_files_messages_and_ledger_rows_of_the_ticket(house: House, promise: Promise) -> None:
    message = Message.objects.get(ticket=promise.ticket_id, author="customer")
    event = Event.objects.filter(ticket_id=promise.ticket_id).latest("id")
    file = NewFile("../../etc/<b>Schicht\x00plan</b>.pdf", "application/pdf", b"%PDF-1.4 who was there")
    _reason(house.alice, promise, Given("no_staff", "See the plan.", (message.pk,), (event.pk,), (file,)))
    found = Evidence.objects.order_by("pk")
    assert [(e.message_id, e.event_id, e.attachment_id is not None) for e in found] == [
        (message.pk, None, False), (None, event.pk, False), (None, None, True),
    ]  # fmt: skip
    kept = found[2].attachment
    assert kept is not None
    assert kept.message.public is False
    assert kept.path.startswith("attachments/")
    assert "etc" not in kept.path
    with default_storage.open(kept.path) as stored:
        assert stored.read() == b"%PDF-1.4 who was there"
    _reason(house.alice, promise, Given("no_staff", "See the plan.", (message.pk,)))  # twice the same is once
    assert Evidence.objects.count() == 3


def test_evidence_of_another_ticket_is_refused_and_nothing_changes(house: House, promise: Promise) -> None:
    other = factories.ticket(house, contact=house.wang, agent=house.dee, at=MONDAY)
    message = Message.objects.get(ticket=other, author="customer")
    event = Event.objects.filter(ticket_id=other.pk).latest("id")
    before = _everything()
    for given in (Given("no_staff", messages=(message.pk,)), Given("no_staff", events=(event.pk,))):
        with pytest.raises(Invalid) as caught:
            _reason(house.alice, promise, given)
        assert "evidence" in caught.value.fields
    assert _everything() == before


@pytest.mark.parametrize(("given", "field"), [
    (Given("luck"), "reason"), (Given(""), "reason"), (Given("other"), "words"), (Given("other", "  "), "words"),
    (Given("no_staff", "x" * 2_001), "words"), (Given("no_staff", events=tuple(range(1, 22))), "evidence"),
])  # fmt: skip
def test_a_reason_that_says_nothing_is_refused_and_nothing_changes(
    house: House, promise: Promise, given: Given, field: str
) -> None:
    before = _everything()
    with pytest.raises(Invalid) as caught:
        _reason(house.alice, promise, given)
    assert field in caught.value.fields
    assert _everything() == before


def test_a_promise_that_is_not_broken_has_no_reason(house: House, promise: Promise) -> None:
    running = Promise.objects.get(ticket=promise.ticket_id, milestone="resolution")
    before = _everything()
    with pytest.raises(Conflict) as caught:
        _reason(house.alice, running)
    assert caught.value.code == "not_broken"
    assert _everything() == before


def test_a_breach_that_no_worker_has_seen_yet_can_be_explained(house: House) -> None:
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    unseen = Promise.objects.get(ticket=ticket, milestone="first_response")
    assert unseen.broken_at is None
    assert _reason(house.alice, unseen).culprit_team_id == house.front.pk


def test_a_stranger_does_not_see_it_and_nothing_changes(house: House, promise: Promise) -> None:
    own = factories.ticket(house, agent=house.dee, at=MONDAY)
    before = _everything()
    for ticket in (promise.ticket_id, own.pk):  # the second: under the number of one's own
        with pytest.raises(NotFound):
            breaches.give_reason(
                factories.actor(house.dee), ticket_id=ticket, promise_id=promise.pk, given=Given("no_staff"), now=NOW
            )
    assert _everything() == before


def test_a_customer_may_not_and_nothing_changes(house: House, promise: Promise) -> None:
    before = _everything()
    with pytest.raises(NotAllowed):
        _reason(factories.actor(house.chen), promise)
    assert _everything() == before


def test_who_read_an_old_state_is_told_so_and_nothing_changes(house: House, promise: Promise) -> None:
    seen = _reason(house.alice, promise).version
    _reason(house.bo, promise, Given("system_fault"), version=seen)
    before = _everything()
    for act in (
        lambda: _reason(house.alice, promise, version=seen), lambda: _ask(house.alice, promise, version=seen),
    ):  # fmt: skip
        with pytest.raises(Conflict) as caught:
            act()
        assert caught.value.code == "breach_changed"
    assert _everything() == before


def test_an_excuse_is_asked_by_the_holder_and_granted_by_another(house: House, promise: Promise) -> None:
    _reason(house.alice, promise)
    asked = _ask(house.alice, promise)
    assert (asked.excuse, asked.asked_by_id, asked.excuse_words) == (
        "asked",
        house.alice.pk,
        "The whole shift was ill.",
    )
    granted = _decide(house.mia, promise, note="Checked.", version=asked.version)
    assert (granted.excuse, granted.decided_by_id, granted.decision) == ("granted", house.mia.pk, "Checked.")
    codes = list(Event.objects.filter(code__startswith="breach.").order_by("id").values_list("code", "params"))
    assert codes[1:] == [
        ("breach.excuse_asked", {"milestone": "first_response"}),
        ("breach.excuse_decided", {"milestone": "first_response", "decision": "granted"}),
    ]


def test_an_excused_breach_stays_broken(house: House, promise: Promise) -> None:
    _reason(house.alice, promise)
    _ask(house.alice, promise)
    before = Promise.objects.filter(pk=promise.pk).values().get()
    _decide(house.mia, promise)
    assert Promise.objects.filter(pk=promise.pk).values().get() == before
    assert Event.objects.filter(code="promise.broken", subject=f"promise:{promise.pk}").count() == 1


def _refused(act: Any, code: str) -> None:
    before = _everything()
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.code == code
    assert _everything() == before


def test_who_may_not_decide(house: House, promise: Promise) -> None:
    _reason(house.bo, promise)
    _ask(house.bo, promise)
    for agent in (house.alice, house.bo):  # neither an agent nor a lead
        _refused(lambda who=agent: _decide(who, promise), "not_allowed")
    _refused(lambda: breaches.decide(SYSTEM, ticket_id=promise.ticket_id, promise_id=promise.pk, verdict="granted",
                                     now=NOW), "not_another")  # fmt: skip


def test_who_asked_does_not_decide(house: House, promise: Promise) -> None:
    _reason(house.mia, promise)
    _ask(house.mia, promise)
    _refused(lambda: _decide(house.mia, promise), "not_another")
    assert _decide(house.root, promise).excuse == "granted"


def test_who_held_it_when_it_broke_does_not_decide(house: House) -> None:
    ticket = factories.ticket(house, urgency="urgent", agent=house.mia, at=MONDAY)
    sweep.run_once(now=MONDAY + HOUR)
    promise = Promise.objects.get(ticket=ticket, milestone="first_response")
    _reason(house.bo, promise)
    _ask(house.bo, promise)
    _refused(lambda: _decide(house.mia, promise), "not_another")


def test_the_database_itself_refuses_a_decision_by_the_asker(house: House, promise: Promise) -> None:
    breach = _reason(house.alice, promise)
    with pytest.raises(IntegrityError), transaction.atomic():
        Breach.objects.filter(pk=breach.pk).update(
            excuse="granted", asked_at=NOW, asked_by=house.mia, decided_by=house.mia
        )


def test_a_colleague_who_never_held_it_does_not_ask(house: House, promise: Promise) -> None:
    carl = factories.staff("carl", team=house.front)
    _reason(house.alice, promise)
    _refused(lambda: _ask(carl, promise), "not_holder")


def test_no_excuse_without_a_reason_without_words_or_twice(house: House, promise: Promise) -> None:
    _refused(lambda: _ask(house.alice, promise), "reason_first")
    _reason(house.alice, promise)
    _refused(lambda: _ask(house.alice, promise, " "), "invalid")
    _ask(house.alice, promise)
    _refused(lambda: _ask(house.bo, promise), "excuse_asked")


def test_a_refusal_says_why_and_there_is_one_decision(house: House, promise: Promise) -> None:
    _reason(house.alice, promise)
    _refused(lambda: _decide(house.mia, promise), "no_excuse_asked")
    _ask(house.alice, promise)
    _refused(lambda: _decide(house.mia, promise, "refused"), "invalid")
    _refused(lambda: _decide(house.mia, promise, "maybe"), "invalid")
    _decide(house.mia, promise, "refused", note="The shift plan shows four people.")
    _refused(lambda: _decide(house.root, promise), "no_excuse_asked")


def test_after_a_refusal_one_may_ask_again_with_something_new(house: House, promise: Promise) -> None:
    _reason(house.alice, promise)
    _ask(house.alice, promise)
    _decide(house.mia, promise, "refused", note="No proof.")
    again = _ask(house.alice, promise, "Here is the sick note.")
    assert (again.excuse, again.decision, again.decided_by_id) == ("asked", "", None)


def test_the_reason_of_a_granted_excuse_stays(house: House, promise: Promise) -> None:
    _reason(house.alice, promise)
    _ask(house.alice, promise)
    _decide(house.mia, promise)
    _refused(lambda: _reason(house.alice, promise, Given("supplier")), "excuse_granted")


def _tell(who: Staff, promise: Promise, follows: Follows, now: datetime = NOW) -> Message:
    said = Said("We are sorry.", tells=promise.pk, follows=follows)
    return reply.answer(factories.actor(who), ticket_id=promise.ticket_id, said=said, now=now)


def test_a_reply_that_tells_of_the_breach_marks_it_told(house: House, promise: Promise) -> None:
    message = _tell(house.alice, promise, Follows("Eve calls you.", NOW + HOUR))
    found = files.word_of([promise.pk])[promise.pk]
    assert (found.follows, found.next_at, found.told_at) == ("Eve calls you.", NOW + HOUR, NOW)
    breach = Breach.objects.get()
    assert (breach.told_message_id, breach.told_by_id, breach.reason) == (message.pk, house.alice.pk, "")
    event = Event.objects.get(code="breach.customer_told")
    assert event.params == {"milestone": "first_response", "message": message.pk, "next": (NOW + HOUR).isoformat()}


def test_a_moment_that_has_passed_is_no_promise_and_nothing_is_sent(house: House, promise: Promise) -> None:
    _refused(lambda: _tell(house.alice, promise, Follows("Soon.", MONDAY)), "invalid")


def test_what_was_never_promised_to_the_customer_is_not_told(house: House, promise: Promise) -> None:
    own = holdings.give(Ticket.objects.get(pk=promise.ticket_id), house.front, target=HOUR, since=MONDAY)
    Promise.objects.filter(pk=own.pk).update(broken_at=MONDAY + HOUR)
    _refused(lambda: _tell(house.alice, own, Follows()), "not_promised_to_him")


def test_nothing_told_is_no_word(house: House, promise: Promise) -> None:
    _reason(house.alice, promise)
    assert files.word_of([promise.pk]) == {}
    assert files.word_of([]) == {}


def test_a_company_has_reasons_of_its_own_and_drops_others(house: House, promise: Promise) -> None:
    mia = factories.actor(house.mia)
    breach_reasons.save(mia, reason=Reason("strike", "Strike at the port", True, True, 5), now=NOW)
    breach_reasons.save(mia, reason=Reason("supplier", "", False, False, 3), now=NOW)
    _refused(lambda: _reason(house.alice, promise, Given("strike")), "invalid")
    _refused(lambda: _reason(house.alice, promise, Given("supplier")), "invalid")
    _reason(house.alice, promise, Given("strike", "Since Friday."))
    assert [r.code for r in breach_reasons.offered()][-2:] == ["recorded_late", "other"]
    assert breach_reasons.word("strike") == "Strike at the port"
    assert breach_reasons.word("supplier") == "Waited for a supplier"


@pytest.mark.parametrize(("reason", "field"), [
    (Reason("Big One", "x", False, True, 1), "code"), (Reason("strike", " ", False, True, 1), "name"),
    (Reason("strike", "x" * 81, False, True, 1), "name"), (Reason("other", "", True, False, 1), "active"),
    (Reason("strike", "x", False, True, -1), "position"),
])  # fmt: skip
def test_a_bad_reason_is_refused_and_nothing_changes(house: House, reason: Reason, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        breach_reasons.save(factories.actor(house.mia), reason=reason, now=NOW)
    assert field in caught.value.fields
    assert not BreachReason.objects.exists()


def test_a_lead_may_not_change_the_list_and_nothing_changes(house: House) -> None:
    with pytest.raises(NotAllowed):
        breach_reasons.save(factories.actor(house.bo), reason=Reason("strike", "Strike", False, True, 1), now=NOW)
    assert not BreachReason.objects.exists()
