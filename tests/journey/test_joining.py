"""Do two customers become one, recognised by all their ways, and two again?"""

from __future__ import annotations

import pytest

from tests import factories
from tests.factories import House
from yingnuo.channels import accept, talks, ways
from yingnuo.channels.contract import Arrival
from yingnuo.channels.models import Channel, ChannelKind, Conversation, Delivery
from yingnuo.journey import intake, joining, reply
from yingnuo.journey.incoming import Incoming
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed
from yingnuo.ledger.models import Event
from yingnuo.people import identities, services
from yingnuo.people.models import Contact, Evidence, Identity, Joining, Staff
from yingnuo.people.roles import SYSTEM
from yingnuo.people.services import Caller
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return factories.house()


@pytest.fixture
def channel(house: House) -> Channel:
    settings = {"mode": "hook", "receipt": False}
    return factories.lawful(Channel.objects.create(code="bot", name="Bot", kind="telegram", settings=settings))


def says(channel: Channel, text: str, *, number: int = 1, phone: str = "") -> Ticket:
    """Somebody writes on the channel; the ticket his words came to."""
    now = instants.now()
    raw = accept.draft(channel, content=b"", key=f"id:{number}", received_at=now)
    handle = talks.handle("telegram", "700100")
    arrival = Arrival(
        f"{number}", now, text=text, sender_name="Chen", sender_address=handle, sender_phone=phone, peer="700100"
    )
    incoming = Incoming(raw, arrival, channel=channel)
    [taken] = intake.take(SYSTEM, via="social", incoming=[incoming], now=now)
    return Ticket.objects.get(pk=taken.ticket)


def join(who: Staff, kept: Contact, absorbed: Contact, *, evidence: str = "said_so", note: str = "") -> Joining:
    """Joins two customers."""
    actor, now = factories.actor(who), instants.now()
    return joining.join(actor, kept=kept.pk, absorbed=absorbed.pk, evidence=evidence, note=note, now=now)


def joined(house: House, other: Contact) -> Joining:
    """Chen is this one too."""
    return join(house.alice, house.chen, other, note="told me")


def test_the_kept_one_has_all_and_is_recognised_by_all(house: House, channel: Channel) -> None:
    ticket = says(channel, "E3 again")
    joined(house, ticket.contact)
    ticket.refresh_from_db()
    assert ticket.contact == house.chen
    assert Conversation.objects.get().contact == house.chen
    assert set(Message.objects.filter(ticket=ticket).values_list("contact", flat=True)) == {house.chen.pk}
    [found] = services.recognise([Caller(handle="telegram:700100")], now=instants.now())
    assert found == house.chen


def test_a_second_mail_address_stands_beside_the_first(house: House) -> None:
    joined(house, house.wang)
    house.chen.refresh_from_db()
    assert house.chen.email == "chen@harbour.example"
    assert identities.has_address(house.chen, "WANG@example.com")
    [found] = services.recognise([Caller(email="wang@example.com")], now=instants.now())
    assert found == house.chen


def test_his_other_address_goes_on_in_his_ticket(house: House) -> None:
    ticket = factories.ticket(house, contact=house.chen)
    joined(house, house.wang)
    Message.objects.filter(ticket=ticket).update(message_id="<first@x>")
    raw = accept.draft(accept.built_in(ChannelKind.API), content=b"", key="k", received_at=instants.now())
    arrival = Arrival("2", instants.now(), text="More", sender_address="wang@example.com", references=("<first@x>",))
    [taken] = intake.take(SYSTEM, via="mail", incoming=[Incoming(raw, arrival)], now=instants.now())
    assert (taken.outcome, taken.ticket) == ("reply", ticket.pk)


def test_open_tickets_follow_the_tier(house: House, channel: Channel) -> None:
    ticket = says(channel, "E3 again")
    assert ticket.tier == "standard"
    joined(house, ticket.contact)
    ticket.refresh_from_db()
    assert ticket.tier == "gold"


