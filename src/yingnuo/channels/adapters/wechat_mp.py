"""How does a 公众号 speak?

Its messages come to our hook, in plain or encrypted (safe) mode, files as media ids. After a person's words one may
write to him for 48 hours, five messages; outside of that an approved template or subscription message may go. (Menu
clicks and new followers open shorter windows; those are not counted on.)
Source: developers.weixin.qq.com/doc/offiaccount
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import given, pieces, wecom_crypto, weixin, weixin_words
from yingnuo.channels.adapters.wecom_crypto import Crypto
from yingnuo.channels.contract import (
    Account,
    Answer,
    ChannelError,
    Checked,
    File,
    Form,
    Heard,
    Hook,
    Media,
    Outgoing,
    Profile,
    Rejected,
    Setting,
    SettingType,
)  # fmt: skip
from yingnuo.engine.windows import Window

_BYTES = 2_048


class WechatMp:
    """The adapter. A person is known by his openid."""

    profile: ClassVar[Profile] = Profile(
        kind="wechat_mp", name="公众号", group="messaging", via="social", longest=_BYTES // 3,
        window=Window(48 * 3_600, 5, templates=True),
        settings=(
            Setting("app_id", "AppID", required=True),
            Setting("app_secret", "AppSecret", SettingType.SECRET, required=True),
            Setting("token", _("Token of the server configuration"), SettingType.SECRET, required=True),
            Setting("encryption", _("How messages come"), SettingType.CHOICE, initial="safe", choices=(
                ("safe", _("encrypted (安全模式)")), ("plain", _("in plain (明文模式): forged words cannot be told")))),
            Setting("aes_key", "EncodingAESKey", SettingType.SECRET, help=_("43 characters; not for plain messages.")),
            Setting("outside", _("Template outside of the window"), help=_("The id of an approved template.")),
            Setting("outside_kind", _("It is a"), SettingType.CHOICE, initial="template", choices=(
                ("template", _("template message (模板消息)")), ("subscribe", _("subscription message (订阅通知)")))),
            Setting("outside_values", _("What stands in its places"), SettingType.LONG,
                    help=_("One a line: name = text over {{ number }}, {{ subject }}, {{ text }}, {{ time }}.")),
            Setting("api", _("Address of the interface"), initial=weixin.MP),
        ),
        guide=_("In the 公众平台 under 基本配置 take AppID and AppSecret, enter our address as server (服务器配置) "
                "with the same Token and EncodingAESKey as here, choose 安全模式, "
                "and put our server on the IP white list."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """In safe mode the cipher text is signed; in plain mode only token, time and nonce are."""
        if hook.method == "GET":
            _signed(account, hook)
            return Checked(answer=Answer(hook.query.get("echostr", "").encode()))
        wecom_crypto.check_time(hook.query.get("timestamp", ""), hook.received_at)
        body = self._plain(account, hook)
        try:
            key = weixin_words.key_of(wecom_crypto.read(body))
        except ValueError as error:
            raise Rejected("malformed") from error
        return Checked(body, key, Answer(b"success"))

    def _plain(self, account: Account, hook: Hook) -> bytes:
        if account.settings.get("encryption", "safe") == "plain":
            _signed(account, hook)
            return hook.body
        return _crypto(account).opened(hook.query, weixin_words.encrypted_in(hook.body))

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """A person's message, or what became of a template; clicks and followers are of no interest."""
        return weixin_words.heard(wecom_crypto.read(body), received_at)

    def send(self, account: Account, out: Outgoing) -> str:
        """Words in pieces and pictures; or the template. Other files are not taken: refused before anything is sent."""
        if out.form is not None:
            return self._template(account, out.to, out.form)
        odd = [file.name for file in out.files if weixin.kind_of(file) == "file"]
        if odd:
            raise ChannelError("file_not_taken", odd[0], permanent=True)
        for content in self._contents(account, out):
            self._call(account, "message/custom/send", json={"touser": out.to, **content})
        return ""

    def _contents(self, account: Account, out: Outgoing) -> Iterator[Mapping[str, Any]]:
        for text in pieces.within(out.text, _BYTES):
            yield {"msgtype": "text", "text": {"content": text}}
        for file in out.files:
            kind, media = weixin.upload(account, weixin.base(account, weixin.MP), weixin.mp_token(account), file)
            yield {"msgtype": kind, kind: {"media_id": media}}

    def _template(self, account: Account, to: str, form: Form) -> str:
        data = {name: {"value": value} for name, value in form.values if name != "url"}
        asked = {"touser": to, "template_id": form.id, "data": data}
        url = dict(form.values).get("url", "")
        if account.settings.get("outside_kind") == "subscribe":
            said = self._call(account, "message/subscribe/bizsend", json=asked | ({"page": url} if url else {}))
        else:
            said = self._call(account, "message/template/send", json=asked | ({"url": url} if url else {}))
        return weixin_words.template_id(given.text(said.get("msgid")))

    def count(self, out: Outgoing) -> int:
        """Each piece and each file is a message of the five."""
        return len(pieces.within(out.text, _BYTES)) + len(out.files)

    def probe(self, account: Account, to: str) -> str:
        """Whether a token is given, and how often the interface was asked."""
        return f"{len(self._call(account, 'get_api_domain_ip', method='GET').get('ip_list') or [])} IP"

    def fetch(self, account: Account, media: Media) -> File:
        """A file by its id, kept there for three days."""
        url = f"{weixin.base(account, weixin.MP)}/cgi-bin/media/get"
        answer = weixin.download(account, url, weixin.mp_token(account), params={"media_id": media.ref})
        return weixin.file_of(answer, media.name, media.content_type)

    def _call(self, account: Account, path: str, **asked: Any) -> Mapping[str, Any]:
        url = f"{weixin.base(account, weixin.MP)}/cgi-bin/{path}"
        return weixin.call(account, url, weixin.mp_token(account), **asked)


def _crypto(account: Account) -> Crypto:
    secrets = account.secrets
    return Crypto(secrets.get("token", ""), secrets.get("aes_key", ""), str(account.settings.get("app_id", "")))


def _signed(account: Account, hook: Hook) -> None:
    token = account.secrets.get("token", "")
    signed = wecom_crypto.signature(token, hook.query.get("timestamp", ""), hook.query.get("nonce", ""))
    if not token or not hmac.compare_digest(signed.encode(), hook.query.get("signature", "").encode()):
        raise Rejected("bad_signature")
