"""The pages about machines: who sees them, what they show, what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.devices import machines
from tests.factories import House
from yingnuo.channels import accounts
from yingnuo.channels.adapters.device_http import device_key
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.devices.models import AlarmRule, Device, FaultCode, Sample, Standing, StepList
from yingnuo.kit import instants
from yingnuo.ledger.models import Event
from yingnuo.tickets.models import Ticket

RULE = {
    "name": "Too hot", "kind": "threshold", "of": "water_c", "op": "above", "limit": "80", "margin": "5",
    "op2": "above", "way": "either", "hold_s": "0", "calm_s": "0", "severity": "major", "again_s": "1800",
    "storm_by": "site", "storm_n": "5", "storm_s": "60", "active": "on", "zone": "Asia/Shanghai",
}  # fmt: skip


@pytest.fixture
def plant(house: House) -> Channel:
    return machines.channel()


@pytest.fixture
def washer(plant: Channel, house: House) -> Device:
    return machines.device(plant, house)


@pytest.fixture
def ticket(plant: Channel, washer: Device) -> Ticket:
    machines.drain_fault()
    machines.rule(machines.FAULT, name="Any fault")
    now = instants.now() - timedelta(minutes=5)
    machines.say(plant, [("WM-1", "telemetry", {"water_c": 41}), ("WM-1", "event", {"code": "E3"})], at=now)
    machines.tell(now + timedelta(seconds=5))
    return Ticket.objects.get()


PAGES = ("/devices/", "/devices/alarms/", "/devices/rules/", "/devices/faults/", "/devices/steps/")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_shown_empty_and_to_agents(alice: Client, page: str) -> None:
    assert alice.get(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a_partner_sees_none_of_them(house: House, page: str) -> None:
    partner = factories.sign_in(Client(), factories.staff("pat", team=house.front, role="partner"))
    assert partner.get(page).status_code == 403


def test_the_ticket_shows_its_machine_with_a_curve(alice: Client, ticket: Ticket, washer: Device) -> None:
    page = alice.get(f"/tickets/{ticket.pk}/").content.decode()
    assert "Washer WM-1" in page
    assert "E3 Drain fault" in page
    assert "yn-chart" in page
    assert f"device:{washer.pk}" in page
    assert "41" in alice.get(f"/devices/of-ticket/{ticket.pk}").content.decode()


def test_a_stranger_does_not_see_the_machine_of_a_ticket(dee: Client, ticket: Ticket) -> None:
    assert dee.get(f"/devices/of-ticket/{ticket.pk}").status_code == 404


def test_a_device_has_its_page(alice: Client, ticket: Ticket, washer: Device) -> None:
    page = alice.get(f"/devices/{washer.pk}/").content.decode()
    assert "water_c" in page
    assert ticket.number in page
    assert alice.get("/devices/999999/").status_code == 404


def test_a_lead_registers_a_machine_that_waits(bo: Client, plant: Channel) -> None:
    machines.say(plant, [("WM-7", "telemetry", {"t": 1})], at=instants.now())
    row = Device.objects.get(identity="WM-7")
    said = {"identity": "WM-7", "name": "Number seven", "email": "chen@harbour.example", "site": "Hall B"}
    assert bo.post(f"/devices/{row.pk}/edit", said).status_code == 302
    row.refresh_from_db()
    assert (row.standing, row.name, row.site) == (Standing.ADOPTED, "Number seven", "Hall B")
    assert row.contact is not None
    assert row.company == row.contact.company


@pytest.mark.parametrize("change", [{"identity": "a/b"}, {"identity": ""}, {"email": "nobody@nowhere.example"}])
def test_what_cannot_be_registered_says_so(bo: Client, plant: Channel, change: dict[str, str]) -> None:
    answer = bo.post("/devices/new", {"channel": plant.pk, "identity": "WM-8", **change})
    assert answer.status_code == 422
    assert not Device.objects.exists()


def test_two_machines_of_one_name_are_refused(bo: Client, plant: Channel, washer: Device) -> None:
    assert bo.post("/devices/new", {"channel": plant.pk, "identity": "WM-1"}).status_code == 422
    assert Device.objects.count() == 1


@pytest.mark.parametrize("deed", ["block", "key", "quiet", "edit", "show-key"])
def test_an_agent_changes_no_machine(alice: Client, washer: Device, deed: str) -> None:
    before = Device.objects.values().get()
    assert alice.post(f"/devices/{washer.pk}/{deed}", {"hours": "4", "identity": "x"}).status_code == 403
    assert Device.objects.values().get() == before


def test_a_lead_blocks_hushes_and_renews(bo: Client, washer: Device) -> None:
    for deed in ("quiet", "key", "block"):
        assert bo.post(f"/devices/{washer.pk}/{deed}", {"hours": "4"}).status_code == 302
    washer.refresh_from_db()
    assert (washer.standing, washer.key) == (Standing.BLOCKED, 2)
    assert washer.quiet_until is not None
    assert Event.objects.filter(code="device.changed").count() == 3


def test_the_key_of_a_machine_is_shown_to_a_lead_who_asks(bo: Client, house: House) -> None:
    http = Channel.objects.create(
        code="http", name="HTTP", kind=ChannelKind.DEVICE_HTTP, secret=accounts.sealed({"key": "k" * 40})
    )
    row = machines.device(http, house, "WM-5")
    assert device_key("k" * 40, "WM-5", 1) not in bo.get(f"/devices/{row.pk}/").content.decode()
    shown = bo.post(f"/devices/{row.pk}/show-key", headers={"HX-Request": "true", "HX-Target": "div#key"})
    assert device_key("k" * 40, "WM-5", 1) in shown.content.decode()


def test_a_rule_is_made_changed_and_taken_away(root: Client, house: House) -> None:
    assert root.post("/devices/rules/new", RULE).status_code == 302
    row = AlarmRule.objects.get()
    assert row.spec["all"] == [{"of": "water_c", "op": "above", "limit": 80.0, "margin": 5.0}]
    changed = {**RULE, "of2": "rpm", "op2": "below", "limit2": "10", "quiet": "22:00-06:00 mon,tue"}
    assert root.post(f"/devices/rules/{row.pk}/", changed).status_code == 302
    row.refresh_from_db()
    assert len(row.spec["all"]) == 2
    assert row.spec["quiet"] == [{"from": "22:00", "to": "06:00", "days": [0, 1]}]
    page = root.get(f"/devices/rules/{row.pk}/").content.decode()
    assert "22:00-06:00 mon,tue" in page
    assert root.post(f"/devices/rules/{row.pk}/delete").status_code == 302
    assert not AlarmRule.objects.exists()


@pytest.mark.parametrize("wrong", [{"of": "__import__('os')"}, {"limit": ""}, {"quiet": "at night"}, {"zone": "Mars"},
                                   {"kind": "rate", "limit": "0"}, {"kind": "nonsense"}])  # fmt: skip
def test_a_wrong_rule_is_refused(root: Client, wrong: dict[str, str]) -> None:
    assert root.post("/devices/rules/new", {**RULE, **wrong}).status_code == 422
    assert not AlarmRule.objects.exists()


def test_a_lead_reads_rules_and_changes_none(bo: Client) -> None:
    assert bo.post("/devices/rules/new", RULE).status_code == 403
    assert not AlarmRule.objects.exists()


def test_a_rule_is_tried_on_what_was_measured(root: Client, washer: Device) -> None:
    now = instants.now()
    values = [60, 85, 90, 70, 88, 60]
    Sample.objects.bulk_create(
        Sample(device=washer, metric="water_c", at=now - timedelta(minutes=10 - n), value=v)
        for n, v in enumerate(values)
    )
    answer = root.post("/devices/rules/new", {**RULE, "try": "1", "device": washer.pk, "hours": "24"})
    page = answer.content.decode()
    assert "6 moments read: 2 alarms" in page
    assert "yn-chart" in page
    assert not AlarmRule.objects.exists()


def test_a_fault_code_is_kept_in_two_languages(root: Client, house: House) -> None:
    said = {"code": "E9", "severity": "minor", "title_zh": "门未关", "title_en": "Door open", "product_line": "washer"}
    assert root.post("/devices/faults/new", said).status_code == 302
    assert root.post("/devices/faults/new", said).status_code == 422
    assert FaultCode.objects.get().title_zh == "门未关"


def _steps(**first: Any) -> dict[str, Any]:
    line = {"do": "report", "name_en": "Report", "wait_s": "20", **first}
    form = {"steps-TOTAL_FORMS": "1", "steps-INITIAL_FORMS": "0", "name": "Check", "code": "check"}
    return form | {f"steps-0-{name}": value for name, value in line.items()}


def test_steps_are_written_down_and_edited(root: Client, house: House) -> None:
    given = _steps(given='{"seconds": 5}', expects="lpm above 2")
    assert root.post("/devices/steps/new", given).status_code == 302
    row = StepList.objects.get()
    assert row.steps[0]["expects"] == {"metric": "lpm", "op": "above", "value": 2.0}
    assert "lpm above 2" in root.get("/devices/steps/check/").content.decode()
    assert root.post("/devices/steps/check/", _steps()).status_code == 302
    assert StepList.objects.get(current=True).version == 2


@pytest.mark.parametrize("wrong", [{"given": "[1]"}, {"expects": "lpm over 2"}, {"do": ""}, {"wait_s": "0"}])
def test_steps_that_cannot_be_used_are_refused(root: Client, wrong: dict[str, str]) -> None:
    assert root.post("/devices/steps/new", _steps(**wrong)).status_code == 422
    assert not StepList.objects.exists()
