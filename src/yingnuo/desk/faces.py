"""How do a ticket's codes look? Words and ready pieces of HTML, made once a page and not once a row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache

from django.template import Context
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, ngettext

from yingnuo.engine.terms import Terms
from yingnuo.journey.closing import PAUSE_REASONS
from yingnuo.kit import formats, looks
from yingnuo.kit.looks import Look
from yingnuo.kit.templatetags import ui
from yingnuo.promises import naming
from yingnuo.tickets.models import Kind, Status

STATUS = {
    Status.NEW.value: Look(Status.NEW.label, "blue"),
    Status.OPEN.value: Look(Status.OPEN.label, "azure"),
    Status.WAITING.value: Look(Status.WAITING.label, "gray", "player-pause"),
    Status.RESOLVED.value: Look(Status.RESOLVED.label, "green", "check"),
    Status.CLOSED.value: Look(Status.CLOSED.label, "gray", "lock"),
}
CHANNEL = looks.CHANNEL | {
    "social": Look(gettext_lazy("Messaging"), "green", "messages"),
    "import": Look(gettext_lazy("Import"), "gray", "file-import"),
}
TIER = {
    "standard": Look(gettext_lazy("Standard"), "gray"),
    "silver": Look(gettext_lazy("Silver"), "azure"),
    "gold": Look(gettext_lazy("Gold"), "yellow", "medal"),
    "key": Look(gettext_lazy("Key account"), "purple", "star"),
}
KINDS = dict(Kind.choices)
_CLOSING = {
    "spam": gettext_lazy("spam"), "duplicate": gettext_lazy("duplicate"), "withdrawn": gettext_lazy("withdrawn"),
    "no_answer": gettext_lazy("no answer from the customer"), "merged": gettext_lazy("merged"),
    "resolved": gettext_lazy("resolved"), "closed": gettext_lazy("closed"), "no_terms": gettext_lazy("no longer owed"),
    "no_reply_needed": gettext_lazy("no reply needed"),
    "split": gettext_lazy("split off"), "reassigned": gettext_lazy("given to somebody else"),
    "resolved_without_answer": gettext_lazy("resolved without an answer"),
    "approval_void": gettext_lazy("approval void"),
    "approval_withdrawn": gettext_lazy("approval withdrawn"),
    "task_question": gettext_lazy("asked back"), "task_refused": gettext_lazy("task refused"),
    "task_withdrawn": gettext_lazy("task withdrawn"), "date_changed": gettext_lazy("another date was promised"),
}  # fmt: skip


def kind(code: str) -> str:
    """The word for a ticket's kind."""
    return str(KINDS.get(code, code))


def milestone(code: str) -> str:
    """The word for a milestone."""
    return naming.milestone(code)


def target(terms: Terms) -> str:
    """How much time terms promise, in words: "4 h", "2 working days"."""
    return amount(terms.target_days, terms.target_seconds)


def amount(days: int, seconds: int) -> str:
    """Working days, or where there are none of them, a duration."""
    if days:
        return ngettext("%(n)s working day", "%(n)s working days", days) % {"n": days}
    return formats.duration(seconds)


def reason(code: str) -> str:
    """The word for a reason to wait, to close or to cancel."""
    word = PAUSE_REASONS.get(code) or _CLOSING.get(code)
    return str(word) if word else naming.deed(code)


def status(code: str, waiting_for: str = "") -> SafeString:
    """The badge of a ticket's status; one that waits says what for."""
    look = looks.look(STATUS, code)
    word = reason(waiting_for).capitalize() if waiting_for else look.word
    return ui.badge(word, look.tone, "soft", look.icon)


def channel(code: str) -> SafeString:
    """The icon of the way a ticket came."""
    return ui.way(looks.look(CHANNEL, code))


def tier(code: str) -> SafeString:
    """The badge of a customer's tier; nothing for the standard one."""
    look = looks.look(TIER, code)
    return SafeString("") if code in ("", "standard") else ui.badge(look.word, look.tone, "soft", look.icon)


class Faces:
    """Pieces for the rows of one page, each made once."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._context = Context({"now": now})
        self.status: Callable[[str], SafeString] = cache(status)
        self.channel: Callable[[str], SafeString] = cache(channel)
        self.urgency: Callable[[str], SafeString] = cache(ui.urgency)
        self.tier: Callable[[str], SafeString] = cache(tier)
        self.avatar: Callable[[str], SafeString] = cache(lambda name: ui.avatar(name, "xs"))
        self.milestone: Callable[[str], str] = cache(milestone)
        self.kind: Callable[[str], str] = cache(kind)

    def paused(self, waiting_for: str) -> SafeString:
        """The pill of a ticket whose clocks stand still, with the reason."""
        return ui.countdown(self._context, None, self.now, paused=reason(waiting_for).capitalize())

    def when(self, at: datetime | None) -> SafeString:
        """A moment, short."""
        return ui.when(self._context, at)


_MARKS = {
    "started": gettext_lazy("started"), "paused": gettext_lazy("paused"), "resumed": gettext_lazy("runs again"),
    "met": gettext_lazy("met"), "cancelled": gettext_lazy("cancelled"), "reopened": gettext_lazy("owed again"),
    "retargeted": gettext_lazy("new terms"), "reset": gettext_lazy("counted anew"),
}  # fmt: skip
_WAYS = {
    "in_app": gettext_lazy("in the desk"), "mail": gettext_lazy("by mail"), "sms": gettext_lazy("by SMS"),
    "push": gettext_lazy("in a browser"),
    "wecom": gettext_lazy("by 企业微信"), "dingtalk": gettext_lazy("by 钉钉"), "feishu": gettext_lazy("by 飞书"),
    "webhook": gettext_lazy("by webhook"),
}  # fmt: skip
_STEPS = {
    "warning": gettext_lazy("warning"), "unacknowledged": gettext_lazy("nobody took it up"),
    "broken": gettext_lazy("broken"), "urged": gettext_lazy("urged"),
    "undeliverable": gettext_lazy("message returned"),
    "mentioned": gettext_lazy("named in a note"), "children_done": gettext_lazy("sub-tickets solved"),
    "reply_stopped": gettext_lazy("reply stopped"),
}  # fmt: skip


def mark(code: str) -> str:
    """The word for what happened to a promise."""
    return str(_MARKS.get(code, code))


def way(code: str) -> str:
    """The word for the way a notice went."""
    return str(_WAYS.get(code, code))


def step(reason: str) -> str:
    """The word for why somebody was told."""
    return str(_STEPS.get(reason, reason))
