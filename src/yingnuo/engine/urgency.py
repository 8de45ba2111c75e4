"""How urgent is a ticket, from the answers to four questions about its impact?

urgent: people in danger, or it does not work at all. important: an important function is hit. general: all else, and
where nothing was answered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum


class Urgency(StrEnum):
    """How soon a matter needs a person, most urgent first."""

    URGENT = "urgent"
    IMPORTANT = "important"
    GENERAL = "general"


class Impact(StrEnum):
    """What the customer ticks, in the words of a person and not of a support team."""

    DANGER = "danger"
    NOT_WORKING = "not_working"
    FUNCTION_HIT = "function_hit"
    CAN_WAIT = "can_wait"


_URGENCY = {
    Impact.DANGER: Urgency.URGENT,
    Impact.NOT_WORKING: Urgency.URGENT,
    Impact.FUNCTION_HIT: Urgency.IMPORTANT,
    Impact.CAN_WAIT: Urgency.GENERAL,
}
_ORDER = {urgency: n for n, urgency in enumerate(Urgency)}


def of_impact(answers: Collection[Impact]) -> Urgency:
    """Urgency of the gravest answer.

    "Can wait" lowers nothing but a hit function: a machine that does not work at all stays urgent although its owner is
    patient, danger stays urgent whatever else was ticked.
    """
    graver = [_URGENCY[answer] for answer in answers]
    if Impact.CAN_WAIT in answers:
        graver = [urgency for urgency in graver if urgency is not Urgency.IMPORTANT]
    return max_urgency(graver)


def max_urgency(urgencies: Iterable[Urgency | str]) -> Urgency:
    """The most urgent of these; general when there are none. ValueError for a word that is no urgency."""
    return min((Urgency(urgency) for urgency in urgencies), key=_ORDER.__getitem__, default=Urgency.GENERAL)


def is_raised(before: Urgency | str, after: Urgency | str) -> bool:
    """Whether `after` is more urgent than `before`."""
    return _ORDER[Urgency(after)] < _ORDER[Urgency(before)]
