"""Does each thing that happens become one delivery to whoever wants to hear of it, and is its body as promised?"""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from tests import factories
from tests.factories import House
from tests.webhooks.conftest import Receiver, happen, read_on
from yingnuo.journey import closing, reply, upkeep
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.ledger.codes import Code
from yingnuo.people import contacts
from yingnuo.webhooks import catalogue, fanout, services
from yingnuo.webhooks.models import Delivery, Reading


def test_a_ticket_is_heard_of_from_its_opening_on(house: House, receiver: Receiver) -> None:
    receiver.listen()
    ticket = factories.ticket(house, subject="洗衣机不转")
    happen()
    assert receiver.types[:2] == ["ticket.opened", "message.received"]
    assert "promise.given" in receiver.types
    told = receiver.checked(receiver.came[0])["data"]["ticket"]
    assert (told["id"], told["subject"], told["contact"]["name"]) == (ticket.pk, "洗衣机不转", "Chen")


def test_what_happened_before_it_was_set_up_is_not_told(house: House, receiver: Receiver) -> None:
    factories.ticket(house)
    receiver.listen()
    happen()
    assert receiver.came == []


def test_only_the_chosen_types_come(house: House, receiver: Receiver) -> None:
    receiver.listen("ticket.resolved", "ticket.closed")
    ticket = factories.ticket(house)
    closing.resolve(factories.actor(house.bo), ticket_id=ticket.pk, now=instants.now())
    happen()
    assert receiver.types == ["ticket.resolved"]


def test_reading_the_same_rows_again_makes_nothing_twice(house: House, receiver: Receiver) -> None:
    receiver.listen("ticket.opened")
    factories.ticket(house)
    read_on()
    Reading.objects.update(up_to=0)
    read_on()
    assert Delivery.objects.count() == 1


def test_each_endpoint_gets_its_own(house: House, receiver: Receiver) -> None:
    receiver.listen("ticket.opened", path="/a")
    receiver.listen("*", path="/b")
    factories.ticket(house)
    happen()
    assert len(receiver.provider.to("/a")) == 1
    keys = {asked.headers["webhook-id"] for asked in receiver.came}
    assert len(keys) == len(receiver.came) > 3


def test_more_than_one_batch_is_read_to_the_end(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "BATCH", 3)
    receiver.listen("ticket.opened")
    made = [factories.ticket(house).pk for _ in range(7)]
    read_on()
    assert list(Delivery.objects.order_by("pk").values_list("ticket_id", flat=True)) == made


def test_paused_keeps_what_happens_and_off_does_not(house: House, receiver: Receiver) -> None:
    row = receiver.listen("ticket.opened")
    services.pause(receiver.root, pk=row.pk, now=instants.now())
    kept = factories.ticket(house)
    happen()
    assert receiver.came == []
    services.switch_on(receiver.root, pk=row.pk, now=instants.now())
    happen()
    assert [asked.json["data"]["ticket"]["id"] for asked in receiver.came] == [kept.pk]
    services.switch_off(receiver.root, pk=row.pk, now=instants.now())
    factories.ticket(house)
    read_on()
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("catch_up", [True, False])
def test_what_was_missed_while_off_comes_afterwards_on_request(
    house: House, receiver: Receiver, catch_up: bool
) -> None:
    row = receiver.listen("ticket.opened")
    services.switch_off(receiver.root, pk=row.pk, now=instants.now())
    missed = factories.ticket(house)
    read_on()
    services.switch_on(receiver.root, pk=row.pk, catch_up=catch_up, now=instants.now())
    later = factories.ticket(house)
    happen()
    told = {asked.json["data"]["ticket"]["id"] for asked in receiver.came}
    assert told == ({missed.pk, later.pk} if catch_up else {later.pk})


def test_a_body_stays_as_it_was_made(house: House, receiver: Receiver) -> None:
    receiver.listen("ticket.opened")
    ticket = factories.ticket(house, subject="Before")
    read_on()
    upkeep.change(factories.actor(house.bo), ticket_id=ticket.pk, facts={"subject": "After"}, now=instants.now())
    happen()
    assert receiver.came[0].json["data"]["ticket"]["subject"] == "Before"


def test_neither_mail_addresses_nor_phone_numbers_leave(house: House, receiver: Receiver) -> None:
    receiver.listen()
    factories.ticket(house)
    happen()
    sent = b"".join(asked.body for asked in receiver.came)
    assert b"chen@harbour.example" not in sent
    assert b"13800002210" not in sent


def test_bodies_are_what_their_schemas_say(house: House, receiver: Receiver) -> None:
    receiver.listen()
    _let_much_happen(house)
    read_on()
    seen = {}
    for row in Delivery.objects.all():
        schema = catalogue.schema(catalogue.TYPES[row.type])
        jsonschema_rs.validator_for(schema).validate(json.loads(row.body))
        seen[row.type] = row
    assert {"ticket.opened", "ticket.assigned", "ticket.waiting", "ticket.reopened", "ticket.merged"} <= seen.keys()
    assert {"message.sent", "message.noted", "promise.given", "promise.paused", "contact.changed"} <= seen.keys()
    assert json.loads(seen["ticket.assigned"].body)["data"]["details"]["agent"] == {
        "username": "alice",
        "name": "Alice",
    }


def _let_much_happen(house: House) -> None:
    now, bo = instants.now(), factories.actor(house.bo)
    one, two = factories.ticket(house, agent=house.alice), factories.ticket(house)
    reply.answer(bo, ticket_id=one.pk, said=Said("Please try the reset."), now=now)
    reply.note(bo, ticket_id=one.pk, text="Bring the pump.", now=now)
    closing.pause(bo, ticket_id=one.pk, reason="waiting_customer", now=now)
    closing.resume(bo, ticket_id=one.pk, now=now)
    closing.resolve(bo, ticket_id=one.pk, now=now)
    closing.reopen(bo, ticket_id=one.pk, now=now)
    upkeep.merge(bo, ticket_id=one.pk, absorb_id=two.pk, now=now)
    contacts.edit(bo, contact=house.chen.pk, facts={"name": "Chen Li"}, company=None, region=None, now=now)


@pytest.mark.parametrize("kind", catalogue.TYPES.values(), ids=lambda kind: kind.type)
def test_every_schema_is_one(kind: catalogue.Kind) -> None:
    jsonschema_rs.meta.validate(catalogue.schema(kind))


def test_every_happening_of_these_families_is_public_or_kept_in_on_purpose() -> None:
    families = ("ticket.", "message.", "promise.", "breach.", "contact.")
    ours = [code for code in Code if code.value.startswith(families)]
    assert [code for code in ours if not catalogue.kind_of(code.value) and code not in catalogue.KEPT_IN] == []
