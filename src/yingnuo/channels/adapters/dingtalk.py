"""How does 钉钉 speak: people of the company who write to its robot?

News come over a connection that we hold (Stream mode: nobody has to reach us) or to our hook, whose signature does not
cover the body. Answers go by userid at any time; to whom has none, by the address that came with his last words, for
as long as that holds. Source: open.dingtalk.com/document/orgapp/robot-overview
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
from urllib.parse import urlsplit

import httpx
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import dingtalk_held, given, pieces, tokens, web
from yingnuo.channels.contract import (
    Account,
    Answer,
    Arrival,
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

_API, _OLD = "https://api.dingtalk.com", "https://oapi.dingtalk.com"
_SINGLE = "1"
_LATEST_S = 900
_ANSWERS_KEPT = 2_000
_NO_STAFF = "session:"  # begins the peer of whom the company does not know
_FILES = {"picture": ("picture.png", "image/png"), "audio": ("voice.amr", "audio/amr"),
          "video": ("video.mp4", "video/mp4"), "file": ("", "")}  # fmt: skip


class DingTalk:
    """The adapter. A person is known by his userid (staffId)."""

    profile: ClassVar[Profile] = Profile(
        kind="dingtalk", name="钉钉", group="messaging", via="social", longest=5_000,
        settings=(
            Setting("client_id", "Client ID (AppKey)", required=True),
            Setting("client_secret", "Client Secret (AppSecret)", SettingType.SECRET, required=True),
            Setting("robot_code", _("Robot code (robotCode)"), help=_("Empty: the Client ID.")),
            Setting("mode", _("How news come"), SettingType.CHOICE, initial="stream", choices=(
                ("stream", _("over a connection we hold (Stream mode)")), ("hook", _("钉钉 calls our address")))),
            Setting("api", _("Address of the interface"), initial=_API),
            Setting("old_api", _("Address of the older interface"), initial=_OLD),
        ),
        guide=_("In the 钉钉 developer console make an internal application, add the robot, choose Stream mode for its "
                "messages, grant 企业内机器人发送消息, publish it, and paste Client ID and Client Secret here."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """Time and secret are signed; the body is not, which is why Stream mode is to be preferred."""
        told, sign = hook.headers.get("timestamp", ""), hook.headers.get("sign", "")
        secret = account.secrets.get("client_secret", "")
        if account.settings.get("mode", "stream") != "hook":
            raise Rejected("off")
        if not secret or not hmac.compare_digest(signed(told, secret).encode(), sign.encode()):
            raise Rejected("bad_signature")
        if not told.isdecimal() or abs(int(told[:16]) // 1000 - instants.seconds(hook.received_at)) > _LATEST_S:
            raise Rejected("stale")
        try:
            key = key_of(given.read(hook.body))
        except ValueError as error:
            raise Rejected("malformed") from error
        return Checked(hook.body, key, Answer(b"{}", "application/json"))

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """What somebody said to the robot alone; groups are of no interest."""
        message = given.read(body)
        if given.text(message.get("conversationType")) != _SINGLE:
            return Heard()
        arrival = _arrival(message, received_at)
        _remember(account, arrival.peer, given.text(message.get("sessionWebhook")))
        return Heard(arrivals=(arrival,))

    def listen(self, account: Account, keep: Keep, stop: threading.Event) -> None:
        """Stream mode: each message is confirmed once it is stored."""
        dingtalk_held.hold(account, base(account), keep, stop)

    def send(self, account: Account, out: Outgoing) -> str:
        """Words in pieces, then files; the key by which 钉钉 knows the last of them."""
        if out.to.startswith(_NO_STAFF):
            return self._answer(account, out)
        last = ""
        for kind, content in self._contents(account, out):
            asked = {"robotCode": robot(account), "userIds": [out.to], "msgKey": kind, "msgParam": json.dumps(content)}
            said = self._call(account, "/v1.0/robot/oToMessages/batchSend", asked)
            _reached(said, out.to)
            last = given.text(said.get("processQueryKey"))
        return last

    def _contents(self, account: Account, out: Outgoing) -> Iterator[tuple[str, Mapping[str, str]]]:
        for text in pieces.of(out.text, self.profile.longest):
            yield "sampleText", {"content": text}
        for file in out.files:
            media = self._uploaded(account, file)
            ending = file.name.rpartition(".")[2].lower() if "." in file.name else "bin"
            if file.content_type.startswith("image/"):
                yield "sampleImageMsg", {"photoURL": media}
            else:
                yield "sampleFile", {"mediaId": media, "fileName": file.name, "fileType": ending}

    def _answer(self, account: Account, out: Outgoing) -> str:
        """To whom has no userid, by the address that came with his words."""
        address = account.state.get("answers", {}).get(out.to, "")
        if not address:
            raise ChannelError("session_over", "", permanent=True)
        if out.files:
            raise ChannelError("file_not_taken", out.files[0].name, permanent=True)
        for text in pieces.of(out.text, self.profile.longest):
            said = web.json_of(web.ask("POST", address, json={"msgtype": "text", "text": {"content": text}}))
            if said.get("errcode", 0) != 0:
                raise ChannelError("session_over", given.text(said.get("errmsg"))[:160], permanent=True)
        return ""

    def _uploaded(self, account: Account, file: File) -> str:
        kind = "image" if file.content_type.startswith("image/") else "file"
        files = {"media": (file.name, file.data, file.content_type)}
        url = f"{str(account.settings.get('old_api') or _OLD).rstrip('/')}/media/upload"
        params = {"access_token": self._token(account), "type": kind}
        said = web.json_of(web.ask("POST", url, params=params, files=files))
        if said.get("errcode", 0) != 0:
            raise ChannelError("file_not_taken", given.text(said.get("errmsg"))[:160], permanent=True)
        return given.text(said.get("media_id"))

    def probe(self, account: Account, to: str) -> str:
        """Whether a token is given; with `to` (a userid) also whether a word gets there."""
        tokens.drop(account)
        self._token(account)
        return self.send(account, Outgoing("probe", to, "", "应诺 Yingnuo")) if to.strip() else robot(account)

    def fetch(self, account: Account, media: Media) -> File:
        """A file by its download code: an address that is asked for, then the file there."""
        asked = {"downloadCode": media.ref, "robotCode": robot(account)}
        said = self._call(account, "/v1.0/robot/messageFiles/download", asked)
        answer = web.ask("GET", _safe(account, given.text(said.get("downloadUrl"))))
        return File(media.name or "file", media.content_type, answer.content)

    def _call(self, account: Account, path: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = self._once(account, path, asked)
        if answer.status_code in (400, 401) and b"InvalidAuthentication" in answer.content:
            tokens.drop(account)
            answer = self._once(account, path, asked)
        return web.json_of(web.judged(answer))

    def _once(self, account: Account, path: str, asked: Mapping[str, Any]) -> httpx.Response:
        headers = {"x-acs-dingtalk-access-token": self._token(account)}
        return web.asked("POST", f"{base(account)}{path}", headers=headers, json=asked)

    def _token(self, account: Account) -> str:
        def ask() -> tuple[str, int]:
            asked = {"appKey": account.settings.get("client_id", ""), "appSecret": account.secrets["client_secret"]}
            said = web.json_of(web.ask("POST", f"{base(account)}/v1.0/oauth2/accessToken", json=asked))
            seconds = said.get("expireIn")
            return given.text(said.get("accessToken")), seconds if isinstance(seconds, int) else 7200

        return tokens.of(account, ask)


def base(account: Account) -> str:
    """The interface's address."""
    return str(account.settings.get("api") or _API).rstrip("/")


