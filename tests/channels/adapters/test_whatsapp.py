"""Does WhatsApp's adapter keep the contract, and does another client understand its calls alike?"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import pywa.utils
import time_machine
from pywa import WhatsApp as Other
from pywa.types import Message as OtherMessage

from tests import factories
from tests.channels.adapters.suite import (
    NOW,
    AbroadContract,
    CalledContract,
    Case,
    FilesContract,
    Payload,
    ReceiptsContract,
)
from tests.channels.provider import Asked, Provider, Says, serving
from yingnuo.channels import post, ways
from yingnuo.channels.adapters.whatsapp import WhatsApp
from yingnuo.channels.contract import Account, ChannelError, File, Form, Hook, Media, Outgoing, ReceiptState, Rejected
from yingnuo.channels.models import Channel, Delivery
from yingnuo.channels.sms_models import MessageTemplate
from yingnuo.journey import reply
from yingnuo.kit.errors import Conflict
from yingnuo.people.models import Staff
from yingnuo.tickets.models import Ticket

_SECOND = str(int(NOW.timestamp()) - 5)
_CHEN = "8613800002210"
_NUMBER = "106540352242922"
_USER = "CN.13491208655302741918"


def _value(**parts: Any) -> bytes:
    meta = {"display_phone_number": "15550783881", "phone_number_id": _NUMBER}
    value = {"messaging_product": "whatsapp", "metadata": meta, **parts}
    change = {"value": value, "field": "messages"}
    told = {"object": "whatsapp_business_account", "entry": [{"id": "1028", "changes": [change]}]}
    return json.dumps(told, ensure_ascii=False).encode()


def _message(number: int, kind: str, part: Any, **more: Any) -> bytes:
    said = {"from": _CHEN, "id": f"wamid.IN{number}", "timestamp": _SECOND, "type": kind, kind: part, **more}
    return _value(contacts=[{"profile": {"name": "Chen Li"}, "wa_id": _CHEN, "user_id": _USER}], messages=[said])


def _status(number: str, state: str, **more: Any) -> bytes:
    told = {"id": number, "status": state, "timestamp": _SECOND, "recipient_id": _CHEN, **more}
    return _value(statuses=[told])


_FAILED = {"errors": [{"code": 131047, "title": "Re-engagement message"}]}
_UNNUMBERED = {"from": "", "from_user_id": _USER}
_CARD = {"name": {"formatted_name": "Wang Fang", "first_name": "Wang"}, "phones": [{"phone": "+86 138 0000 1111"}]}
_LIST = {"type": "list_reply", "list_reply": {"id": "t2", "title": "Tomorrow", "description": "8:00 to 12:00"}}
_BUTTON = {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes, please"}}


class WhatsAppCase(Case):
    """A business number with one customer."""

    kind = "whatsapp"
    peer = _CHEN

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {"api": provider.url, "version": "v23.0", "number_id": _NUMBER, "business_id": "1028"}

    def secrets(self) -> dict[str, str]:
        return {"token": "EAAmadeUpToken", "app_secret": "made-up-app-secret", "verify_token": "made-up-verify"}

    def payloads(self) -> Sequence[Payload]:
        picture = {"id": "900", "mime_type": "image/jpeg", "sha256": "x", "caption": "The panel"}
        paper = {"id": "901", "mime_type": "application/pdf", "filename": "发票.pdf", "sha256": "x"}
        voice = {"id": "902", "mime_type": "audio/ogg; codecs=opus", "voice": True, "sha256": "x"}
        place = {"latitude": 31.2, "longitude": 121.5, "name": "Harbour Laundry", "address": "1 Quay Road"}
        answered = {"context": {"from": "15550783881", "id": "wamid.OUT1"}}
        return (
            Payload("text", _message(1, "text", {"body": "洗衣机一直报 E3。"}), words=("洗衣机一直报 E3。",)),
            Payload("image", _message(2, "image", picture), words=("The panel",), media=1),
            Payload("document", _message(3, "document", paper), words=("",), media=1),
            Payload("voice", _message(4, "audio", voice), words=("",), media=1),
            Payload(
                "video",
                _message(5, "video", {"id": "903", "mime_type": "video/mp4", "sha256": "x"}),
                words=("",),
                media=1,
            ),
            Payload("sticker", _message(6, "sticker", {"id": "904", "mime_type": "image/webp"}), words=("",), media=1),
            Payload("place", _message(7, "location", place), words=("Harbour Laundry, 1 Quay Road, 31.2, 121.5",)),
            Payload("card", _message(8, "contacts", [_CARD]), words=("Wang Fang +86 138 0000 1111",)),
            Payload("button", _message(9, "interactive", _BUTTON, **answered), words=("Yes, please",)),
            Payload("list", _message(10, "interactive", _LIST), words=("Tomorrow\n8:00 to 12:00",)),
            Payload("template button", _message(11, "button", {"text": "Call me", "payload": "c"}), words=("Call me",)),
            Payload("reaction", _message(12, "reaction", {"message_id": "wamid.OUT1", "emoji": "👍"})),
            Payload("system", _message(13, "system", {"body": "Chen changed his number"})),
            Payload("new kind", _message(14, "hologram", {}), words=("[hologram]",)),
            Payload("without a number", _message(16, "text", {"body": "Hello"}, **_UNNUMBERED), words=("Hello",)),
            Payload("sent", _status("wamid.OUT1", "sent"), receipts=1),
            Payload("failed", _status("wamid.OUT1", "failed", **_FAILED), receipts=1),
            Payload("other number", _message(15, "text", {"body": "x"}).replace(_NUMBER.encode(), b"77")),
        )

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        mark = hmac.new(account.secrets["app_secret"].encode(), body, hashlib.sha256).hexdigest()
        return Hook("POST", {}, {"x-hub-signature-256": f"sha256={mark}"}, body, at)

    def forged(self, hook: Hook) -> Sequence[Hook]:
        return (replace(hook, body=hook.body + b" "), replace(hook, headers={}))

    def answers(self, provider: Provider) -> None:
        base = "/v23.0"
        provider.on(f"{base}/{_NUMBER}/messages", {"messages": [{"id": "wamid.OUT1"}]})
        provider.on(f"{base}/{_NUMBER}/media", {"id": "950"})
        provider.on(f"{base}/{_NUMBER}", {"display_phone_number": "+1 555-078-3881", "verified_name": "Harbour"})
        provider.on(f"{base}/900", lambda _asked: Says({"url": f"{provider.url}/lookaside/900"}))
        provider.on("/lookaside/900", Says(b"\xff\xd8\xff", content_type="image/jpeg"))

    def sent(self, provider: Provider) -> Sequence[Asked]:
        return provider.to(f"/v23.0/{_NUMBER}/messages")

    def text_of(self, asked: Asked) -> str:
        return str(asked.json["text"]["body"])

    def receipt(self, external_id: str, state: ReceiptState) -> bytes | None:
        return None if state is ReceiptState.FAILED else _status(external_id, state.value)

    def media(self) -> Media | None:
        return Media("900", "", "image/jpeg")


class TestWhatsApp(AbroadContract, CalledContract, ReceiptsContract, FilesContract):
    """The contract, and what is WhatsApp's own."""

    case = WhatsAppCase()

    def test_the_handshake_gives_the_challenge_back_to_whoever_knows_the_word(self, account: Account) -> None:
        asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "made-up-verify"}
        checked = WhatsApp().verify(account, Hook("GET", asked, {}, b"", NOW))
        assert (checked.answer.body, checked.body) == (b"1158201444", b"")
        with pytest.raises(Rejected):
            WhatsApp().verify(account, Hook("GET", {**asked, "hub.verify_token": "guess"}, {}, b"", NOW))

    def test_another_client_agrees_on_the_signature(self, account: Account) -> None:
        hook = self.case.hook(self.case.payloads()[0].body, account, NOW)
        shown = hook.headers["x-hub-signature-256"]
        assert pywa.utils.webhook_updates_validator(account.secrets["app_secret"], hook.body, shown)

    def test_another_client_reads_the_same_in_our_payloads(self, account: Account) -> None:
        other = Other(phone_id=_NUMBER, token="x")
        for payload in self.case.payloads()[:5]:
            [ours] = WhatsApp().understand(account, payload.body, NOW).arrivals
            theirs = OtherMessage.from_update(other, json.loads(payload.body))
            assert (theirs.id, theirs.from_user.wa_id, theirs.from_user.name) == (
                ours.external_id, ours.peer, ours.sender_name,
            )  # fmt: skip
            assert (theirs.text or theirs.caption or "") == ours.text
            assert (theirs.media.id if theirs.has_media else None) == (ours.media[0].ref if ours.media else None)

    def test_who_shows_no_number_is_answered_by_his_id(self, account: Account, provider: Provider) -> None:
        body = _message(17, "text", {"body": "Hello"}, **_UNNUMBERED)
        [arrival] = WhatsApp().understand(account, body, NOW).arrivals
        assert (arrival.peer, arrival.sender_name, arrival.sender_phone) == (_USER, "Chen Li", "")
        WhatsApp().send(account, Outgoing("k", arrival.peer, "", "Good day"))
        [asked] = self.case.sent(provider)
        assert (asked.json.get("recipient"), asked.json.get("to")) == (_USER, None)

    def test_files_are_handed_over_and_shown_by_their_type(self, account: Account, provider: Provider) -> None:
        files = (File("图.png", "image/png", b"\x89PNG"), File("a.log", "text/plain", b"x"))
        WhatsApp().send(account, Outgoing("k", _CHEN, "", "", files=files))
        shown = [asked.json for asked in self.case.sent(provider)]
        assert shown[0]["image"] == {"id": "950"}
        assert shown[1]["document"] == {"id": "950", "filename": "a.log"}

    @pytest.mark.parametrize(
        ("status", "code", "word", "lasting"),
        [(400, 131047, "window_over", True), (400, 131026, "not_reachable", True), (401, 190, "refused", False),
         (429, 130429, "refused", False), (400, 100, "bad_request", True), (500, 131000, "refused", False)],
    )  # fmt: skip
    def test_errors_have_words_and_tell_whether_to_try_again(
        self, account: Account, provider: Provider, status: int, code: int, word: str, lasting: bool
    ) -> None:
        error = {"error": {"message": "(#) no", "type": "OAuthException", "code": code, "fbtrace_id": "A"}}
        provider.on(f"/v23.0/{_NUMBER}/messages", Says(error, status))
        with pytest.raises(ChannelError) as refused:
            WhatsApp().send(account, self.case.outgoing("words"))
        assert (refused.value.code, refused.value.permanent) == (word, lasting)

    def test_a_file_is_not_fetched_from_somebody_else_s_host(self, account: Account, provider: Provider) -> None:
        provider.on("/v23.0/900", {"url": "http://169.254.169.254/latest/meta-data/"})
        with pytest.raises(ChannelError) as error:
            WhatsApp().fetch(account, Media("900"))
        assert error.value.code == "foreign_host"

    def test_a_redirect_elsewhere_is_not_followed(self, account: Account, provider: Provider) -> None:
        with serving(Provider()) as inside:
            provider.on("/lookaside/900", Says(b"", 302, {"Location": f"{inside.url}/secret"}))
            with pytest.raises(ChannelError) as error:
                WhatsApp().fetch(account, Media("900"))
            assert (error.value.code, inside.asked) == ("foreign_host", [])

    def test_after_the_window_an_approved_template_goes_and_words_do_not(
        self, channel: Channel, provider: Provider
    ) -> None:
        MessageTemplate.objects.create(
            channel=channel, code="reply", language="en", provider_id="service_reply", state="approved",
            text="{{ agent }}：{{ text }} {{ number }}", changed_at=NOW,
        )  # fmt: skip
        with time_machine.travel(NOW, tick=False):
            self._answered(channel)
        later = NOW + timedelta(hours=25)
        ticket, alice = Ticket.objects.get(), Staff.objects.get(username="alice")
        [free, by_template] = [way for way in ways.of(ticket) if way.talk]
        Delivery.objects.all().delete()
        with time_machine.travel(later, tick=False):
            said = reply.Said("配件到了。", way=free.code)
            with pytest.raises(Conflict) as refused:
                reply.answer(factories.actor(alice), ticket_id=ticket.pk, said=said, now=later)
            assert refused.value.code == "window_over"
            said = reply.Said("配件到了。", way=by_template.code)
            reply.answer(factories.actor(alice), ticket_id=ticket.pk, said=said, now=later)
            post.deliver_due()
        assert list(Delivery.objects.values_list("state", "template")) == [("sent", "reply")]
        [asked] = self.case.sent(provider)
        values = [{"type": "text", "text": value} for value in ("Alice", "配件到了。", ticket.number)]
        assert asked.json["template"] == {
            "name": "service_reply", "language": {"code": "en"},
            "components": [{"type": "body", "parameters": values}],
        }  # fmt: skip

    def test_meta_is_asked_whether_a_template_is_approved(self, account: Account, provider: Provider) -> None:
        rows = [
            {"name": "service_reply", "language": "en", "status": "PENDING"},
            {"name": "service_reply", "language": "zh_CN", "status": "REJECTED", "rejected_reason": "PROMOTIONAL"},
        ]
        provider.on("/v23.0/1028/message_templates", {"data": rows})
        found = WhatsApp().verdict(account, Form("service_reply", language="zh-hans"))
        assert (found.state, found.reason) == ("rejected", "PROMOTIONAL")


def test_two_statuses_in_one_call_are_both_taken(db: None) -> None:
    told = json.loads(_status("wamid.A", "delivered"))
    told["entry"][0]["changes"][0]["value"]["statuses"] *= 2
    with serving(Provider()) as provider:
        account = Account("there", WhatsAppCase().settings(provider), WhatsAppCase().secrets())
        assert len(WhatsApp().understand(account, json.dumps(told).encode(), NOW).receipts) == 2
