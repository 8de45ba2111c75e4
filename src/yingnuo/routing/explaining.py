"""Which rules were looked at for a matter, and why does each fit or not?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q

from yingnuo.engine.conditions import Reason
from yingnuo.routing import services
from yingnuo.routing.models import Rule, Suggestion
from yingnuo.routing.services import Decision, Draft, rule_book

MOST_SHOWN = 200
COUNTED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule. `verdict`: team (it named the team), facts (it fits and sets facts), late (it fits and names a team,
    but a rule before it did), not_met (see `reasons`)."""

    id: int
    name: str
    verdict: str
    word: str = ""
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What the rules made of a draft; `silent` more rules were passed by since none of their keywords occurs."""

    decision: Decision
    tried: tuple[Tried, ...]
    silent: int


def look(draft: Draft, *, revision: int) -> Look:
    """Every rule that could fit, in the order in which they are asked."""
    found: list[Tried] = []

    def seen(rule: Rule, why_not: tuple[Reason, ...], word: str, by: int | None) -> None:
        found.append(Tried(rule.pk, rule.name, _verdict(rule, why_not, by), word, why_not))

    decision = services.decide(draft, revision=revision, seen=seen)
    silent = len(rule_book.at(revision).rules) - len(found)
    return Look(decision, tuple(found[:MOST_SHOWN]), silent)


def _verdict(rule: Rule, why_not: tuple[Reason, ...], by: int | None) -> str:
    if why_not:
        return "not_met"
    if by == rule.pk:
        return "team"
    return "late" if rule.team_id and by is not None else "facts"


@dataclass(frozen=True, slots=True)
class Quality:
    """How often what dispatch suggested was accepted."""

    accepted: int
    decided: int


def quality_by_rule(*, now: datetime) -> dict[int, Quality]:
    """Per rule, of the decisions at the board in the last thirty days."""
    rows = Suggestion.objects.filter(at__gte=now - COUNTED, rule__isnull=False).order_by().values("rule_id")
    counted = rows.annotate(n=Count("pk"), good=Count("pk", filter=Q(suggested=F("taken"))))
    return {row["rule_id"]: Quality(row["good"], row["n"]) for row in counted}
