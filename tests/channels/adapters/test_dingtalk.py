"""Does the adapter of 钉钉 keep the contract, by its hook and over the connection it holds?"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from dingtalk_stream.frames import AckMessage, CallbackMessage

from tests.channels.adapters.suite import NOW, Case, FilesContract, Payload, TalkingContract, TimedContract
from tests.channels.gateway import Gateway, open_gateway
from tests.channels.provider import Asked, Provider, Says, serving
from yingnuo.channels import hooks
from yingnuo.channels.adapters.dingtalk import DingTalk, signed
from yingnuo.channels.adapters.dingtalk_held import TOPIC
from yingnuo.channels.contract import Account, ChannelError, File, Hook, Media, Outgoing, Rejected
from yingnuo.channels.models import Channel, Raw

_MOMENT = int(NOW.timestamp() * 1000) - 4_000
_NUMBERS = iter(range(1, 10**6))


def message(kind: str, *, number: str = "", **said: Any) -> bytes:
    """What 钉钉 tells of one message to the robot."""
    known = {
        "conversationId": "cidXXX", "chatbotCorpId": "ding9f50b15bccd16741", "chatbotUserId": "$:LWCP_v1:$bot",
        "msgId": number or f"msg{next(_NUMBERS)}==", "senderNick": "陈莉", "isAdmin": False,
        "senderStaffId": "manager4220",
        "sessionWebhookExpiredTime": _MOMENT + 7_200_000, "createAt": _MOMENT, "conversationType": "1",
        "senderId": "$:LWCP_v1:$Ff09GIxm", "sessionWebhook": "https://oapi.dingtalk.com/robot/sendBySession?session=6d6",
        "robotCode": "dingue4kfzdxbynxxxxx", "msgtype": kind,
    }  # fmt: skip
    return json.dumps({**known, **said}, ensure_ascii=False).encode()


class DingCase(Case):
    """A robot with one colleague."""

    kind = "dingtalk"
    peer = "manager4220"

    def settings(self, provider: Provider) -> dict[str, Any]:
        api = {"api": provider.url, "old_api": provider.url}
        return {"client_id": "dingue4kfzdxbynxxxxx", "mode": "hook", **api}

    def secrets(self) -> dict[str, str]:
        return {"client_secret": "made-up-client-secret"}

    def payloads(self) -> Sequence[Payload]:
        rich = {"richText": [{"text": "面板"}, {"downloadCode": "rich", "type": "picture"}, {"text": "不亮"}]}
        voice = {"downloadCode": "v", "recognition": "滚筒不转", "duration": 4000}
        return (
            Payload("text", message("text", text={"content": " 洗衣机报 E3 "}), words=("洗衣机报 E3",)),
            Payload("picture", message("picture", content={"downloadCode": "p"}), words=("",), media=1),
            Payload("voice", message("audio", content=voice), words=("滚筒不转",), media=1),
            Payload("video", message("video", content={"downloadCode": "v", "videoType": "mp4"}), words=("",), media=1),
            Payload("file", message("file", content={"downloadCode": "f", "fileName": "单.pdf"}), words=("",), media=1),
            Payload("rich", message("richText", content=rich), words=("面板不亮",), media=1),
            Payload("odd", message("of_tomorrow"), words=("[of_tomorrow]",)),
            Payload("group", message("text", conversationType="2", text={"content": "@机器人 大家好"})),
        )

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        told = str(int(at.timestamp() * 1000))
        sign = signed(told, account.secrets["client_secret"])
        return Hook("POST", {}, {"timestamp": told, "sign": sign}, body, at)

    def forged(self, hook: Hook) -> Sequence[Hook]:
        other = {**hook.headers, "timestamp": str(int(hook.headers["timestamp"]) + 1)}
        return (
            replace(hook, headers={}), replace(hook, headers=other), replace(hook, body=b"[]"),
            replace(hook, headers={**hook.headers, "sign": "AAAA"}),
        )  # fmt: skip

    def answers(self, provider: Provider) -> None:
        provider.on("/v1.0/oauth2/accessToken", {"accessToken": "at-1", "expireIn": 7200})
        sent = {"processQueryKey": "pqk-1", "invalidStaffIdList": [], "flowControlledStaffIdList": []}
        provider.on("/v1.0/robot/oToMessages/batchSend", sent)
        provider.on("/media/upload", {"errcode": 0, "media_id": "@up-1", "type": "image"})
        provider.on("/robot/sendBySession", {"errcode": 0, "errmsg": "ok"})
        download = {"downloadUrl": f"{provider.url}/files/panel.png"}
        provider.on("/v1.0/robot/messageFiles/download", lambda _asked: Says(download))
        provider.on("/files/", Says(b"\x89PNG", content_type="image/png"))

    def sent(self, provider: Provider) -> Sequence[Asked]:
        return provider.to("/v1.0/robot/oToMessages/batchSend")

    def text_of(self, asked: Asked) -> str:
        return str(json.loads(asked.json["msgParam"])["content"])

    def media(self) -> Media | None:
        return Media("p", "panel.png", "image/png")


class TestDingTalk(TimedContract, TalkingContract, FilesContract):
    """The contract, and what is 钉钉's own."""

    case = DingCase()

    def test_the_hook_is_shut_where_the_connection_is_held(self, channel: Channel) -> None:
        Channel.objects.update(settings={**channel.settings, "mode": "stream"})
        channel.refresh_from_db()
        account = Account("there", channel.settings, self.case.secrets())
        with pytest.raises(Rejected):
            hooks.take(channel, self.case.hook(self.case.payloads()[0].body, account, NOW))
        assert not Raw.objects.exists()

    def test_pictures_and_papers_go_by_their_ids(self, account: Account, provider: Provider) -> None:
        files = (File("p.png", "image/png", b"\x89PNG"), File("单.pdf", "application/pdf", b"%PDF"))
        DingTalk().send(account, Outgoing("key", self.case.peer, "", "看图", files=files))
        sent = [(a.json["msgKey"], json.loads(a.json["msgParam"])) for a in self.case.sent(provider)]
        assert sent[1] == ("sampleImageMsg", {"photoURL": "@up-1"})
        assert sent[2] == ("sampleFile", {"mediaId": "@up-1", "fileName": "单.pdf", "fileType": "pdf"})

    @pytest.mark.parametrize(
        ("named", "code", "lasting"),
        [("invalidStaffIdList", "unknown_person", True), ("flowControlledStaffIdList", "too_many", False)],
    )
    def test_who_is_not_reached_is_said(
        self, account: Account, provider: Provider, named: str, code: str, lasting: bool
    ) -> None:
        provider.on("/v1.0/robot/oToMessages/batchSend", {"processQueryKey": "k", named: [self.case.peer]})
        with pytest.raises(ChannelError) as error:
            DingTalk().send(account, Outgoing("key", self.case.peer, "", "你好"))
        assert (error.value.code, error.value.permanent) == (code, lasting)

    def test_a_token_that_ended_is_asked_for_anew_once(self, account: Account, provider: Provider) -> None:
        tokens = iter(("old", "new", "never"))
        provider.on("/v1.0/oauth2/accessToken", lambda _a: Says({"accessToken": next(tokens), "expireIn": 7200}))

        def send(asked: Asked) -> Says:
            if asked.headers["x-acs-dingtalk-access-token"] == "new":
                return Says({"processQueryKey": "k"})
            return Says({"code": "InvalidAuthentication", "message": "不合法的access_token"}, 400)

        provider.on("/v1.0/robot/oToMessages/batchSend", send)
        assert DingTalk().send(account, Outgoing("key", self.case.peer, "", "你好")) == "k"
        assert len(self.case.sent(provider)) == 2

    def test_whom_the_company_does_not_know_is_answered_where_he_spoke(
        self, account: Account, provider: Provider
    ) -> None:
        here = message("text", senderStaffId="", sessionWebhook=f"{provider.url}/robot/sendBySession?session=1")
        [arrival] = DingTalk().understand(account, here, NOW).arrivals
        DingTalk().send(account, Outgoing("key", arrival.peer, "", "好的"))
        assert provider.to("/robot/sendBySession")[0].json["text"] == {"content": "好的"}

    def test_an_address_elsewhere_is_never_answered(self, account: Account, provider: Provider) -> None:
        away = message("text", senderStaffId="", sessionWebhook="http://elsewhere.example/robot/sendBySession")
        [arrival] = DingTalk().understand(account, away, NOW).arrivals
        with pytest.raises(ChannelError) as error:
            DingTalk().send(account, Outgoing("key", arrival.peer, "", "好的"))
        assert error.value.code == "session_over"

    def test_a_file_elsewhere_is_never_fetched(self, account: Account, provider: Provider) -> None:
        provider.on("/v1.0/robot/messageFiles/download", {"downloadUrl": "http://169.254.169.254/latest"})
        with pytest.raises(ChannelError) as error:
            DingTalk().fetch(account, Media("p"))
        assert error.value.code == "bad_url"


