"""How is the long connection of 飞书 held?

One asks for an address, opens a web socket there and answers each frame of an event once it is stored. Frames are
Protocol Buffers, made by the provider's library: the extra `feishu`, which takes seconds to load and is loaded here
alone. Its client is not used: it cannot be stopped, and shares one loop with every other account.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import structlog
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from yingnuo.channels.adapters import feishu_words, given, web
from yingnuo.channels.contract import Account, ChannelError, Keep
from yingnuo.kit import instants

_log = structlog.get_logger(__name__)
_LOOK_S = 1.0
_LARGEST = 4 * 1024 * 1024
_PING_S = 120
_MOST_PARTS, _MOST_OPEN = 64, 200
_CONTROL, _DATA = 0, 1


def hold(account: Account, base: str, keep: Keep, stop: threading.Event) -> None:
    """Until `stop` is set. Raises ChannelError when it breaks, or the extra is not installed."""
    frames, odd = _library()
    address, every = _address(account, base)
    service = int((parse_qs(urlsplit(address).query).get("service_id") or ["0"])[0])
    try:
        with connect(address, open_timeout=web.TIMEOUT_S, max_size=_LARGEST, proxy=None) as socket:
            keep([])
            _Held(socket, frames, odd, service, every, keep).read(stop)
    except (WebSocketException, OSError) as error:
        raise ChannelError("broken", type(error).__name__, permanent=False) from error


def _library() -> tuple[Any, type[Exception]]:
    """The class of frames, and the error it raises for what is none."""
    try:
        from lark_oapi.ws.pb.google.protobuf.message import DecodeError  # noqa: PLC0415  # as the next
        from lark_oapi.ws.pb.pbbp2_pb2 import Frame  # noqa: PLC0415  # takes seconds, and need not be there
    except ImportError as error:
        message = "pip install 'yingnuo[feishu]'"
        raise ChannelError("extra_missing", message, permanent=True) from error
    return Frame, DecodeError


def _address(account: Account, base: str) -> tuple[str, int]:
    """Where to connect, and after how many seconds to say that we are still there."""
    asked = {"AppID": account.settings.get("app_id", ""), "AppSecret": account.secrets.get("app_secret", "")}
    said = web.json_of(web.ask("POST", f"{base}/callback/ws/endpoint", json=asked, headers={"locale": "zh"}))
    data = given.obj(said.get("data"))
    address = given.text(data.get("URL"))
    scheme = urlsplit(address).scheme
    if said.get("code") != 0 or not (scheme == "wss" or (scheme == "ws" and base.startswith("http://"))):
        raise ChannelError("no_ticket", f"{said.get('code')} {given.text(said.get('msg'))}"[:120], permanent=False)
    every = given.obj(data.get("ClientConfig")).get("PingInterval")
    return address, every if isinstance(every, int) and every > 0 else _PING_S


class _Held:
    """One connection that stands."""

    def __init__(
        self, socket: Connection, frames: Any, odd: type[Exception], service: int, every: int, keep: Keep
    ) -> None:  # fmt: skip
        self.socket, self.frames, self.odd, self.service, self.every = socket, frames, odd, service, every
        self.keep = keep
        self.parts: dict[str, list[bytes]] = {}

    def read(self, stop: threading.Event) -> None:
        """Takes frames until told to stop."""
        ping_at = instants.now()
        while not stop.is_set():
            if instants.now() >= ping_at:
                self.socket.send(self._ping())
                ping_at = instants.now() + timedelta(seconds=self.every)
            try:
                given_frame = self.socket.recv(timeout=_LOOK_S)
            except TimeoutError:
                continue
            if isinstance(given_frame, bytes):
                self._take(given_frame)

    def _ping(self) -> bytes:
        frame = self.frames(service=self.service, method=_CONTROL, SeqID=0, LogID=0)
        frame.headers.add(key="type", value="ping")
        return bytes(frame.SerializeToString())

    def _take(self, told: bytes) -> None:
        frame = self.frames()
        try:
            frame.ParseFromString(told)
        except self.odd as error:  # it is not confirmed, so the provider sends it again
            _log.warning("feishu.no_frame", size=len(told), problem=str(error)[:120])
            return
        headers = {header.key: header.value for header in frame.headers}
        if frame.method != _DATA or headers.get("type") != "event":
            return
        body = self._whole(headers, bytes(frame.payload))
        if body is None:
            return
        self.keep([(_key(body), body)])
        frame.payload = json.dumps({"code": 200}).encode()
        self.socket.send(frame.SerializeToString())

    def _whole(self, headers: Mapping[str, str], part: bytes) -> bytes | None:
        """The body when all its parts are there."""
        number, count, place = headers.get("message_id", ""), _number(headers, "sum"), _number(headers, "seq")
        if count <= 1:
            return part
        if not (count <= _MOST_PARTS and 0 <= place < count):
            return None
        if len(self.parts) > _MOST_OPEN:
            self.parts.clear()  # what is left open comes again
        found = self.parts.setdefault(number, [b""] * count)
        if place < len(found):
            found[place] = part
        return b"".join(self.parts.pop(number)) if all(found) else None


def _number(headers: Mapping[str, str], name: str) -> int:
    told = headers.get(name, "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 6 else 0


def _key(body: bytes) -> str:
    try:
        return feishu_words.key_of(given.read(body))
    except ValueError:
        return ""
