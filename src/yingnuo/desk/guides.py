"""What must an answer contain so that it is a response, by the operating rule of the milestone that is owed?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.desk.strip import Strip


@dataclass(frozen=True, slots=True)
class Guide:
    """One operating rule: a headline and what has to be done, in order."""

    title: Promise
    steps: tuple[Promise, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One item of a checklist: `told` is when the customer was told it, None while he was not."""

    code: str
    word: str
    told: datetime | None


@dataclass(frozen=True, slots=True)
class Rule:
    """What the answer that is owed must contain: in words, and as items to be ticked where the terms list them."""

    title: str
    steps: tuple[Promise, ...]
    checks: tuple[Check, ...]


CHECKS: dict[str, Promise] = {
    "contact_made": _("Contact made: say who you are and how you can be reached directly."),
    "detail": _("Detail: what happened, since when, is anybody in danger."),
    "first_cause": _("First cause: what it probably is, and what you check next."),
    "emergency_measure": _("Emergency measure: what the customer does now to stay safe or keep working."),
    "first_solution": _("A first solution or advice that can be tried at once."),
    "needed": _("What you need from the customer, asked for once and completely."),
    "next_contact": _("When you come back to the customer."),
}


GUIDES: dict[str, Guide] = {
    "urgent_first_response": Guide(
        _("Urgent: what the first response must contain"),
        (
            _("Contact made: say who you are and how you can be reached directly."),
            _("Detail: what happened, since when, is anybody in danger."),
            _("First cause: what it probably is, and what you check next."),
            _("Emergency measure: what the customer does now to stay safe or keep working."),
        ),
    ),
    "important_first_response": Guide(
        _("Important: what the first response must contain"),
        (
            _("A first solution or advice that can be tried at once."),
            _("What you need from the customer, asked for once and completely."),
            _("When you come back to the customer."),
        ),
    ),
    "call_first_response": Guide(
        _("Call: how it is answered"),
        (
            _("Greet, give your name, ask for name and number to call back."),
            _("Repeat the matter in your own words and let the customer confirm it."),
            _("Solve it now, or say who takes it and when he calls."),
        ),
    ),
    "complaint_first_response": Guide(
        _("Complaint: what the first response must contain"),
        (
            _("Thank for the complaint and say sorry for the trouble; do not argue."),
            _("Repeat what the customer is unhappy with and what he wants."),
            _("Name the person who now looks after it, and the next step with its date."),
        ),
    ),
    "general_first_response": Guide(
        _("General: what the first answer must contain"),
        (
            _("An answer to the question, or the way to it."),
            _("Where the customer can read more, or what to send us."),
        ),
    ),
}


def short(code: str) -> str:
    """An item of a checklist in a word or two: what stands before the colon."""
    return re.split("[:：]", str(CHECKS.get(code, code)), maxsplit=1)[0].rstrip(".。")


def owed(strips: Sequence[Strip]) -> Rule | None:
    """The operating rule of the first promise that is owed and has one: its checklist, or the words of its guide.

    An item that the product has no words for is shown as the standard writes it.
    """
    for s in strips:
        guide = GUIDES.get(s.guide)
        if s.checks:
            checks = tuple(Check(code, str(CHECKS.get(code, code)), told) for code, told in s.checks)
            return Rule(str(guide.title) if guide else s.label, (), checks)
        if guide:
            return Rule(str(guide.title), guide.steps, ())
    return None