def robot(account: Account) -> str:
    """The robot that speaks."""
    return str(account.settings.get("robot_code") or account.settings.get("client_id") or "")


def signed(timestamp: str, secret: str) -> str:
    """What 钉钉 signs its calls with, and wants the calls to a group's robot signed with."""
    mac = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


def key_of(message: Mapping[str, Any]) -> str:
    """The id of a message as key."""
    number = given.text(message.get("msgId"))
    return f"msg:{number}" if number else ""


def _arrival(message: Mapping[str, Any], received_at: datetime) -> Arrival:
    number, staff = given.text(message.get("msgId")), given.text(message.get("senderStaffId"))
    sender = given.text(message.get("senderId"))
    if not number or not (staff or sender):
        raise ValueError("a message without an id or a sender")
    text, media = _content(given.text(message.get("msgtype")), message)
    return Arrival(
        external_id=number,
        received_at=given.moment(message.get("createAt"), received_at, per_second=1000),
        text=text,
        sender_name=given.text(message.get("senderNick")),
        peer=staff or f"{_NO_STAFF}{sender}",
        media=media,
    )


def _content(kind: str, message: Mapping[str, Any]) -> tuple[str, tuple[Media, ...]]:
    content = given.obj(message.get("content"))
    if kind == "text":
        return given.text(given.obj(message.get("text")).get("content")).strip(), ()
    if kind == "richText":
        parts = given.items(content.get("richText"))
        text = "".join(given.text(part.get("text")) for part in parts).strip()
        return text, tuple(m for part in parts for m in _media("picture", part))
    media = _media(kind, content)
    return given.text(content.get("recognition")) or ("" if media else f"[{kind}]"), media


def _media(kind: str, content: Mapping[str, Any]) -> tuple[Media, ...]:
    code = given.text(content.get("downloadCode"))
    if kind not in _FILES or not code:
        return ()
    name, content_type = _FILES[kind]
    return (Media(code, given.text(content.get("fileName")) or name, content_type),)


def _remember(account: Account, peer: str, address: str) -> None:
    """Where to answer whom the company does not know; only at 钉钉 itself."""
    if not peer.startswith(_NO_STAFF) or not address:
        return
    wanted = str(account.settings.get("old_api") or _OLD)
    if urlsplit(address).netloc == urlsplit(wanted).netloc and urlsplit(address).scheme == urlsplit(wanted).scheme:
        known: dict[str, str] = account.state.setdefault("answers", {})
        if len(known) >= _ANSWERS_KEPT:
            known.pop(next(iter(known)))
        known[peer] = address


def _safe(account: Account, address: str) -> str:
    """A file's address as 钉钉 gave it, when it leads out over https (or to the interface that is set up)."""
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname and parts.hostname.endswith((".dingtalk.com", ".aliyuncs.com")):
        return address
    if parts.netloc and parts.netloc == urlsplit(base(account)).netloc:
        return address
    raise ChannelError("bad_url", "", permanent=True)


def _reached(said: Mapping[str, Any], to: str) -> None:
    invalid, slowed = said.get("invalidStaffIdList"), said.get("flowControlledStaffIdList")
    if isinstance(invalid, list) and to in invalid:
        raise ChannelError("unknown_person", to, permanent=True)
    if isinstance(slowed, list) and to in slowed:
        raise ChannelError("too_many", to, permanent=False, after_s=60)
