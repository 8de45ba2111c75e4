"""Which machines do tests begin with? Washers of Harbour Laundry, a broker they speak over, rules that watch them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.factories import House
from yingnuo.channels import accept
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.devices.models import AlarmRule, Device, DeviceState, FaultCode, Standing
from yingnuo.journey import device_alarms, heard
from yingnuo.kit import revisions

Said = tuple[str, str, Any]  # identity, kind of topic, payload


def channel(code: str = "plant", **settings: Any) -> Channel:
    """A broker of devices."""
    given = {"host": "127.0.0.1", "port": 1883, "security": "none", "prefix": "devices", **settings}
    return Channel.objects.create(code=code, name="Plant", kind=ChannelKind.MQTT, settings=given)


def device(where: Channel, house: House | None, identity: str = "WM-1", **more: Any) -> Device:
    """A registered washer of Chen's."""
    values = {
        "name": f"Washer {identity}", "model": "QX-10", "product_line": "washer", "site": "Hall A",
        "standing": Standing.ADOPTED, "contact": house.chen if house else None,
        "company": house.chen.company if house else None,
    }  # fmt: skip
    row = Device.objects.create(channel=where, identity=identity, **(values | more))
    DeviceState.objects.create(device=row)
    return row


def rule(spec: Mapping[str, Any], name: str = "Rule", **more: Any) -> AlarmRule:
    """A rule of all machines."""
    row = AlarmRule.objects.create(name=name, spec=dict(spec), **more)
    revisions.bump()
    return row


HOT = {"kind": "threshold", "all": [{"of": "water_c", "op": "above", "limit": 80, "margin": 5}]}
FAULT = {"kind": "fault", "codes": [], "silence_s": 600}


def drain_fault() -> FaultCode:
    """E3, as the table has it."""
    row = FaultCode.objects.create(
        product_line="washer", code="E3", severity="major", title_zh="排水故障", title_en="Drain fault",
        advice_zh="检查排水泵和过滤器。", advice_en="Check the drain pump and its filter.",
    )  # fmt: skip
    revisions.bump()
    return row


def say(where: Channel, said: Sequence[Said], *, at: datetime) -> None:
    """The broker brings these messages at `at`, one a millisecond, in one body; it is taken in."""
    lines = [
        json.dumps({"t": f"devices/{who}/{kind}", "at": round(at.timestamp() * 1e6) + 1_000 * n, "p": _text(payload)})
        for n, (who, kind, payload) in enumerate(said)
    ]
    body = "\n".join(lines).encode()
    accept.keep_many(where, [(f"{at.isoformat()}-{hash(body)}", body)], received_at=at)
    heard.take_waiting(now=at)


def _text(payload: Any) -> str:
    return payload if isinstance(payload, str) else json.dumps(payload)


def tell(now: datetime) -> None:
    """What is due to be told of alarms is told."""
    while device_alarms.tell_due(now=now):
        pass


def measured(where: Channel, identity: str, metric: str, values: Sequence[float], *, at: datetime) -> None:
    """One value a second, ending at `at`."""
    for n, value in enumerate(values):
        moment = at - timedelta(seconds=len(values) - 1 - n)
        say(where, [(identity, "telemetry", {"ts": moment.timestamp(), "values": {metric: value}})], at=moment)
