"""How does FreeSWITCH speak (event socket)?

One connection is held: authenticate, subscribe to JSON events, ask now and then whether the line stands. Right after
that the channels and queue members are asked for, as with Asterisk, so that what happened while nobody listened shows.
Source: developer.signalwire.com/freeswitch, event socket, mod_callcenter
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import esl_events, phones, wire
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

_PORT = 8021
_SUBSCRIBED = (
    "event json CHANNEL_CREATE CHANNEL_ANSWER CHANNEL_HANGUP_COMPLETE CHANNEL_HOLD CHANNEL_UNHOLD RECORD_STOP "
    "BACKGROUND_JOB CUSTOM callcenter::info"
)


class FreeSwitch:
    """The adapter."""

    profile: ClassVar[Profile] = Profile(
        kind="freeswitch", name="FreeSWITCH", group="phone", via="phone", hook=False, sends=False,
        settings=(
            Setting("host", _("Host"), required=True),
            Setting("port", _("Port"), SettingType.NUMBER, initial=_PORT),
            Setting("secret", _("Password of the event socket"), SettingType.SECRET, required=True),
            Setting("trunks", _("Contexts of incoming calls"), initial="public"),
            Setting("queues", _("Queues"), help=_("With commas: service@default, complaints@default.")),
            Setting("extension_string", _("How an extension is rung"), initial="user/{extension}"),
            Setting("gateway", _("Gateway for outside calls"), help=_("Empty: the dialplan decides.")),
            Setting("context", _("Context of our extensions"), initial="default"),
            *phones.DIALLING, *phones.RECORDINGS,
        ),
        guide=_("Open the event socket in event_socket.conf.xml to our address only, and load mod_callcenter."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """Nobody calls our door: the connection is ours."""
        raise Rejected("off")

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """Every event of the body, translated on its own."""
        found = [esl_events.of(event, at, account) for at, event in wire.events_of(body, received_at)]
        return Heard(calls=tuple(event for events in found for event in events))

    def send(self, account: Account, out: Outgoing) -> str:
        """A telephone takes no written words."""
        raise ChannelError("sends_nothing", "", permanent=True)

    def probe(self, account: Account, to: str) -> str:
        """Its version."""
        with _opened(account) as line:
            return _api(line, "version").splitlines()[0][:120]

    def listen(self, account: Account, keep: Keep, stop: threading.Event) -> None:
        """Events as they come; the roll call first."""
        with _opened(account) as line:
            _command(line, _SUBSCRIBED)
            line.say("".join(f"bgapi {command}\n\n" for command in _roll_call(account)))

            def read(timeout_s: float) -> Mapping[str, Any] | None:
                frame = _frame(line, timeout_s)
                return None if frame is None else _heard(*frame)

            wire.listen(read, lambda: line.say("api status\n\n"), keep, stop)

    def dial(self, account: Account, *, extension: str, number: str, token: str) -> None:
        """Originate under our token: our extension rings, then the dialplan or the gateway calls out."""
        outside = phones.outside(account, number)
        pattern = str(account.settings.get("extension_string") or "user/{extension}")
        ours = pattern.replace("{extension}", phones.safe_extension(extension))
        gateway = str(account.settings.get("gateway") or "")
        context = str(account.settings.get("context") or "default")
        onward = f"&bridge(sofia/gateway/{gateway}/{outside})" if gateway else f"{outside} XML {context}"
        own = f"{{origination_uuid={token},originate_timeout=30,yingnuo_called={outside}}}"
        with _opened(account) as line:
            _command(line, f"bgapi originate {own}{ours} {onward}")

    def recording(self, account: Account, ref: str) -> File:
        """From the folder in the settings."""
        return phones.recording(account, ref)


def _roll_call(account: Account) -> list[str]:
    """The questions whose answers (as background jobs) say which calls live and who is there."""
    queues = [q.strip() for q in str(account.settings.get("queues") or "").split(",") if q.strip()]
    listing = [f"callcenter_config queue list members {phones.safe_extension(q)}" for q in queues]
    return ["show channels as json", *listing, "callcenter_config agent list"]


def _heard(head: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
    """What of a frame is kept: {} for what is of no interest."""
    if head.get("Content-Type") == "text/disconnect-notice":
        raise ChannelError("broken", "closed by the other side", permanent=False)
    if head.get("Content-Type") != "text/event-json":
        return {}
    try:
        event = json.loads(body)
    except ValueError:
        return {}
    return event if isinstance(event, dict) and esl_events.tells(event) else {}


class _opened:  # noqa: N801  # used as a function
    """A connection that is let in. Raises ChannelError."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __enter__(self) -> Wire:
        s = self._account.settings
        self._line = Wire(str(s.get("host", "")), wire.port_of(s.get("port"), _PORT))
        try:
            head = self._line.block(wire.CONNECT_S) or {}
            if head.get("Content-Type") != "auth/request":
                raise ChannelError("not_freeswitch", head.get("Content-Type", "")[:60], permanent=True)
            secret = self._account.secrets.get("secret", "").replace("\n", "")
            _command(self._line, f"auth {secret}", problem="auth")
            return self._line
        except BaseException:
            self._line.__exit__()
            raise

    def __exit__(self, *_error: object) -> None:
        self._line.__exit__()


def _frame(line: Wire, timeout_s: float) -> tuple[Mapping[str, str], bytes] | None:
    head = line.block(timeout_s)
    if head is None:
        return None
    size = wire.number(head.get("Content-Length", "0"))
    return head, line.exactly(size) if size > 0 else b""


def _command(line: Wire, text: str, *, problem: str = "refused") -> None:
    line.say(f"{text}\n\n")
    head = _answer(line, "command/reply")[0]
    if not head.get("Reply-Text", "").startswith("+OK"):
        raise ChannelError(problem, head.get("Reply-Text", "")[:120], permanent=True)


def _api(line: Wire, command: str) -> str:
    line.say(f"api {command}\n\n")
    return _answer(line, "api/response")[1].decode("utf-8", "replace")


def _answer(line: Wire, kind: str) -> tuple[Mapping[str, str], bytes]:
    for _turn in range(500):
        frame = _frame(line, wire.CONNECT_S)
        if frame is None:
            break
        if frame[0].get("Content-Type") == kind:
            return frame
    raise ChannelError("silent", kind, permanent=False)
