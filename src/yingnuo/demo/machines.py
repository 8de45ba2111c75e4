"""Which machines speak in the demonstration, and which of them is in trouble?

A laundry and a cold store with a day of readings, taken in as those of a broker are; none is needed, and none is asked.
One washer has told a fault for half an hour: its ticket has a curve, and somebody has examined it from afar.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from yingnuo.channels.happenings import Reading
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.demo.acts import Hand
from yingnuo.demo.told import told
from yingnuo.devices import registry, rules, steps, taking, turning
from yingnuo.devices.models import Alarm, Device, Step, StepList
from yingnuo.devices.registry import DeviceFacts
from yingnuo.devices.rules import FaultFacts, RuleFacts
from yingnuo.devices.steps import StepListFacts
from yingnuo.journey import device_alarms, devices, work
from yingnuo.people.models import Company, Contact, Staff
from yingnuo.people.roles import SYSTEM, actor_for_staff
from yingnuo.tickets import queries

DAY, EVERY = timedelta(hours=24), timedelta(minutes=2)
TROUBLE = timedelta(minutes=34)  # how long ago the fault was told first
EXAMINED = timedelta(minutes=18)
_AGAIN = timedelta(seconds=97)
_IN_TROUBLE = "WD120-0418"


def found(*, now: datetime) -> None:
    """The channel, the machines, what their codes mean, the rules and the steps; the caller holds the transaction."""
    data = told("machines")
    settings = {"host": "broker.example", "port": 8883, "security": "tls", "prefix": "qingchuan", "mode": "off"}
    channel = Channel.objects.create(
        code=data["channel"]["code"], name=data["channel"]["name"], kind=ChannelKind.MQTT, settings=settings
    )
    companies = list(Company.objects.order_by("pk"))
    for place in (data["laundry"], data["cold"]):
        _machines(channel, place, companies[place["company"]], now)
    _rules(data, now)
    s = data["steps"]
    facts = StepListFacts(s["code"], s["name"], s["steps"], (s["line"],))
    steps.save(SYSTEM, facts, now=now)


def _machines(channel: Channel, place: Mapping[str, Any], company: Company, now: datetime) -> None:
    owner = Contact.objects.filter(company=company).order_by("pk").first()
    for d in place["devices"]:
        facts = DeviceFacts(
            identity=d["identity"], name=d["name"], serial=d["serial"], model=d["model"], product_line=d["line"],
            site=place["site"], contact=owner, company=company,
        )  # fmt: skip
        registry.save(SYSTEM, pk=None, channel=channel, facts=facts, now=now)


def _rules(data: Mapping[str, Any], now: datetime) -> None:
    for f in data["faults"]:
        fault = FaultFacts(f["code"], f["zh"], f["en"], f["line"], f["severity"], f["zh_do"], f["en_do"])
        rules.save_fault(SYSTEM, pk=None, facts=fault, now=now)
    for r in data["rules"]:
        facts = RuleFacts(r["name"], r["spec"], severity=r["severity"], product_line=r["line"])
        rules.save(SYSTEM, pk=None, facts=facts, now=now)


def play(hand: Hand, *, seed: int, now: datetime) -> None:
    """A day of readings up to `now`, the fault, its ticket, and what was found from afar."""
    channel, chance = Channel.objects.get(code=told("machines")["channel"]["code"]), Random(seed)  # noqa: S311
    machines = list(Device.objects.filter(channel=channel).order_by("identity"))
    begun = now - TROUBLE
    for device in machines:
        _take(channel, list(_values(device, chance, now - DAY, begun, now)), begun)
    _take(channel, list(_faults(begun, now)), begun)
    device_alarms.tell_due(now=begun + turning.WAIT)
    for alarm in Alarm.objects.filter(device__channel=channel, ticket__isnull=False):
        hand.asked(alarm.ticket_id or 0, now=begun + turning.WAIT)
        _examine(alarm, now - EXAMINED)
    stranger = Reading(told("machines")["stranger"], now - timedelta(minutes=3), {"water_c": 21.0})
    _take(channel, [stranger], now)
    devices.look(now=now)


def _take(channel: Channel, said: list[Reading], now: datetime) -> None:
    with work.unit():
        judged = taking.take(channel, said, now=now)
        turning.apply(judged.changes, taking.book_now(), now=now)


def _values(device: Device, chance: Random, since: datetime, begun: datetime, now: datetime) -> Iterator[Reading]:
    shift, count = chance.random() * 60, int((now - since) / EVERY)
    for n in range(count):
        at = since + n * EVERY
        minute = (at - since).total_seconds() / 60 + shift
        trouble = device.identity == _IN_TROUBLE and at > begun - timedelta(minutes=20)
        fridge = device.product_line == "fridge"
        yield Reading(device.identity, at, _room(minute, chance) if fridge else _wash(minute, chance, trouble=trouble))


def _room(minute: float, chance: Random) -> dict[str, float]:
    """A cold room: the compressor's rhythm, and a door left open for half an hour in the night."""
    warm = 6.5 * math.exp(-(((minute - 620) / 22) ** 2))
    room = 4 + 0.8 * math.sin(minute / 9) + warm + chance.gauss(0, 0.12)
    return {"room_c": round(room, 2), "compressor_w": 140.0 if math.sin(minute / 9) > -0.2 else 12.0}


def _wash(minute: float, chance: Random, *, trouble: bool) -> dict[str, float]:
    """A washer: programmes of an hour, heating, washing, draining, spinning. In trouble the water does not leave."""
    part = minute % 60
    water = 18 + 42 * max(0.0, math.sin(part / 60 * math.pi)) if part < 45 else 22.0
    rpm = 52.0 if part < 40 else 1_180.0 if part < 56 else 0.0
    flow = 0.0 if part < 38 else 11.5
    if trouble:
        water, rpm, flow = 38.0, 0.0, max(0.4, 3.5 - part / 10)
    noise = chance.gauss(0, 0.3)
    return {"water_c": round(water + noise, 1), "drum_rpm": rpm, "drain_lpm": round(max(0.0, flow + noise), 2)}


def _faults(begun: datetime, now: datetime) -> Iterator[Reading]:
    at = begun
    while at < now:
        yield Reading(_IN_TROUBLE, at, fault="E2", text="drain timeout")
        at += _AGAIN


def _examine(alarm: Alarm, at: datetime) -> None:
    """Somebody ran the steps, and the machine answered."""
    data, person = told("machines")["steps"], Staff.objects.filter(username="agent").first()
    chosen = StepList.objects.get(code=data["code"], current=True)
    actor = actor_for_staff(person) if person else SYSTEM
    with work.unit():
        ticket = queries.lock_for(SYSTEM, alarm.ticket_id or 0, may="device.steps")
        run = steps.begin(actor, ticket=ticket, device=alarm.device, chosen=chosen, now=at)
        Step.objects.filter(run=run).update(state="sent")
    for n, answer in enumerate(data["answers"]):
        step, moment = Step.objects.get(run=run, position=n), at + timedelta(seconds=20 * (n + 1))
        reading = Reading(
            alarm.device.identity, moment, answer["values"], text=answer["text"], answer_to=step.key, ok=True
        )
        with work.unit():
            steps.answered([(alarm.device, reading)], now=moment)
