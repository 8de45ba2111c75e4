"""How do devices speak to us over an MQTT broker?

    <prefix>/<device>/telemetry | event | status | answer      they to us (see `device_said`)
    <prefix>/<device>/command                                  we to them: {"id": …, "do": …, …}

One connection for a channel, held by one work process. Messages are gathered for a moment and kept together in one
body, a line of JSON each; the broker is told that we have them (QoS 1) only once they are on disk, and holds them for
us while nobody listens (a session that lasts). So a message may come twice, and none is lost. The topic says who
speaks: the broker's access rules must let each device write below its own name only.
Source: OASIS MQTT 5.0; 3.1.1 for old brokers, which then send no more than 20 messages before each storing.
"""

from __future__ import annotations

import base64
import json
import queue
import secrets
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from yingnuo.channels.adapters import device_said
from yingnuo.channels.contract import (
    Account,
    ChannelError,
    Checked,
    Heard,
    Hook,
    Keep,
    Outgoing,
    Profile,
    Rejected,
    Setting,
    SettingType,
)  # fmt: skip
from yingnuo.channels.happenings import Reading
from yingnuo.kit import instants

GATHER_S = 0.25  # how long messages are gathered into one body
MOST = 2_500  # messages of one body
LARGEST = 64 * 1024  # bytes of one message; a longer one is told as unreadable
_UNACKNOWLEDGED = 10_000  # messages that the broker may send before it hears that we have them
_REMEMBERED_S = 7 * 86_400  # how long the broker keeps messages for us while nobody listens
_WAIT_S = 10.0
_KEEPALIVE_S = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Mqtt:
    """The adapter."""

    profile: ClassVar[Profile] = Profile(
        kind="mqtt", name="MQTT", group="devices", via="iot", hook=False, sends=False,
        settings=(
            Setting("host", _("Broker"), required=True),
            Setting("port", _("Port"), SettingType.NUMBER, initial=8883),
            Setting("security", _("Protection"), SettingType.CHOICE, initial="tls", choices=(
                ("tls", "TLS"), ("none", _("none: only on the same machine")))),
            Setting("ca", _("Certificate of the broker's authority (PEM)"), SettingType.LONG,
                    help=_("Empty: the authorities that this machine trusts.")),
            Setting("user", _("User name")),
            Setting("password", _("Password"), SettingType.SECRET),
            Setting("prefix", _("Beginning of the topics"), required=True, initial="devices",
                    help=_("Devices write to devices/<device>/telemetry, event, status and answer.")),
            Setting("client_id", _("Our name at the broker"), help=_("Empty: yingnuo- and the channel's code.")),
            Setting("version", _("Version of MQTT"), SettingType.CHOICE, initial="5", choices=(
                ("5", "5"), ("3.1.1", "3.1.1"))),
            Setting("strangers", _("Devices that are not registered"), SettingType.CHOICE, initial="list", choices=(
                ("list", _("are listed, and open no tickets")), ("judge", _("are judged like the others")))),
            Setting("keep_days", _("Keep measured values for … days"), SettingType.NUMBER, initial=90),
            Setting("raw_hours", _("Keep raw messages for … hours"), SettingType.NUMBER, initial=24),
        ),
        guide=_("Give Yingnuo a user at the broker that may read devices/+/+ and write devices/+/command. Each device "
                "gets a user of its own that may write below its own name only."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """A broker calls nobody."""
        raise Rejected("off")

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """What the messages of one body say; ValueError when it is no such body, or nothing in it is ours."""
        try:
            return Heard(readings=tuple(_readings(_prefix(account), body)))
        except (KeyError, TypeError, OverflowError, RecursionError) as error:
            raise ValueError(f"not a body that was kept here: {error}") from error

    def send(self, account: Account, out: Outgoing) -> str:
        """Devices read no words of people."""
        raise ChannelError("sends_nothing", "", permanent=True)

    def command(self, account: Account, device: str, key: str, asked: Mapping[str, Any]) -> None:
        """Publishes a command; returns when the broker has it."""
        words = json.dumps({"id": key, **asked}, ensure_ascii=False).encode()
        with _connected(account, _Inbox(), lasting=False) as client:
            told = client.publish(f"{_prefix(account)}{device}/command", words, qos=1)
            try:
                told.wait_for_publish(_WAIT_S)
            except (ValueError, RuntimeError) as error:
                raise ChannelError("not_published", str(error), permanent=False) from error
            if not told.is_published():
                raise ChannelError("not_published", "no answer", permanent=False)

    def probe(self, account: Account, to: str) -> str:
        """Signs in and asks the broker what it is."""
        inbox = _Inbox()
        with _connected(account, inbox, lasting=False) as client:
            client.subscribe("$SYS/broker/version", qos=0)
            found = inbox.take(wait_s=1.0, gather_s=0.0)
        return found[0].payload.decode("utf-8", "replace")[:80] if found else str(account.settings.get("host"))

    def listen(self, account: Account, keep: Keep, stop: threading.Event) -> None:
        """Until `stop`; messages are acknowledged when they are kept."""
        inbox = _Inbox()
        with _connected(account, inbox, lasting=True) as client:
            _subscribe(client, f"{_prefix(account)}+/+", inbox)
            keep([])
            while not stop.is_set():
                found = inbox.take(wait_s=0.5, gather_s=GATHER_S)
                if found:
                    keep([("", _body(found))])
                    for message in found:
                        client.ack(message.mid, message.qos)
                if inbox.gone:
                    raise ChannelError("disconnected", inbox.gone, permanent=False)


class _Inbox:
    """What came over one connection and waits to be kept; `gone` says why it ended."""

    def __init__(self) -> None:
        self.gone = ""
        self.answered = threading.Event()
        self.refused = ""
        self._waiting: queue.SimpleQueue[paho.MQTTMessage] = queue.SimpleQueue()
        self.put = self._waiting.put

    def take(self, *, wait_s: float, gather_s: float) -> list[paho.MQTTMessage]:
        """Waits for a first message, then gathers others for a moment; empty when none came."""
        try:
            found = [self._waiting.get(timeout=wait_s)]
        except queue.Empty:
            return []
        if gather_s and self._waiting.qsize() < MOST:
            time.sleep(gather_s)
        while len(found) < MOST and not self._waiting.empty():
            found.append(self._waiting.get_nowait())
        return found


@contextmanager
def _connected(account: Account, inbox: _Inbox, *, lasting: bool) -> Iterator[paho.Client]:
    """A connection that the broker has accepted. `lasting`: with the channel's own name and its session."""
    client = _client(account, inbox, lasting=lasting)
    try:
        host, port = str(account.settings.get("host", "")), int(account.settings.get("port") or 8883)
        client.connect(host, port, _KEEPALIVE_S, **_session(client, lasting=lasting))
        client.loop_start()
        if not inbox.answered.wait(_WAIT_S):
            raise ChannelError("no_answer", "", permanent=False)
        if inbox.refused:
            raise ChannelError("refused", inbox.refused, permanent=False)
        yield client
    except (OSError, ValueError) as error:
        raise ChannelError("unreachable", type(error).__name__, permanent=False) from error
    finally:
        client.disconnect()
        client.loop_stop()


def _client(account: Account, inbox: _Inbox, *, lasting: bool) -> paho.Client:
    given, five = account.settings, str(account.settings.get("version", "5")) == "5"
    name = str(given.get("client_id") or f"yingnuo-{account.code}")
    client = paho.Client(
        CallbackAPIVersion.VERSION2, client_id=name if lasting else f"{name}-{secrets.token_hex(4)}",
        clean_session=None if five else not lasting, protocol=paho.MQTTv5 if five else paho.MQTTv311,
        manual_ack=lasting, reconnect_on_failure=False,
    )  # fmt: skip
    if given.get("user"):
        client.username_pw_set(str(given["user"]), account.secrets.get("password", ""))
    if given.get("security", "tls") == "tls":
        client.tls_set_context(ssl.create_default_context(cadata=str(given.get("ca") or "").strip() or None))
    _listen_to(client, inbox)
    return client


def _listen_to(client: paho.Client, inbox: _Inbox) -> None:
    def connected(_client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _more: object) -> None:
        inbox.refused = str(reason) if reason.is_failure else ""
        inbox.answered.set()

    def disconnected(_client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _more: object) -> None:
        inbox.gone = str(reason) or "closed"
        inbox.answered.set()

    def subscribed(_client: paho.Client, _data: object, _mid: int, reasons: list[ReasonCode], _more: object) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        inbox.refused = ", ".join(refused)
        inbox.answered.set()

    client.on_connect, client.on_disconnect, client.on_subscribe = connected, disconnected, subscribed
    client.on_message = lambda _client, _data, message: inbox.put(message)


def _session(client: paho.Client, *, lasting: bool) -> dict[str, Any]:
    if client.protocol != paho.MQTTv5:
        return {}
    asked = Properties(PacketTypes.CONNECT)
    asked.ReceiveMaximum = _UNACKNOWLEDGED
    asked.SessionExpiryInterval = _REMEMBERED_S if lasting else 0
    return {"clean_start": not lasting, "properties": asked}


def _subscribe(client: paho.Client, topic: str, inbox: _Inbox) -> None:
    inbox.answered.clear()
    client.subscribe(topic, qos=1)
    if not inbox.answered.wait(_WAIT_S) or inbox.refused or inbox.gone:
        raise ChannelError("not_subscribed", inbox.refused or inbox.gone, permanent=False)


def _prefix(account: Account) -> str:
    prefix = str(account.settings.get("prefix") or "").strip("/")
    return f"{prefix}/" if prefix else ""


def _body(found: Sequence[paho.MQTTMessage]) -> bytes:
    """The messages, a line each: topic, when it came, and what it says (or its bytes, where they are no text).

    Moments are microseconds and none comes twice, so that two values of one device never count as the same one.
    """
    now, lines, last = round(instants.now().timestamp() * 1e6), [], 0
    behind = time.monotonic()
    for message in found:
        last = max(last + 1, now - round((behind - message.timestamp) * 1e6))
        lines.append(_line(message, last))
    return b"\n".join(lines)


def _line(message: paho.MQTTMessage, came: int) -> bytes:
    kept = message.payload[:LARGEST]
    try:
        said: dict[str, Any] = {"t": message.topic, "at": came, "p": kept.decode()}
    except UnicodeDecodeError:
        said = {"t": message.topic, "at": came, "b": base64.b64encode(kept).decode()}
    return json.dumps(said).encode()


def _readings(base: str, body: bytes) -> Iterator[Reading]:
    for line in body.split(b"\n"):
        said = json.loads(line)
        if not isinstance(said, dict):
            raise TypeError("not a line that was kept here")
        topic, came = str(said["t"]), _moment(said["at"])
        device, slash, kind = topic.removeprefix(base).rpartition("/")
        if not topic.startswith(base) or not slash or not device or "/" in device or kind not in device_said.KINDS:
            continue
        if "p" in said:
            yield from device_said.readings(kind, device, str(said["p"]), came)
        else:
            yield Reading(device, came, unreadable=True)


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
