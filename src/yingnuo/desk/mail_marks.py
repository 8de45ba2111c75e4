"""What does a message's head say of its way: is a mail from whom it says it is, has ours arrived, who forwarded it?

No wolf is cried: what nobody could check is told quietly, and a mail is called doubtful only where its domain itself
says that such mail is to be refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Protocol

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.channels import post
from yingnuo.channels.adapters.mail.proofs import FAILED, UNKNOWN, VERIFIED
from yingnuo.channels.models import DeliveryState
from yingnuo.kit.templatetags import ui

_NOTHING = SafeString("")


class Marked(Protocol):
    """What a message tells."""

    @property
    def proof(self) -> str: ...

    @property
    def checks(self) -> str: ...

    @property
    def forwarded(self) -> str: ...

    @property
    def delivery(self) -> str: ...

    @property
    def problem(self) -> str: ...


def of(m: Marked) -> SafeString:
    """The marks of one message; "" where there is nothing to tell."""
    return _delivery(m) if m.delivery else _proof(m) if m.proof else _NOTHING


def _proof(m: Marked) -> SafeString:
    checks = json.loads(m.checks)
    if not checks.get("by"):  # nobody looked
        return _NOTHING
    told = ", ".join(f"{name.upper()} {checks[name]}" for name in ("dmarc", "dkim", "spf") if checks.get(name))
    title = _("%(results)s; checked by %(by)s") % {"results": told or "—", "by": checks["by"]}
    looks = {
        VERIFIED: (_("Sender verified"), "green", "shield-check"),
        FAILED: (_("Sender doubtful"), "orange", "alert-triangle"),
        UNKNOWN: (_("Sender not verified"), "gray", "shield"),
    }
    if m.proof == FAILED:
        title = _("%(domain)s says that mail like this is not from there. %(told)s") % {
            "domain": checks.get("domain", ""), "told": title,
        }  # fmt: skip
    word, tone, symbol = looks[m.proof]
    return _titled(ui.badge(word, tone=tone, symbol=symbol), title)


_GOT = {
    DeliveryState.PENDING: ("clock", gettext_lazy("Waiting to be sent")),
    DeliveryState.SENDING: ("clock", gettext_lazy("Waiting to be sent")),
    DeliveryState.SENT: ("check", gettext_lazy("Sent")), DeliveryState.DELIVERED: ("checks", gettext_lazy("Delivered")),
    DeliveryState.READ: ("checks", gettext_lazy("Read")),
    DeliveryState.FAILED: ("alert-circle", gettext_lazy("Not delivered")),
}  # fmt: skip


def _delivery(m: Marked) -> SafeString:
    """How far our message came: a quiet tick, a word only where something is wrong."""
    if m.problem and m.delivery != DeliveryState.FAILED:
        late = _("Delayed") if m.problem.startswith(post.DELAYED) else _("Waiting to be sent")
        return _titled(ui.badge(late, tone="orange", symbol="clock"), m.problem)
    symbol, word = _GOT[DeliveryState(m.delivery)]
    told = f"{word}: {m.problem}" if m.problem else str(word)
    drawn = ui.icon(symbol, label=word)
    return SafeString(f'<span class="desk-got" data-got="{m.delivery}" title="{escape(told)}">{drawn}</span>')


def _titled(badge: SafeString, title: str) -> SafeString:
    return SafeString(f'<span title="{escape(title)}">{badge}</span>') if title else badge


def forwarder(messages: Sequence[Marked]) -> dict[str, str] | None:
    """Who forwarded the ticket's first forwarded mail, as long as that was not undone; None for nobody."""
    for m in messages:
        told = json.loads(m.forwarded)
        if told:
            who = f"{told.get('name', '')} <{told.get('address', '')}>".strip()
            return None if told.get("undone") else {"who": who, "words": str(told.get("words", ""))}
    return None
