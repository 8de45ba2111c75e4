"""How does WhatsApp speak (Cloud API)?

Calls carry messages and what became of ours. Files come as ids: id → address → bytes, both with our token. One may
write for 24 hours after the customer's last words; outside of them only templates that Meta has approved.
A reaction (an emoji at a message) asks for nothing: it is passed over. Who shows no number is known by the id that Meta
gives him with this business.
Source: developers.facebook.com/docs/whatsapp/cloud-api
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.abilities import Verdict
from yingnuo.channels.adapters import elsewhere, given, graph, pieces
from yingnuo.channels.contract import (
    Account,
    Arrival,
    ArrivalKind,
    Checked,
    File,
    Form,
    Heard,
    Hook,
    Media,
    Outgoing,
    Profile,
    Receipt,
    ReceiptState,
    Setting,
)  # fmt: skip
from yingnuo.engine.windows import Window

_HOSTS = ("lookaside.fbsbx.com", "whatsapp.net")
_FILES = ("image", "audio", "video", "document", "sticker")
_SILENT = ("reaction", "system", "request_welcome")
_SHOWN_AS = {"image/jpeg": "image", "image/png": "image", "video/mp4": "video", "video/3gpp": "video"}
_LANGUAGES = {"zh-hans": "zh_CN", "zh-hant": "zh_TW"}
_VERDICTS = {"APPROVED": "approved", "REJECTED": "rejected", "PENDING": "submitted", "IN_APPEAL": "submitted",
             "PAUSED": "rejected", "DISABLED": "rejected"}  # fmt: skip
WORDS = {
    100: "bad_request", 131008: "bad_request", 131009: "bad_request", 131021: "own_number", 131026: "not_reachable",
    131030: "not_on_test_list", 131047: "window_over", 131050: "unsubscribed", 131051: "bad_type",
    131052: "file_not_taken", 131053: "file_not_taken", 132000: "template_values", 132001: "template_unknown",
    132005: "template_too_long", 132007: "template_forbidden", 132012: "template_values", 132015: "template_paused",
    132016: "template_disabled",
}  # fmt: skip
"""Errors about the message itself, by our word for them: trying again cannot help."""
_STATES = {
    "sent": ReceiptState.SENT, "delivered": ReceiptState.DELIVERED, "read": ReceiptState.READ,
    "failed": ReceiptState.FAILED,
}  # fmt: skip


class WhatsApp:
    """The adapter."""

    profile: ClassVar[Profile] = Profile(
        kind="whatsapp", name="WhatsApp", group="messaging", via="social", abroad=True, longest=4_096,
        window=Window(24 * 3_600, templates=True),
        settings=(
            Setting("number_id", _("Id of the phone number"), required=True,
                    help=_("“Phone number ID” in the app's WhatsApp settings, not the number itself.")),
            Setting("business_id", _("Id of the WhatsApp Business account"),
                    help=_("Needed to ask whether templates are approved.")),
            *graph.SECRETS, *graph.ADDRESS,
        ),
        guide=_("Enter our address and the verify token at WhatsApp → Configuration and subscribe to “messages”."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """By Meta's handshake or signature."""
        return graph.verify(account, hook)

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """Messages of people and statuses of ours, for this number alone: an app may serve several."""
        arrivals: list[Arrival] = []
        receipts: list[Receipt] = []
        for value in _values(account, given.read(body)):
            contacts = given.items(value.get("contacts"))
            names = {given.text(c.get(name)): c for name in ("user_id", "wa_id") for c in contacts}
            messages = [m for m in given.items(value.get("messages")) if m.get("type") not in _SILENT]
            arrivals += [_arrival(m, names, received_at) for m in messages]
            receipts += [r for s in given.items(value.get("statuses")) for r in _receipts(s, received_at)]
        return Heard(arrivals=tuple(arrivals), receipts=tuple(receipts))

    def send(self, account: Account, out: Outgoing) -> str:
        """A template where one is given, else words in pieces and then files; the id of the last message."""
        if out.form is not None:
            return _say(account, out, {"type": "template", "template": _template(out.form)})
        last = ""
        for text in pieces.of(out.text, self.profile.longest):
            last = _say(account, out, {"type": "text", "text": {"body": text, "preview_url": False}})
        for file in out.files:
            last = _say(account, out, _file(account, file))
        return last

    def probe(self, account: Account, to: str) -> str:
        """The number and the name that customers see."""
        asked = {"fields": "display_phone_number,verified_name"}
        found = graph.ask(account, "GET", _number(account), WORDS, params=asked)
        return f"{given.text(found.get('verified_name'))} {given.text(found.get('display_phone_number'))}".strip()

    def fetch(self, account: Account, media: Media) -> File:
        """A file by its id; the address that the id leads to must be one of Meta's."""
        found = graph.ask(account, "GET", media.ref, WORDS)
        own = str(account.settings.get("api") or graph.API)
        answer = elsewhere.fetch(
            given.text(found.get("url")), hosts=_HOSTS, own=own, headers=graph.bearer(account)
        )  # fmt: skip
        kind = media.content_type or given.text(found.get("mime_type")) or answer.headers.get("Content-Type", "")
        return File(media.name or media.ref, kind, answer.content)

    def verdict(self, account: Account, form: Form) -> Verdict:
        """What Meta says of the template of this name and language."""
        business = str(account.settings.get("business_id", ""))
        asked = {"name": form.id, "fields": "name,language,status,rejected_reason"}
        found = graph.ask(account, "GET", f"{business}/message_templates", WORDS, params=asked)
        for row in given.items(found.get("data")):
            if (row.get("name"), row.get("language")) == (form.id, _language(form)):
                state = _VERDICTS.get(given.text(row.get("status")), "submitted")
                return Verdict(state, given.text(row.get("rejected_reason")).removeprefix("NONE"))
        return Verdict("draft")


