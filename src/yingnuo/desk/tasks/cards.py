"""How does a task stand: whose is it, what was said, and how long has it still?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yingnuo.desk import strip
from yingnuo.desk.choices import Names
from yingnuo.desk.strip import Strip
from yingnuo.kit import looks
from yingnuo.kit.looks import Look
from yingnuo.promises.models import Mark, MilestoneCode, Promise
from yingnuo.subtasks.models import Task, TaskState

STATES: dict[str, Look] = {
    TaskState.ASKED.value: Look(TaskState.ASKED.label, "blue", "send"),
    TaskState.ACCEPTED.value: Look(TaskState.ACCEPTED.label, "azure", "user-check"),
    TaskState.QUESTION.value: Look(TaskState.QUESTION.label, "orange", "user-question"),
    TaskState.DONE.value: Look(TaskState.DONE.label, "green", "check"),
    TaskState.REFUSED.value: Look(TaskState.REFUSED.label, "red", "ban"),
    TaskState.WITHDRAWN.value: Look(TaskState.WITHDRAWN.label, "gray", "arrow-back-up"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One task as lists and cards show it."""

    task: Task
    clock: Strip
    state: Look
    team: str
    holder: str
    asker: str


def apart(promises: Sequence[Promise]) -> tuple[list[Promise], list[Promise]]:
    """What other teams owe for tasks, and all else that was promised to a ticket."""
    tasks = [p for p in promises if p.milestone == MilestoneCode.TASK]
    return tasks, [p for p in promises if p.milestone != MilestoneCode.TASK]


def cards(
    tasks: Sequence[Task], promises: Sequence[Promise], names: Names, *, now: datetime,
    marks: Sequence[Mark] | None = None,
) -> list[Card]:  # fmt: skip
    """The cards of these tasks in their order; one statement for marks that nobody has read."""
    clocks = {s.id: s for s in strip.of_ticket(promises, now=now, rows=marks)}
    return [
        Card(
            task=t, clock=clocks[t.promise_id], state=looks.look(STATES, t.state), team=names.team(t.team_id),
            holder=names.person(t.staff_id), asker=names.person(t.asked_by_id),
        )
        for t in tasks
        if t.promise_id in clocks
    ]  # fmt: skip
