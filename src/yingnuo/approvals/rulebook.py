"""Which approvals are there for a ticket? Kept in memory by revision: a guarded act asks without a statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language

from yingnuo.approvals.models import Template
from yingnuo.engine import conditions
from yingnuo.engine.conditions import Condition
from yingnuo.kit import revisions
from yingnuo.kit.revisions import Book
from yingnuo.people.queries import organisation
from yingnuo.promises import giving
from yingnuo.tickets.models import Ticket

FACTS = ("kind", "urgency", "channel", "tier", "product_line", "region", "team", "team_tier", "tags")


@dataclass(frozen=True, slots=True)
class Step:
    """Who decides in one step, and how many of them must agree (0: all). `above`: from which amount on it is needed."""

    roles: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    verb: str = ""
    need: int = 1
    above: Decimal | None = None

    def to_spec(self) -> dict[str, Any]:
        """The mapping it is kept as."""
        return {
            "roles": list(self.roles), "people": list(self.people), "verb": self.verb, "need": self.need,
            "above": None if self.above is None else str(self.above),
        }  # fmt: skip


def step_of(spec: Mapping[str, Any]) -> Step:
    """A step as it is kept."""
    above = spec["above"]
    return Step(
        tuple(spec["roles"]),
        tuple(spec["people"]),
        spec["verb"],
        spec["need"],
        None if above is None else Decimal(above),
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """One template, read."""

    id: int
    code: str
    names: tuple[str, str, str]
    condition: Condition
    steps: tuple[Step, ...]
    seconds: int
    calendar: str
    guard: str
    field: str
    values: frozenset[str]
    above: Decimal | None
    asks_amount: bool
    own: bool
    active: bool

    @property
    def name(self) -> str:
        """In the reader's language, else in the one it was written in."""
        language = (get_language() or "").lower()
        hans, hant, english = self.names
        return ((hant if "hant" in language else hans) if language.startswith("zh") else english) or hans

    def fits(self, facts: Mapping[str, object]) -> bool:
        """Whether it is for a ticket of these facts."""
        return self.active and self.condition.matches(facts)

    def watched(self) -> frozenset[str]:
        """The facts that matter to whoever decides: when one of them changes, an approval is void."""
        field = {self.field} if self.guard == "field" else set()
        return frozenset({"kind", "product_line", *self.condition.facts_used()} - field - {"team", "team_tier"})


def facts_of(ticket: Ticket) -> dict[str, object]:
    """What a condition may ask about a ticket."""
    known = giving.facts_of(ticket, organisation.at(revisions.current())).as_mapping()
    return {name: known.get(name) for name in FACTS}


def copied(rule: Rule, ticket: Ticket) -> dict[str, str]:
    """The facts that matter as text, to compare them later; whose matter it is among them."""
    facts = facts_of(ticket)
    found = {name: str(_sorted(facts.get(name))) for name in sorted(rule.watched())}
    return found | {"contact": str(ticket.contact_id)}


def _sorted(value: object) -> object:
    return sorted(str(one) for one in value) if isinstance(value, list | tuple | set | frozenset) else value


def rule_of(row: Template) -> Rule:
    """A stored template, read."""
    return Rule(
        row.pk, row.code, (row.name_hans, row.name_hant, row.name_en), conditions.parse(row.conditions, "if", FACTS),
        tuple(step_of(s) for s in row.steps), row.seconds, row.calendar, row.guard, row.guard_field,
        frozenset(row.guard_values), row.guard_above, row.asks_amount, row.own, row.active,
    )  # fmt: skip


def _load() -> dict[int, Rule]:
    return {row.pk: rule_of(row) for row in Template.objects.order_by("id")}


_rules: Book[dict[int, Rule]] = Book(_load)


def rules() -> Mapping[int, Rule]:
    """Every template by its id, those not in use among them."""
    return _rules.at(revisions.current())


def by_code(code: str) -> Rule | None:
    """The template of this code."""
    return next((rule for rule in rules().values() if rule.code == code), None)


def for_ticket(ticket: Ticket) -> list[Rule]:
    """Those that can be asked for in this ticket."""
    facts = facts_of(ticket)
    return [rule for rule in rules().values() if rule.fits(facts)]
