"""Does the card tell of a customer what its reader may know, and nothing else?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.devices import units
from yingnuo.devices.models import Unit
from yingnuo.devices.units import Facts
from yingnuo.journey import closing, joining, upkeep
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict, Invalid, Outdated
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.people.models import Contact
from yingnuo.people.roles import SYSTEM


def _card(client: Client, contact: Contact, ticket: int = 0) -> str:
    answer = client.get(f"/customers/{contact.pk}/card" + (f"?ticket={ticket}" if ticket else ""))
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_is_owed_in_all_his_tickets_stands_in_the_card(house: House, alice: Client) -> None:
    one, two = factories.ticket(house), factories.ticket(house, subject="Another")
    card = _card(alice, house.chen)
    assert all(f"/tickets/{t.pk}/" in card for t in (one, two))
    assert "First response" in card
    beside = _card(alice, house.chen, one.pk)  # what is owed in the ticket itself stands on its page already
    assert f"/tickets/{two.pk}/" in beside
    assert f"/tickets/{one.pk}/" not in beside


def test_of_tickets_out_of_sight_only_their_number_is_told(house: House, alice: Client) -> None:
    one, hidden = factories.ticket(house), factories.ticket(house, subject="Secret matter")
    upkeep.assign(SYSTEM, ticket_id=hidden.pk, team=house.strangers.pk, agent=None, now=instants.now())
    card = _card(alice, house.chen, one.pk)
    assert f"/tickets/{hidden.pk}/" not in card
    assert "out of your sight" in card


def test_the_last_rating_is_told_with_its_words(house: House, alice: Client) -> None:
    ticket, now = factories.ticket(house), instants.now()
    closing.resolve(SYSTEM, ticket_id=ticket.pk, now=now)
    upkeep.rate(SYSTEM, ticket_id=ticket.pk, score=2, words="Took long", now=now)
    assert "Took long" in _card(alice, house.chen)


def test_who_may_not_see_the_ticket_gets_no_card_by_it(house: House, dee: Client) -> None:
    ticket = factories.ticket(house)
    assert dee.get(f"/customers/{house.chen.pk}/card?ticket={ticket.pk}").status_code == 404
    other = factories.ticket(house, contact=house.wang)
    upkeep.assign(SYSTEM, ticket_id=other.pk, team=house.strangers.pk, agent=None, now=instants.now())
    assert dee.get(f"/customers/{house.chen.pk}/card?ticket={other.pk}").status_code == 404


def test_a_phone_number_is_masked(house: House, alice: Client) -> None:
    assert "+8613800002210" not in _card(alice, house.chen)


@pytest.mark.parametrize(("days", "word"), [(0, "under warranty until"), (-1, "out of warranty since")])
def test_the_last_day_of_a_warranty_counts(house: House, alice: Client, days: int, word: str) -> None:
    until = units.today(instants.now()) + timedelta(days=days)
    facts = Facts(model="W80", serial="s1", warranty_until=until)
    units.save(SYSTEM, pk=None, facts=facts, contact=house.chen.pk, now=instants.now())
    card = _card(alice, house.chen)
    assert f"{word} {until}" in card
    assert "S1" in card


def test_a_product_is_written_down_and_changed_by_who_may(house: House, alice: Client) -> None:
    alice.post(f"/customers/{house.chen.pk}/products/new", {"model": "W80", "serial": "s1"})
    row = Unit.objects.get()
    assert (row.serial, row.contact, row.version) == ("S1", house.chen, 1)
    alice.post(f"/customers/{house.chen.pk}/products/{row.pk}/", {"model": "W90", "serial": "s1", "version": "1"})
    again = alice.post(f"/customers/{house.chen.pk}/products/{row.pk}/", {"model": "W70", "version": "1"})
    assert again.status_code == 422
    assert Unit.objects.get().model == "W90"
    assert Event.objects.filter(code__in=[Code.UNIT_ADDED, Code.UNIT_CHANGED]).count() == 2


def test_a_product_of_another_customer_is_not_found_here(house: House, alice: Client) -> None:
    row = units.save(SYSTEM, pk=None, facts=Facts(model="X"), contact=house.wang.pk, now=instants.now())
    assert alice.get(f"/customers/{house.chen.pk}/products/{row.pk}/").status_code == 404
    assert alice.post(f"/customers/{house.chen.pk}/products/{row.pk}/delete").status_code == 404
    assert Unit.objects.exists()


def test_what_makes_no_sense_is_not_written_down(house: House) -> None:
    now = instants.now()
    today = units.today(now)
    units.save(SYSTEM, pk=None, facts=Facts(serial="S1"), contact=house.chen.pk, now=now)
    for facts, refusal in (
        (Facts(), Invalid),
        (Facts(serial="s1"), Conflict),
        (Facts(model="x", product_line="lawnmower"), Invalid),
        (Facts(model="x", bought_on=today, warranty_until=today - timedelta(days=1)), Invalid),
    ):
        with pytest.raises(refusal):
            units.save(SYSTEM, pk=None, facts=facts, contact=house.chen.pk, now=now)
    with pytest.raises(Outdated):
        units.save(SYSTEM, pk=Unit.objects.get().pk, facts=Facts(model="x"), version=7, now=now)
    assert Unit.objects.count() == 1


def test_products_go_along_when_two_customers_are_joined(house: House) -> None:
    now, alice = instants.now(), factories.actor(house.alice)
    units.save(SYSTEM, pk=None, facts=Facts(model="X"), contact=house.wang.pk, now=now)
    row = joining.join(alice, kept=house.chen.pk, absorbed=house.wang.pk, evidence="said_so", note="", now=now)
    assert Unit.objects.get().contact == house.chen
    joining.part(alice, joining=row.pk, now=now)
    assert Unit.objects.get().contact == house.wang


def test_a_note_is_edited_and_not_over_somebody_elses(house: House, alice: Client) -> None:
    address = f"/customers/{house.chen.pk}/note"
    alice.post(address, {"was.note": "", "note": "Calls before eight"})
    assert Contact.objects.get(pk=house.chen.pk).note == "Calls before eight"
    clash = alice.post(address, {"was.note": "", "note": "Never calls"})
    assert clash.status_code == 422
    assert "Calls before eight" in clash.content.decode()
    assert Contact.objects.get(pk=house.chen.pk).note == "Calls before eight"


def test_the_customer_page_shows_the_card(house: House, alice: Client) -> None:
    house.chen.zone = "Europe/London"
    house.chen.save(update_fields=["zone"])
    page = alice.get(f"/customers/{house.chen.pk}/").content.decode()
    assert "London time" in page
    assert "No product is written down." in page