def _number(account: Account) -> str:
    return str(account.settings.get("number_id", ""))


def _values(account: Account, told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for entry in given.items(told.get("entry")):
        for change in given.items(entry.get("changes")):
            value = given.obj(change.get("value"))
            number = given.text(given.obj(value.get("metadata")).get("phone_number_id"))
            if change.get("field") == "messages" and number in ("", _number(account)):
                yield value


def _arrival(m: Mapping[str, Any], names: Mapping[str, Mapping[str, Any]], received_at: datetime) -> Arrival:
    sender = given.text(m.get("from")) or given.text(m.get("from_user_id"))
    number, kind = given.text(m.get("id")), given.text(m.get("type"))
    if not (sender and number):
        raise ValueError("a message without a sender or an id")
    answered = given.text(given.obj(m.get("context")).get("id"))
    return Arrival(
        external_id=number,
        received_at=given.moment(m.get("timestamp"), received_at),
        kind=ArrivalKind.REPLY if answered else ArrivalKind.REQUEST,
        text=_text(m, kind),
        sender_name=given.text(given.obj(names.get(sender, {}).get("profile")).get("name")),
        sender_phone=f"+{sender}" if sender.isdigit() else "",
        references=(answered,) if answered else (),
        peer=sender,
        media=tuple(_media(m)),
    )


def _text(m: Mapping[str, Any], kind: str) -> str:
    part = given.obj(m.get(kind))
    if kind in ("text", "button"):
        return given.text(part.get("body")) or given.text(part.get("text"))
    if kind == "interactive":
        chosen = given.obj(part.get("button_reply")) or given.obj(part.get("list_reply"))
        return "\n".join(filter(None, (given.text(chosen.get(name)) for name in ("title", "description"))))
    if kind == "location":
        return ", ".join(filter(None, (given.text(part.get(n)) for n in ("name", "address", "latitude", "longitude"))))
    if kind == "contacts":
        return "\n".join(_card(card) for card in given.items(m.get("contacts")))
    return given.text(part.get("caption")) if kind in _FILES else f"[{kind or 'unknown'}]"


def _card(card: Mapping[str, Any]) -> str:
    phones = [given.text(phone.get("phone")) for phone in given.items(card.get("phones"))]
    return " ".join(filter(None, (given.text(given.obj(card.get("name")).get("formatted_name")), *phones)))


def _media(m: Mapping[str, Any]) -> Iterator[Media]:
    for kind in _FILES:
        part = given.obj(m.get(kind))
        if ref := given.text(part.get("id")):
            yield Media(ref, given.text(part.get("filename")), given.text(part.get("mime_type")).partition(";")[0])


def _receipts(s: Mapping[str, Any], received_at: datetime) -> Iterator[Receipt]:
    state, number = _STATES.get(given.text(s.get("status"))), given.text(s.get("id"))
    if state is None or not number:
        return
    error = next(iter(given.items(s.get("errors"))), {})
    code = graph.number_of(error.get("code"))
    problem = f"{WORDS.get(code, 'refused')}: {code} {given.text(error.get('title'))}" if error else ""
    yield Receipt(number, state, given.moment(s.get("timestamp"), received_at), problem[:200])


def _say(account: Account, out: Outgoing, said: Mapping[str, Any]) -> str:
    body = {
        "messaging_product": "whatsapp", "recipient_type": "individual",
        "to" if out.to.isdigit() else "recipient": out.to,
        "biz_opaque_callback_data": out.key, **said,
    }  # fmt: skip
    found = graph.ask(account, "POST", f"{_number(account)}/messages", WORDS, json=body)
    return given.text(next(iter(given.items(found.get("messages"))), {}).get("id"))


def _template(form: Form) -> dict[str, Any]:
    values = [{"type": "text", "text": value} for _name, value in form.values]
    components = [{"type": "body", "parameters": values}] if values else []
    return {"name": form.id, "language": {"code": _language(form)}, "components": components}


def _language(form: Form) -> str:
    return _LANGUAGES.get(form.language, form.language.replace("-", "_"))


def _file(account: Account, file: File) -> dict[str, Any]:
    """Hands a file over; how it is shown depends on its type."""
    shown = _SHOWN_AS.get(file.content_type, "audio" if file.content_type.startswith("audio/") else "document")
    kept = graph.ask(
        account, "POST", f"{_number(account)}/media", WORDS,
        data={"messaging_product": "whatsapp", "type": file.content_type},
        files={"file": (file.name, file.data, file.content_type)},
    )  # fmt: skip
    named = {"filename": file.name} if shown == "document" else {}
    return {"type": shown, shown: {"id": given.text(kept.get("id")), **named}}