Kept = list[tuple[str, bytes]]
Hold = Callable[[], tuple[Kept, threading.Thread]]


class TestStream:
    """The held connection."""

    @pytest.fixture
    def gateway(self) -> Iterator[Gateway]:
        with open_gateway() as gateway:
            yield gateway

    @pytest.fixture
    def provider(self, gateway: Gateway) -> Iterator[Provider]:
        with serving(Provider()) as provider:
            provider.on("/v1.0/gateway/connections/open", {"endpoint": f"{gateway.url}/connect", "ticket": "t/1"})
            yield provider

    @pytest.fixture
    def account(self, provider: Provider) -> Account:
        case = DingCase()
        return Account("there", {**case.settings(provider), "mode": "stream"}, case.secrets())

    def test_a_message_is_confirmed_only_when_it_is_stored(self, gateway: Gateway, account: Account) -> None:
        stored, stop, order = [], threading.Event(), []

        def keep(bodies: Sequence[tuple[str, bytes]]) -> None:
            stored.extend(bodies)
            order.append(len(gateway.got))

        gateway.send(frame("CALLBACK", TOPIC, "f1", message("text", number="m1", text={"content": "在吗"}).decode()))
        with listening(account, keep, stop):
            gateway.wait_for(1)
        assert [key for key, _body in stored] == ["msg:m1"]
        assert order == [0, 0]  # at the beginning to say that it stands, then before the confirmation
        told = json.loads(gateway.got[0])
        assert (told["code"], told["headers"]["messageId"]) == (200, "f1")
        assert gateway.paths == ["/connect?ticket=t%2F1"]

    def test_our_confirmation_is_that_of_the_providers_library(self, gateway: Gateway, account: Account) -> None:
        given = frame("CALLBACK", TOPIC, "f1", message("text", text={"content": "在吗"}).decode())
        gateway.send(given)
        with listening(account, lambda _bodies: None, threading.Event()):
            gateway.wait_for(1)
        theirs = AckMessage()
        theirs.headers.message_id = CallbackMessage.from_dict(json.loads(given)).headers.message_id
        theirs.headers.content_type, theirs.message, theirs.data = "application/json", "OK", {"response": {}}
        assert json.loads(gateway.got[0]) == theirs.to_dict()

    def test_what_cannot_be_stored_is_not_confirmed(self, gateway: Gateway, account: Account) -> None:
        def keep(bodies: Sequence[tuple[str, bytes]]) -> None:
            if bodies:
                raise OSError("the disk is full")

        gateway.send(frame("CALLBACK", TOPIC, "f1", message("text").decode()))
        with pytest.raises(ChannelError):
            DingTalk().listen(account, keep, threading.Event())
        assert gateway.got == []

    def test_a_ping_is_answered_with_its_own_words(self, gateway: Gateway, account: Account) -> None:
        gateway.send(frame("SYSTEM", "ping", "p1", '{"opaque":"x"}'))
        with listening(account, lambda _bodies: None, threading.Event()):
            gateway.wait_for(1)
        assert json.loads(gateway.got[0])["data"] == '{"opaque":"x"}'

    def test_it_ends_when_the_gateway_says_so(self, gateway: Gateway, account: Account) -> None:
        gateway.send(frame("SYSTEM", "disconnect", "d1", "{}"))
        DingTalk().listen(account, lambda _bodies: None, threading.Event())
        assert gateway.paths

    def test_a_broken_connection_is_said(self, gateway: Gateway, account: Account) -> None:
        threading.Timer(0.3, gateway.drop).start()
        with pytest.raises(ChannelError) as error:
            DingTalk().listen(account, lambda _bodies: None, threading.Event())
        assert (error.value.code, error.value.permanent) == ("broken", False)

    def test_rubbish_does_not_end_it(self, gateway: Gateway, account: Account) -> None:
        gateway.send("rubbish", "[]", b"\xff", frame("EVENT", "*", "e1", "{}"), frame("SYSTEM", "ping", "p1", "{}"))
        with listening(account, lambda _bodies: None, threading.Event()):
            gateway.wait_for(2)
        assert [json.loads(one)["headers"]["messageId"] for one in gateway.got] == ["e1", "p1"]

    def test_an_address_without_protection_is_refused_abroad(self, account: Account, provider: Provider) -> None:
        provider.on("/v1.0/gateway/connections/open", {"endpoint": "http://elsewhere.example", "ticket": "t"})
        with pytest.raises(ChannelError) as error:
            DingTalk().listen(account, lambda _bodies: None, threading.Event())
        assert error.value.code == "no_ticket"


def frame(kind: str, topic: str, number: str, data: str) -> str:
    """One frame of the gateway."""
    headers = {"topic": topic, "messageId": number, "contentType": "application/json", "time": str(_MOMENT)}
    return json.dumps({"specVersion": "1.0", "type": kind, "headers": headers, "data": data}, ensure_ascii=False)


class listening:  # noqa: N801  # read as a phrase
    """Listens in a thread while the block runs."""

    def __init__(self, account: Account, keep: Any, stop: threading.Event) -> None:
        self.stop = stop
        self.thread = threading.Thread(target=DingTalk().listen, args=(account, keep, stop))

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_error: object) -> None:
        self.stop.set()
        self.thread.join(timeout=5)
        assert not self.thread.is_alive()
