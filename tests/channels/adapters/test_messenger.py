"""Does Messenger's adapter keep the contract?"""

from __future__ import annotations

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
    ReceiptsContract,
)
from tests.channels.provider import Asked, Provider, Says
from yingnuo.channels import post, receipts, talks
from yingnuo.channels.adapters.messenger import Messenger
from yingnuo.channels.contract import Account, ChannelError, File, Hook, Media, Outgoing, ReceiptState, Rejected
from yingnuo.channels.models import Channel, Conversation
from yingnuo.engine.windows import Shut

_MS = (int(NOW.timestamp()) - 5) * 1000
_CHEN, _PAGE = "6912345678901234", "108512345678901"
_SEND = f"/v23.0/{_PAGE}/messages"
_OVER = {"error": {"message": "(#10) sent outside of allowed window", "code": 10, "error_subcode": 2018278}}


def _event(object_: str = "page", **parts: Any) -> bytes:
    event = {"sender": {"id": _CHEN}, "recipient": {"id": _PAGE}, "timestamp": _MS, **parts}
    told = {"object": object_, "entry": [{"id": _PAGE, "time": _MS, "messaging": [event]}]}
    return json.dumps(told, ensure_ascii=False).encode()


def _message(number: int, **part: Any) -> bytes:
    return _event(message={"mid": f"m_{number}", **part})


def _files(*kinds: str) -> list[dict[str, Any]]:
    return [{"type": kind, "payload": {"url": f"https://scontent.xx.fbcdn.net/{kind}"}} for kind in kinds]


class MessengerCase(Case):
    """A page with one customer."""

    kind = "messenger"
    peer = _CHEN

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {"api": provider.url, "version": "v23.0", "page_id": _PAGE}

    def secrets(self) -> dict[str, str]:
        return {"token": "EAAmadeUpPageToken", "app_secret": "made-up-app-secret", "verify_token": "made-up-verify"}

    def payloads(self) -> Sequence[Payload]:
        place = [{"type": "location", "payload": {"coordinates": {"lat": 31.2, "long": 121.5}}}]
        shared = [{"type": "fallback", "payload": {"url": "https://shop.example/washer", "title": "Washer W8"}}]
        instagram = _event("instagram", message={"mid": "m_i", "text": "Bonjour"})
        return (
            Payload("text", _message(1, text="The washer shows E3."), words=("The washer shows E3.",)),
            Payload("files", _message(2, attachments=_files("image", "file")), words=("",), media=2),
            Payload("place", _message(3, attachments=place), words=("31.2, 121.5",)),
            Payload("shared", _message(4, attachments=shared), words=("Washer W8",)),
            Payload("button", _event(postback={"mid": "m_5", "title": "Book a visit", "payload": "B"}),
                    words=("Book a visit",)),
            Payload("echo", _message(6, text="Ours", is_echo=True)),
            Payload("deleted", _message(7, is_deleted=True)),
            Payload("reaction", _event(reaction={"mid": "m_1", "emoji": "👍", "action": "react"})),
            Payload("delivered", _event(delivery={"mids": ["m_out", "m_out2"], "watermark": _MS}), receipts=2),
            Payload("read", _event(read={"watermark": _MS}), receipts=1),
            Payload("instagram", instagram, words=("Bonjour",)),
            Payload("instagram read", _event("instagram", read={"mid": "m_out"}), receipts=1),
            Payload("other page", _message(8, text="x").replace(_PAGE.encode(), b"55")),
        )  # fmt: skip

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        mark = hmac.new(account.secrets["app_secret"].encode(), body, hashlib.sha256).hexdigest()
        return Hook("POST", {}, {"x-hub-signature-256": f"sha256={mark}"}, body, at)

    def forged(self, hook: Hook) -> Sequence[Hook]:
        return (replace(hook, body=hook.body + b" "), replace(hook, headers={}))

    def answers(self, provider: Provider) -> None:
        provider.on(_SEND, {"recipient_id": _CHEN, "message_id": "m_out"})
        provider.on(f"/v23.0/{_PAGE}", {"name": "Harbour Laundry Service", "id": _PAGE})
        provider.on("/pictures/1.jpg", Says(b"\xff\xd8\xff", content_type="image/jpeg"))
        self._picture = f"{provider.url}/pictures/1.jpg"

    def sent(self, provider: Provider) -> Sequence[Asked]:
        return provider.to(_SEND)

    def text_of(self, asked: Asked) -> str:
        return str(asked.json["message"]["text"])

    def receipt(self, external_id: str, state: ReceiptState) -> bytes | None:
        if state is ReceiptState.DELIVERED:
            return _event(delivery={"mids": [external_id], "watermark": _MS})
        return _event(read={"watermark": _MS + 60_000}) if state is ReceiptState.READ else None

    def media(self) -> Media | None:
        return Media(self._picture, "", "image/jpeg")


