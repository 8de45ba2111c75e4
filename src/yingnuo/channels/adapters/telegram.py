"""How does Telegram speak (Bot API)?

Updates come to our hook (secret token in a header) or, where nobody can reach us from outside, by long polling. Files
come as ids and are fetched. There is no window: whoever wrote to the bot once may be written to.
Source: core.telegram.org/bots/api
"""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import given, pieces, web
from yingnuo.channels.contract import (
    Account,
    Answer,
    Arrival,
    ChannelError,
    Checked,
    File,
    Heard,
    Hook,
    Keep,
    Media,
    Outgoing,
    Profile,
    Rejected,
    Setting,
    SettingType,
)  # fmt: skip

_API = "https://api.telegram.org"
_POLL_S = 20
_FILES = ("document", "video", "audio", "voice", "video_note", "animation", "sticker")


class Telegram:
    """The adapter."""

    profile: ClassVar[Profile] = Profile(
        kind="telegram", name="Telegram", group="messaging", via="social", abroad=True, longest=4_096,
        settings=(
            Setting("token", _("Token of the bot"), SettingType.SECRET, required=True, help=_("@BotFather gives it.")),
            Setting("hook_secret", _("Secret token of the webhook"), SettingType.SECRET,
                    help=_("As given to setWebhook: 1 to 256 letters, digits, _ and -.")),
            Setting("mode", _("How news come"), SettingType.CHOICE, initial="stream", choices=(
                ("stream", _("we ask (nobody has to reach us)")), ("hook", _("Telegram calls our webhook")))),
            Setting("api", _("Address of the interface"), initial=_API),
        ),
        guide=_("Make a bot with @BotFather and paste its token. For a webhook, call setWebhook with our address."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """The header holds the secret that setWebhook was given."""
        secret, shown = account.secrets.get("hook_secret", ""), hook.headers.get("x-telegram-bot-api-secret-token", "")
        if not secret or not hmac.compare_digest(shown.encode(), secret.encode()):
            raise Rejected("bad_signature")
        try:
            update = given.read(hook.body)
        except ValueError as error:
            raise Rejected("malformed") from error
        key = f"update:{given.text(update.get('update_id'))}"
        return Checked(hook.body, key, Answer())

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """A person's message in a private chat; anything else (groups, channels, membership) is of no interest."""
        message = given.obj(given.read(body).get("message"))
        if given.obj(message.get("chat")).get("type") != "private":
            return Heard()
        return Heard(arrivals=(_arrival(message, received_at),))

    def send(self, account: Account, out: Outgoing) -> str:
        """Words in pieces, then the files; the id of the last message."""
        last = ""
        for text in pieces.of(out.text, self.profile.longest):
            last = _ask(account, "sendMessage", json={"chat_id": out.to, "text": text})
        for file in out.files:
            document = {"document": (file.name, file.data, file.content_type)}
            last = _ask(account, "sendDocument", data={"chat_id": out.to}, files=document)
        return f"{out.to}:{last}"

    def probe(self, account: Account, to: str) -> str:
        """The bot's name."""
        return f"@{_result(account, 'getMe').get('username', '')}"

    def fetch(self, account: Account, media: Media) -> File:
        """A file by its id."""
        path = str(_result(account, "getFile", json={"file_id": media.ref}).get("file_path", ""))
        answer = web.ask("GET", f"{_base(account)}/file/bot{account.secrets.get('token', '')}/{path}")
        return File(media.name or path.rpartition("/")[2], media.content_type, answer.content)

    def listen(self, account: Account, keep: Keep, stop: threading.Event) -> None:
        """Long polling. An update is confirmed by asking for the one after it: only once it is stored."""
        offset = 0
        while not stop.is_set():
            asked = {"offset": offset, "timeout": min(_POLL_S, int(web.TIMEOUT_S) - 5)}
            found = given.items(_called(account, "getUpdates", json=asked).get("result"))
            keep([(f"update:{u['update_id']}", json.dumps(u, ensure_ascii=False).encode()) for u in found])
            offset = max([offset, *(int(u["update_id"]) + 1 for u in found)])


def _arrival(message: Mapping[str, Any], received_at: datetime) -> Arrival:
    sender, chat = given.obj(message.get("from")), given.text(given.obj(message.get("chat")).get("id"))
    number = given.text(message.get("message_id"))
    if not (chat and number):
        raise ValueError("a message without a chat or a number")
    names = (given.text(sender.get("first_name")), given.text(sender.get("last_name")))
    words = given.text(message.get("text")) or given.text(message.get("caption")) or _place(message)
    return Arrival(
        external_id=f"{chat}:{number}",
        received_at=given.moment(message.get("date"), received_at),
        text=words,
        sender_name=" ".join(filter(None, names)),
        sender_phone=given.text(given.obj(message.get("contact")).get("phone_number")),
        peer=chat,
        media=tuple(_media(message)),
    )


def _place(message: Mapping[str, Any]) -> str:
    place = given.obj(message.get("location"))
    return f"{place.get('latitude')}, {place.get('longitude')}" if place else ""


def _media(message: Mapping[str, Any]) -> Iterator[Media]:
    sizes = given.items(message.get("photo"))
    if sizes:
        yield Media(given.text(sizes[-1].get("file_id")), "photo.jpg", "image/jpeg")
    for name in _FILES:
        if found := given.obj(message.get(name)):
            ref, kind = given.text(found.get("file_id")), given.text(found.get("mime_type"))
            yield Media(ref, given.text(found.get("file_name")), kind)


def _base(account: Account) -> str:
    return str(account.settings.get("api") or _API).rstrip("/")


def _called(account: Account, method: str, **asked: Any) -> Mapping[str, Any]:
    answer = web.json_of(web.ask("POST", f"{_base(account)}/bot{account.secrets.get('token', '')}/{method}", **asked))
    if answer.get("ok") is not True:
        raise ChannelError("refused", str(answer.get("description", ""))[:160], permanent=False)
    return answer


def _result(account: Account, method: str, **asked: Any) -> Mapping[str, Any]:
    return given.obj(_called(account, method, **asked).get("result"))


def _ask(account: Account, method: str, **asked: Any) -> str:
    return str(_result(account, method, **asked).get("message_id", ""))
