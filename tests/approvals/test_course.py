"""What becomes of something that needs the consent of others?"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.alerts.models import Notice
from yingnuo.approvals import templates
from yingnuo.approvals.models import Approval, Seat
from yingnuo.approvals.rulebook import Step
from yingnuo.approvals.services import Wish
from yingnuo.approvals.templates import TemplateFacts
from yingnuo.journey import acting, approving, closing, many, reply, sweep, upkeep, work
from yingnuo.journey.acting import Doing
from yingnuo.journey.reply import Said
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.ledger.models import Event
from yingnuo.people.models import Absence, Staff
from yingnuo.people.roles import SYSTEM
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Ticket

HOUR = timedelta(hours=1)
_PLAIN = {"asks_amount": False, "steps": (Step(roles=("lead",)),)}  # no amount, one step


def template(house: House, **more: object) -> None:
    """A refund: the lead decides, above 500 the department's head after him, within four hours round the clock."""
    values: dict[str, object] = {
        "code": "refund", "name_hans": "退款", "name_en": "Refund", "seconds": 4 * 3_600, "asks_amount": True,
        "steps": (Step(roles=("lead",)), Step(roles=("head",), above=Decimal(500))),
    }  # fmt: skip
    templates.save(
        factories.actor(house.mia), pk=None, facts=TemplateFacts(**(values | more)), now=MONDAY  # type: ignore[arg-type]
    )  # fmt: skip


def asked(house: House, ticket: Ticket, amount: int | None = 100, by: Staff | None = None) -> Approval:
    """Alice asks for a refund."""
    wish = Wish("refund", "The drum broke twice.", None if amount is None else Decimal(amount))
    return approving.ask(factories.actor(by or house.alice), ticket_id=ticket.pk, wish=wish, now=MONDAY)


def says(
    who: Staff, approval: Approval, *, yes: bool = True, step: int = 0, text: str = "Fine.", hours: int = 0
) -> str:
    """Somebody's decision; the state it led to."""
    return approving.decide(
        factories.actor(who), approval_id=approval.pk, step=step, approves=yes, text=text, now=MONDAY + hours * HOUR
    ).state


def told(reason: str) -> set[str]:
    """Who was told in the desk of this."""
    return set(Notice.objects.filter(reason=reason, way="in_app").values_list("staff__username", flat=True))


def codes(ticket: Ticket) -> list[str]:
    """The ledger's codes about approvals of this ticket, in order."""
    rows = Event.objects.filter(ticket_id=ticket.pk, code__startswith="approval.").order_by("id")
    return [code.removeprefix("approval.") for code in rows.values_list("code", flat=True)]


def test_the_lead_is_asked_and_his_word_is_told(house: House, ticket: Ticket) -> None:
    template(house)
    approval = asked(house, ticket)
    p = Promise.objects.get(pk=approval.promise_id)
    assert (p.agent_id, p.due_at, told("approval_asked")) == (house.bo.pk, MONDAY + 4 * HOUR, {"bo"})
    assert says(house.bo, approval) == "approved"
    assert (told("approval_approved"), codes(ticket)) == ({"alice"}, ["asked", "agreed", "decided"])
    p.refresh_from_db()
    assert p.ended_at == MONDAY


def test_a_large_amount_goes_one_step_further(house: House, ticket: Ticket) -> None:
    template(house)
    approval = asked(house, ticket, 800)
    assert says(house.bo, approval) == "asked"
    assert told("approval_asked") == {"bo", "mia"}
    with pytest.raises(Conflict):  # what he saw was the first step
        says(house.mia, approval, step=0)
    assert says(house.mia, approval, step=1) == "approved"


def test_a_refusal_wants_a_reason_and_is_final(house: House, ticket: Ticket) -> None:
    template(house)
    approval = asked(house, ticket, 800)
    with pytest.raises(Invalid):
        says(house.bo, approval, yes=False, text=" ")
    assert Seat.objects.get().approves is None
    assert says(house.bo, approval, yes=False, text="Out of warranty.") == "declined"
    with pytest.raises(Conflict):
        says(house.bo, approval)
    assert told("approval_declined") == {"alice"}


