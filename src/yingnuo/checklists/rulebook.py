"""Which checklist does a ticket have? Kept in memory by revision: a page asks without a statement."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language

from yingnuo.checklists.models import Checklist, Strictness
from yingnuo.kit import revisions
from yingnuo.kit.revisions import Book
from yingnuo.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Step:
    """One step, in Chinese and English; one of the two may be empty."""

    key: int
    zh: str
    en: str
    required: bool

    @property
    def word(self) -> str:
        """In the reader's language, else in the other."""
        chinese = (get_language() or "").startswith("zh")
        return (self.zh or self.en) if chinese else (self.en or self.zh)


@dataclass(frozen=True, slots=True)
class Rule:
    """The checklist of some tickets."""

    id: int
    name: str
    kinds: frozenset[str]
    product_line: str
    refuses: bool
    steps: tuple[Step, ...]

    def fits(self, ticket: Ticket) -> bool:
        """Whether it is for this ticket."""
        line = not self.product_line or self.product_line == ticket.product_line
        return line and (not self.kinds or ticket.kind in self.kinds)


def steps_of(row: Checklist) -> tuple[Step, ...]:
    """The steps of a stored checklist."""
    return tuple(Step(s["key"], s["zh"], s["en"], s["required"]) for s in row.steps)


def _load() -> tuple[Rule, ...]:
    rows = Checklist.objects.filter(active=True).order_by("id")
    rules = [
        Rule(r.pk, r.name, frozenset(r.kinds), r.product_line, r.strictness == Strictness.REFUSE, steps_of(r))
        for r in rows
    ]
    return tuple(sorted(rules, key=lambda r: (not r.product_line, not r.kinds)))


_rules: Book[tuple[Rule, ...]] = Book(_load)


def rule_for(ticket: Ticket) -> Rule | None:
    """The nearest one: for its product line before for its kind before for all; None where there is none."""
    return next((rule for rule in _rules.at(revisions.current()) if rule.fits(ticket)), None)
