"""How do the robots of groups of 企业微信, 钉钉 and 飞书 speak? To staff only; they hear nothing.

Each has an address that is its key, and may have a secret to sign with. `to` names whom to mention: ids and phone
numbers, with commas; "@all" for everybody. Each takes twenty messages a minute and is silent for a while beyond that,
so that we keep count.
Sources: developer.work.weixin.qq.com/document/path/91770, open.dingtalk.com/document/orgapp/custom-robot-access,
open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import dingtalk, given, pieces, web
from yingnuo.channels.contract import (
    Account,
    ChannelError,
    Checked,
    Heard,
    Hook,
    Outgoing,
    Profile,
    Rejected,
    Setting,
    SettingType,
)  # fmt: skip
from yingnuo.kit import instants

ALL = "@all"
_A_MINUTE, _MOST = 60, 20
_ADDRESS = Setting("url", _("Address of the robot (Webhook)"), SettingType.SECRET, required=True)
_SECRET = Setting("secret", _("Secret to sign with (加签)"), SettingType.SECRET)
_PROXY = Setting("api", _("Address of a proxy"), help=_("Empty: the robot is asked directly."))


class _Robot(ABC):
    """What all have in common."""

    profile: ClassVar[Profile]
    _bytes: ClassVar[int]
    _too_many: ClassVar[frozenset[int]]
    _lasting: ClassVar[frozenset[int]]

    def verify(self, account: Account, hook: Hook) -> Checked:
        """Nobody calls."""
        raise Rejected("off")

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """There is nothing to hear."""
        return Heard()

    def send(self, account: Account, out: Outgoing) -> str:
        """Words in pieces; a robot gives no ids."""
        for text in pieces.within(out.text, self._bytes):
            _count(account)
            self._post(account, out.subject, text, mentioned(out.to))
        return ""

    def probe(self, account: Account, to: str) -> str:
        """Says a word in the group."""
        self.send(account, Outgoing("probe", to, "应诺 Yingnuo", "应诺 Yingnuo: test 测试"))
        return "ok"

    @abstractmethod
    def _post(self, account: Account, subject: str, text: str, people: tuple[str, ...]) -> None:
        """Says it in the group."""

    def _ask(self, account: Account, asked: Mapping[str, Any], **more: Any) -> None:
        url = _address(account)
        said = web.json_of(web.ask("POST", url, json=asked, **more))
        code = said.get("errcode", said.get("code", said.get("StatusCode", 0)))
        if code == 0:
            return
        told = f"{code} {given.text(said.get('errmsg') or said.get('msg'))}"[:160]
        if code in self._too_many:
            raise ChannelError("too_many", told, permanent=False, after_s=_A_MINUTE)
        raise ChannelError("refused", told, permanent=code in self._lasting)


def _address(account: Account) -> str:
    """Where the robot is asked: at its own address, or by the proxy."""
    parts, proxy = urlsplit(account.secrets.get("url", "")), str(account.settings.get("api") or "").rstrip("/")
    if parts.scheme != "https" or not parts.netloc:
        raise ChannelError("bad_url", "", permanent=True)
    return f"{proxy or f'https://{parts.netloc}'}{parts.path}?{parts.query}"


def mentioned(to: str) -> tuple[str, ...]:
    """Whom to mention."""
    return tuple(dict.fromkeys(part.strip() for part in to.split(",") if part.strip()))


def is_phone(who: str) -> bool:
    """Whether somebody is named by his phone number."""
    return who.lstrip("+").isdecimal() and len(who) >= 8


def _count(account: Account) -> None:
    """Keeps to twenty a minute in this process; what is more waits, without counting as a failure."""
    now = instants.seconds(instants.now())
    sent = [at for at in account.state.get("sent", ()) if now - at < _A_MINUTE]
    if len(sent) >= _MOST:
        error = ChannelError("too_many", str(_MOST), permanent=False, after_s=_A_MINUTE - (now - sent[0]))
        error.waits = True
        raise error
    account.state["sent"] = [*sent, now]


class RobotWecom(_Robot):
    """Of a group of 企业微信."""

    profile: ClassVar[Profile] = Profile(
        kind="robot_wecom", name=_("Robot of an 企业微信 group"), group="staff", hook=False, longest=682,
        settings=(_ADDRESS, _PROXY),
        guide=_("In the group open 群机器人, add one, and paste its Webhook address."),
    )  # fmt: skip
    _bytes = 2_048
    _too_many = frozenset({45009, 45033})
    _lasting = frozenset({40008, 44004, 45002, 40058})

    def _post(self, account: Account, subject: str, text: str, people: tuple[str, ...]) -> None:
        phones = [who for who in people if is_phone(who)]
        ids = [who for who in people if not is_phone(who)]
        words = {"content": text, "mentioned_list": ids, "mentioned_mobile_list": [phone[-11:] for phone in phones]}
        self._ask(account, {"msgtype": "text", "text": words})


class RobotDingTalk(_Robot):
    """Of a group of 钉钉."""

    profile: ClassVar[Profile] = Profile(
        kind="robot_dingtalk", name=_("Robot of a 钉钉 group"), group="staff", hook=False, longest=6_000,
        settings=(_ADDRESS, _SECRET, _PROXY),
        guide=_("In the group open 机器人, add a custom one with 加签, and paste its Webhook address and its secret."),
    )  # fmt: skip
    _bytes = 18_000
    _too_many = frozenset({130101, 660026, 410100})
    _lasting = frozenset({400105, 430102, 430103, 430104, 460101})

    def _post(self, account: Account, subject: str, text: str, people: tuple[str, ...]) -> None:
        named = [who for who in people if who != ALL]
        words = "".join(f"@{who.lstrip('+')} " for who in named)
        at = {
            "atMobiles": [who for who in named if is_phone(who)],
            "atUserIds": [who for who in named if not is_phone(who)], "isAtAll": ALL in people,
        }  # fmt: skip
        content = f"{words}\n{text}" if words else text
        self._ask(account, {"msgtype": "text", "text": {"content": content}, "at": at}, params=self._signed(account))

    def _signed(self, account: Account) -> Mapping[str, str] | None:
        secret = account.secrets.get("secret", "")
        key = {"access_token": token_in(account.secrets.get("url", ""))}
        if not secret:
            return key
        told = str(instants.seconds(instants.now()) * 1000)
        return {**key, "timestamp": told, "sign": dingtalk.signed(told, secret)}


def token_in(url: str) -> str:
    """The key within a robot's address: parameters that are added take the place of those it has."""
    return next((p.partition("=")[2] for p in urlsplit(url).query.split("&") if p.startswith("access_token=")), "")