def test_nobody_else_decides_and_nobody_his_own(house: House, ticket: Ticket) -> None:
    template(house)
    approval = asked(house, ticket)
    for who, error in ((house.alice, NotAllowed), (house.mia, NotAllowed), (house.dee, NotFound)):
        with pytest.raises(error):
            says(who, approval)
    assert Seat.objects.get().approves is None


def test_what_the_lead_asks_for_is_decided_above_him(house: House, ticket: Ticket) -> None:
    template(house)
    approval = asked(house, ticket, by=house.bo)
    assert list(approval.seats.values_list("staff__username", flat=True)) == ["mia"]
    with pytest.raises(NotAllowed):
        says(house.bo, approval)


def test_whoever_is_allowed_to_decides_his_own(house: House, ticket: Ticket) -> None:
    template(house, own=True)
    assert says(house.bo, asked(house, ticket, by=house.bo)) == "approved"


def test_a_deputy_decides_for_the_absent(house: House, ticket: Ticket) -> None:
    template(house)
    Staff.objects.filter(pk=house.bo.pk).update(deputy=house.eve)
    approval = asked(house, ticket)
    with pytest.raises(NotFound):  # he is here
        says(house.eve, approval)
    Absence.objects.create(staff=house.bo, starts_at=MONDAY - HOUR, ends_at=MONDAY + 9 * HOUR)
    assert says(house.eve, approval) == "approved"
    row = Event.objects.get(code="approval.agreed")
    assert (row.actor_id, row.params["stood_for"]) == (house.eve.pk, house.bo.pk)


def test_when_it_is_late_the_next_above_may_decide(house: House, ticket: Ticket) -> None:
    template(house)
    approval = asked(house, ticket)
    sweep.run_once(now=MONDAY + 4 * HOUR + timedelta(seconds=1))
    assert "mia" in set(Notice.objects.filter(reason="broken").values_list("staff__username", flat=True))
    assert says(house.mia, approval, hours=5) == "approved"


@pytest.mark.parametrize(("need", "words", "state"), [
    (0, [True], "asked"), (0, [True, True], "approved"), (0, [False], "declined"), (1, [False], "declined"),
    (2, [False, True], "declined"),
])  # fmt: skip
def test_all_some_or_one_must_agree(
    house: House, ticket: Ticket, need: int, words: list[bool], state: str
) -> None:  # fmt: skip
    template(house, steps=(Step(people=("bo", "mia"), need=need),))
    approval = asked(house, ticket)
    came = "asked"
    for who, yes in zip((house.bo, house.mia), words, strict=False):
        if came == "asked":
            came = says(who, approval, yes=yes)
    assert came == state


def test_a_question_stops_the_clock_until_its_answer(house: House, ticket: Ticket) -> None:
    template(house)
    approval = asked(house, ticket)
    approving.question(factories.actor(house.bo), approval_id=approval.pk, text="Which drum?", now=MONDAY)
    assert Promise.objects.get(pk=approval.promise_id).standing == "paused"
    approving.answer(factories.actor(house.alice), approval_id=approval.pk, text="The left.", now=MONDAY + HOUR)
    assert Promise.objects.get(pk=approval.promise_id).due_at == MONDAY + 5 * HOUR
    assert (told("approval_question"), told("approval_answered")) == ({"alice"}, {"bo"})


def test_withdrawn_it_is_over(house: House, ticket: Ticket) -> None:
    template(house)
    approval = asked(house, ticket)
    with pytest.raises(NotFound):
        approving.withdraw(factories.actor(house.dee), approval_id=approval.pk, now=MONDAY)
    approving.withdraw(factories.actor(house.alice), approval_id=approval.pk, now=MONDAY)
    with pytest.raises(Conflict):
        says(house.bo, approval)
    assert codes(ticket) == ["asked", "withdrawn"]


def test_closing_the_ticket_withdraws_it(house: House, ticket: Ticket) -> None:
    template(house)
    approval = asked(house, ticket)
    closing.close(factories.actor(house.alice), ticket_id=ticket.pk, reason="spam", now=MONDAY)
    approval.refresh_from_db()
    assert approval.state == "withdrawn"


def test_the_same_is_not_asked_twice_and_not_for_other_tickets(house: House, ticket: Ticket) -> None:
    template(house, conditions={"kind": "complaint"})
    with pytest.raises(Invalid):
        asked(house, ticket)
    upkeep.change(factories.actor(house.alice), ticket_id=ticket.pk, facts={"kind": "complaint"}, now=MONDAY)
    asked(house, ticket)
    with pytest.raises(Conflict):
        asked(house, ticket)
    assert Approval.objects.count() == 1


