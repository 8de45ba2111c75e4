"""How does 微信客服 speak?

A call only says that there is news; it is asked for by account with a cursor, and each message kept by its own id. One
may answer within 48 hours of the customer's last words, five messages, and only while the talk is not with a colleague
in 企业微信 (service_state). Source: developer.work.weixin.qq.com/document/path/94638 and following.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import given, pieces, wecom_crypto, wecom_kf_words, weixin
from yingnuo.channels.adapters.wecom_crypto import Crypto
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
    Pulled,
    Rejected,
    Setting,
    SettingType,
)  # fmt: skip
from yingnuo.engine.windows import Window

_BYTES = 2_048  # of one text
_MOST = 1_000  # messages of one answer
_AT_ONCE = 100  # customers whose names are asked for at once
_KNOWN = 5_000  # names remembered
_DONE_ALREADY = re.compile(r"msgid.*(exist|duplicat|repeat)", re.IGNORECASE)
NEW, MACHINE, WAITING, COLLEAGUE, ENDED = "0", "1", "2", "3", "4"
#: From which state of a talk to which the provider lets us bring it. What has ended begins anew with his next words.
LEADS_TO: Mapping[str, frozenset[str]] = {
    NEW: frozenset({MACHINE, WAITING, COLLEAGUE, ENDED}),
    MACHINE: frozenset({WAITING, COLLEAGUE, ENDED}),
    WAITING: frozenset({COLLEAGUE, ENDED}),
    COLLEAGUE: frozenset({WAITING, COLLEAGUE, ENDED}),
    ENDED: frozenset(),
}


class WecomKf:
    """The adapter. A person is known by the account he wrote to and his external_userid: `kf:external`."""

    profile: ClassVar[Profile] = Profile(
        kind="wecom_kf", name="微信客服", group="messaging", via="social", longest=_BYTES // 3,
        window=Window(48 * 3_600, 5),
        settings=(
            Setting("corp_id", _("Corp ID (企业ID)"), required=True),
            Setting("secret", _("Secret of 微信客服"), SettingType.SECRET, required=True),
            Setting("token", _("Token of the callback"), SettingType.SECRET, required=True),
            Setting("aes_key", "EncodingAESKey", SettingType.SECRET, required=True, help=_("43 characters.")),
            Setting("accounts", _("Customer service accounts (open_kfid)"), SettingType.LONG,
                    help=_("One a line. Empty: every one that news come for.")),
            Setting("api", _("Address of the interface"), initial=weixin.WECOM),
        ),
        guide=_("In the 微信客服 console open 开发配置, take Corp ID and Secret from there, enter our address as "
                "callback, and paste Token and EncodingAESKey here. "
                "Let the accounts be managed by the interface (API)."),
        states=(
            (NEW, _("new: we answer")), (MACHINE, _("with the assistant: we answer")),
            (WAITING, _("waiting for a colleague in 企业微信")), (COLLEAGUE, _("with a colleague in 企业微信")),
            (ENDED, _("ended: his next words begin it anew")),
        ),
        silent=(WAITING, COLLEAGUE, ENDED),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """Signed over time, nonce and cipher text; a GET proves that the address is ours."""
        crypto = crypto_of(account)
        if hook.method == "GET":
            return Checked(answer=Answer(crypto.opened(hook.query, hook.query.get("echostr", ""))))
        wecom_crypto.check_time(hook.query.get("timestamp", ""), hook.received_at)
        return Checked(crypto.opened(hook.query, encrypted_in(hook.body)), answer=Answer(b"success"))

    def understand(self, account: Account, body: bytes, received_at: Any) -> Heard:
        """XML announces news; JSON is one message that was asked for."""
        if body.lstrip()[:1] == b"<":
            told = wecom_crypto.read(body)
            if told.get("Event") != "kf_msg_or_event":
                return Heard()
            hint = json.dumps({"token": told.get("Token", ""), "kf": told.get("OpenKfId", "")})
            return Heard(pull=True, hint=hint)
        return wecom_kf_words.heard(given.read(body), received_at)

    def pull(self, account: Account) -> Pulled:
        """News of the account that the call named, else of every one we know."""
        cursors = _cursors(account)
        hint = _hint(account)
        wanted = [hint["kf"]] if hint.get("kf") else [*dict.fromkeys((*_listed(account), *cursors))]
        bodies: list[tuple[str, bytes]] = []
        more = False
        for kf in wanted:
            said = self._news(account, kf, cursors.get(kf, ""), hint.get("token", ""))
            bodies += self._bodies(account, given.items(said.get("msg_list")))
            cursors[kf] = given.text(said.get("next_cursor")) or cursors.get(kf, "")
            more = more or said.get("has_more") == 1
        return Pulled(tuple(bodies), json.dumps(cursors), more)

    def _news(self, account: Account, kf: str, cursor: str, token: str) -> Mapping[str, Any]:
        asked = {"open_kfid": kf, "cursor": cursor, "token": token, "limit": _MOST, "voice_format": 0}
        return self._call(account, "kf/sync_msg", json={name: value for name, value in asked.items() if value != ""})

    def _bodies(self, account: Account, found: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, bytes]]:
        names = self._names(account, [given.text(m.get("external_userid")) for m in found])
        for message in found:
            key = given.text(message.get("msgid"))
            body = {"message": message, "customer": names.get(given.text(message.get("external_userid")), "")}
            yield f"msg:{key}" if key else "", json.dumps(body, ensure_ascii=False).encode()

    def _names(self, account: Account, people: Sequence[str]) -> Mapping[str, str]:
        """Nicknames; without them where they cannot be had, for the words matter more."""
        known: dict[str, str] = account.state.setdefault("names", {})
        unknown = [one for one in dict.fromkeys(people) if one and one not in known][:_AT_ONCE]
        if not unknown:
            return known
        try:
            said = self._call(account, "kf/customer/batchget", json={"external_userid_list": unknown})
        except ChannelError:
            return known
        if len(known) > _KNOWN:
            known.clear()
        for one in given.items(said.get("customer_list")):
            known[given.text(one.get("external_userid"))] = given.text(one.get("nickname"))
        return known

    def send(self, account: Account, out: Outgoing) -> str:
        """Words in pieces, then files, each under an id of its own: sent twice it comes once."""
        ours = _id_of(account, out)
        for number, content in enumerate(self._contents(account, out), start=1):
            self._send(account, out.to, f"{ours}-{number}", content)
        return ours

    def _contents(self, account: Account, out: Outgoing) -> Iterator[Mapping[str, Any]]:
        for text in pieces.within(out.text, _BYTES):
            yield {"msgtype": "text", "text": {"content": text}}
        token = weixin.wecom_token(account, account.secrets.get("secret", ""))
        for file in out.files:
            kind, media = weixin.upload(account, weixin.base(account, weixin.WECOM), token, file)
            yield {"msgtype": kind, kind: {"media_id": media}}

    def _send(self, account: Account, to: str, msgid: str, content: Mapping[str, Any]) -> None:
        kf, _colon, person = to.partition(":")
        try:
            self._call(
                account, "kf/send_msg", json={"touser": person, "open_kfid": kf, "msgid": msgid, **content}
            )  # fmt: skip
        except ChannelError as error:
            if not _DONE_ALREADY.search(error.detail):
                raise

    def count(self, out: Outgoing) -> int:
        """Each piece and each file is a message of the five."""
        return len(pieces.within(out.text, _BYTES)) + len(out.files)

    def steer(self, account: Account, peer: str, now: str, state: str, servicer: str = "") -> str:
        """Brings a talk from the state `now` into another; the new one. Raises ChannelError where there is no way."""
        if state not in LEADS_TO.get(now or NEW, frozenset()):
            raise ChannelError("no_such_turn", f"{now} → {state}", permanent=True)
        kf, _colon, person = peer.partition(":")
        asked = {"open_kfid": kf, "external_userid": person, "service_state": int(state)}
        self._call(account, "kf/service_state/trans", json=asked | ({"servicer_userid": servicer} if servicer else {}))
        return state

    def probe(self, account: Account, to: str) -> str:
        """The names of the accounts we may speak for."""
        found = given.items(
            self._call(account, "kf/account/list", json={"offset": 0, "limit": 100}).get("account_list")
        )
        return ", ".join(given.text(one.get("name")) or given.text(one.get("open_kfid")) for one in found)

    def fetch(self, account: Account, media: Media) -> File:
        """A file by its id, kept there for three days."""
        token = weixin.wecom_token(account, account.secrets.get("secret", ""))
        url = f"{weixin.base(account, weixin.WECOM)}/cgi-bin/media/get"
        answer = weixin.download(account, url, token, params={"media_id": media.ref})
        return weixin.file_of(answer, media.name, media.content_type)

    def _call(self, account: Account, path: str, **asked: Any) -> Mapping[str, Any]:
        token = weixin.wecom_token(account, account.secrets.get("secret", ""))
        return weixin.call(account, f"{weixin.base(account, weixin.WECOM)}/cgi-bin/{path}", token, **asked)


def crypto_of(account: Account) -> Crypto:
    """The callback's token and key of a 企业微信 channel."""
    secrets = account.secrets
    return Crypto(secrets.get("token", ""), secrets.get("aes_key", ""), str(account.settings.get("corp_id", "")))


def encrypted_in(body: bytes) -> str:
    """The cipher text of an encrypted call; Rejected where there is none."""
    try:
        return wecom_crypto.read(body).get("Encrypt", "")
    except ValueError as error:
        raise Rejected("malformed") from error


def _cursors(account: Account) -> dict[str, str]:
    try:
        found = given.read(account.cursor.encode())
    except ValueError:
        return {}
    return {kf: given.text(cursor) for kf, cursor in found.items()}


def _hint(account: Account) -> dict[str, str]:
    try:
        return {name: given.text(value) for name, value in given.read(account.hint.encode()).items()}
    except ValueError:
        return {}


def _listed(account: Account) -> list[str]:
    return str(account.settings.get("accounts") or "").split()


def _id_of(account: Account, out: Outgoing) -> str:
    """An id that the same delivery has again, and that of another installation has not."""
    return hashlib.sha256(f"{account.code}|{out.key}|{out.to}|{out.text}".encode()).hexdigest()[:24]
