"""How does any other telephone system tell of its calls? By a signed call of our door, in a form of our own.

    POST /hooks/<code>/   X-Yingnuo-Timestamp: 1772417100   X-Yingnuo-Signature: sha256=<hex>
    {"id": "evt-81", "events": [{"event": "queued", "call": "c-17", "at": 1772417100.2, "caller": "13800002210", …}]}

The signature is HMAC-SHA256 over `timestamp.body` with the channel's secret; five minutes old is too old. `id` makes a
repetition harmless. The form is described in docs/howto/phone.md. A click to dial is posted to an address of the other
side, signed in the same way.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import given, phones, web, wire
from yingnuo.channels.contract import (
    Account,
    ChannelError,
    Checked,
    File,
    Heard,
    Hook,
    Outgoing,
    Profile,
    Rejected,
    Setting,
    SettingType,
)  # fmt: skip
from yingnuo.channels.happenings import CallEvent, CallMoment

OLDEST_S = 300
STAMP, SIGNATURE = "x-yingnuo-timestamp", "x-yingnuo-signature"
_MOST = 1_000  # events of one call of our door


class CallWebhook:
    """The adapter."""

    profile: ClassVar[Profile] = Profile(
        kind="calls", name=_("Call webhook"), group="phone", via="phone", sends=False,
        settings=(
            Setting("secret", _("Secret of the signature"), SettingType.SECRET, required=True,
                    help=_("At least 24 characters, known to the telephone system and to us alone.")),
            Setting("dial_url", _("Address that places calls"),
                    help=_("Empty: no click to dial. It is posted extension, number and id, signed in the same way.")),
            *phones.DIALLING, *phones.RECORDINGS,
        ),
        guide=_("Let the telephone system post its events to our address, signed with the secret; the form is "
                "described in the manual under “Telephone”."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """Signature first, then age, then form."""
        secret, stamp = account.secrets.get("secret", ""), hook.headers.get(STAMP, "")
        shown = hook.headers.get(SIGNATURE, "")
        if not secret or not hmac.compare_digest(shown.encode(), signature(secret, stamp, hook.body).encode()):
            raise Rejected("bad_signature")
        if not stamp.isascii() or not stamp.isdigit() or abs(hook.received_at.timestamp() - int(stamp)) > OLDEST_S:
            raise Rejected("stale")
        try:
            body = given.read(hook.body)
        except ValueError as error:
            raise Rejected("malformed") from error
        key = given.text(body.get("id"))[:200]
        return Checked(hook.body, f"id:{key}" if key else "")

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """Its events. ValueError for one of a kind that is not known: it is kept, and the channel says so."""
        told = given.read(body)
        listed = given.items(told.get("events")) or ([told] if told.get("event") else [])
        return Heard(calls=tuple(_event(account, one, received_at) for one in listed[:_MOST]))

    def send(self, account: Account, out: Outgoing) -> str:
        """A telephone takes no written words."""
        raise ChannelError("sends_nothing", "", permanent=True)

    def probe(self, account: Account, to: str) -> str:
        """Asks the address that places calls whether it is there; without one there is nothing to try."""
        if not account.settings.get("dial_url"):
            return str(_("Waiting for the telephone system to call us."))
        _ask(account, {"ping": True})
        return str(_("The address that places calls answers."))

    def dial(self, account: Account, *, extension: str, number: str, token: str) -> None:
        """Posts who is to be rung and whom to call."""
        if not account.settings.get("dial_url"):
            raise ChannelError("dials_nothing", "", permanent=True)
        outside = phones.outside(account, number)
        _ask(account, {"extension": phones.safe_extension(extension), "number": outside, "id": token})

    def recording(self, account: Account, ref: str) -> File:
        """From the folder in the settings."""
        return phones.recording(account, ref)


def signature(secret: str, stamp: str, body: bytes) -> str:
    """What stands in the header for this body at this time."""
    return "sha256=" + hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _ask(account: Account, told: Mapping[str, Any]) -> None:
    body, stamp = json.dumps(told).encode(), str(int(time.time()))
    signed = signature(account.secrets.get("secret", ""), stamp, body)
    headers = {STAMP: stamp, SIGNATURE: signed, "Content-Type": "application/json"}
    web.ask("POST", str(account.settings["dial_url"]), content=body, headers=headers)


def _event(account: Account, e: Mapping[str, Any], received_at: datetime) -> CallEvent:
    moment = CallMoment(given.text(e.get("event")))
    out = e.get("direction") == "out"
    alive = e.get("alive")
    call = given.text(e.get("call"))[:200]
    if not call and moment not in (*_WITHOUT_CALL, CallMoment.ROLL_CALL):
        raise ValueError("an event of no call")
    return CallEvent(
        moment=moment, at=given.moment(e.get("at"), received_at), call=call,
        caller=phones.e164(account, given.text(e.get("caller"))) if not out else given.text(e.get("caller")),
        called=phones.inside(account, given.text(e.get("called"))) if out else given.text(e.get("called")),
        queue=given.text(e.get("queue")), agent=given.text(e.get("agent")), direction="out" if out else "in",
        reason=given.text(e.get("reason")), recording=given.text(e.get("recording")),
        seconds=wire.number(e.get("seconds", -1)), position=max(0, wire.number(e.get("position", 0))),
        alive=tuple(given.text(one) for one in alive) if isinstance(alive, list) else (),
    )  # fmt: skip


_WITHOUT_CALL = (CallMoment.AGENT_READY, CallMoment.AGENT_PAUSED, CallMoment.AGENT_GONE)
