"""How does an SMS leave through a provider's HTTP interface, and how do answers and receipts come back?

One generic provider: address, method, headers and body are Liquid templates over `to`, `text`, `key`, `sender` and
`secret`, so that most gateways are a matter of settings. The key goes along as idempotency key. What comes back is
signed as Standard Webhooks are; a gateway that knows nothing of them is translated by a few lines of script.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

import httpx
import liquid
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import given, pieces, sms_parts, web
from yingnuo.channels.contract import (
    Account,
    ChannelError,
    Checked,
    Heard,
    Hook,
    Outgoing,
    Profile,
    Receipt,
    ReceiptState,
    Rejected,
    Setting,
    SettingType,
)  # fmt: skip

_BODY = '{"to": {{ to | json }}, "text": {{ text | json }}, "key": {{ key | json }}, "sender": {{ sender | json }}}'
_OLDEST_S = 300  # seconds that a signed call may be under way, and a clock be wrong


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """How one provider wants to be asked. `ok` must occur in a good answer; "" trusts the status code."""

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = _BODY
    sender: str = ""
    ok: str = ""

    @classmethod
    def from_mapping(cls, given: Mapping[str, object]) -> SmsSettings:
        """Reads a channel's settings; what is missing has its default."""
        headers = _headers(given.get("headers") or {})
        return cls(
            url=str(given.get("url", "")),
            method=str(given.get("method") or "POST").upper(),
            headers=headers,
            body=str(given.get("body") or _BODY),
            sender=str(given.get("sender") or ""),
            ok=str(given.get("ok") or ""),
        )


def _headers(given: object) -> dict[str, str]:
    """Headers as a mapping, or as `Name: value` lines."""
    if isinstance(given, Mapping):
        return {str(name): str(value) for name, value in given.items()}
    lines = [line.partition(":") for line in str(given).splitlines() if ":" in line]
    return {name.strip(): value.strip() for name, _colon, value in lines}


def _json(value: object) -> str:
    return json.dumps(str(value), ensure_ascii=False)


_templates = liquid.Environment()
_templates.filters["json"] = _json


class HttpSms:
    """Sends through one provider."""

    def __init__(self, settings: SmsSettings, *, secret: str) -> None:
        self._settings, self._secret = settings, secret

    def send(self, out: Outgoing) -> str:
        """Asks the provider once; raises ChannelError, permanent where trying again cannot help."""
        s = self._settings
        values = {"to": out.to, "text": out.text, "key": out.key, "sender": s.sender, "secret": self._secret}
        headers = {"Content-Type": "application/json", "Idempotency-Key": out.key}
        headers |= {name: _render(text, values) for name, text in s.headers.items()}
        answer = web.asked(s.method, _render(s.url, values), headers=headers, content=_render(s.body, values).encode())
        return _judged(answer, s.ok)


def _render(template: str, values: Mapping[str, str]) -> str:
    try:
        return _templates.from_string(template).render(**values)
    except liquid.exceptions.LiquidError as error:
        raise ChannelError("bad_template", str(error), permanent=True) from error


def _judged(answer: httpx.Response, ok: str) -> str:
    web.judged(answer)
    if ok and ok not in answer.text:
        raise ChannelError("refused", answer.text[:160], permanent=False)
    return _id_in(answer) or answer.text[:120]


def _id_in(answer: httpx.Response) -> str:
    """The id by which a receipt will name it, where the answer has one."""
    try:
        found = given.obj(json.loads(answer.content))
    except ValueError:
        return ""
    return next((named for name in ("id", "message_id", "msgid", "sid") if (named := given.text(found.get(name)))), "")[
        :120
    ]


class Gateway:
    """The adapter."""

    profile: ClassVar[Profile] = Profile(
        kind="sms", name=_("SMS gateway"), group="sms", via="sms", longest=1_000,
        settings=(
            Setting("url", _("Address of the gateway"), required=True, help="https://sms.example/send"),
            Setting("method", _("Method"), SettingType.CHOICE, initial="POST",
                    choices=(("POST", "POST"), ("GET", "GET"), ("PUT", "PUT"))),
            Setting("headers", _("Headers"), SettingType.LONG, help="Authorization: Bearer {{ secret }}"),
            Setting("body", _("Body"), SettingType.LONG,
                    help=_("Liquid over to, text, key, sender, secret; “| json” quotes. Empty: a plain JSON body.")),
            Setting("sender", _("Sender or signature")),
            Setting("ok", _("A good answer contains"), help=_("Empty: the status code decides.")),
            Setting("secret", _("Key"), SettingType.SECRET),
            Setting("hook_secret", _("Secret of the webhook"), SettingType.SECRET,
                    help=_("Signs receipts and incoming SMS as Standard Webhooks do. Empty: none are taken.")),
            *sms_parts.common("CNY"),
        ),
        guide=_("Most gateways are a matter of address, headers and body. Receipts and incoming SMS are posted to our "
                "address, signed as Standard Webhooks; the how-to shows the format."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """Standard Webhooks: id, time and body under the secret, not older than five minutes."""
        number, at = hook.headers.get("webhook-id", ""), hook.headers.get("webhook-timestamp", "")
        expected = signature(account.secrets.get("hook_secret", ""), number, at, hook.body)
        shown = hook.headers.get("webhook-signature", "").split()
        if not expected or not any(hmac.compare_digest(one.encode(), expected.encode()) for one in shown):
            raise Rejected("bad_signature")
        if not at.isdigit() or abs(hook.received_at.timestamp() - int(at)) > _OLDEST_S:
            raise Rejected("stale")
        return Checked(hook.body, f"webhook:{number}")

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """A list of events, or one: {"type": "message"} with from and text, {"type": "receipt"} with id and state."""
        return sms_parts.together([_event(one, received_at) for one in given.read_list(body)])

    def send(self, account: Account, out: Outgoing) -> str:
        """Asks the gateway once a piece; what it answered last."""
        if out.files:
            raise ChannelError("files_not_possible", "", permanent=True)
        sender = HttpSms(SmsSettings.from_mapping(account.settings), secret=account.secrets.get("secret", ""))
        last = ""
        for number, text in enumerate(pieces.of(out.text, self.profile.longest)):
            key = f"{out.key}.{number}" if number else out.key
            last = sender.send(replace(out, key=key, text=text))
        return last

    def probe(self, account: Account, to: str) -> str:
        """Sends one SMS to `to`: a gateway has no other way to tell whether it works."""
        if not to:
            raise ChannelError("number_needed", "", permanent=True)
        return self.send(account, sms_parts.test_words(f"test-{uuid.uuid4().hex[:12]}", to))


def signature(secret: str, number: str, at: str, body: bytes) -> str:
    """The signature of Standard Webhooks (scheme v1); "" without a secret. "whsec_" and base64, or any other word."""
    if not secret:
        return ""
    key = secret.encode()
    if secret.startswith("whsec_"):
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            return ""
    signed = hmac.new(key, f"{number}.{at}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()


def _event(event: Mapping[str, object], received_at: datetime) -> Heard:
    number, at = given.text(event.get("id")), given.moment(event.get("at"), received_at)
    if event.get("type") == "message":
        sender = sms_parts.plus(given.text(event.get("from")))
        return sms_parts.said(sender, given.text(event.get("text")), external_id=number, at=at)
    state = given.text(event.get("state"))
    if event.get("type") == "receipt" and number and state in set(ReceiptState):
        return Heard(receipts=(Receipt(number, ReceiptState(state), at, given.text(event.get("problem"))[:200]),))
    return Heard()
