"""A machine is examined from its ticket: commands, answers, silence, and who may?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests import factories
from tests.devices import machines
from tests.factories import House
from yingnuo.channels import commanding
from yingnuo.channels.contract import ChannelError
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.devices import steps
from yingnuo.devices.models import Device, Step, StepList, StepRun
from yingnuo.devices.steps import StepListFacts
from yingnuo.journey import device_steps
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.ledger.models import Event
from yingnuo.people.roles import SYSTEM, Actor
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
FLOW = {"metric": "lpm", "op": "above", "value": 2}
TEST = {
    "do": "drain_test",
    "name_en": "Drain test",
    "wait_s": 30,
    "expects": FLOW,
}
STEPS = ({"do": "report", "name_en": "Report", "name_zh": "读取", "wait_s": 20}, TEST)


@pytest.fixture
def house() -> House:
    return factories.house(now=NOW)


@pytest.fixture
def plant(house: House) -> Channel:
    return machines.channel()


@pytest.fixture
def washer(plant: Channel, house: House) -> Device:
    return machines.device(plant, house)


@pytest.fixture
def ticket(plant: Channel, washer: Device) -> Ticket:
    machines.rule(machines.FAULT)
    machines.say(plant, [("WM-1", "event", {"code": "E3"})], at=NOW)
    machines.tell(NOW + timedelta(seconds=5))
    return Ticket.objects.get()


@pytest.fixture
def drain(washer: Device) -> StepList:
    return steps.save(SYSTEM, StepListFacts("drain", "Drain check", STEPS, ("washer",)), now=NOW)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Mapping[str, Any]]]:
    """What was sent to devices, instead of a broker."""
    found: list[tuple[str, str, Mapping[str, Any]]] = []
    monkeypatch.setattr(
        commanding, "send", lambda channel, *, device, key, asked: found.append((device, key, asked))
    )  # fmt: skip
    return found


def _run(actor: Actor, ticket: Ticket, washer: Device, drain: StepList) -> StepRun:
    return device_steps.run(actor, ticket_id=ticket.pk, device_id=washer.pk, list_id=drain.pk, now=NOW)


def _send(at: datetime) -> None:
    with time_machine.travel(at, tick=False):
        device_steps.send_due()


def _answer(plant: Channel, step: Step, at: datetime, identity: str = "WM-1", **said: Any) -> None:
    machines.say(plant, [(identity, "answer", {"id": step.key, "ok": True, **said})], at=at)


def _states() -> list[str]:
    return list(Step.objects.order_by("position").values_list("state", flat=True))


def test_steps_are_sent_one_after_the_other_and_told(
    house: House, plant: Channel, washer: Device, ticket: Ticket, drain: StepList, sent: list[Any]
) -> None:
    run = _run(factories.actor(house.alice), ticket, washer, drain)
    first, second = Step.objects.filter(run=run).order_by("position")
    _send(NOW)
    assert sent == [("WM-1", first.key, {"do": "report", "with": {}})]
    _answer(plant, first, NOW + timedelta(seconds=2), text="well")
    _send(NOW + timedelta(seconds=3))
    assert sent[1][:2] == ("WM-1", second.key)
    _answer(plant, second, NOW + timedelta(seconds=9), values={"lpm": 11})
    assert _states() == ["done", "done"]
    codes = Event.objects.filter(ticket_id=ticket.pk, code__startswith="device.step").order_by("pk")
    assert list(codes.values_list("code", flat=True)) == [
        "device.steps_begun", "device.step", "device.step", "device.steps_ended",
    ]  # fmt: skip
    assert StepRun.objects.get().ended_at is not None


def test_a_step_that_answers_something_else_than_expected_has_failed(
    plant: Channel, washer: Device, ticket: Ticket, drain: StepList, sent: list[Any]
) -> None:
    _run(SYSTEM, ticket, washer, drain)
    for n, values in enumerate(({}, {"lpm": 0.5})):
        _send(NOW + timedelta(seconds=n))
        _answer(plant, Step.objects.get(position=n), NOW + timedelta(seconds=n), values=values)
    assert _states() == ["done", "failed"]


def test_what_is_not_answered_in_time_ends_the_run(
    plant: Channel, washer: Device, ticket: Ticket, drain: StepList, sent: list[Any]
) -> None:
    _run(SYSTEM, ticket, washer, drain)
    _send(NOW)
    _send(NOW + timedelta(seconds=21))
    assert _states() == ["silent", "skipped"]
    _answer(plant, Step.objects.get(position=0), NOW + timedelta(seconds=22))
    assert _states() == ["silent", "skipped"]


def test_another_machine_cannot_answer_for_it(
    house: House, plant: Channel, washer: Device, ticket: Ticket, drain: StepList, sent: list[Any]
) -> None:
    machines.device(plant, house, "WM-2")
    _run(SYSTEM, ticket, washer, drain)
    _send(NOW)
    _answer(plant, Step.objects.get(position=0), NOW, identity="WM-2")
    assert _states() == ["sent", "waiting"]


def test_a_broker_that_is_away_is_tried_for_a_while(
    washer: Device, ticket: Ticket, drain: StepList, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: Any, **_more: Any) -> None:
        raise ChannelError("unreachable", "", permanent=False)

    monkeypatch.setattr(commanding, "send", away)
    _run(SYSTEM, ticket, washer, drain)
    _send(NOW)
    assert _states() == ["sending", "waiting"]
    _send(NOW + timedelta(seconds=31))
    assert _states() == ["failed", "skipped"]
    assert "unreachable" in Step.objects.get(position=0).problem


def test_one_examination_of_a_machine_at_a_time(washer: Device, ticket: Ticket, drain: StepList) -> None:
    _run(SYSTEM, ticket, washer, drain)
    with pytest.raises(Conflict):
        _run(SYSTEM, ticket, washer, drain)
    assert StepRun.objects.count() == 1


def test_who_may_not_examines_nothing(house: House, washer: Device, ticket: Ticket, drain: StepList) -> None:
    partner = factories.staff("pat", team=house.front, role="partner")
    for person, refusal in ((partner, NotAllowed), (house.dee, NotFound)):
        with pytest.raises(refusal):
            _run(factories.actor(person), ticket, washer, drain)
    assert not StepRun.objects.exists()


def test_a_machine_of_another_ticket_is_not_examined_from_here(
    house: House, plant: Channel, ticket: Ticket, drain: StepList
) -> None:
    with pytest.raises(Invalid):
        _run(SYSTEM, ticket, machines.device(plant, house, "WM-2"), drain)
    assert not StepRun.objects.exists()


def test_a_machine_that_takes_no_commands_is_not_asked(
    plant: Channel, washer: Device, ticket: Ticket, drain: StepList
) -> None:
    Channel.objects.filter(pk=plant.pk).update(kind=ChannelKind.DEVICE_HTTP)
    with pytest.raises(Conflict):
        _run(SYSTEM, ticket, washer, drain)
    assert not StepRun.objects.exists()


def test_an_edit_is_a_new_version_and_a_run_keeps_its_own(
    washer: Device, ticket: Ticket, drain: StepList, sent: list[Any]
) -> None:
    run = _run(SYSTEM, ticket, washer, drain)
    steps.save(SYSTEM, StepListFacts("drain", "Drain check", STEPS[:1]), now=NOW)
    assert StepList.objects.get(current=True).version == 2
    assert StepRun.objects.get(pk=run.pk).steps.version == 1
    assert len(_states()) == 2
