"""Do the robots of groups, and the webhook for notices, keep the contract; do they sign and mention as told?"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

import pytest
import time_machine

from tests.channels.adapters.suite import NOW, Case, Payload, SendingContract
from tests.channels.provider import Asked, Provider, Says
from yingnuo.channels.adapters.robot_webhook import RobotWebhook
from yingnuo.channels.adapters.robots import RobotDingTalk, RobotFeishu, RobotWecom
from yingnuo.channels.contract import Account, ChannelError, Outgoing
from yingnuo.channels.models import Channel


class RobotCase(Case):
    """A robot of a group."""

    peer = "alice,+8613800000001"

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {"api": provider.url}

    def payloads(self) -> Sequence[Payload]:
        return ()

    def answers(self, provider: Provider) -> None:
        provider.on("/", {"errcode": 0, "errmsg": "ok", "code": 0})

    def sent(self, provider: Provider) -> Sequence[Asked]:
        return provider.asked


class WecomCase(RobotCase):
    kind = "robot_wecom"

    def secrets(self) -> dict[str, str]:
        return {"url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx"}

    def text_of(self, asked: Asked) -> str:
        return str(asked.json["text"]["content"])


class DingCase(RobotCase):
    kind = "robot_dingtalk"

    def secrets(self) -> dict[str, str]:
        return {"url": "https://oapi.dingtalk.com/robot/send?access_token=made-up-robot", "secret": "SECmade-up"}

    def text_of(self, asked: Asked) -> str:
        return str(asked.json["text"]["content"]).partition("\n")[2]


class FeishuCase(RobotCase):
    kind = "robot_feishu"

    def secrets(self) -> dict[str, str]:
        return {"url": "https://open.feishu.cn/open-apis/bot/v2/hook/made-up-robot", "secret": "made-up-sign"}

    def text_of(self, asked: Asked) -> str:
        return str(asked.json["content"]["post"]["zh_cn"]["content"][0][-1]["text"]).strip()


class WebhookCase(RobotCase):
    kind = "robot_webhook"

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {"url": f"{provider.url}/yingnuo"}

    def secrets(self) -> dict[str, str]:
        return {"secret": "whsec_" + base64.b64encode(b"made-up-webhook-secret").decode()}

    def text_of(self, asked: Asked) -> str:
        return str(asked.json["text"])


class TestRobotWecom(SendingContract):
    case = WecomCase()

    def test_people_are_mentioned_by_id_and_phone(self, account: Account, provider: Provider) -> None:
        RobotWecom().send(account, Outgoing("key", "alice,+8613800000001,@all", "主题", "要超时了"))
        [asked] = provider.asked
        assert asked.query == {"key": "693a91f6-7xxx"}
        assert asked.json["text"] == {
            "content": "要超时了", "mentioned_list": ["alice", "@all"], "mentioned_mobile_list": ["13800000001"],
        }  # fmt: skip

    def test_twenty_a_minute_and_the_rest_waits(self, account: Account, provider: Provider) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            for number in range(20):
                RobotWecom().send(account, Outgoing(f"k{number}", "", "", "好"))
            with pytest.raises(ChannelError) as error:
                RobotWecom().send(account, Outgoing("more", "", "", "好"))
            assert (error.value.waits, error.value.after_s, len(provider.asked)) == (True, 60, 20)
            clock.shift(61)
            RobotWecom().send(account, Outgoing("more", "", "", "好"))
        assert len(provider.asked) == 21

    def test_nobody_calls_it(self, channel: Channel) -> None:
        assert not RobotWecom.profile.hook

    @pytest.mark.parametrize("url", ["", "http://qyapi.weixin.qq.com/x", "file:///etc/passwd", "https://"])
    def test_only_protected_addresses_are_asked(self, account: Account, provider: Provider, url: str) -> None:
        bare = Account("there", account.settings, {"url": url})
        with pytest.raises(ChannelError) as error:
            RobotWecom().send(bare, Outgoing("key", "", "", "好"))
        assert (error.value.code, provider.asked) == ("bad_url", [])


class TestRobotDingTalk(SendingContract):
    case = DingCase()

    def test_it_signs_and_mentions(self, account: Account, provider: Provider) -> None:
        with time_machine.travel(NOW, tick=False):
            RobotDingTalk().send(account, Outgoing("key", "manager4220,13800000001", "", "要超时了"))
        [asked] = provider.asked
        told = str(int(NOW.timestamp()) * 1000)
        mac = hmac.new(b"SECmade-up", f"{told}\nSECmade-up".encode(), hashlib.sha256)
        sign = base64.b64encode(mac.digest()).decode()
        assert asked.query == {"access_token": "made-up-robot", "timestamp": told, "sign": sign}
        assert asked.json["at"] == {
            "atMobiles": ["13800000001"], "atUserIds": ["manager4220"], "isAtAll": False,
        }  # fmt: skip
        assert asked.json["text"]["content"] == "@manager4220 @13800000001 \n要超时了"

    def test_too_many_is_waited_for(self, account: Account, provider: Provider) -> None:
        provider.on("/", {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"})
        with pytest.raises(ChannelError) as error:
            RobotDingTalk().send(account, Outgoing("key", "", "", "好"))
        assert (error.value.code, error.value.permanent, error.value.after_s) == ("too_many", False, 60)


class TestRobotFeishu(SendingContract):
    case = FeishuCase()

    def test_it_signs_and_mentions(self, account: Account, provider: Provider) -> None:
        with time_machine.travel(NOW, tick=False):
            RobotFeishu().send(account, Outgoing("key", "ou_1,13800000001,@all", "主题", "要超时了"))
        [asked] = provider.asked
        told = str(int(NOW.timestamp()))
        mac = hmac.new(f"{told}\nmade-up-sign".encode(), b"", hashlib.sha256)
        assert (asked.json["timestamp"], asked.json["sign"]) == (told, base64.b64encode(mac.digest()).decode())
        [line] = asked.json["content"]["post"]["zh_cn"]["content"]
        assert [part.get("user_id") for part in line] == ["ou_1", "all", None]

    def test_a_wrong_signature_is_ours_to_set_right(self, account: Account, provider: Provider) -> None:
        provider.on("/", {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"})
        with pytest.raises(ChannelError) as error:
            RobotFeishu().send(account, Outgoing("key", "", "", "好"))
        assert (error.value.code, error.value.permanent) == ("refused", False)


class TestRobotWebhook(SendingContract):
    case = WebhookCase()

    def test_it_signs_as_the_standard_says(self, account: Account, provider: Provider) -> None:
        values = (("ticket", "YN-7"),)
        RobotWebhook().send(account, Outgoing("notice-5-1", "alice", "主题", "要超时了", values=values))
        [asked] = provider.asked
        signed = f"notice-5-1.{asked.headers['webhook-timestamp']}.".encode() + asked.body
        mac = hmac.new(b"made-up-webhook-secret", signed, hashlib.sha256)
        assert asked.headers["webhook-signature"] == "v1," + base64.b64encode(mac.digest()).decode()
        assert asked.headers["webhook-id"] == "notice-5-1"
        assert json.loads(asked.body) == {
            "type": "notice", "subject": "主题", "text": "要超时了", "to": "alice", "ticket": "YN-7",
        }  # fmt: skip

    def test_a_redirect_is_not_followed(self, account: Account, provider: Provider) -> None:
        provider.on("/", Says({}, 302, {"Location": "http://elsewhere.example/"}))
        with pytest.raises(ChannelError) as error:
            RobotWebhook().send(account, Outgoing("key", "", "", "好"))
        assert error.value.permanent
