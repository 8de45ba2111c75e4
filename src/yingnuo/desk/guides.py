"""What must an answer contain so that it is a response, by the operating rule of the milestone that is owed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Guide:
    """One operating rule: a headline and what has to be done, in order."""

    title: Promise
    steps: tuple[Promise, ...]


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


def owed(codes: Sequence[str]) -> Guide | None:
    """The first of these operating rules that we have words for."""
    return next((GUIDES[code] for code in codes if code in GUIDES), None)
