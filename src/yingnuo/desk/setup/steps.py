"""Which steps does the set-up have, and how far is each?"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.founding import services
from yingnuo.founding.models import Founding
from yingnuo.people.roles import Actor


@dataclass(frozen=True, slots=True)
class Face:
    """A step as lists show it."""

    word: str | Promise
    text: str | Promise
    icon: str


FACES = {
    "house": Face(_("Company"), _("How are you called, and where are you?"), "building"),
    "hours": Face(_("Service hours"), _("When are you there for customers?"), "calendar-time"),
    "standard": Face(_("Promises"), _("What may customers rely on?"), "target-arrow"),
    "people": Face(_("People"), _("Who answers customers?"), "users"),
    "ways": Face(_("Ways in"), _("How do customers reach you?"), "plug"),
    "ticket": Face(_("First ticket"), _("See what happens when somebody asks."), "heart-handshake"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A step and how far it is: done, skipped or "" for open."""

    code: str
    face: Face
    state: str


def listed(row: Founding) -> list[Step]:
    """All steps in order."""
    states = dict.fromkeys(row.skipped, "skipped") | dict.fromkeys(row.done, "done")
    return [Step(code, face, states.get(code, "")) for code, face in FACES.items()]


def of(actor: Actor) -> list[Step]:
    """The steps for the card on an overview; none where there is nothing to remind him of."""
    row = services.progress(actor)
    return listed(row) if row is not None else []
