"""How does LINE speak (Messaging API)?

Events come signed to our hook, again where they were not taken (under the same id). An answer within the minute uses
the event's reply token, which costs nothing; any other is pushed, which counts against the month's quota, under a retry
key by which LINE knows a repeated push. Files come as ids and are fetched from a host of their own; files of ours would
need a public address: they are refused.
Source: developers.line.biz/en/reference/messaging-api
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

import httpx
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import given, pieces, web
from yingnuo.channels.contract import (
    Account,
    Arrival,
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
from yingnuo.kit import instants

_API, _DATA = "https://api.line.me", "https://api-data.line.me"
_FILES = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/m4a", "file": ""}
_TOKEN_LIVES = timedelta(seconds=45)  # LINE says one minute from the event
_MOST_TOKENS = 500
_MOST_AT_ONCE = 5
_QUOTA_PAUSE_S = 3_600
_KEYS = uuid.UUID("5d0b9d3c-1f0e-4f86-8d2a-6a2b1c7e9a11")


class Line:
    """The adapter."""

    profile: ClassVar[Profile] = Profile(
        kind="line", name="LINE", group="messaging", via="social", abroad=True, longest=5_000,
        settings=(
            Setting("token", _("Channel access token"), SettingType.SECRET, required=True,
                    help=_("A long-lived one, issued in the LINE Developers console.")),
            Setting("channel_secret", _("Channel secret"), SettingType.SECRET, required=True),
            Setting("api", _("Address of the interface"), initial=_API),
            Setting("data_api", _("Address for files"), initial=_DATA),
        ),
        guide=_("Enter our address as webhook URL in the LINE Developers console, switch “Use webhook” and "
                "“Webhook redelivery” on and automatic replies off."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """The header holds the body's HMAC under the channel's secret, in base64."""
        secret, shown = account.secrets.get("channel_secret", ""), hook.headers.get("x-line-signature", "")
        expected = base64.b64encode(hmac.new(secret.encode(), hook.body, hashlib.sha256).digest())
        if not secret or not hmac.compare_digest(shown.encode(), expected):
            raise Rejected("bad_signature")
        try:
            told = given.read(hook.body)
        except ValueError as error:
            raise Rejected("malformed") from error
        return Checked(hook.body if given.items(told.get("events")) else b"")

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """Messages of one person to us; groups, follows and joins are of no interest."""
        events = [e for e in given.items(given.read(body).get("events")) if _is_words(e)]
        for event in events:
            _remember(account, event, received_at)
        return Heard(arrivals=tuple(_arrival(event, received_at) for event in events))

    def send(self, account: Account, out: Outgoing) -> str:
        """Words in pieces, five in one request; the id of the last message."""
        if out.files:
            raise ChannelError("files_not_possible", "", permanent=True)
        said = [{"type": "text", "text": text} for text in pieces.of(out.text, self.profile.longest)]
        batches = [said[at : at + _MOST_AT_ONCE] for at in range(0, len(said), _MOST_AT_ONCE)]
        last = ""
        for number, batch in enumerate(batches):
            last = (_replied(account, out.to, batch) if number == 0 else "") or _pushed(account, out, batch, number)
        return last

    def probe(self, account: Account, to: str) -> str:
        """The name of the official account, and how much of the month's quota is used."""
        name = given.text(_get(account, "/v2/bot/info").get("displayName"))
        quota = _get(account, "/v2/bot/message/quota")
        used = given.text(_get(account, "/v2/bot/message/quota/consumption").get("totalUsage"))
        return f"{name} {used}/{given.text(quota.get('value')) or '∞'}"

    def fetch(self, account: Account, media: Media) -> File:
        """A file by the id of its message; LINE may still be preparing a long one."""
        data = str(account.settings.get("data_api") or _DATA).rstrip("/")
        answer = web.ask("GET", f"{data}/v2/bot/message/{media.ref}/content", headers=_bearer(account))
        if answer.status_code == 202:
            raise ChannelError("not_ready", "", permanent=False)
        kind = answer.headers.get("Content-Type", "") or media.content_type
        return File(media.name or media.ref, kind, answer.content)


