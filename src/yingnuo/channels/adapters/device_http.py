"""How do devices speak to us that can do no more than an HTTP call?

    POST /hooks/<code>/        X-Device: WM-0042    X-Timestamp: 1767225600    X-Signature: v1=<hex>
    {"telemetry": [{…}], "events": [{…}], "status": "online", "answers": [{…}]}       (see `device_said`)

The signature is HMAC-SHA256 over "<timestamp>.<device>.<key number>.<body>" under the device's own key. That key is
HMAC-SHA256(key of the channel, "<device>.<key number>"): the registry shows it to whoever sets the device up, and
nothing has to be looked up to check a call. The number (X-Key, 1 where it is missing) grows when a key is replaced;
which number counts is known to the registry, and what an older key signed is not believed. A gateway signs with the
channel's key itself (X-Key: 0), where the channel allows it, and may speak for any device. An empty body only asks
whether we are there.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import device_said, given, web
from yingnuo.channels.contract import (
    Account,
    Answer,
    ChannelError,
    Checked,
    Heard,
    Hook,
    Outgoing,
    Profile,
    Rejected,
    Setting,
    SettingType,
)  # fmt: skip
from yingnuo.channels.happenings import Reading

TOLERANCE_S = 300  # how far the clock of a device may be off
LARGEST = 256 * 1024
_DEVICE = re.compile(r"[\w.:@-]{1,80}")
_PARTS = (("telemetry", "telemetry"), ("events", "event"), ("status", "status"), ("answers", "answer"))


class DeviceHttp:
    """The adapter."""

    profile: ClassVar[Profile] = Profile(
        kind="device_http", name=_("Device alarms by HTTP"), group="devices", via="iot", sends=False,
        settings=(
            Setting("key", _("Key of the channel"), SettingType.SECRET, required=True,
                    help=_("At least 32 characters. The keys of all devices are made of it.")),
            Setting("gateway", _("Gateways may speak for devices"), SettingType.SWITCH,
                    help=_("They sign with the key of the channel.")),
            Setting("address", _("Our address as devices call it"),
                    help=_("Only for trying it out: https://…/hooks/<code>/")),
            Setting("strangers", _("Devices that are not registered"), SettingType.CHOICE, initial="list", choices=(
                ("list", _("are listed, and open no tickets")), ("judge", _("are judged like the others")))),
            Setting("keep_days", _("Keep measured values for … days"), SettingType.NUMBER, initial=90),
            Setting("raw_hours", _("Keep raw messages for … hours"), SettingType.NUMBER, initial=24),
        ),
        guide=_("Register the device and give it the key that its page shows once. It signs each call with it."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """Signed by the device named in it (or a gateway), not long ago."""
        if len(hook.body) > LARGEST:
            raise Rejected("too_large")
        device, number = hook.headers.get("x-device", ""), hook.headers.get("x-key", "1")
        if hook.method != "POST" or not _DEVICE.fullmatch(device) or not re.fullmatch(r"[0-9]{1,6}", number):
            raise Rejected("malformed")
        signature = _checked(account, hook, device, int(number))
        if not hook.body:
            return Checked(answer=Answer(b"here"))
        words = json.dumps({"device": device, "signed": int(number), "said": _json(hook.body)}, ensure_ascii=False)
        return Checked(words.encode(), f"{device}:{signature[:48]}")

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """The parts of one call."""
        kept = given.read(body)
        device, signed, said = given.text(kept.get("device")), kept.get("signed"), kept.get("said")
        if not device or not isinstance(signed, int) or isinstance(signed, bool) or not isinstance(said, dict):
            raise ValueError("not a call that was kept here")
        return Heard(readings=tuple(_readings(device, signed, said, received_at)))

    def send(self, account: Account, out: Outgoing) -> str:
        """Such a device is not called by us."""
        raise ChannelError("sends_nothing", "", permanent=True)

    def probe(self, account: Account, to: str) -> str:
        """Calls our own address from here, signed as the device `to`: whether devices can reach us."""
        address = str(account.settings.get("address") or "")
        if not address:
            raise ChannelError("no_address", "", permanent=True)
        device, stamp = to or "probe", str(round(time.time()))
        headers = {
            "X-Device": device, "X-Timestamp": stamp, "X-Key": "1",
            "X-Signature": sign(device_key(account.secrets.get("key", ""), device, 1), device, 1, stamp, b""),
        }  # fmt: skip
        return web.ask("POST", address, content=b"", headers=headers).text[:80]


def device_key(channel_key: str, device: str, number: int) -> str:
    """A device's own key: what its page shows, and what signs its calls."""
    return hmac.new(channel_key.encode(), f"{device}.{number}".encode(), hashlib.sha256).hexdigest()


def sign(key: str, device: str, number: int, stamp: str, body: bytes) -> str:
    """The signature of one call, as the header has it."""
    words = f"{stamp}.{device}.{number}.".encode() + body
    return "v1=" + hmac.new(key.encode(), words, hashlib.sha256).hexdigest()


def _checked(account: Account, hook: Hook, device: str, number: int) -> str:
    """The signature, when it is right; Rejected for a wrong or an old one."""
    key, stamp = account.secrets.get("key", ""), hook.headers.get("x-timestamp", "")
    if not key or (number == 0 and not account.settings.get("gateway")):
        raise Rejected("bad_signature")
    own = device_key(key, device, number) if number else key
    shown, right = hook.headers.get("x-signature", ""), sign(own, device, number, stamp, hook.body)
    if not hmac.compare_digest(shown.encode(), right.encode()):
        raise Rejected("bad_signature")
    if not re.fullmatch(r"[0-9]{1,12}", stamp) or abs(hook.received_at.timestamp() - int(stamp)) > TOLERANCE_S:
        raise Rejected("stale")
    return right.removeprefix("v1=")


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        return given.read(body)
    except (ValueError, RecursionError) as error:
        raise Rejected("malformed") from error


def _readings(device: str, signed: int, said: Mapping[str, Any], came: datetime) -> Iterator[Reading]:
    for name, kind in _PARTS:
        if name in said:
            payload = said[name] if isinstance(said[name], str) else json.dumps(said[name])
            yield from device_said.readings(kind, device, payload, _utc(came), signed=signed)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
