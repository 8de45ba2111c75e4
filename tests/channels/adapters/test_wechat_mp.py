"""Does the adapter of a 公众号 keep the contract, and what is its own: plain mode, templates outside of the window?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests import factories
from tests.channels.adapters import weixin_calls
from tests.channels.adapters.suite import NOW, Case, FilesContract, Payload, TalkingContract, TimedContract
from tests.channels.provider import Asked, Provider, Says
from yingnuo.channels import post
from yingnuo.channels.adapters.wechat_mp import WechatMp
from yingnuo.channels.contract import Account, ChannelError, File, Form, Hook, Media, Outgoing, Rejected
from yingnuo.channels.models import Channel, Conversation, Delivery, Raw
from yingnuo.journey import heard, reply
from yingnuo.tickets.models import Ticket

APP, CHEN = "wx5f0e1d2c3b4a5968", "oR5GjjgEhCMJFyzaVZdrxZ2zRRF4"
_SECOND = int(NOW.timestamp()) - 5


def message(kind: str, number: int, **content: object) -> bytes:
    """One message as it comes."""
    parts = {"ToUserName": "gh_7f083739789a", "FromUserName": CHEN, "CreateTime": _SECOND, "MsgType": kind}
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in {**parts, **content}.items())
    return f"<xml>{inner}<MsgId>{23200000000000000 + number}</MsgId></xml>".encode()


def event(kind: str, **content: object) -> bytes:
    """One event as it comes; the end of a template carries the template's own MsgID."""
    parts = {"ToUserName": "gh_7f083739789a", "FromUserName": CHEN, "CreateTime": _SECOND, "MsgType": "event"}
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in {**parts, "Event": kind, **content}.items())
    return f"<xml>{inner}</xml>".encode()


class MpCase(Case):
    """An account with one follower."""

    kind = "wechat_mp"
    peer = CHEN

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {
            "app_id": APP, "api": provider.url, "outside": "tpl-1",
            "outside_values": "thing1 = {{ subject }}\ncharacter_string2 = {{ number }}\nurl = {{ url }}",
        }  # fmt: skip

    def secrets(self) -> dict[str, str]:
        return {"app_secret": "made-up-mp-secret", "token": weixin_calls.TOKEN, "aes_key": weixin_calls.AES_KEY}

    def payloads(self) -> Sequence[Payload]:
        place = {"Location_X": "23.134521", "Location_Y": "113.358803", "Scale": 20, "Label": "天河区"}
        link = {"Title": "E3 怎么办", "Description": "说明", "Url": "https://laundry.example/e3"}
        return (
            Payload("text", message("text", 1, Content="滚筒不转了"), words=("滚筒不转了",)),
            Payload("image", message("image", 2, PicUrl="http://a.example/1", MediaId="img"), words=("",), media=1),
            Payload("voice", message("voice", 3, MediaId="v", Recognition="漏水了"), words=("漏水了",), media=1),
            Payload("video", message("video", 4, MediaId="v", ThumbMediaId="t"), words=("",), media=1),
            Payload("short", message("shortvideo", 5, MediaId="v", ThumbMediaId="t"), words=("",), media=1),
            Payload("place", message("location", 6, **place), words=("天河区\n23.134521, 113.358803",)),
            Payload("link", message("link", 7, **link), words=("E3 怎么办\n说明\nhttps://laundry.example/e3",)),
            Payload("odd", message("of_tomorrow", 8), words=("[of_tomorrow]",)),
            Payload("follows", event("subscribe")),
            Payload("left", event("unsubscribe")),
            Payload("menu", event("CLICK", EventKey="REPAIR")),
            Payload("template", event("TEMPLATESENDJOBFINISH", MsgID=200163836, Status="success"), receipts=1),
        )

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        return weixin_calls.sealed(body, at, receiver=APP)

    def forged(self, hook: Hook) -> Sequence[Hook]:
        plain = weixin_calls.plain(message("text", 9, Content="你好"), NOW)
        return [*weixin_calls.forged(hook), plain]

    def answers(self, provider: Provider) -> None:
        provider.on("/cgi-bin/stable_token", {"access_token": "at-1", "expires_in": 7200})
        provider.on("/cgi-bin/message/custom/send", {"errcode": 0, "errmsg": "ok"})
        provider.on("/cgi-bin/message/template/send", {"errcode": 0, "errmsg": "ok", "msgid": 200163836})
        provider.on("/cgi-bin/message/subscribe/bizsend", {"errcode": 0, "errmsg": "ok"})
        provider.on("/cgi-bin/get_api_domain_ip", {"ip_list": ["101.226.62.77"]})
        provider.on("/cgi-bin/media/upload", {"type": "image", "media_id": "up-1", "created_at": _SECOND})
        name = {"Content-Disposition": 'attachment; filename="panel.jpg"'}
        provider.on("/cgi-bin/media/get", Says(b"\xff\xd8\xff", headers=name, content_type="image/jpeg"))

    def sent(self, provider: Provider) -> Sequence[Asked]:
        return provider.to("/cgi-bin/message/custom/send")

    def text_of(self, asked: Asked) -> str:
        return str(asked.json["text"]["content"])

    def media(self) -> Media | None:
        return Media("img", "", "image/jpeg")


