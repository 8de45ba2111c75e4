"""What does one message of 微信客服 say: words, a file, the state of a talk, a message that did not arrive?

`origin` 3 is the customer, 4 the system, 5 a colleague who answers in 企业微信 (his words are shown there, not here).
Source: developer.work.weixin.qq.com/document/path/94670
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from yingnuo.channels.adapters import given
from yingnuo.channels.contract import Arrival, Heard, Media, Receipt, ReceiptState, TalkNews

_CUSTOMER = 3
_MEDIA = {"image": ("", "image/jpeg"), "voice": ("voice.amr", "audio/amr"), "video": ("video.mp4", "video/mp4"),
          "file": ("", "")}  # fmt: skip
_WITH_COLLEAGUE, _ENDED = "3", "4"
_CHANGES = {1: _WITH_COLLEAGUE, 2: _WITH_COLLEAGUE, 3: _ENDED, 4: _WITH_COLLEAGUE}
#: Why a message did not arrive, by the provider's number.
_FAILED = {
    1: "account_deleted", 2: "app_closed", 4: "window_over", 5: "held_elsewhere", 6: "window_used_up",
    8: "not_verified", 10: "blocked", 11: "nobody_signed_in", 12: "not_taken", 13: "not_safe",
}  # fmt: skip


def heard(body: Mapping[str, Any], received_at: datetime) -> Heard:
    """What a kept message comes to; ValueError when it lacks what makes it one."""
    message = given.obj(body.get("message"))
    if message.get("msgtype") == "event":
        return _event(given.obj(message.get("event")), given.moment(message.get("send_time"), received_at))
    if message.get("origin") != _CUSTOMER:
        return Heard()
    arrival = _arrival(message, given.text(body.get("customer")), received_at)
    return Heard(arrivals=(arrival,), talks=(TalkNews(arrival.peer, "0", after=("", _ENDED)),))


def _arrival(message: Mapping[str, Any], nickname: str, received_at: datetime) -> Arrival:
    kind = given.text(message.get("msgtype"))
    content = given.obj(message.get(kind))
    media = _media(kind, content)
    read = _WORDS.get(kind)
    return Arrival(
        external_id=_needed(message, "msgid"),
        received_at=given.moment(message.get("send_time"), received_at),
        text=read(content) if read else "" if media else f"[{kind}]",
        sender_name=nickname,
        peer=peer_of(message),
        media=media,
    )


def peer_of(message: Mapping[str, Any]) -> str:
    """Account and customer."""
    return f"{_needed(message, 'open_kfid')}:{_needed(message, 'external_userid')}"


def _needed(message: Mapping[str, Any], name: str) -> str:
    found = given.text(message.get(name))
    if not found:
        raise ValueError(f"a message without {name}")
    return found


def _media(kind: str, content: Mapping[str, Any]) -> tuple[Media, ...]:
    ref = given.text(content.get("media_id"))
    if kind not in _MEDIA or not ref:
        return ()
    name, content_type = _MEDIA[kind]
    return (Media(ref, given.text(content.get("filename")) or name, content_type),)


def _lines(*names: str) -> Callable[[Mapping[str, Any]], str]:
    def read(content: Mapping[str, Any]) -> str:
        return "\n".join(filter(None, (given.text(content.get(name)) for name in names)))

    return read


def _place(content: Mapping[str, Any]) -> str:
    at = f"{given.text(content.get('latitude'))}, {given.text(content.get('longitude'))}"
    return "\n".join(filter(None, (given.text(content.get("name")), given.text(content.get("address")), at)))


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "text": _lines("content"), "location": _place, "link": _lines("title", "desc", "url"),
    "miniprogram": _lines("title", "pagepath"), "business_card": _lines("userid"),
    "channels_shop_product": _lines("title", "sales_price"),
    "channels_shop_order": _lines("order_id", "product_titles"),
    "msgmenu": _lines("head_content", "tail_content"), "merged_msg": _lines("title"),
}  # fmt: skip


def _event(event: Mapping[str, Any], at: datetime) -> Heard:
    kind = event.get("event_type")
    if kind == "msg_send_fail":
        ours = given.text(event.get("fail_msgid")).rpartition("-")[0] or given.text(event.get("fail_msgid"))
        return Heard(receipts=(Receipt(ours, ReceiptState.FAILED, at, _why(event.get("fail_type"))),))
    if kind == "session_status_change":
        return Heard(talks=_changed(event))
    return Heard()  # he entered, took words back; a colleague came on or off duty


def _why(number: object) -> str:
    known = _FAILED.get(number) if isinstance(number, int) else None
    return known or f"failed {given.text(number)}".strip()


def _changed(event: Mapping[str, Any]) -> tuple[TalkNews, ...]:
    change = event.get("change_type")
    state = _CHANGES.get(change) if isinstance(change, int) else None
    return (TalkNews(peer_of(event), state),) if state else ()
