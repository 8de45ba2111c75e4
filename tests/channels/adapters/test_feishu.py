"""Does the adapter of 飞书 keep the contract, by its hook and over the long connection?"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import threading
import types
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.channels.adapters.suite import NOW, Case, FilesContract, Payload, ReceiptsContract, TimedContract
from tests.channels.gateway import Gateway, open_gateway
from tests.channels.provider import Asked, Provider, Says, serving
from yingnuo.channels.adapters.feishu import Feishu, decrypted, signature
from yingnuo.channels.contract import Account, ChannelError, File, Hook, Media, Outgoing, ReceiptState, Rejected

_MOMENT = int(NOW.timestamp() * 1000) - 4_000
_NUMBERS = iter(range(1, 10**6))
_TOKEN, _KEY = "made_up_verification", "made-up-encrypt-key"


def event(kind: str, **said: Any) -> bytes:
    """One event as 飞书 tells it (schema 2.0)."""
    header = {
        "event_id": f"ev{next(_NUMBERS)}", "token": _TOKEN, "create_time": str(_MOMENT), "event_type": kind,
        "tenant_key": "736588c9260f175d", "app_id": "cli_9f5343c580712544",
    }  # fmt: skip
    return json.dumps({"schema": "2.0", "header": header, "event": said}, ensure_ascii=False).encode()


def message(kind: str, *, chat: str = "p2p", **content: Any) -> bytes:
    """Somebody's message to the robot."""
    sender = {"sender_id": {"open_id": "ou_84aad35d084aa403", "user_id": "e33ggbyz"}, "sender_type": "user"}
    told = {
        "message_id": f"om_{next(_NUMBERS)}", "create_time": str(_MOMENT), "chat_id": "oc_5ce6d572455d36",
        "chat_type": chat,
        "message_type": kind, "content": json.dumps(content, ensure_ascii=False),
    }  # fmt: skip
    return event("im.message.receive_v1", sender=sender, message=told)


def encrypted(body: bytes) -> str:
    """As 飞书 encrypts: zeros as vector would do, any will."""
    vector, fill = bytes(range(16)), 16 - len(body) % 16
    cipher = Cipher(algorithms.AES(hashlib.sha256(_KEY.encode()).digest()), modes.CBC(vector)).encryptor()
    return base64.b64encode(vector + cipher.update(body + bytes([fill]) * fill) + cipher.finalize()).decode()


class FeishuCase(Case):
    """A robot with one colleague."""

    kind = "feishu"
    peer = "ou_84aad35d084aa403"

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {"app_id": "cli_9f5343c580712544", "mode": "hook", "api": provider.url}

    def secrets(self) -> dict[str, str]:
        return {"app_secret": "made-up-app-secret", "encrypt_key": _KEY, "token": _TOKEN}

    def payloads(self) -> Sequence[Payload]:
        lines = [
            [{"tag": "text", "text": "面板报 "}, {"tag": "a", "text": "E3", "href": "https://laundry.example/e3"}],
            [{"tag": "img", "image_key": "img_7"}, {"tag": "at", "user_name": "小应"}],
        ]
        reader = {"reader_id": {"open_id": "ou_84aad35d084aa403"}, "read_time": str(_MOMENT)}
        return (
            Payload("text", message("text", text="客户的洗衣机漏水"), words=("客户的洗衣机漏水",)),
            Payload("image", message("image", image_key="img_1"), words=("",), media=1),
            Payload("file", message("file", file_key="f_1", file_name="单.pdf"), words=("",), media=1),
            Payload("audio", message("audio", file_key="f_2", duration=2000), words=("",), media=1),
            Payload("video", message("media", file_key="f_3", image_key="i", file_name="a.mp4"), words=("",), media=1),
            Payload("post", message("post", title="报修", content=lines), media=1,
                    words=("报修\n面板报 E3 https://laundry.example/e3\n小应",)),
            Payload("place", message("location", name="仓库", longitude="113.3", latitude="23.1"),
                    words=("仓库\n23.1, 113.3",)),
            Payload("sticker", message("sticker", file_key="s"), words=("[sticker]",)),
            Payload("group", message("text", chat="group", text="大家好")),
            Payload("read", event("im.message.message_read_v1", reader=reader, message_id_list=["om_a"]), receipts=1),
            Payload("other", event("im.chat.member.bot.added_v1", chat_id="oc_1")),
        )  # fmt: skip

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        outer, told = json.dumps({"encrypt": encrypted(body)}).encode(), str(int(at.timestamp()))
        signed = signature(told, "n1", _KEY, outer)
        headers = {"x-lark-request-timestamp": told, "x-lark-request-nonce": "n1", "x-lark-signature": signed}
        return Hook("POST", {}, headers, outer, at)

    def forged(self, hook: Hook) -> Sequence[Hook]:
        other = json.dumps({"encrypt": encrypted(message("text", text="别的话"))}).encode()
        plain = message("text", text="明文")
        return (
            replace(hook, body=other), replace(hook, headers={}), replace(hook, body=plain), replace(hook, body=b"[]"),
            replace(hook, headers={**hook.headers, "x-lark-request-nonce": "n2"}),
            replace(hook, body=b'{"encrypt":"AAAA"}'),
        )  # fmt: skip

    def answers(self, provider: Provider) -> None:
        token = {"code": 0, "tenant_access_token": "t-1", "expire": 7200}
        provider.on("/open-apis/auth/v3/tenant_access_token/internal", token)
        provider.on("/open-apis/im/v1/messages", {"code": 0, "data": {"message_id": "om_ours"}})
        provider.on("/open-apis/im/v1/messages/om_1/resources/", Says(b"\x89PNG", content_type="image/png"))
        provider.on("/open-apis/im/v1/images", {"code": 0, "data": {"image_key": "img_up"}})
        provider.on("/open-apis/im/v1/files", {"code": 0, "data": {"file_key": "file_up"}})
        provider.on("/open-apis/bot/v3/info", {"code": 0, "bot": {"app_name": "应诺"}})

    def sent(self, provider: Provider) -> Sequence[Asked]:
        return [asked for asked in provider.to("/open-apis/im/v1/messages") if asked.method == "POST"]

    def text_of(self, asked: Asked) -> str:
        return str(json.loads(asked.json["content"])["text"])

    def receipt(self, external_id: str, state: ReceiptState) -> bytes | None:
        if state is not ReceiptState.READ:
            return None
        reader = {"reader_id": {"open_id": self.peer}, "read_time": str(_MOMENT)}
        return event("im.message.message_read_v1", reader=reader, message_id_list=[external_id])

    def media(self) -> Media | None:
        return Media("om_1/image/img_1", "panel.png", "image/png")


