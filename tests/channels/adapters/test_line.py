"""Does LINE's adapter keep the contract?"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.channels.adapters.suite import (
    NOW,
    AbroadContract,
    CalledContract,
    Case,
    FilesContract,
    Payload,
    TalkingContract,
)
from tests.channels.provider import Asked, Provider, Says
from yingnuo.channels.adapters.line import Line
from yingnuo.channels.contract import Account, ChannelError, File, Hook, Media, Outgoing

_MS = (int(NOW.timestamp()) - 5) * 1000
_CHEN = "U4af4980629bd45dd9e85a5b3d4e1c2f0"
_PUSH, _REPLY = "/v2/bot/message/push", "/v2/bot/message/reply"


def _event(number: int, *, redelivered: bool = False, source: str = "user", **more: Any) -> dict[str, Any]:
    base = {
        "type": "message", "mode": "active", "timestamp": _MS, "webhookEventId": f"01FZ74A0TDDPYRVKNK77XK{number:04d}",
        "deliveryContext": {"isRedelivery": redelivered}, "source": {"type": source, "userId": _CHEN},
        "replyToken": f"token-{number}",
    }  # fmt: skip
    return {**base, **more}


def _body(*events: dict[str, Any]) -> bytes:
    return json.dumps({"destination": "U8e7", "events": list(events)}, ensure_ascii=False).encode()


def _said(number: int, kind: str, **part: Any) -> bytes:
    return _body(_event(number, message={"id": f"50{number}", "type": kind, **part}))


class LineCase(Case):
    """An official account with one customer."""

    kind = "line"
    peer = _CHEN

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {"api": provider.url, "data_api": provider.url}

    def secrets(self) -> dict[str, str]:
        return {"token": "made-up-long-lived-token", "channel_secret": "made-up-channel-secret"}

    def payloads(self) -> Sequence[Payload]:
        place = {"title": "Laundry", "address": "1 Quay Road", "latitude": 35.6, "longitude": 139.7}
        outside = {"type": "external", "originalContentUrl": "https://pictures.example/1.jpg"}
        group = _event(7, source="group", message={"id": "507", "type": "text", "text": "Hello all"})
        return (
            Payload("text", _said(1, "text", text="洗衣機一直報 E3。"), words=("洗衣機一直報 E3。",)),
            Payload("image", _said(2, "image", contentProvider={"type": "line"}), words=("",), media=1),
            Payload("file", _said(3, "file", fileName="invoice.pdf", fileSize=20), words=("",), media=1),
            Payload("sticker", _said(4, "sticker", packageId="1", keywords=["thanks"]), words=("[sticker] thanks",)),
            Payload("place", _said(5, "location", **place), words=("Laundry, 1 Quay Road, 35.6, 139.7",)),
            Payload("outside", _said(6, "image", contentProvider=outside), words=("https://pictures.example/1.jpg",)),
            Payload("group", _body(group)),
            Payload("follow", _body(_event(8, type="follow"))),
            Payload("standby", _body(_event(9, mode="standby", message={"id": "509", "type": "text", "text": "x"}))),
        )

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        mark = base64.b64encode(hmac.new(account.secrets["channel_secret"].encode(), body, hashlib.sha256).digest())
        return Hook("POST", {}, {"x-line-signature": mark.decode()}, body, at)

    def forged(self, hook: Hook) -> Sequence[Hook]:
        return (replace(hook, body=hook.body + b" "), replace(hook, headers={}))

    def answers(self, provider: Provider) -> None:
        provider.on(_PUSH, {"sentMessages": [{"id": "461230966842064897", "quoteToken": "q"}]})
        provider.on(_REPLY, {"sentMessages": [{"id": "461230966842064898", "quoteToken": "q"}]})
        provider.on("/v2/bot/info", {"displayName": "Harbour Service"})
        provider.on("/v2/bot/message/quota", {"type": "limited", "value": 200})
        provider.on("/v2/bot/message/quota/consumption", {"totalUsage": 12})
        provider.on("/v2/bot/message/502/content", Says(b"\xff\xd8\xff", content_type="image/jpeg"))

    def sent(self, provider: Provider) -> Sequence[Asked]:
        """One for each message: LINE takes five in one request."""
        asked = [one for one in provider.asked if one.path in (_PUSH, _REPLY)]
        return [
            replace(one, body=json.dumps({**one.json, "messages": [m]}).encode())
            for one in asked for m in one.json["messages"]
        ]  # fmt: skip

    def text_of(self, asked: Asked) -> str:
        return str(asked.json["messages"][0]["text"])

    def media(self) -> Media | None:
        return Media("502", "", "image/jpeg")


class TestLine(AbroadContract, CalledContract, TalkingContract, FilesContract):
    """The contract, and what is LINE's own."""

    case = LineCase()

    def test_an_empty_call_is_a_test_of_the_console(self, account: Account) -> None:
        assert Line().verify(account, self.case.hook(_body(), account, NOW)).body == b""

    def test_an_answer_within_the_minute_uses_the_reply_token_once(self, account: Account, provider: Provider) -> None:
        Line().understand(account, _said(1, "text", text="E3"), NOW)
        with time_machine.travel(NOW + timedelta(seconds=20), tick=False):
            for key in ("a", "b"):
                Line().send(account, Outgoing(key, _CHEN, "", "One moment."))
        assert [one.path for one in provider.asked] == [_REPLY, _PUSH]
        assert provider.asked[0].json["replyToken"] == "token-1"

    def test_a_later_answer_is_pushed(self, account: Account, provider: Provider) -> None:
        Line().understand(account, _said(1, "text", text="E3"), NOW)
        with time_machine.travel(NOW + timedelta(seconds=61), tick=False):
            Line().send(account, Outgoing("a", _CHEN, "", "One moment."))
        assert [one.path for one in provider.asked] == [_PUSH]

    def test_a_token_that_line_refuses_is_followed_by_a_push(self, account: Account, provider: Provider) -> None:
        provider.on(_REPLY, Says({"message": "Invalid reply token"}, 400))
        Line().understand(account, _said(1, "text", text="E3"), NOW)
        with time_machine.travel(NOW, tick=False):
            assert Line().send(account, Outgoing("a", _CHEN, "", "One moment.")) == "461230966842064897"
        assert [one.path for one in provider.asked] == [_REPLY, _PUSH]

    def test_a_push_bears_the_same_retry_key_on_every_attempt(self, account: Account, provider: Provider) -> None:
        for key in ("message-7", "message-7", "message-8"):
            Line().send(account, Outgoing(key, _CHEN, "", "One moment."))
        keys = [one.headers["x-line-retry-key"] for one in provider.asked]
        assert keys[0] == keys[1] != keys[2]

    def test_a_push_that_line_has_taken_already_is_sent(self, account: Account, provider: Provider) -> None:
        taken = {"message": "The retry key is already accepted", "sentMessages": [{"id": "77"}]}
        provider.on(_PUSH, Says(taken, 409, {"X-Line-Accepted-Request-Id": "r-1"}))
        assert Line().send(account, Outgoing("message-7", _CHEN, "", "One moment.")) == "77"

    def test_a_used_up_quota_waits_an_hour(self, account: Account, provider: Provider) -> None:
        provider.on(_PUSH, Says({"message": "You have reached your monthly limit."}, 429))
        with pytest.raises(ChannelError) as error:
            Line().send(account, Outgoing("message-7", _CHEN, "", "One moment."))
        assert (error.value.code, error.value.permanent, error.value.after_s) == ("quota_used_up", False, 3_600)

    def test_files_are_refused_before_anything_is_sent(self, account: Account, provider: Provider) -> None:
        with pytest.raises(ChannelError) as error:
            Line().send(account, Outgoing("k", _CHEN, "", "See", files=(File("a.png", "image/png", b"x"),)))
        assert (error.value.code, error.value.permanent, provider.asked) == ("files_not_possible", True, [])

    def test_a_file_that_line_still_prepares_is_fetched_later(self, account: Account, provider: Provider) -> None:
        provider.on("/v2/bot/message/502/content", Says(b"", 202))
        with pytest.raises(ChannelError) as error:
            Line().fetch(account, Media("502"))
        assert (error.value.code, error.value.permanent) == ("not_ready", False)
