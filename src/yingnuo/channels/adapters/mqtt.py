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
import secrets
import select
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
_KEEPALIVE_S = 60
_BUFFER = 256 * 1024
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
        with _connected(account, lasting=False) as line:
            told = line.client.publish(f"{_prefix(account)}{device}/command", words, qos=1)
            line.wait(told.is_published, "not_published")

    def probe(self, account: Account, to: str) -> str:
        """Signs in and asks the broker what it is."""
        with _connected(account, lasting=False) as line:
            line.client.subscribe("$SYS/broker/version", qos=0)
            found = line.take(wait_s=1.0, gather_s=0.0)
        return found[0].payload.decode("utf-8", "replace")[:80] if found else str(account.settings.get("host"))

    def listen(self, account: Account, keep: Keep, stop: threading.Event) -> None:
        """Until `stop`; messages are acknowledged when they are kept."""
        with _connected(account, lasting=True) as line:
            line.subscribe(f"{_prefix(account)}+/+")
            keep([])
            while not stop.is_set():
                found = line.take(wait_s=0.5, gather_s=GATHER_S)
                if found:
                    keep([("", _body(found))])
                    for message in found:
                        line.client.ack(message.mid, message.qos)


class _Client(paho.Client):
    """The library's client asks the kernel for each field of each packet; here it is given them from a buffer."""

    held = b""
    place = 0

    def _sock_recv(self, bufsize: int) -> bytes:
        if self.place >= len(self.held):
            self.held, self.place = super()._sock_recv(_BUFFER), 0
        part = self.held[self.place : self.place + bufsize]
        self.place += len(part)
        return part

    @property
    def holds(self) -> bool:
        """Whether something was received and not read yet."""
        sock = self.socket()
        return self.place < len(self.held) or (isinstance(sock, ssl.SSLSocket) and sock.pending() > 0)


class _Line:
    """One connection, served by the thread that uses it."""

    def __init__(self, client: _Client) -> None:
        self.client = client
        self.connected = self.subscribed = False
        self._refused = ""
        self._waiting: list[paho.MQTTMessage] = []
        client.on_connect, client.on_subscribe = self._on_connect, self._on_subscribe
        client.on_message = lambda _client, _data, message: self._waiting.append(message)

    def subscribe(self, topic: str) -> None:
        """Asks for a topic; ChannelError where that is not allowed."""
        self.client.subscribe(topic, qos=1)
        self.wait(lambda: self.subscribed, "not_subscribed")

    def wait(self, true: Callable[[], bool], code: str) -> None:
        """Serves the connection until it is so; ChannelError(code) when it does not come true."""
        deadline = time.monotonic() + _WAIT_S
        while not true():
            if self._refused or time.monotonic() > deadline:
                raise ChannelError("refused" if self._refused else code, self._refused, permanent=False)
            self._serve(0.2)

    def take(self, *, wait_s: float, gather_s: float) -> list[paho.MQTTMessage]:
        """Waits for a first message, then gathers others for a moment; empty when none came."""
        self._serve_until(time.monotonic() + wait_s, enough=1)
        if self._waiting and gather_s:
            self._serve_until(time.monotonic() + gather_s, enough=MOST)
        found, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        return found

    def _serve_until(self, deadline: float, *, enough: int) -> None:
        while len(self._waiting) < enough and (left := deadline - time.monotonic()) > 0:
            self._serve(left)

    def _serve(self, wait_s: float) -> None:
        """Reads what there is, waiting for it a little; ChannelError when the connection has ended."""
        client, sock = self.client, self.client.socket()
        if sock is None:
            raise ChannelError("disconnected", self._refused, permanent=False)
        if not client.holds:
            wanting = [sock] if client.want_write() else []
            _read, able, _odd = select.select([sock], wanting, [], min(wait_s, 1.0))
            if able:
                client.loop_write()
        client.loop_read()
        while client.holds and client.socket() is not None and len(self._waiting) < MOST:
            client.loop_read()
        client.loop_misc()

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: ReasonCode, _more: Any) -> None:
        self.connected, self._refused = not reason.is_failure, str(reason) if reason.is_failure else ""

    def _on_subscribe(self, _client: Any, _data: Any, _mid: int, reasons: list[ReasonCode], _more: Any) -> None:
        self._refused = ", ".join(str(reason) for reason in reasons if reason.is_failure)
        self.subscribed = not self._refused


@contextmanager
def _connected(account: Account, *, lasting: bool) -> Iterator[_Line]:
    """A connection that the broker has accepted. `lasting`: with the channel's own name and its session."""
    client = _client(account, lasting=lasting)
    line = _Line(client)
    try:
        host, port = str(account.settings.get("host", "")), int(account.settings.get("port") or 8883)
        client.connect(host, port, _KEEPALIVE_S, **_session(client, lasting=lasting))
        line.wait(lambda: line.connected, "no_answer")
        yield line
    except (OSError, ValueError) as error:
        raise ChannelError("unreachable", type(error).__name__, permanent=False) from error
    finally:
        client.disconnect()


def _client(account: Account, *, lasting: bool) -> _Client:
    given, five = account.settings, str(account.settings.get("version", "5")) == "5"
    name = str(given.get("client_id") or f"yingnuo-{account.code}")
    client = _Client(
        CallbackAPIVersion.VERSION2, client_id=name if lasting else f"{name}-{secrets.token_hex(4)}",
        clean_session=None if five else not lasting, protocol=paho.MQTTv5 if five else paho.MQTTv311,
        manual_ack=lasting, reconnect_on_failure=False,
    )  # fmt: skip
    client.connect_timeout = _WAIT_S
    if given.get("user"):
        client.username_pw_set(str(given["user"]), account.secrets.get("password", ""))
    if given.get("security", "tls") == "tls":
        client.tls_set_context(ssl.create_default_context(cadata=str(given.get("ca") or "").strip() or None))
    return client


def _session(client: paho.Client, *, lasting: bool) -> dict[str, Any]:
    if client.protocol != paho.MQTTv5:
        return {}
    asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    asked.ReceiveMaximum = _UNACKNOWLEDGED
    asked.SessionExpiryInterval = _REMEMBERED_S if lasting else 0
    return {"clean_start": lasting is False, "properties": asked}


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
