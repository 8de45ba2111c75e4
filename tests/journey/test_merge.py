"""What becomes of words, clocks and mails when one ticket absorbs another, perhaps another customer's?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY
from yingnuo.channels import post
from yingnuo.channels.models import Delivery
from yingnuo.journey import reply, upkeep
from yingnuo.kit.errors import Conflict
from yingnuo.promises.models import Promise
from yingnuo.tickets import links
from yingnuo.tickets.models import Message, Status, Ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_an_unanswered_ticket_absorbed_by_an_answered_one_keeps_its_clock() -> None:
    house = factories.house()
    answered = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    alice = factories.actor(house.alice)
    reply.answer(alice, ticket_id=answered.pk, said=reply.Said("On it."), now=MONDAY + MINUTE)
    waiting = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY + 2 * MINUTE)
    upkeep.merge(alice, ticket_id=answered.pk, absorb_id=waiting.pk, now=MONDAY + 3 * MINUTE)
    owed = Promise.objects.get(ticket=answered, milestone="next_response")
    assert (owed.standing, owed.started_at) == ("running", MONDAY + 2 * MINUTE)


def test_words_to_a_ticket_absorbed_twice_reach_the_last_one() -> None:
    house = factories.house()
    first, second, third = (factories.ticket(house, agent=house.alice, at=MONDAY) for _ in range(3))
    alice = factories.actor(house.alice)
    upkeep.merge(alice, ticket_id=second.pk, absorb_id=first.pk, now=MONDAY + MINUTE)
    upkeep.merge(alice, ticket_id=third.pk, absorb_id=second.pk, now=MONDAY + 2 * MINUTE)
    factories.says(first, "Still there?", at=MONDAY + 3 * MINUTE)
    assert Message.objects.get(text="Still there?").ticket_id == third.pk
    second.refresh_from_db()
    assert second.status == Status.CLOSED


def test_words_to_an_absorbed_ticket_are_hidden_from_the_other_customer() -> None:
    house = factories.house()
    chens = factories.ticket(house, agent=house.alice, at=MONDAY)
    wangs = factories.ticket(house, contact=house.wang, agent=house.alice, at=MONDAY)
    at = MONDAY + MINUTE
    alice = factories.actor(house.alice)
    upkeep.merge(alice, ticket_id=chens.pk, absorb_id=wangs.pk, customers="several", now=at)
    factories.says(wangs, "My address is ...", at=MONDAY + 2 * MINUTE)
    said = Message.objects.get(text="My address is ...")
    assert (said.ticket_id, said.contact_id, said.public) == (chens.pk, house.wang.pk, False)


def test_a_mail_still_on_its_way_never_carries_the_other_customers_link() -> None:
    house = factories.house()
    chens = factories.ticket(house, agent=house.alice, at=MONDAY)
    wangs = factories.ticket(house, contact=house.wang, agent=house.alice, at=MONDAY)
    alice = factories.actor(house.alice)
    reply.answer(alice, ticket_id=wangs.pk, said=reply.Said("We look into it."), now=MONDAY + MINUTE)
    at = MONDAY + 2 * MINUTE
    upkeep.merge(alice, ticket_id=chens.pk, absorb_id=wangs.pk, customers="several", now=at)
    out = post._outgoing(Delivery.objects.get(message__text="We look into it."), None)
    assert out.to == "wang@example.com"
    assert links.promise_url(chens) not in out.text
    assert f"+{chens.pk}-" not in out.reply_to


def test_two_customers_tickets_are_joined_only_when_it_is_meant() -> None:
    house = factories.house()
    chens = factories.ticket(house, agent=house.alice, at=MONDAY)
    wangs = factories.ticket(house, contact=house.wang, agent=house.alice, at=MONDAY)
    with pytest.raises(Conflict) as refused:
        upkeep.merge(factories.actor(house.alice), ticket_id=chens.pk, absorb_id=wangs.pk, now=MONDAY + MINUTE)
    assert (refused.value.code, refused.value.params["name"]) == ("other_customer", "Wang")
    kept = Ticket.objects.get(pk=wangs.pk)
    assert (kept.merged_into_id, kept.version, kept.messages.count()) == (None, wangs.version, wangs.messages.count())