class TestFeishu(TimedContract, ReceiptsContract, FilesContract):
    """The contract, and what is 飞书's own."""

    case = FeishuCase()

    def test_the_address_is_proved_by_the_token(self, account: Account) -> None:
        asked = {"challenge": "ajls384k", "token": _TOKEN, "type": "url_verification"}
        hook = Hook("POST", {}, {}, json.dumps({"encrypt": encrypted(json.dumps(asked).encode())}).encode(), NOW)
        checked = Feishu().verify(account, hook)
        assert (checked.body, json.loads(checked.answer.body)) == (b"", {"challenge": "ajls384k"})
        other = json.dumps({"encrypt": encrypted(json.dumps({**asked, "token": "x"}).encode())}).encode()
        with pytest.raises(Rejected):
            Feishu().verify(account, replace(hook, body=other))

    def test_without_an_encrypt_key_the_hook_is_shut(self, account: Account) -> None:
        bare = replace(account, secrets={"app_secret": "made-up-app-secret", "token": _TOKEN})
        with pytest.raises(Rejected) as refused:
            Feishu().verify(bare, Hook("POST", {}, {}, self.case.payloads()[0].body, NOW))
        assert refused.value.code == "off"

    def test_the_example_of_the_documentation_is_decrypted(self) -> None:
        sealed = "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="
        assert decrypted(sealed, "test key") == b"hello world"

    def test_a_token_that_ended_is_asked_for_anew_once(self, account: Account, provider: Provider) -> None:
        tokens = iter(("old", "new", "never"))

        def give(_asked: Asked) -> Says:
            return Says({"code": 0, "tenant_access_token": next(tokens), "expire": 7200})

        def send(asked: Asked) -> Says:
            if asked.headers["authorization"] == "Bearer new":
                return Says({"code": 0, "data": {"message_id": "om_1"}})
            return Says({"code": 99991663, "msg": "Invalid access token"}, 400)

        provider.on("/open-apis/auth/v3/tenant_access_token/internal", give)
        provider.on("/open-apis/im/v1/messages", send)
        assert Feishu().send(account, Outgoing("key", self.case.peer, "", "你好")) == "om_1"

    @pytest.mark.parametrize(
        ("number", "status", "code", "lasting", "wait"),
        [(230013, 400, "unknown_person", True, 0), (99991400, 429, "refused", False, 30),
         (230099, 400, "refused", False, 0)],
    )  # fmt: skip
    def test_errors_are_told_apart(
        self, account: Account, provider: Provider, number: int, status: int, code: str, lasting: bool, wait: int
    ) -> None:
        provider.on("/open-apis/im/v1/messages", Says({"code": number, "msg": "no"}, status))
        with pytest.raises(ChannelError) as error:
            Feishu().send(account, Outgoing("key", self.case.peer, "", "你好"))
        assert (error.value.code, error.value.permanent, error.value.after_s) == (code, lasting, wait)

    def test_the_same_delivery_has_the_same_ids(self, account: Account, provider: Provider) -> None:
        files = (File("p.png", "image/png", b"\x89PNG"), File("单.pdf", "application/pdf", b"%PDF"))
        for _time in range(2):
            Feishu().send(account, Outgoing("message-5", self.case.peer, "", "看图", files=files))
        ids = [asked.json["uuid"] for asked in self.case.sent(provider)]
        assert ids[:3] == ids[3:]
        assert len(set(ids)) == 3
        assert [asked.json["msg_type"] for asked in self.case.sent(provider)[:3]] == ["text", "image", "file"]

    def test_a_file_that_is_gone_is_said(self, account: Account, provider: Provider) -> None:
        provider.on("/open-apis/im/v1/messages/om_2/", Says({"code": 234008, "msg": "not the owner"}, 400))
        with pytest.raises(ChannelError) as error:
            Feishu().fetch(account, Media("om_2/image/img_1"))
        assert (error.value.code, error.value.permanent) == ("file_gone", True)


