"""How does Twilio send SMS (Programmable Messaging)?

Free words, by basic authentication. Customers' SMS and what became of ours are posted as forms to one address, each
signed over address and fields; pictures come as addresses and are fetched.
Source: twilio.com/docs/messaging and /docs/usage/webhooks/webhooks-security
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

from django.conf import settings as installation
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import elsewhere, given, pieces, sms_parts, web
from yingnuo.channels.contract import (
    Account,
    Answer,
    Arrival,
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
    Rejected,
    Setting,
    SettingType,
    Stop,
)  # fmt: skip

_API = "https://api.twilio.com"
_HOSTS = ("twilio.com", "twiliocdn.com")
_TOOK = Answer(b"<Response/>", "text/xml; charset=utf-8")
_MOST_FILES = 10
WORDS = {
    21211: "bad_number", 21214: "not_reachable", 21217: "bad_number", 21408: "country_not_allowed",
    21602: "bad_request", 21610: "unsubscribed", 21612: "not_reachable", 21614: "bad_number", 21617: "too_long",
}  # fmt: skip
"""Refusals of the message itself, by our word for them: trying again cannot help."""
_PROBLEMS = {
    "30003": "switched off", "30004": "blocked", "30005": "unknown number", "30006": "landline", "30007": "filtered",
    "21610": "unsubscribed",
}  # fmt: skip
_STATES = {
    "sent": ReceiptState.SENT, "delivered": ReceiptState.DELIVERED, "read": ReceiptState.READ,
    "undelivered": ReceiptState.FAILED, "failed": ReceiptState.FAILED, "canceled": ReceiptState.FAILED,
}  # fmt: skip


class Twilio:
    """The adapter."""

    profile: ClassVar[Profile] = Profile(
        kind="sms_twilio", name=_("SMS by Twilio"), group="sms", via="sms", abroad=True, longest=1_600,
        settings=(
            Setting("account_sid", _("Account SID"), required=True, help="AC…"),
            Setting("auth_token", _("Auth token"), SettingType.SECRET, required=True,
                    help=_("It signs Twilio's calls too.")),
            Setting("sender", _("Number or messaging service"), required=True,
                    help=_("+1… or MG…: what customers' SMS are sent from.")),
            Setting("public_url", _("Address Twilio calls"),
                    help=_("Only when a proxy changes it: exactly as it is entered at Twilio.")),
            Setting("api", _("Address of the interface"), initial=_API),
            *sms_parts.common("USD"),
        ),
        guide=_("Enter our address at the number or messaging service under “A message comes in” (HTTP POST)."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """The header signs our address and the fields under the auth token."""
        token, shown = account.secrets.get("auth_token", ""), hook.headers.get("x-twilio-signature", "")
        fields = _fields(hook.body)
        query = f"?{urlencode(dict(hook.query))}" if hook.query else ""
        expected = signature(token, address(account) + query, fields)
        if not token or not hmac.compare_digest(shown.encode(), expected.encode()):
            raise Rejected("bad_signature")
        told = dict(fields)
        sid = told.get("MessageSid", "") or told.get("SmsSid", "")
        state = told.get("MessageStatus", "") or told.get("SmsStatus", "")
        return Checked(hook.body, f"{sid}:{state}" if sid else "", _TOOK)

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """A customer's SMS, or what became of one of ours."""
        told = dict(_fields(body))
        sid = told.get("MessageSid", "") or told.get("SmsSid", "")
        status = told.get("MessageStatus", "")
        if status and status != "received":
            return _status(sid, status, told, received_at)
        return _words(sid, told, received_at) if sid and told.get("From") else Heard()

    def send(self, account: Account, out: Outgoing) -> str:
        """Asks Twilio once a piece; the SID of the last one."""
        if out.files:
            raise ChannelError("files_not_possible", "", permanent=True)
        sender = str(account.settings.get("sender", ""))
        asked = {"To": out.to, "MessagingServiceSid" if sender.startswith("MG") else "From": sender}
        called = address(account)
        if called.startswith("https://"):  # Twilio refuses a message whose callback it could not reach
            asked["StatusCallback"] = called
        last = ""
        for text in pieces.of(out.text, self.profile.longest):
            last = given.text(_ask(account, "POST", "/Messages.json", data={**asked, "Body": text}).get("sid"))
        return last

    def probe(self, account: Account, to: str) -> str:
        """The account's name and state."""
        found = _ask(account, "GET", ".json")
        return f"{given.text(found.get('friendly_name'))} ({given.text(found.get('status'))})"

    def fetch(self, account: Account, media: Media) -> File:
        """A picture by its address, which must be one of Twilio's."""
        own = str(account.settings.get("api") or _API)
        answer = elsewhere.fetch(media.ref, hosts=_HOSTS, own=own, headers=_basic(account))
        return File(
            media.name or "picture", media.content_type or answer.headers.get("Content-Type", ""), answer.content
        )