class RobotFeishu(_Robot):
    """Of a group of 飞书."""

    profile: ClassVar[Profile] = Profile(
        kind="robot_feishu", name=_("Robot of a 飞书 group"), group="staff", hook=False, longest=6_000,
        settings=(_ADDRESS, _SECRET, _PROXY),
        guide=_("In the group open 设置, 群机器人, add a custom one with 签名校验, and paste address and secret."),
    )  # fmt: skip
    _bytes = 18_000
    _too_many = frozenset({9499, 11232})
    _lasting = frozenset({19002})

    def _post(self, account: Account, subject: str, text: str, people: tuple[str, ...]) -> None:
        everybody = ["all" if who == ALL else who for who in people if not is_phone(who)]
        line: list[Mapping[str, str]] = [{"tag": "at", "user_id": who} for who in everybody]
        content = [[*line, {"tag": "text", "text": f" {text}" if line else text}]]
        post = {"zh_cn": {"title": subject, "content": content}}
        self._ask(account, {"msg_type": "post", "content": {"post": post}, **self._signed(account)})

    def _signed(self, account: Account) -> Mapping[str, str]:
        secret = account.secrets.get("secret", "")
        if not secret:
            return {}
        told = str(instants.seconds(instants.now()))
        mac = hmac.new(f"{told}\n{secret}".encode(), b"", hashlib.sha256)
        return {"timestamp": told, "sign": base64.b64encode(mac.digest()).decode()}
