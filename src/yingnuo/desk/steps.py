"""What does the operating rule ask for in this ticket, and what of it is done?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yingnuo.checklists import rulebook
from yingnuo.checklists.models import Tick
from yingnuo.desk.choices import Names
from yingnuo.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Box:
    """One step as the card shows it; `at` None: not done."""

    key: int
    word: str
    required: bool
    at: datetime | None
    who: str


@dataclass(frozen=True, slots=True)
class Card:
    """A ticket's checklist. `lacking`: how many required steps are open."""

    rule: int
    name: str
    refuses: bool
    boxes: tuple[Box, ...]
    done: int
    lacking: int


def of_ticket(ticket: Ticket, ticks: Sequence[Tick], names: Names) -> Card | None:
    """The checklist of a ticket; `ticks` is what was done in it, of whichever list."""
    rule = rulebook.rule_for(ticket)
    if rule is None:
        return None
    done = {t.key: t for t in ticks if t.checklist_id == rule.id}
    boxes = tuple(
        Box(s.key, s.word, s.required, t.at if t else None, names.person(t.staff_id) if t else "")
        for s in rule.steps
        for t in [done.get(s.key)]
    )
    lacking = sum(b.required and b.at is None for b in boxes)
    return Card(rule.id, rule.name, rule.refuses, boxes, sum(b.at is not None for b in boxes), lacking)