def _is_words(event: Mapping[str, Any]) -> bool:
    source = given.obj(event.get("source"))
    return event.get("type") == "message" and event.get("mode") != "standby" and source.get("type") == "user"


def _arrival(event: Mapping[str, Any], received_at: datetime) -> Arrival:
    message, user = given.obj(event.get("message")), given.text(given.obj(event.get("source")).get("userId"))
    number = given.text(event.get("webhookEventId")) or given.text(message.get("id"))
    if not (user and number):
        raise ValueError("a message without a sender or an id")
    return Arrival(
        external_id=number,
        received_at=given.moment(event.get("timestamp"), received_at, per_second=1_000),
        text=_text(message),
        peer=user,
        media=tuple(_media(message)),
    )


def _text(message: Mapping[str, Any]) -> str:
    kind = given.text(message.get("type"))
    if kind == "location":
        names = ("title", "address", "latitude", "longitude")
        return ", ".join(filter(None, (given.text(message.get(name)) for name in names)))
    if kind == "sticker":
        words = message.get("keywords")
        named = [given.text(word) for word in words[:3]] if isinstance(words, list) else []
        return f"[sticker] {', '.join(filter(None, named))}".strip()
    return given.text(message.get("text")) or given.text(_outside(message).get("originalContentUrl"))


def _outside(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A file that is not with LINE: its address is told, never fetched."""
    found = given.obj(message.get("contentProvider"))
    return found if found.get("type") == "external" else {}


def _media(message: Mapping[str, Any]) -> Iterator[Media]:
    kind, ref = given.text(message.get("type")), given.text(message.get("id"))
    if kind in _FILES and ref and not _outside(message):
        yield Media(ref, given.text(message.get("fileName")), _FILES[kind])


def _remember(account: Account, event: Mapping[str, Any], received_at: datetime) -> None:
    """Keeps the reply token for the minute that it lives."""
    user, token = given.text(given.obj(event.get("source")).get("userId")), given.text(event.get("replyToken"))
    known = account.state.setdefault("replies", {})
    if user and token:
        known.pop(user, None)
        known[user] = (token, received_at)
    while len(known) > _MOST_TOKENS:
        known.pop(next(iter(known)))


def _replied(account: Account, user: str, said: list[dict[str, str]]) -> str:
    """Answers by the reply token; "" where there is none or LINE takes it no longer."""
    token, at = account.state.get("replies", {}).pop(user, ("", None))
    if not token or instants.now() - at > _TOKEN_LIVES:
        return ""
    answer = _post(account, "/v2/bot/message/reply", {"replyToken": token, "messages": said}, {})
    if answer.status_code == 400:  # used or ended: the push that follows tells what else may be wrong
        return ""
    return _last_id(_judged(answer))


def _pushed(account: Account, out: Outgoing, said: list[dict[str, str]], number: int) -> str:
    key = {"X-Line-Retry-Key": str(uuid.uuid5(_KEYS, f"{account.code}:{out.key}:{number}"))}
    answer = _post(account, "/v2/bot/message/push", {"to": out.to, "messages": said}, key)
    if answer.status_code == 409:  # this very push was taken before
        return _last_id(answer) or answer.headers.get("X-Line-Accepted-Request-Id", "")
    return _last_id(_judged(answer))


def _judged(answer: httpx.Response) -> httpx.Response:
    if answer.status_code == 429 and "monthly limit" in answer.text:
        raise ChannelError("quota_used_up", answer.text[:160], permanent=False, after_s=_QUOTA_PAUSE_S)
    return web.judged(answer)


def _last_id(answer: httpx.Response) -> str:
    sent = given.items(web.json_of(answer).get("sentMessages"))
    return given.text(sent[-1].get("id")) if sent else ""


def _bearer(account: Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {account.secrets.get('token', '')}"}


def _base(account: Account) -> str:
    return str(account.settings.get("api") or _API).rstrip("/")


def _post(account: Account, path: str, body: Mapping[str, Any], more: Mapping[str, str]) -> httpx.Response:
    return web.asked("POST", _base(account) + path, json=body, headers={**_bearer(account), **more})


def _get(account: Account, path: str) -> Mapping[str, Any]:
    return web.json_of(web.ask("GET", _base(account) + path, headers=_bearer(account)))
