"""What does one event of 飞书 say: words to the robot, or that an answer was read?

Source: open.feishu.cn/document/server-docs/im-v1/message-content-description
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from yingnuo.channels.adapters import given
from yingnuo.channels.contract import Arrival, Heard, Media, Receipt, ReceiptState

_RECEIVED, _READ = "im.message.receive_v1", "im.message.message_read_v1"
_FILES = {
    "image": ("image", "image_key", "picture.jpg", "image/jpeg"), "file": ("file", "file_key", "", ""),
    "audio": ("file", "file_key", "voice.opus", "audio/ogg"), "media": ("file", "file_key", "video.mp4", "video/mp4"),
}  # fmt: skip


def key_of(said: Mapping[str, Any]) -> str:
    """The id of an event as key."""
    number = given.text(given.obj(said.get("header")).get("event_id"))
    return f"event:{number}" if number else ""


def heard(said: Mapping[str, Any], received_at: datetime) -> Heard:
    """What a kept event comes to; ValueError when it lacks what makes it one."""
    kind, event = given.text(given.obj(said.get("header")).get("event_type")), given.obj(said.get("event"))
    if kind == _READ:
        return Heard(receipts=tuple(_read(given.obj(event.get("reader")), event, received_at)))
    message = given.obj(event.get("message"))
    if kind != _RECEIVED or message.get("chat_type") != "p2p":
        return Heard()
    return Heard(arrivals=(_arrival(given.obj(event.get("sender")), message, received_at),))


def _read(reader: Mapping[str, Any], event: Mapping[str, Any], received_at: datetime) -> Iterator[Receipt]:
    at = given.moment(reader.get("read_time"), received_at, per_second=1000)
    numbers = event.get("message_id_list")
    for number in numbers if isinstance(numbers, list) else ():
        if given.text(number):
            yield Receipt(given.text(number), ReceiptState.READ, at)


def _arrival(sender: Mapping[str, Any], message: Mapping[str, Any], received_at: datetime) -> Arrival:
    number = given.text(message.get("message_id"))
    person = given.text(given.obj(sender.get("sender_id")).get("open_id"))
    if not (number and person):
        raise ValueError("a message without an id or a sender")
    kind = given.text(message.get("message_type"))
    content = given.read(given.text(message.get("content")).encode() or b"{}")
    media = tuple(_media(number, kind, content))
    return Arrival(
        external_id=number,
        received_at=given.moment(message.get("create_time"), received_at, per_second=1000),
        text=_words(kind, content) or ("" if media else f"[{kind}]"),
        peer=person,
        media=media,
    )


def _words(kind: str, content: Mapping[str, Any]) -> str:
    if kind == "text":
        return given.text(content.get("text"))
    if kind == "post":
        lines = ["".join(_said(part) for part in line) for line in _lines(content)]
        return "\n".join(filter(None, (given.text(content.get("title")), *lines)))
    if kind == "location":
        at = f"{given.text(content.get('latitude'))}, {given.text(content.get('longitude'))}"
        return "\n".join(filter(None, (given.text(content.get("name")), at)))
    return ""


def _lines(content: Mapping[str, Any]) -> Iterator[list[Mapping[str, Any]]]:
    found = content.get("content")
    for line in found if isinstance(found, list) else ():
        yield given.items(line)


def _said(part: Mapping[str, Any]) -> str:
    text, address = given.text(part.get("text")), given.text(part.get("href"))
    return f"{text} {address}" if address else text or given.text(part.get("user_name"))


def _media(number: str, kind: str, content: Mapping[str, Any]) -> Iterator[Media]:
    """By `message/kind/key`: a file is fetched out of its message."""
    if kind == "post":
        for part in (part for line in _lines(content) for part in line):
            if part.get("tag") == "img" and given.text(part.get("image_key")):
                yield Media(f"{number}/image/{given.text(part.get('image_key'))}", "picture.jpg", "image/jpeg")
        return
    if kind in _FILES:
        told, name, usual, content_type = _FILES[kind]
        if key := given.text(content.get(name)):
            yield Media(f"{number}/{told}/{key}", given.text(content.get("file_name")) or usual, content_type)
