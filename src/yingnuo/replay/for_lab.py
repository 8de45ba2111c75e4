"""What happened in a log, as the promise lab takes it, and how it came out under the standard that it is compared with?

The tickets are told once to a standard that promises every milestone and lets every reason stand the clock still: its
marks hold all that any standard may ask. A ticket's facts at each moment come from its story.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import median_high
from zoneinfo import ZoneInfo

from yingnuo.engine import lab
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.clock import MarkKind
from yingnuo.engine.lab_history import Builder, History, Told
from yingnuo.engine.policy import Facts, Policy
from yingnuo.planning.running import Crewing, Laid, Source
from yingnuo.replay import by_engine, grouping, standard, story
from yingnuo.replay.by_engine import Owed
from yingnuo.replay.errors import ReplayError
from yingnuo.replay.mapping import Mapping
from yingnuo.replay.rows import Row, Sheet, Tally
from yingnuo.replay.standard import Pack, Standard
from yingnuo.replay.story import Command, Story, Verb

_ALL = "lab"


@dataclass(slots=True)
class _Seen:
    """Who was seen at work: people by group and day; the last one on each ticket."""

    zone: ZoneInfo
    by_day: defaultdict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    last: dict[str, str] = field(default_factory=dict)

    def look(self, rows: list[Row]) -> list[Row]:
        for row in rows:
            if row.assignee:
                self.last[row.id] = row.assignee
                day = datetime.fromtimestamp(row.at, self.zone).date().isoformat()
                self.by_day[row.group, day].add(row.assignee)
        return rows

    def people(self) -> dict[str, int]:
        """By group, how many people were seen on its middle day."""
        counts: defaultdict[str, list[int]] = defaultdict(list)
        for (group, _day), names in self.by_day.items():
            counts[group].append(len(names))
        return {group: median_high(many) for group, many in counts.items()}


def read(sheet: Sheet, tally: Tally, base: Pack, *, limit: int | None = None) -> tuple[Source, Standard]:
    """The log's source, compared with the pack `base`, and that standard compiled."""
    ready = standard.compiled(standard.cut(base, sheet.mapping.milestones))
    seen = _Seen(ZoneInfo(sheet.mapping.log.zone))
    rows = (seen.look(rows) for rows in grouping.by_ticket(sheet.rows(tally), sheet.mapping.log.order))
    stories = _stories(rows, sheet.mapping, limit)
    history = told(stories, sheet.mapping, seen.last)
    if not len(history):
        raise ReplayError(f"{sheet.path}: there is no ticket in it")
    was = lab.replay(history, ready.terms, ready.calendar)
    shift = usual_shift(ready)
    teams = {group: Crewing(people, shift) for group, people in seen.people().items()}
    begun = int(history.start.min())
    return Source(sheet.path.name, "log", history, was, begun, history.until, sheet.mapping.log.zone, teams), ready


def _stories(rows: Iterable[list[Row]], mapping: Mapping, limit: int | None) -> Iterator[Story]:
    for n, ticket in enumerate(rows):
        if limit is not None and n >= limit:
            return
        yield story.tell(ticket, mapping)


def told(stories: Iterable[Story], mapping: Mapping, agents: dict[str, str] | None = None) -> History:
    """The stories as a history; what is open is judged at the end of the log, as a replay judges it."""
    everything, end, builder = _everything(mapping), 0, Builder()
    for one in stories:
        end = max(end, one.until)
        changes = _changes(one, mapping)
        for owed in by_engine.judge(one, mapping, everything):
            builder.add(_told(one, owed, changes, (agents or {}).get(one.id, "")))
    return builder.history(end)


def _told(one: Story, owed: Owed, changes: list[tuple[int, Facts]], agent: str) -> Told:
    start = owed.marks[0].at
    before = [facts for at, facts in changes if at < start]
    return Told(
        ticket=one.id, milestone=owed.milestone, facts=before[-1] if before else one.facts, marks=owed.marks,
        changes=[(at, facts) for at, facts in changes if at >= start], team=_holder(one, owed), agent=agent,
    )  # fmt: skip


def _holder(one: Story, owed: Owed) -> str:
    """The group that held the ticket when the promise ended, or at the end of the log."""
    ends = [m.at for m in owed.marks if m.kind in (MarkKind.MET, MarkKind.CANCELLED)]
    end = max(ends) if owed.ended and ends else one.until
    moved = [c.value for c in one.commands if c.verb is Verb.MOVED and c.at <= end]
    return moved[-1] if moved else one.first_group


def _changes(one: Story, mapping: Mapping) -> list[tuple[int, Facts]]:
    """From when on the ticket had which other facts."""
    found, facts = [], one.facts
    for command in one.commands:
        facts_now = _after(facts, command, mapping)
        if facts_now != facts:
            found.append((command.at, facts_now))
            facts = facts_now
    return found


def _after(facts: Facts, command: Command, mapping: Mapping) -> Facts:
    if command.verb is Verb.GRADED:
        return replace(facts, urgency=command.value)
    if command.verb is Verb.MOVED:
        return replace(facts, team=mapping.team(command.value), team_tier=mapping.tier(command.value))
    return facts


def _everything(mapping: Mapping) -> Standard:
    """A standard under which no fact is lost: every milestone, every reason, whatever the ticket."""
    promise = {"target": 1, "calendar": standard.ALWAYS, "pauses": "*"}
    spec = {"code": _ALL, "rules": [{"code": _ALL, "promises": dict.fromkeys(mapping.milestones, promise)}]}
    always = Calendar.from_spec({"timezone": "UTC", "always_open": True})
    return Standard(Policy.from_spec(spec), {f"{standard.ALWAYS}@1": always})


def laid(pack: Pack, mapping: Mapping, name: str) -> Laid:
    """A pack ready to be laid over the log; ReplayError names the place of what is wrong."""
    standard.compiled(pack)  # what is wrong anywhere in the policy is told before it is cut
    ready = standard.compiled(standard.cut(pack, mapping.milestones))
    return Laid(name, ready.terms, ready.calendar, tuple(Policy.from_spec(pack.policy).naming))


def usual_shift(ready: Standard) -> str:
    """The code of the calendar that most promises of a standard name, the round-the-clock one left out if it can be."""
    named = Counter(
        terms.calendar for rule in ready.policy.rules for terms in rule.promises.values() if terms is not None
    )
    often = [code for code, _n in named.most_common()]
    return next((code for code in often if code != standard.ALWAYS), often[0] if often else standard.ALWAYS)
