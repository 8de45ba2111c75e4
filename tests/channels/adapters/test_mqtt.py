"""Does the adapter of MQTT keep the contract, with a real broker?"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.channels.adapters.broker import PASSWORD, Broker, adapter, needs_broker, running
from tests.channels.adapters.suite import NOW, AdapterContract, Case, Payload
from tests.channels.provider import Provider
from yingnuo.channels.contract import Account, ChannelError

pytestmark = needs_broker
_AT = round(NOW.timestamp() * 1e6)


def _line(topic: str, payload: Any, at: int = _AT) -> bytes:
    words = payload if isinstance(payload, str) else json.dumps(payload)
    return json.dumps({"t": topic, "at": at, "p": words}).encode()


class MqttCase(Case):
    """Devices below devices/."""

    kind = "mqtt"
    peer = ""

    def settings(self, provider: Provider) -> dict[str, Any]:
        assert isinstance(provider, Broker)
        return dict(provider.settings())

    def secrets(self) -> dict[str, str]:
        return {"password": PASSWORD}

    def payloads(self) -> Sequence[Payload]:
        second = NOW.timestamp() - 5
        several = [
            _line("devices/WM-1/telemetry", {"ts": second, "values": {"water-c": 41.5, "on": True, "text": "x"}}),
            _line("devices/WM-1/telemetry", [{"rpm": 1}, {"rpm": 2}]), _line("elsewhere/WM-1/telemetry", {"rpm": 3}),
            _line("devices/WM-1/command", {"do": "x"}),
        ]  # fmt: skip
        return (
            Payload("telemetry", b"\n".join(several), readings=3),
            Payload("event", _line("devices/WM-1/event", {"code": "E3", "text": "排水"}), readings=1),
            Payload("all well", _line("devices/WM-1/event", {"over": True}), readings=1),
            Payload("gone", _line("devices/WM-1/status", "offline"), readings=1),
            Payload("answer", _line("devices/WM-1/answer", {"id": "k1", "ok": True, "values": {"v": 1}}), readings=1),
            Payload("nonsense", _line("devices/WM-1/telemetry", "{oh no"), readings=1),
        )


@contextmanager
def _listening(account: Account) -> Iterator[list[bytes]]:
    """The adapter listens; what it keeps."""
    kept: list[bytes] = []
    stop, ready = threading.Event(), threading.Event()

    def keep(bodies: Sequence[tuple[str, bytes]]) -> None:
        kept.extend(body for _key, body in bodies)
        ready.set()

    with ThreadPoolExecutor(1) as pool:
        running_one = pool.submit(adapter().listen, account, keep, stop)
        assert ready.wait(10), running_one.result(0)
        yield kept
        stop.set()
        running_one.result(10)


def _texts(kept: Sequence[bytes], account: Account) -> list[str]:
    found = [adapter().understand(account, body, NOW).readings for body in kept]
    return [r.text for readings in found for r in readings]


def _until(true: Any) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class TestMqtt(AdapterContract):
    """The contract, and what is a broker's own."""

    case = MqttCase()

    @pytest.fixture
    def provider(self, tmp_path: Path) -> Iterator[Any]:
        with running(tmp_path) as broker:
            yield broker

    def test_what_a_device_says_is_kept(self, provider: Any) -> None:
        account = provider.account()
        with _listening(account) as kept:
            provider.say("devices/WM-1/event", '{"code": "E3", "text": "drain"}')
            _until(lambda: kept)
        assert _texts(kept, account) == ["drain"]

    def test_what_is_said_while_nobody_listens_is_kept_for_us(self, provider: Any) -> None:
        account = provider.account()
        with _listening(account):
            pass
        provider.say("devices/WM-1/event", '{"code": "E3", "text": "at night"}')
        with _listening(account) as kept:
            _until(lambda: kept)
        assert _texts(kept, account) == ["at night"]

    def test_what_could_not_be_kept_comes_again(self, provider: Any) -> None:
        account, stop = provider.account(), threading.Event()

        def failing(bodies: Sequence[tuple[str, bytes]]) -> None:
            if bodies:
                raise OSError("the disk is full")
            provider.say("devices/WM-1/event", '{"code": "E3", "text": "again"}')

        with pytest.raises(ChannelError):
            adapter().listen(account, failing, stop)
        with _listening(account) as kept:
            _until(lambda: kept)
        assert _texts(kept, account) == ["again"]

    def test_a_broker_that_goes_away_is_told(self, provider: Any) -> None:
        with pytest.raises(ChannelError) as error:
            adapter().listen(provider.account(), lambda _bodies: provider.stop(), threading.Event())
        assert error.value.code == "disconnected"

    def test_a_wrong_password_is_told(self, provider: Any) -> None:
        wrong = Account("there", provider.settings(), {"password": "wrong-password-17"})
        with pytest.raises(ChannelError) as error:
            adapter().probe(wrong, "")
        assert error.value.code == "refused"
        assert "wrong-password-17" not in str(error.value)

    def test_a_command_reaches_its_device(self, provider: Any) -> None:
        with _listening(provider.account(client_id="another")) as kept:
            adapter().command(provider.account(), "WM-1", "k1", {"do": "self_test"})
            _until(lambda: kept)
        [line] = [json.loads(body) for body in kept]
        assert line["t"] == "devices/WM-1/command"
        assert json.loads(line["p"]) == {"id": "k1", "do": "self_test"}

    def test_two_values_of_one_moment_are_told_apart(self, provider: Any) -> None:
        account = provider.account()
        with _listening(account) as kept:
            for n in range(5):
                provider.say("devices/WM-1/telemetry", json.dumps({"v": n}))
            _until(lambda: sum(body.count(b"\n") + 1 for body in kept) == 5)
        found = [r for body in kept for r in adapter().understand(account, body, NOW).readings]
        assert len({r.at for r in found}) == 5