def _sid(account: Account) -> str:
    return str(account.settings.get("account_sid", ""))


def address(account: Account) -> str:
    """Our hook's address as Twilio knows it: what it signs."""
    named = str(account.settings.get("public_url") or "")
    return named or f"{installation.YINGNUO.address}/hooks/{account.code}/"


def signature(token: str, url: str, fields: list[tuple[str, str]]) -> str:
    """Base64 of the HMAC-SHA1 over the address and each field's name and value, by name."""
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def _fields(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


def _status(sid: str, status: str, told: Mapping[str, str], received_at: datetime) -> Heard:
    state = _STATES.get(status)
    if state is None or not sid:
        return Heard()
    code = told.get("ErrorCode", "") if state is ReceiptState.FAILED else ""
    problem = f"{code} {_PROBLEMS.get(code, '')}".strip()
    return Heard(receipts=(Receipt(sid, state, received_at, problem),))


def _words(sid: str, told: Mapping[str, str], received_at: datetime) -> Heard:
    number = told["From"].replace("\x00", "")
    wish = told.get("OptOutType", "")
    if wish in ("STOP", "START"):
        return Heard(stops=(Stop(number, received_at, wish.casefold(), again=wish == "START"),))
    heard = sms_parts.said(number, told.get("Body", "").replace("\x00", ""), external_id=sid, at=received_at)
    count = int(told["NumMedia"]) if told.get("NumMedia", "").isdigit() and told["NumMedia"].isascii() else 0
    files = tuple(_media(told, n) for n in range(min(count, _MOST_FILES)) if told.get(f"MediaUrl{n}"))
    if not (files and heard.arrivals):
        return heard
    [a] = heard.arrivals
    return Heard(
        arrivals=(Arrival(a.external_id, a.received_at, text=a.text, sender_phone=number, peer=number, media=files),)
    )


def _media(told: Mapping[str, str], n: int) -> Media:
    return Media(told[f"MediaUrl{n}"].replace("\x00", ""), "", told.get(f"MediaContentType{n}", "")[:100])


def _ask(account: Account, method: str, path: str, **asked: Any) -> Mapping[str, Any]:
    api = str(account.settings.get("api") or _API).rstrip("/")
    answer = web.asked(method, f"{api}/2010-04-01/Accounts/{_sid(account)}{path}", headers=_basic(account), **asked)
    if answer.status_code == 400:
        try:
            found = given.read(answer.content)
        except ValueError:
            found = {}
        code = found.get("code")
        word = WORDS.get(code, "refused") if isinstance(code, int) else "refused"
        raise ChannelError(word, f"{code} {given.text(found.get('message'))[:120]}", permanent=True)
    return web.json_of(web.judged(answer))


def _basic(account: Account) -> dict[str, str]:
    shown = f"{_sid(account)}:{account.secrets.get('auth_token', '')}"
    return {"Authorization": "Basic " + base64.b64encode(shown.encode()).decode()}
