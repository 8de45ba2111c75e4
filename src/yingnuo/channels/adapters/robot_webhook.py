"""How does a notice reach a system of the company's own? As a signed call (Standard Webhooks).

`webhook-id` is the same on every attempt, so that the other side takes it once. Source: standardwebhooks.com
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import pieces, web
from yingnuo.channels.contract import (
    Account,
    ChannelError,
    Checked,
    Heard,
    Hook,
    Outgoing,
    Profile,
    Rejected,
    Setting,
    SettingType,
)  # fmt: skip
from yingnuo.kit import instants


class RobotWebhook:
    """The adapter: sends only."""

    profile: ClassVar[Profile] = Profile(
        kind="robot_webhook", name=_("Webhook for notices"), group="staff", hook=False, longest=20_000,
        settings=(
            Setting("url", _("Address"), required=True, help="https://hub.example/yingnuo"),
            Setting("secret", _("Secret to sign with"), SettingType.SECRET, required=True,
                    help=_("whsec_ and base64, as of Standard Webhooks, or any text.")),
        ),
        guide=_("Notices are posted there as JSON with the headers webhook-id, webhook-timestamp, webhook-signature."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """Nobody calls."""
        raise Rejected("off")

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """There is nothing to hear."""
        return Heard()

    def send(self, account: Account, out: Outgoing) -> str:
        """One signed call; the key is its id."""
        told = str(instants.seconds(instants.now()))
        for number, piece in enumerate(pieces.of(out.text, self.profile.longest) or [""], start=1):
            key = out.key if number == 1 else f"{out.key}-{number}"
            body = json.dumps(
                {"type": "notice", "subject": out.subject, "text": piece, "to": out.to, **dict(out.values)},
                ensure_ascii=False,
            ).encode()
            headers = {
                "Content-Type": "application/json", "webhook-id": key, "webhook-timestamp": told,
                "webhook-signature": signature(account.secrets.get("secret", ""), key, told, body),
            }  # fmt: skip
            web.ask("POST", str(account.settings.get("url", "")), headers=headers, content=body)
        return out.key

    def probe(self, account: Account, to: str) -> str:
        """One call of type `notice` that says it is a test."""
        return self.send(account, Outgoing("probe", to, "应诺 Yingnuo", "test 测试"))


def signature(secret: str, key: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over id, time and body, as the standard writes it."""
    if not secret:
        raise ChannelError("no_secret", "", permanent=True)
    mac = hmac.new(_key(secret), f"{key}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def _key(secret: str) -> bytes:
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ChannelError("no_secret", "whsec_", permanent=True) from error
