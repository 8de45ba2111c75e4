"""Does the generic gateway keep the contract, and does the library of Standard Webhooks sign as we check?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import standardwebhooks

from tests.channels.adapters.suite import NOW, Case, Payload, ReceiptsContract, TimedContract
from tests.channels.provider import Asked, Provider, Says
from yingnuo.channels.adapters.sms import Gateway, SmsSettings, signature
from yingnuo.channels.contract import Account, ChannelError, Hook, Outgoing, ReceiptState

_SECRET = "whsec_" + "bWFkZS11cC1zZWNyZXQtb2Ytc21z"
_SECOND = int(NOW.timestamp()) - 5


def _body(*events: dict[str, Any]) -> bytes:
    return json.dumps(list(events), ensure_ascii=False).encode()


def _words(number: int, text: str, sender: str = "+8613800002210") -> dict[str, Any]:
    return {"type": "message", "id": f"in-{number}", "from": sender, "text": text, "at": _SECOND}


class SmsCase(Case):
    """A gateway that is asked by JSON."""

    kind = "sms"
    peer = "+8613800002210"

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {
            "url": f"{provider.url}/send", "headers": "Authorization: Bearer {{ secret }}", "price": "0.045",
        }  # fmt: skip

    def secrets(self) -> dict[str, str]:
        return {"secret": "made-up-key", "hook_secret": _SECRET}

    def payloads(self) -> Sequence[Payload]:
        receipt = {"type": "receipt", "id": "g-1", "state": "failed", "at": _SECOND, "problem": "switched off"}
        return (
            Payload("words", _body(_words(1, "洗衣机一直报 E3。")), words=("洗衣机一直报 E3。",)),
            Payload("two", _body(_words(2, "A"), _words(3, "B")), words=("A", "B")),
            Payload("bare", json.dumps(_words(4, "Stop the leak!", "13800002210")).encode(), words=("Stop the leak!",)),
            Payload("unsubscribes", _body(_words(5, "退订"))),
            Payload("receipt", _body(receipt), receipts=1),
            Payload("odd", _body({"type": "weather"}, {"type": "receipt", "id": "g-1", "state": "lost"})),
        )

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        second = str(int(at.timestamp()))
        mark = signature(account.secrets["hook_secret"], "msg_1", second, body)
        return Hook(
            "POST", {}, {"webhook-id": "msg_1", "webhook-timestamp": second, "webhook-signature": mark}, body, at
        )

    def forged(self, hook: Hook) -> Sequence[Hook]:
        return (
            replace(hook, body=hook.body + b" "), replace(hook, headers={}),
            replace(hook, headers={**hook.headers, "webhook-id": "msg_2"}),
        )  # fmt: skip

    def answers(self, provider: Provider) -> None:
        provider.on("/send", {"id": "g-1", "ok": True})

    def sent(self, provider: Provider) -> Sequence[Asked]:
        return provider.to("/send")

    def text_of(self, asked: Asked) -> str:
        return str(asked.json["text"])

    def receipt(self, external_id: str, state: ReceiptState) -> bytes | None:
        if state is ReceiptState.FAILED:
            return None
        return _body({"type": "receipt", "id": external_id, "state": state.value, "at": _SECOND})


class TestSms(TimedContract, ReceiptsContract):
    """The contract, and what is the gateway's own."""

    case = SmsCase()

    def test_the_library_of_standard_webhooks_signs_as_we_check(self) -> None:
        body = self.case.payloads()[0].body
        theirs = standardwebhooks.Webhook(_SECRET).sign("msg_1", NOW, body.decode())
        assert theirs == signature(_SECRET, "msg_1", str(int(NOW.timestamp())), body)

    def test_without_a_secret_no_call_is_taken(self, account: Account) -> None:
        hook = self.case.hook(b"[]", account, NOW)
        with pytest.raises(Exception, match="bad_signature"):
            Gateway().verify(replace(account, secrets={}), hook)

    def test_the_key_and_the_secret_go_along(self, account: Account, provider: Provider) -> None:
        Gateway().send(account, Outgoing("message-7", self.case.peer, "", "words"))
        [asked] = provider.asked
        assert (asked.headers["authorization"], asked.json["key"]) == ("Bearer made-up-key", "message-7")
        assert asked.headers["idempotency-key"] == "message-7"

    def test_each_piece_has_a_key_of_its_own(self, account: Account, provider: Provider) -> None:
        Gateway().send(account, Outgoing("message-7", self.case.peer, "", "字" * 1_500))
        assert [asked.json["key"] for asked in provider.asked] == ["message-7", "message-7.1"]

    def test_a_good_answer_must_hold_the_word(self, account: Account, provider: Provider) -> None:
        provider.on("/send", Says({"ok": False, "error": "balance"}))
        strict = replace(account, settings={**account.settings, "ok": '"ok": true'})
        with pytest.raises(ChannelError) as error:
            Gateway().send(strict, self.case.outgoing("words"))
        assert not error.value.permanent

    def test_headers_are_read_as_lines_and_as_a_mapping(self) -> None:
        lines = SmsSettings.from_mapping({"headers": "A: b:c\n\nno colon\nD: e"}).headers
        assert lines == {"A": "b:c", "D": "e"} == SmsSettings.from_mapping({"headers": lines}).headers
