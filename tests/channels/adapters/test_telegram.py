"""Does Telegram's adapter keep the contract?"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.channels.adapters.suite import (
    NOW,
    AbroadContract,
    CalledContract,
    Case,
    FilesContract,
    Payload,
    TalkingContract,
)
from tests.channels.provider import Asked, Provider, Says, serving
from yingnuo.channels.adapters.telegram import Telegram
from yingnuo.channels.contract import Account, Hook, Media

_SECOND = int(NOW.timestamp()) - 5
_CHEN = {"id": 700100, "is_bot": False, "first_name": "Chen", "last_name": "Li", "language_code": "zh-hans"}
_PRIVATE = {"id": 700100, "first_name": "Chen", "last_name": "Li", "type": "private"}


def _update(number: int, **message: Any) -> bytes:
    base = {"message_id": number, "from": _CHEN, "chat": _PRIVATE, "date": _SECOND}
    return json.dumps({"update_id": 9000 + number, "message": {**base, **message}}, ensure_ascii=False).encode()


class TelegramCase(Case):
    """A bot with one customer."""

    kind = "telegram"
    peer = "700100"

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {"api": provider.url, "mode": "hook"}

    def secrets(self) -> dict[str, str]:
        return {"token": "123456:made-up-token", "hook_secret": "made_up_hook_secret"}

    def payloads(self) -> Sequence[Payload]:
        photo = [{"file_id": "small", "width": 90}, {"file_id": "large", "width": 1280}]
        member = {"chat": _PRIVATE, "from": _CHEN, "date": _SECOND, "new_chat_member": {"status": "kicked"}}
        group = {**_PRIVATE, "id": -100, "type": "supergroup", "title": "Laundry"}
        return (
            Payload("words", _update(1, text="洗衣机一直报 E3。"), words=("洗衣机一直报 E3。",)),
            Payload("photo", _update(2, photo=photo, caption="The panel"), words=("The panel",), media=1),
            Payload("voice", _update(3, voice={"file_id": "v", "mime_type": "audio/ogg"}), words=("",), media=1),
            Payload("place", _update(4, location={"latitude": 31.2, "longitude": 121.5}), words=("31.2, 121.5",)),
            Payload("group", _update(5, chat=group, text="Hello all")),
            Payload("left", json.dumps({"update_id": 9006, "my_chat_member": member}).encode()),
            Payload("edited", json.dumps({"update_id": 9007, "edited_message": {"text": "x"}}).encode()),
        )

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        secret = account.secrets["hook_secret"]
        return Hook("POST", {}, {"x-telegram-bot-api-secret-token": secret}, body, at)

    def forged(self, hook: Hook) -> Sequence[Hook]:
        wrong = {"x-telegram-bot-api-secret-token": "made_up_hook_secre"}
        return (replace(hook, headers={}), replace(hook, headers=wrong))

    def answers(self, provider: Provider) -> None:
        bot = f"/bot{self.secrets()['token']}"
        provider.on(f"{bot}/sendMessage", {"ok": True, "result": {"message_id": 55}})
        provider.on(f"{bot}/sendDocument", {"ok": True, "result": {"message_id": 56}})
        provider.on(f"{bot}/getMe", {"ok": True, "result": {"username": "yingnuo_test_bot"}})
        provider.on(f"{bot}/getFile", {"ok": True, "result": {"file_path": "photos/file_1.jpg"}})
        provider.on(f"/file{bot}/", Says(b"\xff\xd8\xff", content_type="image/jpeg"))

    def sent(self, provider: Provider) -> Sequence[Asked]:
        return [asked for asked in provider.asked if asked.path.endswith("/sendMessage")]

    def text_of(self, asked: Asked) -> str:
        return str(asked.json["text"])

    def media(self) -> Media | None:
        return Media("large", "photo.jpg", "image/jpeg")


class TestTelegram(AbroadContract, CalledContract, TalkingContract, FilesContract):
    """The contract, and what is Telegram's own."""

    case = TelegramCase()

    def test_polling_confirms_an_update_only_when_it_is_stored(self) -> None:
        case, stored, stop = TelegramCase(), [], threading.Event()
        updates = [{"update_id": 7, "message": {}}, {"update_id": 8, "message": {}}]

        def told(asked: Asked) -> Says:
            return Says({"ok": True, "result": [u for u in updates if u["update_id"] >= asked.json["offset"]]})

        def keep(bodies: Sequence[tuple[str, bytes]]) -> None:
            stored.append([key for key, _body in bodies])
            if len(stored) == 2:
                stop.set()

        with serving(Provider()) as provider:
            provider.on("/", told)
            Telegram().listen(Account("there", case.settings(provider), case.secrets()), keep, stop)
            assert [asked.json["offset"] for asked in provider.asked] == [0, 9]
        assert stored == [["update:7", "update:8"], []]
