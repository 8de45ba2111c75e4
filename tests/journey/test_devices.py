"""Machines speak: what is kept, which alarms come of it, and what reaches people?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests import factories
from tests.devices import machines
from tests.factories import House
from yingnuo.channels.models import Channel, Raw
from yingnuo.devices.models import Alarm, Device, DeviceState, Sample, Standing, Storm
from yingnuo.journey import closing, device_alarms, devices, heard
from yingnuo.ledger.models import Event
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
E3 = {"code": "E3", "text": "drain"}
SOON = timedelta(seconds=5)


@pytest.fixture
def house() -> House:
    return factories.house(now=NOW)


@pytest.fixture
def plant(house: House) -> Channel:
    return machines.channel()


@pytest.fixture
def washer(plant: Channel, house: House) -> Device:
    machines.drain_fault()
    return machines.device(plant, house)


def _codes(ticket: Ticket) -> list[str]:
    rows = Event.objects.filter(ticket_id=ticket.pk, code__startswith="device.").order_by("pk")
    return list(rows.values_list("code", flat=True))


def test_values_are_kept_once_however_often_they_come(plant: Channel, washer: Device) -> None:
    said = [("WM-1", "telemetry", {"ts": NOW.timestamp(), "values": {"water_c": 41.5, "rpm": 800}})]
    machines.say(plant, said, at=NOW)
    machines.say(plant, said, at=NOW + SOON)
    assert sorted(Sample.objects.values_list("metric", "value")) == [("rpm", 800.0), ("water_c", 41.5)]
    assert DeviceState.objects.get(device=washer).seen_at == NOW


def test_a_value_beyond_its_limit_opens_one_ticket(plant: Channel, washer: Device, house: House) -> None:
    machines.rule(machines.HOT, name="Water too hot", severity="critical")
    machines.measured(plant, "WM-1", "water_c", [60, 85, 86, 90], at=NOW)
    machines.tell(NOW + SOON)
    ticket = Ticket.objects.get()
    assert (ticket.via, ticket.kind, ticket.urgency) == ("iot", "fault", "urgent")
    assert (ticket.contact, ticket.product_line) == (house.chen, "washer")
    assert ticket.subject == "Washer WM-1: Water too hot (85)"
    assert Alarm.objects.get().ticket == ticket


def test_five_hundred_times_the_same_fault_is_one_ticket(plant: Channel, washer: Device) -> None:
    machines.rule(machines.FAULT, name="Any fault")
    for n in range(5):
        machines.say(plant, [("WM-1", "event", E3)] * 100, at=NOW + timedelta(seconds=n))
        machines.tell(NOW + timedelta(seconds=n))
    machines.tell(NOW + SOON)
    alarm, ticket = Alarm.objects.get(), Ticket.objects.get()
    assert (alarm.count, alarm.code, alarm.ticket) == (500, "E3", ticket)
    assert "Drain fault" in ticket.subject
    assert "Check the drain pump" in Message.objects.get(ticket=ticket).text
    assert len(_codes(ticket)) <= 3


def test_the_ticket_learns_that_all_is_well_again(plant: Channel, washer: Device) -> None:
    machines.rule(machines.FAULT)
    machines.say(plant, [("WM-1", "event", E3)], at=NOW)
    machines.tell(NOW + SOON)
    devices.look(now=NOW + timedelta(seconds=599))
    assert Alarm.objects.get().cleared_at is None
    devices.look(now=NOW + timedelta(seconds=601))
    machines.tell(NOW + timedelta(seconds=602))
    assert Alarm.objects.get().cleared_at == NOW + timedelta(seconds=600)
    assert _codes(Ticket.objects.get()) == ["device.alarm", "device.alarm_over"]
    assert Ticket.objects.get().is_open


def test_a_rule_may_resolve_its_ticket_when_nobody_had_to_do_anything(plant: Channel, washer: Device) -> None:
    machines.rule(machines.HOT, resolves=True)
    machines.measured(plant, "WM-1", "water_c", [85], at=NOW)
    machines.tell(NOW + SOON)
    machines.measured(plant, "WM-1", "water_c", [70], at=NOW + SOON)
    machines.tell(NOW + 2 * SOON)
    assert Ticket.objects.get().status == "resolved"


def test_what_comes_again_soon_opens_its_ticket_again(plant: Channel, washer: Device) -> None:
    machines.rule(machines.HOT)
    machines.measured(plant, "WM-1", "water_c", [85], at=NOW)
    machines.tell(NOW + SOON)
    machines.measured(plant, "WM-1", "water_c", [70], at=NOW + SOON)
    machines.tell(NOW + 2 * SOON)
    closing.resolve(SYSTEM, ticket_id=Ticket.objects.get().pk, now=NOW + 2 * SOON)
    machines.measured(plant, "WM-1", "water_c", [88], at=NOW + 3 * SOON)
    machines.tell(NOW + 4 * SOON)
    ticket, alarm = Ticket.objects.get(), Alarm.objects.get()
    assert (ticket.status, ticket.reopened) == ("open", 1)
    assert (alarm.reopened, alarm.cleared_at) == (1, None)
    assert _codes(ticket) == ["device.alarm", "device.alarm_over", "device.alarm_again"]


def test_another_alarm_of_the_machine_joins_its_ticket_and_makes_it_as_urgent(plant: Channel, washer: Device) -> None:
    machines.rule(machines.FAULT, name="Any fault")
    machines.rule(machines.HOT, name="Water too hot", severity="critical")
    machines.say(plant, [("WM-1", "event", E3)], at=NOW)
    machines.tell(NOW + SOON)
    assert Ticket.objects.get().urgency == "important"
    machines.measured(plant, "WM-1", "water_c", [95], at=NOW + SOON)
    machines.tell(NOW + 2 * SOON)
    assert Ticket.objects.get().urgency == "urgent"
    assert _codes(Ticket.objects.get()) == ["device.alarm", "device.alarm"]


def test_many_machines_of_one_site_are_one_matter(plant: Channel, house: House) -> None:
    machines.rule({"kind": "absence", "after_s": 60}, name="Silent", storm_n=4)
    for n in range(6):
        machines.device(plant, house, f"WM-{n}")
    for n in range(6):
        machines.say(plant, [(f"WM-{n}", "status", "offline")], at=NOW + timedelta(seconds=n))
        if n == 1:
            machines.tell(NOW + timedelta(seconds=4))  # the first ones have a ticket before it is known to be many
    machines.tell(NOW + timedelta(seconds=10))
    parent = Ticket.objects.get(merged_into=None)
    assert set(Alarm.objects.values_list("ticket", flat=True)) == {parent.pk}
    assert Storm.objects.get().ticket == parent
    assert "devices at once" in parent.subject
    assert all(f"Washer WM-{n}" in Message.objects.filter(ticket=parent).last().text for n in range(4))  # type: ignore[union-attr]


def test_a_storm_ends_when_all_of_it_is_over(plant: Channel, house: House) -> None:
    machines.rule({"kind": "absence", "after_s": 60}, storm_n=2)
    for n in range(3):
        machines.device(plant, house, f"WM-{n}")
    machines.say(plant, [(f"WM-{n}", "status", "offline") for n in range(3)], at=NOW)
    machines.tell(NOW + SOON)
    machines.say(plant, [(f"WM-{n}", "status", "online") for n in range(3)], at=NOW + 2 * SOON)
    machines.tell(NOW + 3 * SOON)
    assert device_alarms.end_storms(now=NOW + 3 * SOON) == 0
    assert device_alarms.end_storms(now=NOW + timedelta(minutes=11)) == 1
    assert _codes(Ticket.objects.get()) == ["device.storm", "device.storm_over"]


def test_a_machine_that_falls_silent_raises_an_alarm(plant: Channel, washer: Device) -> None:
    machines.rule({"kind": "absence", "after_s": 300}, name="Silent")
    machines.measured(plant, "WM-1", "water_c", [40], at=NOW)
    devices.look(now=NOW + timedelta(seconds=299))
    assert not Alarm.objects.exists()
    devices.look(now=NOW + timedelta(seconds=301))
    assert Alarm.objects.get().opened_at == NOW + timedelta(seconds=300)


def test_silence_is_not_held_against_it_while_its_broker_is_away(plant: Channel, washer: Device) -> None:
    machines.rule({"kind": "absence", "after_s": 300}, name="Silent")
    machines.measured(plant, "WM-1", "water_c", [40], at=NOW)
    Channel.objects.filter(pk=plant.pk).update(problem="unreachable")
    devices.look(now=NOW + timedelta(seconds=400))
    Channel.objects.filter(pk=plant.pk).update(problem="")
    devices.look(now=NOW + timedelta(seconds=600))
    assert not Alarm.objects.exists()
    devices.look(now=NOW + timedelta(seconds=700))
    assert Alarm.objects.exists()


def test_a_stranger_is_listed_and_opens_no_ticket(plant: Channel) -> None:
    machines.rule(machines.FAULT)
    machines.say(plant, [("WM-9", "event", E3)], at=NOW)
    machines.tell(NOW + SOON)
    assert Device.objects.get().standing == Standing.WAITING
    assert not Ticket.objects.exists()
    assert not Alarm.objects.exists()


def test_a_channel_may_say_that_strangers_are_judged_too(house: House) -> None:
    machines.rule(machines.FAULT)
    machines.say(machines.channel(strangers="judge"), [("WM-9", "event", E3)], at=NOW)
    machines.tell(NOW + SOON)
    assert Ticket.objects.get().contact.handle == "device:plant:WM-9"


def test_a_blocked_machine_is_not_listened_to(plant: Channel, washer: Device) -> None:
    machines.rule(machines.FAULT)
    Device.objects.update(standing=Standing.BLOCKED)
    machines.say(plant, [("WM-1", "event", E3)], at=NOW)
    assert not Sample.objects.exists()
    assert not Alarm.objects.exists()


def test_a_machine_speaks_for_itself_only(plant: Channel, washer: Device, house: House) -> None:
    machines.device(plant, house, "WM-2")
    machines.rule(machines.FAULT)
    machines.say(plant, [("WM-2", "event", {"device": "WM-1", **E3})], at=NOW)
    assert not Alarm.objects.exists()
    assert Device.objects.get(identity="WM-2").unreadable == 1


def test_a_body_that_is_taken_again_changes_nothing(plant: Channel, washer: Device) -> None:
    machines.rule(machines.FAULT)
    machines.say(plant, [("WM-1", "event", E3)], at=NOW)
    Raw.objects.update(state="stored")
    heard.take_waiting(now=NOW + SOON)
    assert Alarm.objects.get().count == 1


def test_being_killed_between_ticket_and_alarm_opens_no_second_ticket(plant: Channel, washer: Device) -> None:
    machines.rule(machines.FAULT)
    machines.say(plant, [("WM-1", "event", E3)], at=NOW)
    alarm = Alarm.objects.select_related("device__channel", "device__contact", "device__company", "rule").get()
    opened = device_alarms._opened(alarm, NOW)
    machines.tell(NOW + SOON)
    assert Alarm.objects.get().ticket_id == opened
    assert Ticket.objects.count() == 1


def test_somebody_who_works_on_a_machine_is_not_disturbed(plant: Channel, washer: Device) -> None:
    machines.rule(machines.HOT)
    Device.objects.update(quiet_until=NOW + timedelta(hours=1))
    machines.measured(plant, "WM-1", "water_c", [95], at=NOW)
    devices.look(now=NOW + timedelta(minutes=59))
    assert not Alarm.objects.exists()
    devices.look(now=NOW + timedelta(hours=1))
    assert Alarm.objects.exists()


def test_information_opens_no_ticket(plant: Channel, washer: Device) -> None:
    machines.rule(machines.HOT, severity="info")
    machines.measured(plant, "WM-1", "water_c", [95], at=NOW)
    machines.tell(NOW + SOON)
    assert Alarm.objects.get().told == "open"
    assert not Ticket.objects.exists()