def test_taking_apart_gives_everything_back(house: House, channel: Channel) -> None:
    ticket = says(channel, "E3 again")
    other = ticket.contact
    row = joined(house, other)
    kept = factories.ticket(house, contact=house.chen)
    joining.part(factories.actor(house.alice), joining=row.pk, now=instants.now())
    for one in (ticket, other, house.chen, kept):
        one.refresh_from_db()
    assert (ticket.contact, kept.contact) == (other, house.chen)
    assert (other.handle, other.joined_into_id, house.chen.handle) == ("telegram:700100", None, "")
    assert Conversation.objects.get().contact == other
    assert not Identity.objects.exists()
    assert ticket.tier == "standard"
    assert says(channel, "And again", number=2) == ticket


def test_what_his_conversation_brought_since_goes_along(house: House, channel: Channel) -> None:
    ticket = says(channel, "E3 again")
    row = joined(house, ticket.contact)
    Conversation.objects.update(ticket=None)
    since = says(channel, "Another matter", number=2)
    assert since.contact == house.chen
    joining.part(factories.actor(house.alice), joining=row.pk, now=instants.now())
    since.refresh_from_db()
    assert since.contact == ticket.contact


def test_it_is_told_in_the_ticket_and_in_the_books(house: House, channel: Channel) -> None:
    ticket = says(channel, "E3 again")
    row = joined(house, ticket.contact)
    assert (row.evidence, row.note, row.by) == (Evidence.SAID_SO, "told me", house.alice)
    assert Event.objects.filter(code="contact.joined", params__contact=house.chen.pk).count() == 2


@pytest.mark.parametrize("evidence", ["", "hunch"])
def test_a_reason_is_needed(house: House, evidence: str) -> None:
    with pytest.raises(Invalid):
        joining.join(
            factories.actor(house.alice),
            kept=house.chen.pk,
            absorbed=house.wang.pk,
            evidence=evidence,
            now=instants.now(),
        )
    assert not Joining.objects.exists()


def test_nobody_is_joined_twice_or_with_himself(house: House) -> None:
    joined(house, house.wang)
    with pytest.raises(Conflict):
        joined(house, house.wang)
    with pytest.raises(Invalid):
        joined(house, house.chen)
    assert Joining.objects.count() == 1


def test_it_is_taken_apart_once(house: House) -> None:
    row = joined(house, house.wang)
    joining.part(factories.actor(house.alice), joining=row.pk, now=instants.now())
    with pytest.raises(Conflict):
        joining.part(factories.actor(house.alice), joining=row.pk, now=instants.now())
    house.wang.refresh_from_db()
    assert house.wang.email == "wang@example.com"


def test_who_may_not_edit_customers_joins_none(house: House) -> None:
    partner = factories.staff("pat", role="partner", team=house.front)
    with pytest.raises(NotAllowed):
        join(partner, house.chen, house.wang)
    assert not Contact.objects.exclude(joined_into=None).exists()


def test_suggestions_name_their_reason(house: House) -> None:
    same = factories.customer("C. Li", email="li@home.example", phone=house.chen.phone)
    found = identities.suggestions(house.chen, words=["Write to wang@example.com, or call 138 0000 9999."])
    assert {(s.contact.pk, s.evidence) for s in found} == {
        (same.pk, Evidence.SAME_PHONE), (house.wang.pk, Evidence.NAMED_MAIL),
    }  # fmt: skip


def test_a_conversation_goes_on_by_another_way(house: House, channel: Channel) -> None:
    ticket = factories.ticket(house, contact=house.chen, agent=house.alice)
    chatted = says(channel, "Hello")
    joined(house, chatted.contact)
    Ticket.objects.filter(pk=chatted.pk).update(status="closed", closed_at=instants.now())
    way = next(w for w in ways.of(ticket) if w.kind == "telegram")
    reply.answer(
        factories.actor(house.alice), ticket_id=ticket.pk, said=reply.Said("Here too", way=way.code), now=instants.now()
    )
    assert Delivery.objects.get(way="telegram").to == "700100"
    assert says(channel, "Yes, it works", number=2) == ticket


def test_naming_his_ticket_continues_it(house: House, channel: Channel) -> None:
    ticket = factories.ticket(house, contact=house.chen)
    strange = factories.ticket(house, contact=house.wang)
    chatted = says(channel, "Hello")
    joined(house, chatted.contact)
    assert says(channel, f"It is about {ticket.number}", number=2) == ticket
    assert says(channel, f"And about {strange.number}", number=3) != strange
