"""Which colour, icon and word belongs to a code that many pages show?"""

from __future__ import annotations

import unicodedata
import zlib
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HUES = 8
"""Number of `yn-hue-N` classes in app.css."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a code looks like: a lazily translated word, a tone (`app.css`) and an icon of the sprite."""

    word: str | Promise
    tone: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """One choice of a filter bar: a link, chosen or not; `count` None shows no number."""

    word: str | Promise
    href: str
    active: bool = False
    count: int | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class RailItem:
    """One entry of the navigation rail. The desk lists those its reader may open, in order."""

    word: str | Promise
    href: str
    icon: str
    hotkey: str = ""
    count: int | None = None


URGENCY = {
    "urgent": Look(_("Urgent"), "red", "flame"),
    "important": Look(_("Important"), "orange", "arrow-up"),
    "general": Look(_("General"), "gray", "minus"),
}

STANDING = {
    "running": Look(_("Running"), "green", "clock"),
    "at_risk": Look(_("At risk"), "orange", "clock-exclamation"),
    "paused": Look(_("Paused"), "gray", "player-pause"),
    "kept": Look(_("Kept"), "green", "circle-check"),
    "broken": Look(_("Broken"), "red", "alert-triangle"),
    "cancelled": Look(_("Cancelled"), "gray", "ban"),
}

CHANNEL = {
    "mail": Look(_("Mail"), "blue", "mail"),
    "phone": Look(_("Phone"), "orange", "phone"),
    "chat": Look(_("Live chat"), "teal", "message-2"),
    "web": Look(_("Web form"), "azure", "world"),
    "portal": Look(_("Portal"), "azure", "world"),
    "sms": Look(_("SMS"), "purple", "device-mobile"),
    "app": Look(_("App"), "purple", "device-mobile"),
    "wechat": Look(_("WeChat"), "green", "brand-wechat"),
    "wecom": Look(_("WeCom"), "green", "brand-wechat"),
    "dingtalk": Look(_("DingTalk"), "blue", "messages"),
    "feishu": Look(_("Feishu"), "blue", "send"),
    "telegram": Look(_("Telegram"), "azure", "brand-telegram"),
    "whatsapp": Look(_("WhatsApp"), "green", "brand-whatsapp"),
    "line": Look(_("LINE"), "green", "message-circle"),
    "messenger": Look(_("Messenger"), "blue", "message-circle"),
    "iot": Look(_("Device"), "gray", "devices"),
    "api": Look(_("API"), "gray", "api"),
    "desk": Look(_("Entered by staff"), "gray", "user-plus"),
}


def look(table: dict[str, Look], code: str) -> Look:
    """The look of `code`; an unknown code is shown as it is, in grey, so that a plug-in's own codes stay visible."""
    return table.get(code) or Look(code, "gray", "circle-dot")


def initials(name: str) -> str:
    """One sign for an avatar: the first letter or ideograph; `?` for an empty name."""
    return next((sign.upper() for sign in name if unicodedata.category(sign)[0] in "LN"), "?")


def hue(name: str) -> int:
    """A colour number in [0, HUES) that is the same for this name on every machine and every day."""
    return zlib.crc32(name.strip().casefold().encode()) % HUES
