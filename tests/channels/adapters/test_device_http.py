"""Does the adapter of devices that call us over HTTP keep the contract?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.channels.adapters.suite import NOW, Case, Payload, TimedContract
from tests.channels.provider import Provider, Says
from yingnuo.channels import accounts, hooks
from yingnuo.channels.adapters import device_http
from yingnuo.channels.adapters.device_http import DeviceHttp, device_key, sign
from yingnuo.channels.contract import Account, Hook, Rejected
from yingnuo.channels.models import Channel, Raw

KEY = "a-channel-key-of-forty-characters-or-so"


def call(body: bytes, account: Account, at: datetime, *, device: str = "WM-1", number: int = 1, own: str = "") -> Hook:
    """A genuine call of a device; `own`: signed by another key than its own."""
    stamp = str(int(at.timestamp()))
    key = own or device_key(account.secrets["key"], device, number)
    headers = {
        "x-device": device, "x-timestamp": stamp, "x-key": str(number),
        "x-signature": sign(key, device, number, stamp, body),
    }  # fmt: skip
    return Hook("POST", {}, headers, body, at)


class DeviceHttpCase(Case):
    """One washer."""

    kind = "device_http"
    peer = "WM-1"

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {"address": f"{provider.url}/hooks/there/"}

    def secrets(self) -> dict[str, str]:
        return {"key": KEY}

    def payloads(self) -> Sequence[Payload]:
        second = NOW.timestamp() - 5
        values = [{"ts": second, "values": {"water_c": 41.5}}, {"ts": second + 1, "water_c": 42}]
        return (
            Payload("all", json.dumps({"telemetry": values, "events": [{"code": "E3"}]}).encode(), readings=3),
            Payload("status", b'{"status": "online"}', readings=1),
            Payload("answer", b'{"answers": [{"id": "k1", "ok": false}]}', readings=1),
            Payload("nothing of ours", b'{"hello": 1}'),
            Payload("nonsense", b'{"telemetry": "{oh no"}', readings=1),
        )

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        return call(body, account, at)

    def forged(self, hook: Hook) -> Sequence[Hook]:
        another = {**hook.headers, "x-device": "WM-2"}
        newer = {**hook.headers, "x-key": "2"}
        return (
            replace(hook, body=hook.body.replace(b"41.5", b"99.9")), replace(hook, headers=another),
            replace(hook, headers={**hook.headers, "x-signature": ""}), replace(hook, headers=newer),
            replace(hook, headers={}),
        )  # fmt: skip

    def answers(self, provider: Provider) -> None:
        provider.on("/hooks/there/", Says(b"here", content_type="text/plain"))


class TestDeviceHttp(TimedContract):
    """The contract, and what is a device's own."""

    case = DeviceHttpCase()

    def test_a_replayed_call_changes_nothing(self, channel: Channel) -> None:
        hook = call(b'{"events": [{"code": "E3"}]}', accounts.of(channel), NOW)
        for _time in range(3):
            hooks.take(channel, hook)
        assert Raw.objects.count() == 1

    def test_an_oversized_call_is_refused_and_not_kept(self, channel: Channel) -> None:
        body = b'{"telemetry": [' + b" " * device_http.LARGEST + b"]}"
        with pytest.raises(Rejected) as error:
            hooks.take(channel, call(body, accounts.of(channel), NOW))
        assert error.value.status == 413
        assert not Raw.objects.exists()

    def test_a_gateway_speaks_for_devices_only_where_it_may(self, account: Account) -> None:
        hook = call(b'{"status": "online"}', account, NOW, number=0, own=KEY)
        with pytest.raises(Rejected):
            DeviceHttp().verify(account, hook)
        allowed = Account("there", {**account.settings, "gateway": True}, account.secrets)
        body = DeviceHttp().verify(allowed, hook).body
        [reading] = DeviceHttp().understand(allowed, body, NOW).readings
        assert (reading.device, reading.signed) == ("WM-1", 0)

    def test_a_device_cannot_sign_as_a_gateway(self, account: Account) -> None:
        allowed = Account("there", {**account.settings, "gateway": True}, account.secrets)
        own = device_key(KEY, "WM-1", 1)
        with pytest.raises(Rejected):
            DeviceHttp().verify(allowed, call(b"{}", allowed, NOW, device="WM-2", number=0, own=own))

    def test_an_empty_call_only_asks_whether_we_are_there(self, account: Account) -> None:
        checked = DeviceHttp().verify(account, call(b"", account, NOW))
        assert (checked.body, checked.answer.body) == (b"", b"here")
