"""How does an application of 企业微信 speak: staff and partners of the company who write to it?

Messages come encrypted to our hook, answers go by userid at any time.
Source: developer.work.weixin.qq.com/document/path/90236
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import given, pieces, wecom_crypto, weixin, weixin_words
from yingnuo.channels.adapters.wecom_kf import crypto_of
from yingnuo.channels.contract import (
    Account,
    Answer,
    ChannelError,
    Checked,
    File,
    Heard,
    Hook,
    Media,
    Outgoing,
    Profile,
    Rejected,
    Setting,
    SettingType,
)  # fmt: skip

_BYTES = 2_048


class WecomApp:
    """The adapter. A person is known by his userid."""

    profile: ClassVar[Profile] = Profile(
        kind="wecom_app", name="企业微信", group="messaging", via="social", longest=_BYTES // 3,
        settings=(
            Setting("corp_id", _("Corp ID (企业ID)"), required=True),
            Setting("agent_id", "AgentId", required=True),
            Setting("secret", _("Secret of the application"), SettingType.SECRET, required=True),
            Setting("token", _("Token of the callback"), SettingType.SECRET, required=True),
            Setting("aes_key", "EncodingAESKey", SettingType.SECRET, required=True, help=_("43 characters.")),
            Setting("api", _("Address of the interface"), initial=weixin.WECOM),
        ),
        guide=_("In the 企业微信 console open 应用管理, make an application, take AgentId and Secret, and under "
                "接收消息 set our address as callback; paste its Token and EncodingAESKey here. "
                "Add our server to 企业可信IP."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """Signed over time, nonce and cipher text; a GET proves that the address is ours."""
        crypto = crypto_of(account)
        if hook.method == "GET":
            return Checked(answer=Answer(crypto.opened(hook.query, hook.query.get("echostr", ""))))
        wecom_crypto.check_time(hook.query.get("timestamp", ""), hook.received_at)
        body = crypto.opened(hook.query, weixin_words.encrypted_in(hook.body))
        try:
            return Checked(body, weixin_words.key_of(wecom_crypto.read(body)))
        except ValueError as error:
            raise Rejected("malformed") from error

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """A person's message; events (entered, menu, location) are of no interest."""
        told = wecom_crypto.read(body)
        return weixin_words.heard(told, received_at, named=told.get("FromUserName", ""))

    def send(self, account: Account, out: Outgoing) -> str:
        """Words in pieces, then files; the id of the last message. Sent twice within four hours it comes once."""
        last = ""
        for content in self._contents(account, out):
            said = self._call(account, "message/send", json=self._addressed(account, out.to, content))
            if out.to in given.text(said.get("invaliduser")).split("|"):
                raise ChannelError("unknown_person", out.to, permanent=True)
            last = given.text(said.get("msgid"))
        return last

    def _addressed(self, account: Account, to: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
        again = {"enable_duplicate_check": 1, "duplicate_check_interval": 14_400}
        return {"touser": to, "agentid": _agent(account), **content, **again}

    def _contents(self, account: Account, out: Outgoing) -> Iterator[Mapping[str, Any]]:
        for text in pieces.within(out.text, _BYTES):
            yield {"msgtype": "text", "text": {"content": text}}
        for file in out.files:
            kind, media = weixin.upload(account, weixin.base(account, weixin.WECOM), self._token(account), file)
            yield {"msgtype": kind, kind: {"media_id": media}}

    def probe(self, account: Account, to: str) -> str:
        """The application's name."""
        params = {"agentid": str(account.settings.get("agent_id") or "")}
        return given.text(self._call(account, "agent/get", method="GET", params=params).get("name"))

    def fetch(self, account: Account, media: Media) -> File:
        """A file by its id, kept there for three days."""
        url = f"{weixin.base(account, weixin.WECOM)}/cgi-bin/media/get"
        answer = weixin.download(account, url, self._token(account), params={"media_id": media.ref})
        return weixin.file_of(answer, media.name, media.content_type)

    def _token(self, account: Account) -> weixin.Token:
        return weixin.wecom_token(account, account.secrets.get("secret", ""))

    def _call(self, account: Account, path: str, **asked: Any) -> Mapping[str, Any]:
        return weixin.call(
            account, f"{weixin.base(account, weixin.WECOM)}/cgi-bin/{path}", self._token(account), **asked
        )


def _agent(account: Account) -> int:
    told = str(account.settings.get("agent_id") or "").strip()
    if not told.isdecimal():
        raise ChannelError("refused", "AgentId", permanent=False)
    return int(told)
