"""How does Messenger speak (Send API of a Facebook page, and Instagram, which speaks alike)?

Files come as addresses and are fetched from Meta's hosts alone. That everything until some moment was delivered or read
comes as a watermark. One may write for 24 hours after the customer's last words; with the HUMAN_AGENT permission, which
Meta grants to a page on request, a person may answer for seven days: first without the tag, then, refused for the
window, with it.
Source: developers.facebook.com/docs/messenger-platform
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import elsewhere, given, graph, pieces
from yingnuo.channels.contract import (
    Account,
    Arrival,
    ArrivalKind,
    ChannelError,
    Checked,
    File,
    Heard,
    Hook,
    Media,
    Outgoing,
    Profile,
    Receipt,
    ReceiptState,
    Setting,
    SettingType,
)  # fmt: skip
from yingnuo.engine.windows import Window

_HOSTS = ("fbcdn.net", "fbsbx.com", "cdninstagram.com")
_OUTSIDE = "window_over"
_WORDS = {
    100: "bad_request", 551: "not_reachable", 1545041: "not_reachable", 2018001: "not_reachable",
    2018065: _OUTSIDE, 2018278: _OUTSIDE,
}  # fmt: skip
_FILES = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/mp4", "file": ""}
_DAY = 24 * 3_600


class Messenger:
    """The adapter."""

    profile: ClassVar[Profile] = Profile(
        kind="messenger", name="Messenger", group="messaging", via="social", abroad=True, longest=2_000,
        window=Window(_DAY),
        settings=(
            Setting("page_id", _("Id of the page"), required=True),
            *graph.SECRETS,
            Setting("human_agent", _("Answers for seven days (HUMAN_AGENT)"), SettingType.SWITCH,
                    help=_("Only when Meta has granted this permission to the app.")),
            *graph.ADDRESS,
        ),
        guide=_("Enter our address and the verify token at Messenger → Settings and subscribe the page to messages, "
                "messaging_postbacks, message_deliveries and message_reads."),
    )  # fmt: skip

    def window(self, account: Account) -> Window:
        """24 hours, or seven days where Meta allows a person to answer so late."""
        return Window(7 * _DAY) if account.settings.get("human_agent") else self.profile.window

    def verify(self, account: Account, hook: Hook) -> Checked:
        """By Meta's handshake or signature."""
        return graph.verify(account, hook)

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """People's messages and chosen buttons, and what became of ours; echoes of our own words are passed over."""
        arrivals: list[Arrival] = []
        receipts: list[Receipt] = []
        for event in _events(account, given.read(body)):
            if _is_words(event):
                arrivals.append(_arrival(event, received_at))
            receipts += _receipts(event, received_at)
        return Heard(arrivals=tuple(arrivals), receipts=tuple(receipts))

    def send(self, account: Account, out: Outgoing) -> str:
        """Words in pieces, then files; the id of the last message."""
        last = ""
        for text in pieces.of(out.text, self.profile.longest):
            last = _say(account, out.to, {"json": {"message": {"text": text}}})
        for file in out.files:
            last = _say(account, out.to, _file(file))
        return last

    def probe(self, account: Account, to: str) -> str:
        """The page's name."""
        found = graph.ask(account, "GET", _page(account), _WORDS, params={"fields": "name"})
        return given.text(found.get("name"))

    def fetch(self, account: Account, media: Media) -> File:
        """A file by its address, which must be one of Meta's."""
        answer = elsewhere.fetch(media.ref, hosts=_HOSTS, own=str(account.settings.get("api") or graph.API))
        kind = answer.headers.get("Content-Type", "").partition(";")[0] or media.content_type
        return File(media.name or "file", kind, answer.content)


def _page(account: Account) -> str:
    return str(account.settings.get("page_id", ""))


