"""Does 腾讯云's adapter keep the contract, and does its own SDK sign alike?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111.models import SendSmsRequest
from tencentcloud.sms.v20210111.sms_client import SmsClient

from tests.channels.adapters.suite import NOW, CalledContract, Case, Payload, ReceiptsContract
from tests.channels.provider import Asked, Provider, Says
from yingnuo.channels.adapters import sms_tencent
from yingnuo.channels.adapters.sms_tencent import Tencent
from yingnuo.channels.contract import Account, ChannelError, Form, Hook, Outgoing, ReceiptState
from yingnuo.channels.models import Channel
from yingnuo.channels.sms_models import MessageTemplate
from yingnuo.kit import instants

_SECOND = int(NOW.timestamp()) - 5
_SID = "5000:1045710669157053657849499619"


def _report(sid: str, status: str = "SUCCESS", **more: Any) -> dict[str, Any]:
    return {
        "user_receive_time": "2026-03-02 09:59:58", "nationcode": "86", "mobile": "13800002210",
        "report_status": status, "errmsg": "DELIVRD", "description": "用户短信送达成功", "sid": sid, **more,
    }  # fmt: skip


def _said(text: str) -> bytes:
    told = {
        "extend": "01", "mobile": "13800002210", "nationcode": "86", "sign": "海港洗衣", "text": text,
        "time": _SECOND,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False).encode()


class TencentCase(Case):
    """An application with one template."""

    kind = "sms_tencent"
    peer = "+8613800002210"

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {"api": provider.url, "secret_id": "AKIDmadeUp", "app_id": "1400000001", "region": "ap-guangzhou"}

    def secrets(self) -> dict[str, str]:
        return {"secret_key": "made-up-secret-key", "push_key": "made-up-push-key"}

    def prepare(self, channel: Channel) -> None:
        MessageTemplate.objects.create(
            channel=channel, code="reply", language="en", provider_id="1110", sign="海港洗衣",
            text="{{ text }} 工单{{ number }}", state="approved", changed_at=NOW,
        )  # fmt: skip

    def outgoing(self, text: str) -> Outgoing:
        form = Form("1110", (("text", text), ("number", "YN-7")), "zh-hans", "海港洗衣", text)
        return Outgoing("key", self.peer, "", text, form=form)

    def payloads(self) -> Sequence[Payload]:
        lost = _report(_SID, "FAIL", errmsg="MK:0001", description="空号")
        return (
            Payload("words", _said("洗衣机又报 E3 了"), words=("洗衣机又报 E3 了",)),
            Payload("reports", json.dumps([_report("a"), lost]).encode(), receipts=2),
            Payload("unsubscribes", _said("T")),
            Payload("odd", json.dumps([{"mobile": "1"}]).encode()),
        )

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        return Hook("POST", {"key": account.secrets["push_key"]}, {"content-type": "application/json"}, body, at)

    def forged(self, hook: Hook) -> Sequence[Hook]:
        return (replace(hook, query={}), replace(hook, query={"key": "made-up-push-ke"}), replace(hook, body=b"["))

    def answers(self, provider: Provider) -> None:
        status = {"SerialNo": _SID, "PhoneNumber": "+8613800002210", "Fee": 1, "Code": "Ok", "Message": "send success"}
        template = {"TemplateId": 1110, "StatusCode": -1, "ReviewReply": "签名与内容不符"}

        def told(asked: Asked) -> Says:
            if asked.headers["x-tc-action"] == "SendSms":
                return Says({"Response": {"SendStatusSet": [status], "RequestId": "a0aabda6"}})
            return Says({"Response": {"DescribeTemplateStatusSet": [template], "RequestId": "f36e4f00"}})

        provider.on("/", told)

    def sent(self, provider: Provider) -> Sequence[Asked]:
        return [one for one in provider.asked if one.headers["x-tc-action"] == "SendSms"]

    def text_of(self, asked: Asked) -> str:
        return str(asked.json["TemplateParamSet"][0])

    def receipt(self, external_id: str, state: ReceiptState) -> bytes | None:
        return json.dumps([_report(external_id)]).encode() if state is ReceiptState.DELIVERED else None


class TestTencent(CalledContract, ReceiptsContract):
    """The contract, and what is 腾讯云's own."""

    case = TencentCase()

    def test_long_words_go_in_pieces(self, account: Account, provider: Provider) -> None:
        """Of a provider that takes templates only this is: free words do not go at all."""
        with pytest.raises(ChannelError) as error:
            Tencent().send(account, Outgoing("key", self.case.peer, "", "free words"))
        assert (error.value.code, error.value.permanent, provider.asked) == ("template_needed", True, [])

    def test_the_provider_s_own_sdk_signs_alike(self, provider: Provider) -> None:
        _ask_by_sdk(provider)
        [asked] = provider.asked
        at = datetime.fromtimestamp(int(asked.headers["x-tc-timestamp"]), instants.now().tzinfo)
        ours = sms_tencent.authorization(
            asked.body, host=asked.headers["host"], at=at, secret_id="AKIDmadeUp", secret_key="made-up-secret-key",
            content_type=asked.headers["content-type"],
        )  # fmt: skip
        assert ours == asked.headers["authorization"]

    def test_the_provider_s_own_sdk_asks_for_the_same(self, account: Account, provider: Provider) -> None:
        Tencent().send(account, self.case.outgoing("明天上门"))
        _ask_by_sdk(provider)
        ours, theirs = provider.asked
        assert ours.json == theirs.json
        assert ours.headers["x-tc-version"] == theirs.headers["x-tc-version"]

    @pytest.mark.parametrize(
        ("code", "word", "lasting", "after"),
        [("FailedOperation.PhoneNumberInBlacklist", "unsubscribed", True, 0),
         ("LimitExceeded.PhoneNumberOneHourLimit", "number_limit", False, 3_600),
         ("FailedOperation.InsufficientBalanceInSmsPackage", "refused", False, 0)],
    )  # fmt: skip
    def test_refusals_have_words(
        self, account: Account, provider: Provider, code: str, word: str, lasting: bool, after: int
    ) -> None:
        status = {"SerialNo": "", "PhoneNumber": "+8613800002210", "Fee": 0, "Code": code, "Message": "no"}
        provider.on("/", {"Response": {"SendStatusSet": [status], "RequestId": "a0aabda6"}})
        with pytest.raises(ChannelError) as error:
            Tencent().send(account, self.case.outgoing("words"))
        assert (error.value.code, error.value.permanent, error.value.after_s) == (word, lasting, after)

    def test_an_answer_that_is_an_error_is_one(self, account: Account, provider: Provider) -> None:
        error = {"Code": "AuthFailure.SignatureFailure", "Message": "signature"}
        provider.on("/", {"Response": {"Error": error, "RequestId": "a0aabda6"}})
        with pytest.raises(ChannelError) as refused:
            Tencent().send(account, self.case.outgoing("words"))
        assert (refused.value.code, refused.value.permanent) == ("refused", False)

    def test_it_is_asked_whether_a_template_is_approved(self, account: Account) -> None:
        found = Tencent().verdict(account, Form("1110"))
        assert (found.state, found.reason) == ("rejected", "签名与内容不符")


def _ask_by_sdk(provider: Provider) -> None:
    request = SendSmsRequest()
    request.from_json_string(json.dumps({
        "PhoneNumberSet": ["+8613800002210"], "SmsSdkAppId": "1400000001", "SignName": "海港洗衣", "TemplateId": "1110",
        "TemplateParamSet": ["明天上门", "YN-7"], "SessionContext": "key",
    }))  # fmt: skip
    http = HttpProfile(protocol="http", endpoint=provider.url.removeprefix("http://"), keepAlive=False)
    client = SmsClient(Credential("AKIDmadeUp", "made-up-secret-key"), "ap-guangzhou", ClientProfile(httpProfile=http))
    client.SendSms(request)