class TestLongConnection:
    """The held connection; its frames by the provider's library."""

    @pytest.fixture
    def gateway(self) -> Iterator[Gateway]:
        with open_gateway() as gateway:
            yield gateway

    @pytest.fixture
    def account(self, gateway: Gateway) -> Iterator[Account]:
        case = FeishuCase()
        with serving(Provider()) as provider:
            data = {"URL": f"{gateway.url}/ws?device_id=d1&service_id=33", "ClientConfig": {"PingInterval": 90}}
            provider.on("/callback/ws/endpoint", {"code": 0, "data": data})
            yield Account("there", {**case.settings(provider), "mode": "stream"}, case.secrets())

    def test_an_event_is_confirmed_only_when_it_is_stored(self, gateway: Gateway, account: Account) -> None:
        stored: list[str] = []
        body = message("text", text="在吗")
        gateway.send(*frames(body, parts=1))
        with listening(account, lambda bodies: stored.extend(key for key, _b in bodies)):
            gateway.wait_for(2)
        ping, answer = read(gateway.got[0]), read(gateway.got[1])
        assert (ping.method, ping.service, headers(ping)["type"]) == (0, 33, "ping")
        assert stored == [f"event:{json.loads(body)['header']['event_id']}"]
        assert (json.loads(answer.payload)["code"], headers(answer)["message_id"]) == (200, "m1")

    def test_a_body_in_parts_is_put_together(self, gateway: Gateway, account: Account) -> None:
        stored: list[bytes] = []
        body = message("text", text="很长的话" * 200)
        gateway.send(*reversed(frames(body, parts=3)))
        with listening(account, lambda bodies: stored.extend(b for _k, b in bodies)):
            gateway.wait_for(2)
        assert stored == [body]

    def test_what_cannot_be_stored_is_not_confirmed(self, gateway: Gateway, account: Account) -> None:
        def keep(bodies: Sequence[tuple[str, bytes]]) -> None:
            if bodies:
                raise OSError("the disk is full")

        gateway.send(*frames(message("text", text="在吗"), parts=1))
        with pytest.raises(ChannelError):
            Feishu().listen(account, keep, threading.Event())
        assert [read(one).method for one in gateway.got] in ([0], [])

    def test_rubbish_does_not_end_it(self, gateway: Gateway, account: Account) -> None:
        gateway.send(b"\xff\xff\xff", "words", *frames(message("text", text="在吗"), parts=1))
        with listening(account, lambda _bodies: None):
            gateway.wait_for(2)
        assert read(gateway.got[1]).method == 1

    def test_without_the_extra_it_says_what_to_install(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "lark_oapi.ws.pb.pbbp2_pb2", None)
        with pytest.raises(ChannelError) as error:
            Feishu().listen(account, lambda _bodies: None, threading.Event())
        assert (error.value.code, error.value.detail) == ("extra_missing", "pip install 'yingnuo[feishu]'")


def frames(body: bytes, *, parts: int) -> list[bytes]:
    """The frames of one event."""
    size = -(-len(body) // parts)
    found = []
    for number in range(parts):
        frame = library().Frame(SeqID=1, LogID=1, service=33, method=1)
        facts = {"type": "event", "message_id": "m1", "trace_id": "t", "sum": str(parts), "seq": str(number)}
        for name, value in facts.items():
            frame.headers.add(key=name, value=value)
        frame.payload = body[number * size : (number + 1) * size]
        found.append(bytes(frame.SerializeToString()))
    return found


def library() -> types.ModuleType:
    """The provider's frames."""
    return pytest.importorskip("lark_oapi.ws.pb.pbbp2_pb2", reason="the extra feishu is not installed")


def read(told: Any) -> Any:
    """A frame that we sent."""
    frame = library().Frame()
    frame.ParseFromString(told)
    return frame


def headers(frame: Any) -> dict[str, str]:
    """A frame's headers."""
    return {header.key: header.value for header in frame.headers}


class listening:  # noqa: N801  # read as a phrase
    """Listens in a thread while the block runs."""

    def __init__(self, account: Account, keep: Any) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=Feishu().listen, args=(account, keep, self.stop))

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_error: object) -> None:
        self.stop.set()
        self.thread.join(timeout=5)
        assert not self.thread.is_alive()