def _events(account: Account, told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if told.get("object") not in ("page", "instagram"):
        return
    for entry in given.items(told.get("entry")):
        if given.text(entry.get("id")) in ("", _page(account)):
            yield from given.items(entry.get("messaging"))


def _is_words(event: Mapping[str, Any]) -> bool:
    message, postback = given.obj(event.get("message")), given.obj(event.get("postback"))
    silent = message.get("is_echo") is True or message.get("is_deleted") is True
    return bool((message or postback) and not silent)


def _arrival(event: Mapping[str, Any], received_at: datetime) -> Arrival:
    message, postback = given.obj(event.get("message")), given.obj(event.get("postback"))
    sender, number = given.text(given.obj(event.get("sender")).get("id")), given.text((message or postback).get("mid"))
    if not (sender and number):
        raise ValueError("a message without a sender or an id")
    answered = given.text(given.obj(message.get("reply_to")).get("mid"))
    return Arrival(
        external_id=number,
        received_at=given.moment(event.get("timestamp"), received_at, per_second=1_000),
        kind=ArrivalKind.REPLY if answered else ArrivalKind.REQUEST,
        text=given.text(message.get("text")) or given.text(postback.get("title")) or _place(message),
        references=(answered,) if answered else (),
        peer=sender,
        media=tuple(_media(message)),
    )


def _payloads(message: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for one in given.items(message.get("attachments")):
        yield given.text(one.get("type")), given.obj(one.get("payload"))


def _place(message: Mapping[str, Any]) -> str:
    """What an attachment that is no file says: a place, a shared link, another kind by its name."""
    for kind, payload in _payloads(message):
        if kind == "location":
            place = given.obj(payload.get("coordinates"))
            return f"{given.text(place.get('lat'))}, {given.text(place.get('long'))}"
        if kind not in _FILES:
            return given.text(payload.get("title")) or given.text(payload.get("url")) or f"[{kind or 'unknown'}]"
    return ""


def _media(message: Mapping[str, Any]) -> Iterator[Media]:
    for kind, payload in _payloads(message):
        if kind in _FILES and (url := given.text(payload.get("url"))):
            yield Media(url, "", _FILES[kind])


def _receipts(event: Mapping[str, Any], received_at: datetime) -> Iterator[Receipt]:
    sender = given.text(given.obj(event.get("sender")).get("id"))
    for name, state in (("delivery", ReceiptState.DELIVERED), ("read", ReceiptState.READ)):
        told = given.obj(event.get(name))
        mids = told.get("mids") if isinstance(told.get("mids"), list) else [told.get("mid")]
        known = [mid for mid in map(given.text, mids or []) if mid]
        at = given.moment(told.get("watermark") or event.get("timestamp"), received_at, per_second=1_000)
        if known:
            yield from (Receipt(mid, state, at) for mid in known)
        elif given.text(told.get("watermark")) and sender:
            yield Receipt("", state, at, peer=sender)


def _file(file: File) -> dict[str, Any]:
    kind = file.content_type.partition("/")[0]
    shown = kind if kind in ("image", "video", "audio") else "file"
    message = json.dumps({"attachment": {"type": shown, "payload": {}}})
    return {"data": {"message": message}, "files": {"filedata": (file.name, file.data, file.content_type)}}


def _say(account: Account, to: str, said: Mapping[str, Any]) -> str:
    """One message; once more with the tag when the window is over and Meta lets a person answer."""
    try:
        return _post(account, to, said, {"messaging_type": "RESPONSE"})
    except ChannelError as error:
        if error.code != _OUTSIDE or not account.settings.get("human_agent"):
            raise
    return _post(account, to, said, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"})


def _post(account: Account, to: str, said: Mapping[str, Any], how: Mapping[str, str]) -> str:
    if "json" in said:
        asked: dict[str, Any] = {"json": {"recipient": {"id": to}, **how, **said["json"]}}
    else:
        asked = {**said, "data": {"recipient": json.dumps({"id": to}), **how, **said["data"]}}
    found = graph.ask(account, "POST", f"{_page(account)}/messages", _WORDS, **asked)
    return given.text(found.get("message_id"))