class TestWechatMp(TimedContract, TalkingContract, FilesContract):
    """The contract, and what is a 公众号's own."""

    case = MpCase()

    def test_the_address_is_proved_by_the_plain_signature(self, account: Account) -> None:
        hook = weixin_calls.plain(b"", NOW)
        good = replace(hook, method="GET", query={**hook.query, "echostr": "4717"})
        assert WechatMp().verify(account, good).answer.body == b"4717"
        with pytest.raises(Rejected):
            WechatMp().verify(account, replace(good, query={**good.query, "nonce": "1"}))

    def test_plain_mode_takes_plain_calls_only_where_it_is_chosen(self, account: Account) -> None:
        hook = weixin_calls.plain(message("text", 10, Content="你好"), NOW)
        chosen = replace(account, settings={**account.settings, "encryption": "plain"})
        assert WechatMp().verify(chosen, hook).body == hook.body
        with pytest.raises(Rejected):
            WechatMp().verify(account, hook)
        with pytest.raises(Rejected):
            WechatMp().verify(chosen, replace(hook, query={**hook.query, "signature": "0" * 40}))

    def test_outside_of_the_window_the_template_goes_and_its_end_is_told(
        self, channel: Channel, provider: Provider
    ) -> None:
        later = NOW + timedelta(hours=49)
        row = self._answered_at(channel, later)
        assert not self.case.sent(provider)
        [asked] = provider.to("/cgi-bin/message/template/send")
        ticket = Ticket.objects.get()
        assert asked.json["data"]["character_string2"]["value"] == ticket.number
        assert (asked.json["template_id"], asked.json["touser"]) == ("tpl-1", CHEN)
        assert asked.json["url"].startswith("http")
        body = event("TEMPLATESENDJOBFINISH", MsgID=200163836, Status="failed:user block")
        Raw.objects.create(channel=channel, key="end", content=body, size=1, received_at=later)
        heard.take_waiting(now=later)
        row.refresh_from_db()
        assert (row.state, row.problem) == ("failed", "blocked")

    def test_a_template_takes_nothing_from_the_five(self, channel: Channel) -> None:
        self._answered_at(channel, NOW + timedelta(hours=49))
        assert Conversation.objects.get().sent_since == 0

    def test_a_subscription_message_has_its_own_door(self, account: Account, provider: Provider) -> None:
        chosen = replace(account, settings={**account.settings, "outside_kind": "subscribe"})
        out = Outgoing("key", CHEN, "", "", form=Form("sub-1", (("thing1", "洗衣机"),)))
        WechatMp().send(chosen, out)
        assert provider.to("/cgi-bin/message/subscribe/bizsend")[0].json["template_id"] == "sub-1"

    def test_a_picture_goes_and_a_paper_is_refused_before_anything_is_sent(
        self, account: Account, provider: Provider
    ) -> None:
        picture = File("panel.png", "image/png", b"\x89PNG")
        WechatMp().send(account, Outgoing("key", CHEN, "", "看图", files=(picture,)))
        assert [asked.json["msgtype"] for asked in self.case.sent(provider)] == ["text", "image"]
        paper = File("manual.pdf", "application/pdf", b"%PDF")
        with pytest.raises(ChannelError) as error:
            WechatMp().send(account, Outgoing("other", CHEN, "", "看书", files=(paper,)))
        assert (error.value.code, error.value.permanent, len(self.case.sent(provider))) == ("file_not_taken", True, 2)

    def test_umlauts_and_han_go_unescaped(self, account: Account, provider: Provider) -> None:
        WechatMp().send(account, Outgoing("key", CHEN, "", "您好 ä"))
        assert "您好 ä".encode() in self.case.sent(provider)[0].body

    def _answered_at(self, channel: Channel, at: datetime) -> Delivery:
        body = self.case.payloads()[0].body
        Raw.objects.create(channel=channel, key="words", content=body, size=1, received_at=NOW)
        heard.take_waiting(now=NOW)
        alice = factories.actor(factories.Staff.objects.get(username="alice"))
        with time_machine.travel(at, tick=False):
            said = reply.Said("零件到了，明天上门。")
            message = reply.answer(alice, ticket_id=Ticket.objects.get().pk, said=said, now=at)
            post.deliver_due()
        row = Delivery.objects.get(message=message)
        assert (row.state, row.problem) == ("sent", "")
        return row
