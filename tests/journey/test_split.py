"""What becomes of words, files and clocks when a part of a ticket becomes a ticket of its own?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.channels.contract import File
from yingnuo.channels.models import Delivery
from yingnuo.journey import closing, reply, upkeep
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed
from yingnuo.ledger.models import Event
from yingnuo.people.models import Role
from yingnuo.people.roles import SYSTEM
from yingnuo.promises.models import Outcome, Promise
from yingnuo.tickets import queries
from yingnuo.tickets.models import Message, Ticket
from yingnuo.tickets.queries import Filter

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
AT = MONDAY + 40 * MINUTE


def _two_matters(house: House) -> tuple[Ticket, Message]:
    """An urgent fault, answered after a minute; ten minutes later the customer asks for an invoice too."""
    ticket = factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=MONDAY)
    alice = factories.actor(house.alice)
    reply.answer(alice, ticket_id=ticket.pk, said=reply.Said("On it."), now=MONDAY + MINUTE)
    scan = File("order.png", "image/png", b"\x89PNG")
    factories.says(ticket, "And please send the invoice.", at=MONDAY + 10 * MINUTE, files=(scan,))
    return ticket, Message.objects.get(text="And please send the invoice.")


def _split(house: House, ticket: Ticket, messages: Sequence[int], start: str = "split") -> Ticket:
    alice = factories.actor(house.alice)
    return upkeep.split(alice, ticket_id=ticket.pk, messages=messages, subject="Invoice", start=start, now=AT)


def _started(ticket: Ticket) -> dict[str, timedelta]:
    return {p.milestone: p.started_at - MONDAY for p in Promise.objects.filter(ticket=ticket)}


def test_split_gives_new_promises_from_the_split() -> None:
    house = factories.house()
    ticket, invoice = _two_matters(house)
    made = _split(house, ticket, [invoice.pk])
    assert (made.subject, made.kind, made.urgency, made.agent_id) == ("Invoice", "fault", "urgent", house.alice.pk)
    assert _started(made) == dict.fromkeys(("first_response", "handoff", "resolution"), AT - MONDAY)
    made.refresh_from_db()
    assert (made.created_at, made.due_at, made.next_milestone) == (AT, AT + 15 * MINUTE, "first_response")


def test_split_from_the_original_start_on_request() -> None:
    house = factories.house()
    ticket, invoice = _two_matters(house)
    made = _split(house, ticket, [invoice.pk], start="original")
    nothing = timedelta()
    assert _started(made) == {"first_response": nothing, "handoff": AT - MONDAY, "resolution": nothing}
    assert Promise.objects.get(ticket=made, milestone="first_response").standing == "broken"  # 15 minutes, 40 ago


def test_the_words_move_with_their_files_and_are_told_on_both() -> None:
    house = factories.house()
    ticket, invoice = _two_matters(house)
    made = _split(house, ticket, [invoice.pk])
    invoice.refresh_from_db()
    assert (invoice.ticket_id, invoice.attachments.get().name) == (made.pk, "order.png")
    told = Event.objects.filter(code__in=["ticket.split", "ticket.split_off"]).order_by("id")
    assert [(e.ticket_id, e.params) for e in told] == [
        (ticket.pk, {"ticket": made.pk}), (made.pk, {"from": ticket.pk, "start": "split"}),
    ]  # fmt: skip
    assert made.pk in queries.queue(SYSTEM, Filter(words="invoice"), now=AT).values_list("pk", flat=True)
    factories.says(made, "Thanks.", at=AT + MINUTE)
    assert Message.objects.get(text="Thanks.").ticket_id == made.pk


def test_what_was_owed_for_these_words_alone_ends_and_the_rest_goes_on() -> None:
    house = factories.house()
    ticket, invoice = _two_matters(house)
    owed = Promise.objects.get(ticket=ticket, milestone="next_response")
    _split(house, ticket, [invoice.pk])
    owed.refresh_from_db()
    assert (owed.standing, owed.ended_at) == ("cancelled", AT)
    assert Outcome.objects.get(promise=owed).standing == "cancelled"
    assert Promise.objects.get(ticket=ticket, milestone="resolution").standing == "running"


def test_what_was_owed_and_overdue_stays_broken() -> None:
    house = factories.house()
    ticket, invoice = _two_matters(house)
    alice = factories.actor(house.alice)
    late = MONDAY + 50 * MINUTE  # due at 40
    upkeep.split(alice, ticket_id=ticket.pk, messages=[invoice.pk], subject="Invoice", now=late)
    assert Promise.objects.get(ticket=ticket, milestone="next_response").standing == "broken"


def test_the_customer_is_told_the_new_number() -> None:
    house = factories.house()
    ticket, invoice = _two_matters(house)
    made = _split(house, ticket, [invoice.pk])
    receipt = Delivery.objects.get(message__ticket=made)
    assert (receipt.to, made.number in receipt.message.text) == ("chen@harbour.example", True)


def test_with_a_specialist_the_new_ticket_is_handed_off_at_once() -> None:
    house = factories.house()
    ticket, invoice = _two_matters(house)
    eve = factories.actor(house.eve)
    team, agent = house.technicians.pk, house.eve.pk
    upkeep.assign(factories.actor(house.mia), ticket_id=ticket.pk, team=team, agent=agent, now=AT)
    made = upkeep.split(eve, ticket_id=ticket.pk, messages=[invoice.pk], subject="Invoice", start="original", now=AT)
    assert Promise.objects.get(ticket=made, milestone="handoff").standing == "kept"


def test_another_customers_words_out_of_a_merge_become_his_again() -> None:
    house = factories.house()
    ticket, _invoice = _two_matters(house)
    wangs = factories.ticket(house, contact=house.wang, agent=house.alice, text="Mine too.", at=MONDAY)
    alice = factories.actor(house.alice)
    upkeep.merge(alice, ticket_id=ticket.pk, absorb_id=wangs.pk, customers="several", now=MONDAY + 20 * MINUTE)
    hidden = Message.objects.get(text="Mine too.")
    assert (hidden.ticket_id, hidden.public) == (ticket.pk, False)
    made = _split(house, ticket, [hidden.pk])
    hidden.refresh_from_db()
    assert (made.contact_id, hidden.public, made.tier) == (house.wang.pk, True, "standard")


@pytest.mark.parametrize("which", ["none", "all", "a reply", "elsewhere", "two customers"])
def test_messages_that_cannot_be_split_off_are_refused_and_nothing_changes(which: str) -> None:
    house = factories.house()
    ticket, invoice = _two_matters(house)
    wangs = factories.ticket(house, contact=house.wang, agent=house.alice, text="Mine too.", at=MONDAY)
    mine = Message.objects.get(text="Mine too.")
    if which == "two customers":
        alice = factories.actor(house.alice)
        upkeep.merge(alice, ticket_id=ticket.pk, absorb_id=wangs.pk, customers="several", now=MONDAY + 20 * MINUTE)
    own = list(Message.objects.filter(ticket=ticket, author="customer").values_list("pk", flat=True))
    chosen = {
        "none": [], "all": own, "a reply": [Message.objects.get(text="On it.").pk], "elsewhere": [invoice.pk, mine.pk],
        "two customers": [invoice.pk, mine.pk],
    }[which]  # fmt: skip
    before = (Ticket.objects.count(), Event.objects.count())
    with pytest.raises(Invalid) as refused:
        _split(house, ticket, chosen)
    assert "messages" in refused.value.fields
    assert (Ticket.objects.count(), Event.objects.count()) == before


def test_a_closed_or_merged_ticket_is_not_split() -> None:
    house = factories.house()
    ticket, invoice = _two_matters(house)
    closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY + 20 * MINUTE)
    with pytest.raises(Conflict):
        _split(house, ticket, [invoice.pk])


def test_only_who_may_merge_may_split() -> None:
    house = factories.house()
    ticket, invoice = _two_matters(house)
    partner = factories.actor(factories.staff("pat", role=Role.PARTNER, team=house.front))
    with pytest.raises(NotAllowed):
        upkeep.split(partner, ticket_id=ticket.pk, messages=[invoice.pk], subject="Invoice", now=AT)
    assert Ticket.objects.count() == 1
