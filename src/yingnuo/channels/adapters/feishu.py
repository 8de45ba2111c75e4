"""How does 飞书 (Lark) speak: people of the company who write to its robot?

Events come to our hook, signed and encrypted under the Encrypt Key, or over a connection that we hold. Answers go by
open_id; the same `uuid` within an hour comes once. Source: open.feishu.cn/document/server-docs/im-v1
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

import httpx
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import feishu_held, feishu_words, given, pieces, tokens, web
from yingnuo.channels.contract import (
    Account,
    Answer,
    ChannelError,
    Checked,
    File,
    Heard,
    Hook,
    Keep,
    Media,
    Outgoing,
    Profile,
    Rejected,
    Setting,
    SettingType,
)  # fmt: skip
from yingnuo.kit import instants

_CHINA = "https://open.feishu.cn"
_LATEST_S = 900
_IV = 16
_ENDED = frozenset({99991661, 99991663, 99991664, 99991668, 99991671, 99991677})
_BUSY = {99991400: 30, 230020: 30, 11232: 30, 230049: 10}  # seconds to wait
_LASTING = {
    230001: "not_taken", 230013: "unknown_person", 230022: "not_safe", 230025: "too_long", 230028: "not_safe",
    230034: "unknown_person", 230053: "blocked", 99992351: "unknown_person", 99992361: "unknown_person",
    234006: "file_too_large", 234008: "file_gone", 234003: "file_gone", 234010: "empty",
}  # fmt: skip


class Feishu:
    """The adapter. A person is known by his open_id."""

    profile: ClassVar[Profile] = Profile(
        kind="feishu", name="飞书", group="messaging", via="social", longest=10_000,
        settings=(
            Setting("app_id", "App ID", required=True),
            Setting("app_secret", "App Secret", SettingType.SECRET, required=True),
            Setting("mode", _("How news come"), SettingType.CHOICE, initial="hook", choices=(
                ("hook", _("飞书 calls our address")), ("stream", _("over a connection we hold (长连接)")))),
            Setting("encrypt_key", "Encrypt Key", SettingType.SECRET, help=_("Needed where 飞书 calls our address.")),
            Setting("token", "Verification Token", SettingType.SECRET),
            Setting("api", _("Address of the interface"), initial=_CHINA, help="Lark: https://open.larksuite.com"),
        ),
        guide=_("In the 飞书 developer console make an application with a robot, grant im:message and im:resource, "
                "subscribe to im.message.receive_v1 and im.message.message_read_v1, set an Encrypt Key and our address "
                "under 事件与回调 (or choose 长连接), publish it, and paste App ID, App Secret and the keys here."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """Signed over time, nonce, Encrypt Key and body; the proof of our address carries the token instead."""
        key = account.secrets.get("encrypt_key", "")
        if account.settings.get("mode", "stream") != "hook" or not key:
            raise Rejected("off")
        body, said = _opened(hook.body, key)
        if said.get("type") == "url_verification":
            _check_token(account, given.text(said.get("token")))
            challenge = {"challenge": given.text(said.get("challenge"))}
            return Checked(answer=Answer(json.dumps(challenge).encode(), "application/json"))
        _check_signature(hook, key)
        _check_token(account, given.text(given.obj(said.get("header")).get("token")))
        return Checked(body, feishu_words.key_of(said), Answer(b"{}", "application/json"))

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """What somebody said to the robot alone, or that he read an answer."""
        return feishu_words.heard(given.read(body), received_at)

    def listen(self, account: Account, keep: Keep, stop: threading.Event) -> None:
        """The long connection: each event is confirmed once it is stored."""
        feishu_held.hold(account, base(account), keep, stop)

    def send(self, account: Account, out: Outgoing) -> str:
        """Words in pieces, then files; the id of the last message."""
        last = ""
        for number, (kind, content) in enumerate(self._contents(account, out), start=1):
            again = hashlib.sha256(f"{account.code}|{out.key}|{out.to}|{number}".encode()).hexdigest()[:32]
            asked = {"receive_id": out.to, "msg_type": kind, "content": json.dumps(content), "uuid": again}
            said = self._call(account, "POST", "/im/v1/messages", params={"receive_id_type": "open_id"}, json=asked)
            last = given.text(given.obj(said.get("data")).get("message_id"))
        return last

    def _contents(self, account: Account, out: Outgoing) -> Iterator[tuple[str, Mapping[str, str]]]:
        for text in pieces.of(out.text, self.profile.longest):
            yield "text", {"text": text}
        for file in out.files:
            yield self._uploaded(account, file)

    def _uploaded(self, account: Account, file: File) -> tuple[str, Mapping[str, str]]:
        given_file = (file.name, file.data, file.content_type)
        if file.content_type.startswith("image/"):
            asked = {"data": {"image_type": "message"}, "files": {"image": given_file}}
            said = self._call(account, "POST", "/im/v1/images", **asked)
            return "image", {"image_key": given.text(given.obj(said.get("data")).get("image_key"))}
        asked = {"data": {"file_type": "stream", "file_name": file.name}, "files": {"file": given_file}}
        said = self._call(account, "POST", "/im/v1/files", **asked)
        return "file", {"file_key": given.text(given.obj(said.get("data")).get("file_key"))}

    def probe(self, account: Account, to: str) -> str:
        """The robot's name."""
        tokens.drop(account)
        return given.text(given.obj(self._call(account, "GET", "/bot/v3/info").get("bot")).get("app_name"))

    def fetch(self, account: Account, media: Media) -> File:
        """A file of a message: `message/kind/key`."""
        message, _slash, rest = media.ref.partition("/")
        kind, _slash, key = rest.partition("/")
        answer = self._asked(account, "GET", f"/im/v1/messages/{message}/resources/{key}", params={"type": kind})
        if answer.status_code >= 300 or "json" in answer.headers.get("Content-Type", ""):
            judged(answer)
        return File(media.name or "file", media.content_type, answer.content)

    def _call(self, account: Account, method: str, path: str, **asked: Any) -> Mapping[str, Any]:
        return judged(self._asked(account, method, path, **asked))

    def _asked(self, account: Account, method: str, path: str, **asked: Any) -> httpx.Response:
        answer = self._once(account, method, path, **asked)
        if _code(answer) in _ENDED:
            tokens.drop(account)
            answer = self._once(account, method, path, **asked)
        return answer

    def _once(self, account: Account, method: str, path: str, **asked: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {tokens.of(account, lambda: _token(account))}"}
        return web.asked(method, f"{base(account)}/open-apis{path}", headers=headers, **asked)


def base(account: Account) -> str:
    """The interface's address."""
    return str(account.settings.get("api") or _CHINA).rstrip("/")


def _token(account: Account) -> tuple[str, int]:
    asked = {"app_id": account.settings.get("app_id", ""), "app_secret": account.secrets.get("app_secret", "")}
    said = judged(web.asked("POST", f"{base(account)}/open-apis/auth/v3/tenant_access_token/internal", json=asked))
    seconds = said.get("expire")
    return given.text(said.get("tenant_access_token")), seconds if isinstance(seconds, int) else 7200


def _code(answer: httpx.Response) -> object:
    if "json" not in answer.headers.get("Content-Type", ""):
        return None
    try:
        return web.json_of(answer).get("code")
    except ChannelError:
        return None


def judged(answer: httpx.Response) -> Mapping[str, Any]:
    """The answer itself when its code is 0; what is wrong stands in the body, whatever the status."""
    code = _code(answer)
    if code == 0 and answer.status_code < 300:
        return web.json_of(answer)
    told = f"{code} {given.text(web.json_of(answer).get('msg'))}"[:160] if isinstance(code, int) else ""
    if code in _LASTING:
        raise ChannelError(_LASTING[code], told, permanent=True)
    if code in _BUSY:
        raise ChannelError("refused", told, permanent=False, after_s=_BUSY[code])
    if isinstance(code, int) and code and answer.status_code < 500:
        raise ChannelError("refused", told, permanent=False)
    return web.json_of(web.judged(answer))


def _opened(body: bytes, key: str) -> tuple[bytes, Mapping[str, Any]]:
    """The event in a call, decrypted; Rejected for anything else."""
    try:
        encrypted = given.text(given.read(body).get("encrypt"))
        plain = decrypted(encrypted, key)
        return plain, given.read(plain)
    except ValueError as error:
        raise Rejected("bad_signature" if b'"encrypt"' in body else "malformed") from error


def decrypted(encrypted: str, key: str) -> bytes:
    """AES-256-CBC under the SHA-256 of the Encrypt Key, the first block being the vector; ValueError for no such."""
    sealed = base64.b64decode(encrypted, validate=True)
    if len(sealed) < 2 * _IV or len(sealed) % _IV:
        raise ValueError("no cipher text")
    cipher = Cipher(algorithms.AES(hashlib.sha256(key.encode()).digest()), modes.CBC(sealed[:_IV])).decryptor()
    plain = cipher.update(sealed[_IV:]) + cipher.finalize()
    if not 1 <= plain[-1] <= _IV:
        raise ValueError("no message under this key")
    return plain[: -plain[-1]]


def signature(timestamp: str, nonce: str, key: str, body: bytes) -> str:
    """What 飞书 signs a call with."""
    return hashlib.sha256(f"{timestamp}{nonce}{key}".encode() + body).hexdigest()


def _check_signature(hook: Hook, key: str) -> None:
    told = hook.headers.get("x-lark-request-timestamp", "")
    signed = signature(told, hook.headers.get("x-lark-request-nonce", ""), key, hook.body)
    if not hmac.compare_digest(signed.encode(), hook.headers.get("x-lark-signature", "").encode()):
        raise Rejected("bad_signature")
    if not told.isdecimal() or abs(int(told[:12]) - instants.seconds(hook.received_at)) > _LATEST_S:
        raise Rejected("stale")


def _check_token(account: Account, told: str) -> None:
    token = account.secrets.get("token", "")
    if token and not hmac.compare_digest(token.encode(), told.encode()):
        raise Rejected("bad_signature")
