"""How does a call look: its words, tones and signs?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.telephony.models import Call, CallOutcome, CallState


@dataclass(frozen=True, slots=True)
class Face:
    """A word with its tone and icon."""

    word: str | Promise
    tone: str
    icon: str


WRAP_UP = Face(_("Wrap-up"), "purple", "notes")
STATES = {
    CallState.OFFERED: Face(_("Dialling"), "gray", "phone-outgoing"),
    CallState.QUEUED: Face(_("Waiting"), "orange", "phone-incoming"),
    CallState.RINGING: Face(_("Ringing"), "orange", "phone-incoming"),
    CallState.TALKING: Face(_("Talking"), "green", "phone-call"),
    CallState.HELD: Face(_("On hold"), "yellow", "player-pause"),
    CallState.ENDED: WRAP_UP,
}
OUTCOMES = {
    CallOutcome.NONE: Face(_("Going on"), "blue", "phone-call"),
    CallOutcome.ANSWERED: Face(_("Answered"), "green", "phone"),
    CallOutcome.ABANDONED: Face(_("Hung up while waiting"), "red", "phone-off"),
    CallOutcome.UNANSWERED: Face(_("Nobody answered"), "red", "phone-off"),
    CallOutcome.BLOCKED: Face(_("Blocked"), "red", "ban"),
    CallOutcome.MENU: Face(_("Ended in the menu"), "gray", "phone"),
}
AGENTS = {
    "talking": Face(_("Talking"), "green", "phone-call"), "held": Face(_("On hold"), "yellow", "player-pause"),
    "ringing": Face(_("Ringing"), "orange", "phone-incoming"), "ready": Face(_("Ready"), "blue", "headset"),
    "paused": Face(_("Paused"), "gray", "player-pause"), "gone": Face(_("Not there"), "gray", "phone-off"),
    "wrapping": WRAP_UP,
}  # fmt: skip


def state(call: Call) -> Face:
    """What a call is doing."""
    return STATES[CallState(call.state)]


def outcome(call: Call) -> Face:
    """What came of a call."""
    return OUTCOMES[CallOutcome(call.outcome)]


def since(call: Call) -> datetime:
    """From when on the timer of its present state runs: waiting, talk and hold, wrap-up."""
    if call.state == CallState.ENDED:
        return call.ended_at or call.began_at
    if call.state in (CallState.TALKING, CallState.HELD):
        return call.answered_at or call.began_at
    return call.asked_at or call.began_at


def hidden(number: str, withheld: str | Promise) -> str:
    """A number with its middle hidden; the word for none."""
    return f"{number[:-8]}****{number[-4:]}" if len(number) > 9 else number or str(withheld)


WITHHELD = _("Number withheld")
