"""Does 阿里云's adapter keep the contract, and does it sign as the provider's own example says?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.channels.adapters.suite import NOW, CalledContract, Case, Payload, ReceiptsContract
from tests.channels.provider import Asked, Provider, Says
from yingnuo.channels.adapters import sms_aliyun
from yingnuo.channels.adapters.sms_aliyun import Aliyun
from yingnuo.channels.contract import Account, ChannelError, Form, Hook, Outgoing, ReceiptState
from yingnuo.channels.models import Channel
from yingnuo.channels.sms_models import MessageTemplate, Sms

_AT = "2026-03-02 09:59:58"  # in China
_PHONE = "13800002210"


def _report(biz: str, *, success: bool = True, **more: Any) -> dict[str, Any]:
    return {
        "phone_number": _PHONE, "send_time": _AT, "report_time": _AT, "success": success, "err_code": "DELIVERED",
        "err_msg": "用户接收成功", "sms_size": "1", "biz_id": biz, "out_id": "message-1", **more,
    }  # fmt: skip


def _up(number: int, content: str) -> dict[str, Any]:
    return {
        "phone_number": _PHONE, "send_time": _AT, "content": content, "sign_name": "海港洗衣", "dest_code": "1069",
        "sequence_id": number,
    }  # fmt: skip


def _body(*told: dict[str, Any]) -> bytes:
    return json.dumps(list(told), ensure_ascii=False).encode()


class AliyunCase(Case):
    """An account with one template."""

    kind = "sms_aliyun"
    peer = "+8613800002210"
    key = "push_key"

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {"api": provider.url, "key_id": "LTAImadeUp", "price": "0.045"}

    def secrets(self) -> dict[str, str]:
        return {"key_secret": "made-up-key-secret", "push_key": "made-up-push-key"}

    def prepare(self, channel: Channel) -> None:
        MessageTemplate.objects.create(
            channel=channel, code="reply", language="en", provider_id="SMS_123456789", sign="海港洗衣",
            text="您的工单{{ number }}有新回复：{{ text }}", state="approved", changed_at=NOW,
        )  # fmt: skip

    def outgoing(self, text: str) -> Outgoing:
        form = Form("SMS_123456789", (("number", "YN-7"), ("text", text)), "zh-hans", "海港洗衣", f"【海港洗衣】{text}")
        return Outgoing("key", self.peer, "", text, form=form)

    def payloads(self) -> Sequence[Payload]:
        lost = _report("b-2", success=False, err_code="MOBILE_NOT_ON_SERVICE", err_msg="停机")
        return (
            Payload("words", _body(_up(1, "洗衣机又报 E3 了")), words=("洗衣机又报 E3 了",)),
            Payload("reports", _body(_report("b-1"), lost), receipts=2),
            Payload("unsubscribes", _body(_up(2, " td "))),
            Payload("odd", _body({"phone_number": _PHONE})),
        )

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        return Hook("POST", {"key": account.secrets["push_key"]}, {"content-type": "application/json"}, body, at)

    def forged(self, hook: Hook) -> Sequence[Hook]:
        return (replace(hook, query={}), replace(hook, query={"key": "made-up-push-ke"}), replace(hook, body=b"["))

    def answers(self, provider: Provider) -> None:
        def told(asked: Asked) -> Says:
            if asked.headers["x-acs-action"] == "SendSms":
                return Says({"Code": "OK", "Message": "OK", "BizId": "900619746936498440^0", "RequestId": "F655"})
            return Says({"Code": "OK", "TotalCount": 3, "TemplateStatus": 2, "Reason": "变量过多"})

        provider.on("/", told)

    def sent(self, provider: Provider) -> Sequence[Asked]:
        return [one for one in provider.asked if one.headers["x-acs-action"] == "SendSms"]

    def text_of(self, asked: Asked) -> str:
        return str(json.loads(parse_qs(asked.body.decode())["TemplateParam"][0])["text"])

    def receipt(self, external_id: str, state: ReceiptState) -> bytes | None:
        return _body(_report(external_id)) if state is ReceiptState.DELIVERED else None


class TestAliyun(CalledContract, ReceiptsContract):
    """The contract, and what is 阿里云's own."""

    case = AliyunCase()

    def test_long_words_go_in_pieces(self, account: Account, provider: Provider) -> None:
        """Of a provider that takes templates only this is: free words do not go at all."""
        with pytest.raises(ChannelError) as error:
            Aliyun().send(account, Outgoing("key", self.case.peer, "", "free words"))
        assert (error.value.code, error.value.permanent, provider.asked) == ("template_needed", True, [])

    def test_it_signs_as_the_provider_s_example(self) -> None:
        """The worked example of help.aliyun.com: RunInstances in cn-shanghai."""
        headers = {
            "host": "ecs.cn-shanghai.aliyuncs.com", "x-acs-action": "RunInstances", "x-acs-version": "2014-05-26",
            "x-acs-date": "2023-10-26T10:22:32Z", "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        }  # fmt: skip
        query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"
        found = sms_aliyun.signed(
            headers, body=b"", key_id="YourAccessKeyId", secret="YourAccessKeySecret", query=query
        )  # fmt: skip
        assert found["Authorization"].endswith(
            "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        )

    def test_what_is_asked_is_what_was_signed(self, account: Account, provider: Provider) -> None:
        Aliyun().send(account, self.case.outgoing("明天上门 & 付款"))
        [asked] = provider.asked
        named = {n: v for n, v in asked.headers.items() if n in ("host", "content-type") or n.startswith("x-acs-")}
        again = sms_aliyun.signed(named, body=asked.body, key_id="LTAImadeUp", secret="made-up-key-secret")
        assert again["Authorization"] == asked.headers["authorization"]
        assert parse_qs(asked.body.decode())["PhoneNumbers"] == ["13800002210"]

    @pytest.mark.parametrize(
        ("code", "word", "lasting", "waits"),
        [("isv.MOBILE_NUMBER_ILLEGAL", "bad_number", True, False), ("isv.AMOUNT_NOT_ENOUGH", "refused", False, False),
         ("isv.BUSINESS_LIMIT_CONTROL", "number_limit", False, True)],
    )  # fmt: skip
    def test_refusals_have_words(
        self, account: Account, provider: Provider, code: str, word: str, lasting: bool, waits: bool
    ) -> None:
        provider.on("/", Says({"Code": code, "Message": "no", "RequestId": "F655"}, 400))
        with pytest.raises(ChannelError) as error:
            Aliyun().send(account, self.case.outgoing("words"))
        assert (error.value.code, error.value.permanent, error.value.waits) == (word, lasting, waits)

    def test_times_are_those_of_china(self, account: Account) -> None:
        [receipt] = Aliyun().understand(account, _body(_report("b-1")), NOW).receipts
        assert receipt.at == datetime(2026, 3, 2, 1, 59, 58, tzinfo=UTC)

    def test_it_is_asked_whether_a_template_is_approved(self, account: Account) -> None:
        found = Aliyun().verdict(account, Form("SMS_123456789"))
        assert (found.state, found.reason) == ("rejected", "变量过多")

    def test_a_report_moves_the_kept_sms_too(self, channel: Channel, provider: Provider) -> None:
        self.test_receipts_move_a_delivery_forward_only(channel)
        row = Sms.objects.get()
        assert (row.state, row.purpose, row.template, row.parts) == ("delivered", "answer", "reply", 1)
        assert str(row.cost) == "0.0450"
