"""Does Twilio's adapter keep the contract, and does it check signatures as the provider's own example says?"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from tests.channels.adapters.suite import (
    AbroadContract,
    CalledContract,
    Case,
    FilesContract,
    Payload,
    ReceiptsContract,
)
from tests.channels.provider import Asked, Provider, Says, serving
from yingnuo.channels.adapters import sms_twilio
from yingnuo.channels.adapters.sms_twilio import Twilio
from yingnuo.channels.contract import Account, ChannelError, Hook, Media, ReceiptState

_SID, _TOKEN = "ACmadeup00000000000000000000000000", "made-up-auth-token"
_URL = "https://desk.example/hooks/there/"
_MESSAGES = f"/2010-04-01/Accounts/{_SID}/Messages.json"
_CHEN = "+447700900123"


def _said(number: int, text: str, **more: str) -> bytes:
    told = {
        "ToCountry": "GB", "MessageSid": f"SMin{number}", "SmsSid": f"SMin{number}", "SmsStatus": "received",
        "AccountSid": _SID, "From": _CHEN, "To": "+447700900999", "Body": text, "NumMedia": "0", **more,
    }  # fmt: skip
    return urlencode(told).encode()


def _status(sid: str, state: str, **more: str) -> bytes:
    told = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": state, "SmsStatus": state, "To": _CHEN, **more}
    return urlencode(told).encode()


class TwilioCase(Case):
    """An account with one number."""

    kind = "sms_twilio"
    peer = _CHEN

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {"api": provider.url, "account_sid": _SID, "sender": "+447700900999", "public_url": _URL}

    def secrets(self) -> dict[str, str]:
        return {"auth_token": _TOKEN}

    def payloads(self) -> Sequence[Payload]:
        picture = {
            "NumMedia": "1", "MediaContentType0": "image/jpeg",
            "MediaUrl0": "https://api.twilio.com/2010-04-01/Media/ME1",
        }  # fmt: skip
        return (
            Payload("words", _said(1, "The washer shows E3 — again."), words=("The washer shows E3 — again.",)),
            Payload("picture", _said(2, "The panel", **picture), words=("The panel",), media=1),
            Payload("unsubscribes", _said(3, "STOP", OptOutType="STOP")),
            Payload("again", _said(4, "start")),
            Payload("queued", _status("SMout", "queued")),
            Payload("sent", _status("SMout", "sent"), receipts=1),
            Payload("undelivered", _status("SMout", "undelivered", ErrorCode="30005"), receipts=1),
        )

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        fields = parse_qsl(body.decode(), keep_blank_values=True)
        mark = sms_twilio.signature(account.secrets["auth_token"], _URL, fields)
        return Hook("POST", {}, {"x-twilio-signature": mark}, body, at)

    def forged(self, hook: Hook) -> Sequence[Hook]:
        return (
            replace(hook, body=hook.body.replace(b"NumMedia=0", b"NumMedia=1")), replace(hook, headers={}),
            replace(hook, query={"a": "b"}),
        )  # fmt: skip

    def answers(self, provider: Provider) -> None:
        provider.on(_MESSAGES, Says({"sid": "SMout", "status": "queued"}, 201))
        provider.on(f"/2010-04-01/Accounts/{_SID}.json", {"friendly_name": "Harbour", "status": "active"})
        provider.on("/media/1", Says(b"\xff\xd8\xff", content_type="image/jpeg"))
        self._picture = f"{provider.url}/media/1"

    def sent(self, provider: Provider) -> Sequence[Asked]:
        return provider.to(_MESSAGES)

    def text_of(self, asked: Asked) -> str:
        return asked.form["Body"]

    def receipt(self, external_id: str, state: ReceiptState) -> bytes | None:
        return None if state is ReceiptState.FAILED else _status(external_id, state.value)

    def media(self) -> Media | None:
        return Media(self._picture, "", "image/jpeg")


class TestTwilio(AbroadContract, CalledContract, ReceiptsContract, FilesContract):
    """The contract, and what is Twilio's own."""

    case = TwilioCase()

    def test_it_signs_as_the_provider_s_example(self) -> None:
        """The worked example of twilio.com/docs/usage/security."""
        fields = [
            ("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675309"), ("Digits", "1234"), ("From", "+14158675309"),
            ("To", "+18005551212"),
        ]  # fmt: skip
        found = sms_twilio.signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", fields)
        assert found == "RSOYDt4T1cUTdK1PDd93/VVr8B8="

    def test_asking_shows_the_account_and_names_our_address(self, account: Account, provider: Provider) -> None:
        Twilio().send(account, self.case.outgoing("words"))
        [asked] = self.case.sent(provider)
        shown = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()
        assert shown == f"{_SID}:{_TOKEN}"
        assert (asked.form["To"], asked.form["From"], asked.form["StatusCallback"]) == (_CHEN, "+447700900999", _URL)

    def test_a_messaging_service_is_named_as_such(self, account: Account, provider: Provider) -> None:
        service = replace(account, settings={**account.settings, "sender": "MG123"})
        Twilio().send(service, self.case.outgoing("words"))
        assert self.case.sent(provider)[0].form["MessagingServiceSid"] == "MG123"

    def test_a_refusal_has_a_word(self, account: Account, provider: Provider) -> None:
        provider.on(_MESSAGES, Says({"code": 21610, "message": "Attempt to send to unsubscribed recipient"}, 400))
        with pytest.raises(ChannelError) as error:
            Twilio().send(account, self.case.outgoing("words"))
        assert (error.value.code, error.value.permanent) == ("unsubscribed", True)

    def test_pictures_come_from_twilio_alone_and_the_token_goes_nowhere_else(
        self, account: Account, provider: Provider
    ) -> None:
        with serving(Provider()) as other:
            provider.on("/media/1", Says(b"", 307, {"Location": f"{other.url}/stolen"}))
            media = self.case.media()
            assert media is not None
            with pytest.raises(ChannelError) as error:
                Twilio().fetch(account, media)
            assert (error.value.code, other.asked) == ("foreign_host", [])