class TestMessenger(AbroadContract, CalledContract, ReceiptsContract, FilesContract):
    """The contract, and what is Messenger's own."""

    case = MessengerCase()

    def test_a_handshake_with_another_word_is_refused(self, account: Account) -> None:
        asked = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "guess"}
        with pytest.raises(Rejected):
            Messenger().verify(account, Hook("GET", asked, {}, b"", NOW))

    def test_a_watermark_reads_what_was_sent_before_it_and_no_more(self, channel: Channel) -> None:
        with time_machine.travel(NOW, tick=False):
            row = self._answered(channel)
            post.deliver_due()
        earlier, later = (
            Messenger().understand(self._account(channel), _event(read={"watermark": at}), NOW + timedelta(hours=1))
            for at in (_MS, _MS + 60_000)
        )
        receipts.take(channel, earlier.receipts, now=NOW)
        row.refresh_from_db()
        assert row.state == "sent"
        receipts.take(channel, later.receipts, now=NOW)
        row.refresh_from_db()
        assert row.state == "read"

    def _account(self, channel: Channel) -> Account:
        return Account(channel.code, channel.settings, self.case.secrets())

    def test_with_the_permission_a_person_may_answer_for_seven_days(self, channel: Channel) -> None:
        with time_machine.travel(NOW, tick=False):
            self._answered(channel)
        talk = Conversation.objects.select_related("channel").get()
        week = NOW + timedelta(days=6)
        assert talks.chance(talk, now=week).shut is Shut.OVER
        talk.channel.settings = {**talk.channel.settings, "human_agent": True}
        assert talks.chance(talk, now=week).shut is None
        assert talks.chance(talk, now=NOW + timedelta(days=8)).shut is Shut.OVER

    def test_the_tag_is_used_only_when_the_window_is_over(self, account: Account, provider: Provider) -> None:
        def judged(asked: Asked) -> Says:
            tagged = asked.json["messaging_type"] == "MESSAGE_TAG"
            return Says({"message_id": "m_late"}) if tagged else Says(_OVER, 400)

        provider.on(_SEND, judged)
        allowed = replace(account, settings={**account.settings, "human_agent": True})
        assert Messenger().send(allowed, self.case.outgoing("Sorry for the wait.")) == "m_late"
        assert [asked.json.get("tag") for asked in self.case.sent(provider)] == [None, "HUMAN_AGENT"]

    def test_without_the_permission_nothing_follows_a_closed_window(self, account: Account, provider: Provider) -> None:
        provider.on(_SEND, Says(_OVER, 400))
        with pytest.raises(ChannelError) as error:
            Messenger().send(account, self.case.outgoing("Sorry for the wait."))
        assert (error.value.code, error.value.permanent) == ("window_over", True)
        assert len(self.case.sent(provider)) == 1

    def test_a_file_goes_along_as_a_form(self, account: Account, provider: Provider) -> None:
        Messenger().send(account, Outgoing("k", _CHEN, "", "", files=(File("图.png", "image/png", b"\x89PNG"),)))
        [asked] = self.case.sent(provider)
        assert b'{"attachment": {"type": "image", "payload": {}}}' in asked.body
        assert b"\x89PNG" in asked.body

    @pytest.mark.parametrize(
        "url", ["http://scontent.fbcdn.net/1", "https://fbcdn.net.evil.example/1", "https://10.0.0.1/1", "file:///etc"]
    )
    def test_files_come_from_meta_alone(self, account: Account, url: str) -> None:
        with pytest.raises(ChannelError) as error:
            Messenger().fetch(account, Media(url))
        assert (error.value.code, error.value.permanent) == ("foreign_host", True)
