"""How does Asterisk speak (AMI, version 13 and later)?

One connection is held: log in, listen, ask now and then whether the line stands. Right after the login the channels
and queues are asked for: calls that came while nobody listened are heard of then, and those that ended meanwhile are
missing (`roll call`). The client is our own: a library that reconnects by itself would hide that something was missed.
Source: docs.asterisk.org, AMI events and actions
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import ami_events, phones, wire
from yingnuo.channels.adapters.wire import Wire
from yingnuo.channels.contract import (
    Account,
    ChannelError,
    Checked,
    File,
    Heard,
    Hook,
    Keep,
    Outgoing,
    Profile,
    Rejected,
    Setting,
    SettingType,
)  # fmt: skip

_PORT = 5038
_MASK = "call,agent,dialplan"  # dialplan: the name of a recording comes as a variable


class Asterisk:
    """The adapter."""

    profile: ClassVar[Profile] = Profile(
        kind="asterisk", name="Asterisk", group="phone", via="phone", hook=False, sends=False,
        settings=(
            Setting("host", _("Host"), required=True),
            Setting("port", _("Port"), SettingType.NUMBER, initial=_PORT),
            Setting("tls", _("By TLS"), SettingType.SWITCH),
            Setting("user", _("Name of the manager account"), required=True),
            Setting("secret", _("Its secret"), SettingType.SECRET, required=True),
            Setting("trunks", _("Contexts of incoming calls"), initial="from-trunk,from-pstn,from-external"),
            Setting("internals", _("Contexts of our extensions"), initial="from-internal",
                    help=_("The first one is used to place calls.")),
            Setting("technology", _("Technology of our extensions"), initial="PJSIP", help=_("PJSIP, SIP, IAX2 …")),
            *phones.DIALLING, *phones.RECORDINGS,
        ),
        guide=_("Make an account in manager.conf with read = call,agent,dialplan,reporting,system and "
                "write = call,originate,reporting, allowed from our address only."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """Nobody calls our door: the connection is ours."""
        raise Rejected("off")

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """Every event of the body, translated on its own."""
        words = ami_events.Words.of(account)
        found = [ami_events.of(event, at, words) for at, event in wire.events_of(body, received_at)]
        return Heard(calls=tuple(event for events in found for event in events))

    def send(self, account: Account, out: Outgoing) -> str:
        """A telephone takes no written words."""
        raise ChannelError("sends_nothing", "", permanent=True)

    def probe(self, account: Account, to: str) -> str:
        """What it calls itself."""
        with _opened(account, events="off") as (_line, banner):
            return banner

    def listen(self, account: Account, keep: Keep, stop: threading.Event) -> None:
        """Events as they come; the roll call first."""
        with _opened(account, events=_MASK) as (line, _banner):
            for action in ("CoreShowChannels", "QueueStatus"):
                line.say(_action(action))
            roll = _Roll()

            def read(timeout_s: float) -> Mapping[str, Any] | None:
                block = line.block(timeout_s)
                return None if block is None else roll.heard(block)

            wire.listen(read, lambda: line.say(_action("Ping")), keep, stop)

    def dial(self, account: Account, *, extension: str, number: str, token: str) -> None:
        """Originate: our extension rings, then the dialplan calls out; the call is known by our token."""
        technology = str(account.settings.get("technology") or "PJSIP")
        context = ami_events.listed(account.settings.get("internals") or "from-internal")[0]
        outside = phones.outside(account, number)
        device = f"{technology}/{phones.safe_extension(extension)}"
        asked = {
            "Channel": device, "Context": context, "Exten": outside, "Priority": "1", "Timeout": "30000",
            "CallerID": outside, "ChannelId": token, "Async": "true",
        }  # fmt: skip
        with _opened(account, events="off") as (line, _banner):
            answer = _asked(line, "Originate", asked)
        if answer.get("Response") != "Success":
            raise ChannelError("dial_refused", answer.get("Message", "")[:120], permanent=True)

    def recording(self, account: Account, ref: str) -> File:
        """From the folder in the settings."""
        return phones.recording(account, ref)


class _Roll:
    """Gathers which channels live; its end is an event of our own."""

    def __init__(self) -> None:
        self._alive: list[str] = []

    def heard(self, block: Mapping[str, str]) -> Mapping[str, Any]:
        """What of a block is kept: {} for what is of no interest."""
        name = block.get("Event", "")
        if name == "CoreShowChannel":
            self._alive.append(block.get("Linkedid") or block.get("Uniqueid", ""))
        if name == "CoreShowChannelsComplete":
            return {"Event": ami_events.ROLL, "Alive": sorted(set(self._alive) - {""})}
        return block if name in ami_events.WANTED and ami_events.tells(block) else {}


class _opened:  # noqa: N801  # used as a function
    """A connection that is logged in: (line, banner). Raises ChannelError."""

    def __init__(self, account: Account, *, events: str) -> None:
        self._account, self._events = account, events

    def __enter__(self) -> tuple[Wire, str]:
        s = self._account.settings
        self._line = Wire(str(s.get("host", "")), wire.port_of(s.get("port"), _PORT), tls=bool(s.get("tls")))
        try:
            return self._line, self._signed_in(str(s.get("user", "")))
        except BaseException:
            self._line.__exit__()
            raise

    def __exit__(self, *_error: object) -> None:
        self._line.__exit__()

    def _signed_in(self, user: str) -> str:
        banner = self._line.line()
        if not banner.startswith("Asterisk"):
            raise ChannelError("not_asterisk", banner[:60], permanent=True)
        secret = self._account.secrets.get("secret", "")
        answer = _asked(self._line, "Login", {"Username": user, "Secret": secret, "Events": self._events})
        if answer.get("Response") != "Success":
            raise ChannelError("auth", answer.get("Message", "")[:120], permanent=True)
        return banner


def _action(name: str, given: Mapping[str, str] | None = None, mark: str = "") -> str:
    lines = {"Action": name, "ActionID": mark or secrets.token_hex(6), **(given or {})}
    clean = {key: value.replace("\r", "").replace("\n", "") for key, value in lines.items()}
    return "".join(f"{key}: {value}\r\n" for key, value in clean.items()) + "\r\n"


def _asked(line: Wire, name: str, given: Mapping[str, str]) -> Mapping[str, str]:
    """An action and its own answer; events in between are passed over."""
    mark = secrets.token_hex(6)
    line.say(_action(name, given, mark))
    for _turn in range(500):
        block = line.block(wire.CONNECT_S)
        if block is None:
            break
        if block.get("Response") and block.get("ActionID", mark) == mark:
            return block
    raise ChannelError("silent", name, permanent=False)
