"""What does one XML message of a 公众号, or of an application of 企业微信, say?

Both write alike. Source: developers.weixin.qq.com/doc/offiaccount/Message_Management,
developer.work.weixin.qq.com/document/path/90239
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from yingnuo.channels.adapters import given, wecom_crypto
from yingnuo.channels.contract import Arrival, Heard, Media, Receipt, ReceiptState, Rejected

Told = Mapping[str, str]
_MEDIA = {
    "image": ("picture.jpg", "image/jpeg"), "voice": ("voice.amr", "audio/amr"), "video": ("video.mp4", "video/mp4"),
    "shortvideo": ("video.mp4", "video/mp4"), "file": ("", ""),
}  # fmt: skip
_WORDS: Mapping[str, Callable[[Told], str]] = {
    "text": lambda t: t.get("Content", ""),
    "voice": lambda t: t.get("Recognition", ""),
    "location": lambda t: _lines(t.get("Label", ""), f"{t.get('Location_X', '')}, {t.get('Location_Y', '')}"),
    "link": lambda t: _lines(t.get("Title", ""), t.get("Description", ""), t.get("Url", "")),
}


def _lines(*parts: str) -> str:
    return "\n".join(filter(None, parts))


def key_of(told: Told) -> str:
    """The id of a call: the message's; of an event, whom and when, as the provider advises."""
    if told.get("MsgId"):
        return f"msg:{told['MsgId']}"
    if told.get("FromUserName") and told.get("CreateTime"):
        return f"event:{told['FromUserName']}:{told['CreateTime']}:{told.get('Event', '')}:{told.get('MsgID', '')}"[
            :250
        ]
    return ""


def encrypted_in(body: bytes) -> str:
    """The cipher text of an encrypted call; Rejected where there is none."""
    try:
        return wecom_crypto.read(body).get("Encrypt", "")
    except ValueError as error:
        raise Rejected("malformed") from error


def template_id(msgid: str) -> str:
    """How a template that was sent is known again when its end is told."""
    return f"template:{msgid}" if msgid else ""


def heard(told: Told, received_at: datetime, *, named: str = "") -> Heard:
    """What a kept message comes to; ValueError when it lacks what makes it one."""
    kind = told.get("MsgType", "")
    if kind == "event":
        return Heard(receipts=_receipts(told, received_at))
    if not (told.get("FromUserName") and told.get("MsgId")):
        raise ValueError("a message without a sender or an id")
    return Heard(arrivals=(_arrival(kind, told, received_at, named),))


def _arrival(kind: str, told: Told, received_at: datetime, named: str) -> Arrival:
    media = _media(kind, told)
    read = _WORDS.get(kind)
    return Arrival(
        external_id=told["MsgId"],
        received_at=given.moment(told.get("CreateTime"), received_at),
        text=read(told) if read else "" if media else f"[{kind}]",
        sender_name=named,
        peer=told["FromUserName"],
        media=media,
    )


def _media(kind: str, told: Told) -> tuple[Media, ...]:
    ref = told.get("MediaId", "")
    if kind not in _MEDIA or not ref:
        return ()
    name, content_type = _MEDIA[kind]
    return (Media(ref, told.get("FileName") or name, content_type),)


def _receipts(told: Told, received_at: datetime) -> tuple[Receipt, ...]:
    if told.get("Event", "").upper() != "TEMPLATESENDJOBFINISH" or not told.get("MsgID"):
        return ()
    at, status = given.moment(told.get("CreateTime"), received_at), told.get("Status", "").lower()
    ours = template_id(told["MsgID"])
    if status == "success":
        return (Receipt(ours, ReceiptState.DELIVERED, at),)
    why = {"failed:user block": "blocked", "failed: system failed": "provider_failed"}.get(status, "failed")
    return (Receipt(ours, ReceiptState.FAILED, at, why),)
