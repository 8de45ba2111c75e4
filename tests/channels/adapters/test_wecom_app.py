"""Does the adapter of an application of 企业微信 keep the contract?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from tests.channels.adapters import weixin_calls
from tests.channels.adapters.suite import NOW, Case, FilesContract, Payload, TalkingContract, TimedContract
from tests.channels.provider import Asked, Provider, Says
from yingnuo.channels.adapters.wecom_app import WecomApp
from yingnuo.channels.contract import Account, ChannelError, File, Hook, Media, Outgoing

CORP = "ww7a1b2c3d4e5f6071"
_SECOND = int(NOW.timestamp()) - 5


def message(kind: str, number: int, **content: object) -> bytes:
    """One message as it comes."""
    parts = {"ToUserName": CORP, "FromUserName": "eve", "CreateTime": _SECOND, "MsgType": kind}
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in {**parts, **content}.items())
    return f"<xml>{inner}<MsgId>{7000 + number}</MsgId><AgentID>1000002</AgentID></xml>".encode()


class AppCase(Case):
    """An application with one member of staff."""

    kind = "wecom_app"
    peer = "eve"

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {"corp_id": CORP, "agent_id": 1000002, "api": provider.url}

    def secrets(self) -> dict[str, str]:
        return {"secret": "made-up-app-secret", "token": weixin_calls.TOKEN, "aes_key": weixin_calls.AES_KEY}

    def payloads(self) -> Sequence[Payload]:
        place = {"Location_X": "23.1", "Location_Y": "113.3", "Label": "仓库"}
        entered = f"<xml><FromUserName>eve</FromUserName><CreateTime>{_SECOND}</CreateTime>"
        entered += "<MsgType>event</MsgType><Event>enter_agent</Event></xml>"
        return (
            Payload("text", message("text", 1, Content="客户要求上门"), words=("客户要求上门",)),
            Payload("image", message("image", 2, PicUrl="http://a.example/1", MediaId="img"), words=("",), media=1),
            Payload("voice", message("voice", 3, MediaId="v", Format="amr"), words=("",), media=1),
            Payload("file", message("file", 4, MediaId="f", FileName="单据.xlsx"), words=("",), media=1),
            Payload("place", message("location", 5, **place), words=("仓库\n23.1, 113.3",)),
            Payload("entered", entered.encode()),
        )

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        return weixin_calls.sealed(body, at, receiver=CORP)

    def forged(self, hook: Hook) -> Sequence[Hook]:
        return weixin_calls.forged(hook)

    def answers(self, provider: Provider) -> None:
        provider.on("/cgi-bin/gettoken", {"errcode": 0, "access_token": "at-1", "expires_in": 7200})
        provider.on("/cgi-bin/message/send", {"errcode": 0, "errmsg": "ok", "msgid": "mid-1"})
        provider.on("/cgi-bin/agent/get", {"errcode": 0, "name": "售后"})
        provider.on("/cgi-bin/media/upload", {"errcode": 0, "type": "file", "media_id": "up-1"})
        name = {"Content-Disposition": 'attachment; filename="panel.jpg"'}
        provider.on("/cgi-bin/media/get", Says(b"\xff\xd8\xff", headers=name, content_type="image/jpeg"))

    def sent(self, provider: Provider) -> Sequence[Asked]:
        return provider.to("/cgi-bin/message/send")

    def text_of(self, asked: Asked) -> str:
        return str(asked.json["text"]["content"])

    def media(self) -> Media | None:
        return Media("img", "", "image/jpeg")


class TestWecomApp(TimedContract, TalkingContract, FilesContract):
    """The contract, and what is its own."""

    case = AppCase()

    def test_the_address_is_proved(self, account: Account) -> None:
        checked = WecomApp().verify(account, weixin_calls.echo("3041558901", NOW, receiver=CORP))
        assert (checked.body, checked.answer.body) == (b"", b"3041558901")

    def test_any_file_goes_by_its_id(self, account: Account, provider: Provider) -> None:
        paper = File("manual.pdf", "application/pdf", b"%PDF")
        assert WecomApp().send(account, Outgoing("key", "eve", "", "看书", files=(paper,))) == "mid-1"
        assert self.case.sent(provider)[1].json["file"] == {"media_id": "up-1"}
        assert b'filename="manual.pdf"' in provider.to("/cgi-bin/media/upload")[0].body

    def test_who_is_not_there_is_said(self, account: Account, provider: Provider) -> None:
        provider.on("/cgi-bin/message/send", {"errcode": 0, "invaliduser": "eve|dee", "msgid": "m"})
        with pytest.raises(ChannelError) as error:
            WecomApp().send(account, Outgoing("key", "eve", "", "你好"))
        assert (error.value.code, error.value.permanent) == ("unknown_person", True)

    def test_a_file_that_is_gone_is_said_in_the_providers_words(self, account: Account, provider: Provider) -> None:
        provider.on("/cgi-bin/media/get", {"errcode": 40007, "errmsg": "invalid media_id"})
        with pytest.raises(ChannelError) as error:
            WecomApp().fetch(account, Media("gone"))
        assert (error.value.code, error.value.permanent) == ("file_gone", True)
