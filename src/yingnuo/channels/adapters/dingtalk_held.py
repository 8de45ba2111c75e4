"""How is 钉钉's Stream connection held?

One asks the gateway for an address and a ticket, opens a web socket there and says for each message that it is stored.
The provider's own client is not used: it cannot be stopped, and asks without a time limit; tests hold our frames
against its.
Source: open.dingtalk.com/document/orgapp/stream, github.com/open-dingtalk/dingtalk-stream-sdk-python
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlsplit

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from yingnuo.channels.adapters import given, web
from yingnuo.channels.contract import Account, ChannelError, Keep

TOPIC = "/v1.0/im/bot/messages/get"
_LOOK_S = 1.0
_LARGEST = 2 * 1024 * 1024


def hold(account: Account, base: str, keep: Keep, stop: threading.Event) -> None:
    """Until `stop` is set or the gateway wants a new connection. Raises ChannelError when it breaks."""
    address = _address(account, base)
    try:
        with connect(address, open_timeout=web.TIMEOUT_S, max_size=_LARGEST, proxy=None) as socket:
            keep([])
            _read(socket, keep, stop)
    except (WebSocketException, OSError) as error:
        raise ChannelError("broken", type(error).__name__, permanent=False) from error


def _address(account: Account, base: str) -> str:
    asked = {
        "clientId": account.settings.get("client_id", ""), "clientSecret": account.secrets.get("client_secret", ""),
        "subscriptions": [{"type": "CALLBACK", "topic": TOPIC}], "ua": "yingnuo",
    }  # fmt: skip
    said = web.json_of(web.ask("POST", f"{base}/v1.0/gateway/connections/open", json=asked))
    endpoint, ticket = given.text(said.get("endpoint")), given.text(said.get("ticket"))
    parts = urlsplit(endpoint)
    plain = parts.scheme == "ws" and base.startswith("http://")
    if not ticket or not (parts.scheme == "wss" or plain):
        raise ChannelError("no_ticket", "", permanent=False)
    return f"{endpoint}?ticket={quote_plus(ticket)}"


def _read(socket: Connection, keep: Keep, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            frame = given.read(_bytes(socket.recv(timeout=_LOOK_S)))
        except TimeoutError:
            continue
        except ValueError:  # no frame: nothing to confirm, it comes again
            continue
        if _topic(frame) == "disconnect":
            return
        answer = _taken(frame, keep)
        if answer is not None:
            socket.send(json.dumps(answer))


def _bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


def _topic(frame: Mapping[str, Any]) -> str:
    return given.text(given.obj(frame.get("headers")).get("topic"))


def _taken(frame: Mapping[str, Any], keep: Keep) -> Mapping[str, Any] | None:
    """Keeps what is to be kept; the confirmation, None where none is wanted."""
    kind, topic = given.text(frame.get("type")), _topic(frame)
    data = given.text(frame.get("data"))
    if kind == "SYSTEM" and topic == "ping":
        return _confirmation(frame, data)
    if kind == "CALLBACK" and topic == TOPIC:
        body = data.encode()
        keep([(_key(body), body)])
        return _confirmation(frame, json.dumps({"response": {}}))
    return _confirmation(frame, "") if kind in ("CALLBACK", "EVENT") else None


def _key(body: bytes) -> str:
    try:
        number = given.text(given.read(body).get("msgId"))
    except ValueError:
        return ""
    return f"msg:{number}" if number else ""


def _confirmation(frame: Mapping[str, Any], data: str) -> Mapping[str, Any]:
    number = given.text(given.obj(frame.get("headers")).get("messageId"))
    headers = {"messageId": number, "contentType": "application/json"}
    return {"code": 200, "headers": headers, "message": "OK", "data": data}
