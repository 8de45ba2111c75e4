"""What does a program get about rules that act by themselves, and about macros?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yingnuo.api.told import Answer


class ActingRuleOut(Answer):
    """A rule of automation; `when`, `conditions` (“if”) and `then` as in its YAML. `why_off`: hand or failing."""

    id: int
    name: str
    description: str
    when: dict[str, Any]
    conditions: dict[str, Any]
    then: dict[str, Any]
    active: bool
    why_off: str
    stop: bool
    most_per_day: int
    owner: str | None
    acted: int
    failures: int
    last_error: str
    last_run_at: datetime | None


class ActingRules(Answer):
    """All rules in their order."""

    items: list[ActingRuleOut]


class RulesTaken(Answer):
    """How many rules the file held."""

    count: int


class AutomationRunOut(Answer):
    """One act of a rule. `state`: pending, done, partly, failed, held; `why`: own_change, too_deep, often."""

    id: int
    rule: str
    ticket: int
    event: int
    at: datetime | None
    due_at: datetime
    state: str
    done: list[str]
    refused: list[list[str]]
    why: str


class RunPage(Answer):
    """One page of acts, the newest first; `next` is "" at the end."""

    items: list[AutomationRunOut]
    next: str


class MacroOut(Answer):
    """A macro. Without `owner` and `team` it is everybody's."""

    id: int
    name: str
    description: str
    owner: str | None
    team: str | None
    then: dict[str, Any]
    used: int


class Macros(Answer):
    """The macros that the token may apply."""

    items: list[MacroOut]


class RefusedAction(Answer):
    """An action that was not done, and why."""

    action: str
    code: str
    problem: str


class MacroDone(Answer):
    """What a macro did, and what was refused."""

    done: list[str]
    refused: list[RefusedAction]
