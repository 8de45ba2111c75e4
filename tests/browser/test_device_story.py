"""A washing machine's fault over a real broker, with a real browser, web server and work process.

The machine tells E3 five hundred times; one ticket comes of it, with a curve. The agent examines it from there, the
machine answers, then it says that all is well, and the ticket tells so without being loaded again.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import expect
from pytest_django import Settings

from tests import factories
from tests.browser.town import CHROMIUM, Town, db, opened
from tests.channels.adapters.broker import PASSWORD, USER, Broker, needs_broker, running
from tests.devices import machines
from tests.factories import House
from tests.kit.serving import until
from yingnuo.channels import accounts
from yingnuo.channels.models import Channel
from yingnuo.devices import steps
from yingnuo.devices.models import Alarm, DeviceState, Sample
from yingnuo.devices.steps import StepListFacts
from yingnuo.kit import instants
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import Ticket

pytestmark = [
    pytest.mark.django_db(transaction=True), needs_broker,
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]  # fmt: skip
STEPS = (
    {"do": "report", "name_zh": "读取状态", "name_en": "Report", "wait_s": 20},
    {"do": "drain_test", "name_zh": "排水自检", "name_en": "Drain test", "wait_s": 20,
     "expects": {"metric": "drain_lpm", "op": "above", "value": 2}},
)  # fmt: skip


def _house(broker: Broker) -> House:
    house = factories.house()
    Staff.objects.update(language="zh-hans", presence="online")
    plant = machines.channel(**broker.settings())
    Channel.objects.filter(pk=plant.pk).update(secret=accounts.sealed({"password": PASSWORD}))
    washer = machines.device(plant, house)
    machines.drain_fault()
    machines.rule(machines.FAULT, name="Any fault", severity="major")
    steps.save(SYSTEM, StepListFacts("drain", "Drain check", STEPS), now=instants.now())
    now = instants.now()
    Sample.objects.bulk_create(
        Sample(device=washer, metric="drain_lpm", at=now - timedelta(seconds=10 * n), value=11.0) for n in range(1, 60)
    )
    return house


class Washer:
    """The machine itself: a client of the broker that obeys commands."""

    def __init__(self, broker: Broker) -> None:
        self.asked: list[dict[str, Any]] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="WM-1", protocol=paho.MQTTv311)
        self._client.username_pw_set(USER, PASSWORD)
        self._client.will_set("devices/WM-1/status", "offline", qos=1, retain=True)
        self._client.on_message = self._obey
        ready = threading.Event()
        self._client.on_subscribe = lambda *_given: ready.set()
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        self._client.subscribe("devices/WM-1/command", qos=1)
        assert ready.wait(10)
        self.say("status", "online", retain=True)

    def say(self, kind: str, words: Any, *, retain: bool = False) -> None:
        """Tells something, and the broker has it."""
        payload = words if isinstance(words, str) else json.dumps(words)
        self._client.publish(f"devices/WM-1/{kind}", payload, qos=1, retain=retain).wait_for_publish(20)

    def _obey(self, _client: Any, _data: Any, message: Any) -> None:
        asked = json.loads(message.payload)
        self.asked.append(asked)
        values = {"drain_lpm": 0.8} if asked["do"] == "drain_test" else {}
        answer = {"id": asked["id"], "ok": True, "text": f"did {asked['do']}", "values": values}
        self._client.publish("devices/WM-1/answer", json.dumps(answer), qos=1)

    def drop(self) -> None:
        """Its plug is pulled: the broker tells its last will."""
        self._client.loop_stop()
        sock = self._client.socket()
        assert sock is not None
        sock.close()


@contextmanager
def _washer(broker: Broker) -> Iterator[Washer]:
    washer = Washer(broker)
    yield washer
    washer._client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with running(tmp_path) as found:
        yield found


@pytest.fixture
def town(broker: Broker, settings: Settings, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with opened(_house(broker), settings, monkeypatch) as found:
        yield found


def test_a_fault_becomes_one_ticket_is_examined_and_is_over(town: Town, broker: Broker) -> None:
    with _washer(broker) as washer:
        until(lambda: db(lambda: DeviceState.objects.get().online) is True, 60)
        for n in range(500):
            washer.say("event", {"code": "E3", "text": "drain timeout"})
            if n % 25 == 0:
                washer.say("telemetry", {"drain_lpm": 0.4})
        until(lambda: db(lambda: list(Alarm.objects.values_list("count", "told"))) == [(500, "open")], 60)
        ticket = db(Ticket.objects.get)
        assert db(lambda: Alarm.objects.get().ticket_id) == ticket.pk

        page = town.page(staff="alice")
        page.goto(f"/tickets/{ticket.pk}/")
        expect(page.locator("#machine")).to_contain_text("排水故障")
        expect(page.locator("#machine")).to_contain_text("在线")
        expect(page.locator("#machine yn-chart canvas").first).to_be_visible(timeout=20_000)

        page.get_by_role("button", name="开始诊断").click()
        expect(page.locator("#machine .dv-run")).to_contain_text("did drain_test", timeout=30_000)
        expect(page.locator("#machine .dv-run li").nth(0)).to_contain_text("已完成")
        expect(page.locator("#machine .dv-run li").nth(1)).to_contain_text("失败")
        assert [asked["do"] for asked in washer.asked] == ["report", "drain_test"]

        washer.say("event", {"code": "E3", "over": True})
        expect(page.locator(".yn-talk")).to_contain_text("已恢复", timeout=30_000)
        expect(page.locator("#machine")).to_contain_text("已解除")
        washer.drop()
        expect(page.locator("#machine")).to_contain_text("离线", timeout=30_000)
    assert db(Ticket.objects.count) == 1