def _resolves_alone(house: House, ticket: Ticket) -> None:
    closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY)


def _resolves_with_an_answer(house: House, ticket: Ticket) -> None:
    said = Said("Done.", then="resolve")
    reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=said, now=MONDAY)


@pytest.mark.parametrize("way", [_resolves_alone, _resolves_with_an_answer])
def test_what_is_guarded_waits_for_the_approval(house: House, ticket: Ticket, way: object) -> None:
    assert callable(way)
    template(house, guard="resolve")
    with pytest.raises(Conflict, match="approved first, by Bo"):
        way(house, ticket)
    approval = asked(house, ticket)
    with pytest.raises(Conflict, match="waits for Bo"):
        way(house, ticket)
    ticket.refresh_from_db()
    assert ticket.is_open
    says(house.bo, approval)
    way(house, ticket)
    ticket.refresh_from_db()
    assert not ticket.is_open


def test_neither_many_at_once_nor_a_rule_gets_round_it(house: House, ticket: Ticket) -> None:
    template(house, guard="resolve")
    outcome = many.do(factories.actor(house.alice), wish=many.Wish("resolve"), tickets=[ticket.pk], now=MONDAY)
    assert (outcome.done, len(outcome.refused)) == (0, 1)
    with work.unit():
        row = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
        did = acting.perform(Doing(SYSTEM, row, "rule-1-1", MONDAY), acting_actions(status="resolve"))
    assert [(name, error.code) for name, error in did.refused] == [("status", "approval_needed")]
    ticket.refresh_from_db()
    assert ticket.is_open


def acting_actions(**spec: str) -> acting.Actions:
    """Actions of a rule."""
    return acting.Actions(**spec)  # type: ignore[arg-type]


def test_a_rule_asks_for_approval(house: House, ticket: Ticket) -> None:
    template(house, **_PLAIN)
    with work.unit():
        row = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
        did = acting.perform(Doing(SYSTEM, row, "rule-1-1", MONDAY), acting_actions(approval="refund"))
    assert did.done == ("approval",)
    assert (Approval.objects.get().asked_by, told("approval_asked")) == (None, {"bo"})


def test_words_of_a_reply_are_guarded(house: House, ticket: Ticket) -> None:
    template(house, guard="reply", guard_values=("refund", "退款"))
    alice = factories.actor(house.alice)
    reply.answer(alice, ticket_id=ticket.pk, said=Said("We look into it."), now=MONDAY)
    with pytest.raises(Conflict):
        reply.answer(alice, ticket_id=ticket.pk, said=Said("You get a Refund."), now=MONDAY)
    says(house.bo, asked(house, ticket))
    reply.answer(alice, ticket_id=ticket.pk, said=Said("You get a Refund."), now=MONDAY)


def test_a_value_is_guarded(house: House, ticket: Ticket) -> None:
    template(house, guard="field", guard_field="urgency", guard_values=("urgent",), **_PLAIN)
    ticket.refresh_from_db()
    facts, alice = {"urgency": "urgent"}, factories.actor(house.alice)
    if ticket.urgency == "urgent":
        upkeep.change(alice, ticket_id=ticket.pk, facts={"urgency": "general"}, reason="No.", now=MONDAY)
    with pytest.raises(Conflict):
        upkeep.change(alice, ticket_id=ticket.pk, facts=facts, reason="Smoke.", now=MONDAY)
    says(house.bo, asked(house, ticket, None))
    upkeep.change(alice, ticket_id=ticket.pk, facts=facts, reason="Smoke.", now=MONDAY)
    ticket.refresh_from_db()
    assert ticket.urgency == "urgent"


def test_a_changed_ticket_makes_it_void(house: House, ticket: Ticket) -> None:
    template(house, guard="resolve")
    approval = asked(house, ticket)
    says(house.bo, approval)
    upkeep.change(factories.actor(house.alice), ticket_id=ticket.pk, facts={"product_line": "dryer"}, now=MONDAY)
    approval.refresh_from_db()
    assert (approval.state, codes(ticket)[-1]) == ("void", "void")
    with pytest.raises(Conflict):
        _resolves_alone(house, ticket)
