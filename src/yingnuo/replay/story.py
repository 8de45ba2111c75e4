"""What happened to one ticket, as commands that the engine and the journey both understand?

`tell` is pure. It never tells what the journey would refuse or what would have no effect: a ticket at rest gets no
facts and no answers, a state that lasts is told once. Commands of one row stand in this order: back to work, facts,
answered, handed off, to rest; commands never go back in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from yingnuo.engine.policy import Facts
from yingnuo.replay.mapping import RESTS, Mapping, Meaning
from yingnuo.replay.rows import Row


class Verb(StrEnum):
    """What can happen to a ticket. The value of a command: a reason (paused), an urgency (graded), a group (moved)."""

    OPENED = "opened"
    GRADED = "graded"
    MOVED = "moved"
    ANSWERED = "answered"
    HANDED_OFF = "handed_off"
    PAUSED = "paused"
    RESUMED = "resumed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that happened at `at` (epoch seconds UTC)."""

    at: int
    verb: Verb
    value: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One ticket. `facts` are those of its opening; priority, group and channel are the log's words for the report.

    `priority`, `group` and `flag` are as at the end of the log, `channel` as at the opening. `sure` is False where the
    rows contradict each other: it was opened after its first row, which then counts as the opening. `until` is the
    instant of the last row.
    """

    id: str
    facts: Facts
    first_group: str
    caller: str
    priority: str
    group: str
    channel: str
    flag: str
    events: int
    until: int
    sure: bool
    commands: tuple[Command, ...]


def tell(rows: Sequence[Row], mapping: Mapping) -> Story:
    """The story of one ticket from its rows in order of time (at least one)."""
    first, last = rows[0], rows[-1]
    said = first.opened if first.opened is not None else first.at
    opened = min(said, first.at)
    teller = _Teller(mapping, first, opened)
    for row in rows:
        teller.hear(row)
    return Story(
        id=first.id,
        facts=Facts(
            kind=first.kind, urgency=first.urgency, channel=first.via, tier="standard",
            team=mapping.team(first.group), team_tier=mapping.tier(first.group) if first.group else 0,
        ),
        first_group=first.group,
        caller=first.caller,
        priority=last.priority,
        group=next((row.group for row in reversed(rows) if row.group), ""),
        channel=first.channel,
        flag=last.flag,
        events=len(rows),
        until=last.at,
        sure=said <= first.at,
        commands=tuple(teller.commands),
    )  # fmt: skip


class _Teller:
    """The state of one ticket while its rows are heard."""

    def __init__(self, mapping: Mapping, first: Row, opened: int) -> None:
        self.mapping = mapping
        self.commands = [Command(opened, Verb.OPENED)]
        self.status = Meaning("new")
        self.state = ""
        self.urgency, self.group = first.urgency, first.group
        self.answered = False
        self.handed = False
        if first.channel in mapping.response.at_opening:
            self.answer(opened)

    @property
    def rests(self) -> bool:
        return self.status.status in RESTS

    def add(self, at: int, verb: Verb, value: str = "") -> None:
        self.commands.append(Command(at, verb, value))

    def hear(self, row: Row) -> None:
        meaning = self.mapping.states[row.state]
        if meaning.status == "same":
            meaning = self.status
        if self.rests and meaning.status not in RESTS and self.status.status in self.mapping.reopen:
            self.add(row.at, Verb.REOPENED)
            self.status = Meaning("open")
        if self.rests:
            self.rest(row, meaning)
            return
        self.work(row, meaning)
        if meaning.status in RESTS:
            self.rest(row, meaning)
        self.state = row.state

    def work(self, row: Row, meaning: Meaning) -> None:
        """A row of a ticket that somebody works on, or that comes to rest with it."""
        waiting = meaning.status == "waiting"
        if self.status.status == "waiting" and not waiting and meaning.status not in RESTS:
            self.add(row.at, Verb.RESUMED)
        changed = self.facts(row)
        if self.is_answer(row):
            self.answer(row.at)
        if self.is_with_specialist(row) and (changed or not self.handed):
            self.handed = True
            self.add(row.at, Verb.HANDED_OFF)
        if waiting and meaning != self.status:
            self.add(row.at, Verb.PAUSED, meaning.reason)
        if meaning.status not in RESTS:
            self.status = meaning

    def facts(self, row: Row) -> bool:
        changed = False
        if row.urgency != self.urgency:
            self.urgency, changed = row.urgency, True
            self.add(row.at, Verb.GRADED, row.urgency)
        if row.group and row.group != self.group:
            self.group, changed = row.group, True
            self.add(row.at, Verb.MOVED, row.group)
        return changed

    def is_answer(self, row: Row) -> bool:
        rule = self.mapping.response
        if not self.answered:
            silent = row.state in rule.leaves or self.mapping.states[row.state].status == "same"
            return not silent or (rule.assigned and bool(row.assignee))
        return row.state in self.mapping.answers and row.state != self.state

    def answer(self, at: int) -> None:
        self.answered = True
        self.add(at, Verb.ANSWERED)

    def is_with_specialist(self, row: Row) -> bool:
        """With a front line named: in any other group. Without: in any group but the first."""
        if self.mapping.front:
            return bool(self.group) and self.group not in self.mapping.front
        return any(command.verb is Verb.MOVED for command in self.commands)

    def rest(self, row: Row, meaning: Meaning) -> None:
        """To rest, or deeper into it. Closed without a solution known to the log is closed and not resolved."""
        if self.status.status == meaning.status or meaning.status not in RESTS or self.status.status == "closed":
            return
        if meaning.status == "resolved":
            self.add(row.at, Verb.RESOLVED)
        else:
            if not self.rests and row.resolved is not None:
                self.add(min(row.at, max(row.resolved, self.commands[-1].at)), Verb.RESOLVED)
            self.add(row.at, Verb.CLOSED)
        self.status = meaning
