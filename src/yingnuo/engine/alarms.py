"""When does what a machine says become an alarm?

A threshold with hysteresis, a fault code, silence, a value that moves too fast, faults that come too often. Each kind
of rule says of a sample whether its condition holds; what becomes of that is `engine.alarm_course`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from yingnuo.engine.alarm_course import Change, Memory, Phase, Rule, Sample, State
from yingnuo.engine.expressions import Expression

MOST_RECENT = 240  # faults that a count looks back on
PIECES = 30  # of the time that a rate looks back on; of each the lowest and the highest value are remembered


class Op(StrEnum):
    ABOVE = "above"
    BELOW = "below"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison. `margin` is the hysteresis: how far back it must go to count as over."""

    of: Expression
    op: Op
    limit: float
    upper: float = 0.0  # of OUTSIDE: limit … upper is inside
    margin: float = 0.0

    def holds(self, value: float, *, active: bool) -> bool:
        """Whether the value is beyond the limit; for an active alarm the limit lies `margin` nearer."""
        back = self.margin if active else 0.0
        if self.op is Op.ABOVE:
            return value > self.limit - back
        if self.op is Op.BELOW:
            return value < self.limit + back
        return value < self.limit + back or value > self.upper - back


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold(Rule):
    """All terms hold. The value told is that of the first."""

    all: tuple[Term, ...]
    kind: ClassVar[str] = "threshold"

    def wants(self) -> frozenset[str]:
        """What its terms look at."""
        return frozenset().union(*(term.of.metrics for term in self.all))

    def look(self, memory: Memory, sample: Sample) -> Iterator[Change]:
        """Judges the values known now."""
        holds = self.holds(memory)
        if holds is None:
            return
        key = str(self.id)
        if not holds[0] and key not in memory.states:
            return  # the usual case costs nothing
        change = self._go(memory.state(key), holds[0], sample.at, holds[1])
        if change:
            yield change

    def holds(self, memory: Memory) -> tuple[bool, float] | None:
        """Whether all terms hold, and the first one's value; None while a metric is not known."""
        state = memory.states.get(str(self.id))
        active, first, every = state is not None and state.phase is Phase.ACTIVE, 0.0, True
        for number, term in enumerate(self.all):
            value = term.of.of(memory.last)
            if value is None:
                return None
            first = first if number else value
            every = every and term.holds(value, active=active)
        return every, first


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Rule):
    """A fault code, one alarm for each. `silence`: over when it was not told again for so long; 0: only when told."""

    codes: frozenset[str] = frozenset()  # empty: any code
    silence: int = 0
    kind: ClassVar[str] = "fault"
    counts: ClassVar[bool] = True

    def look(self, memory: Memory, sample: Sample) -> Iterator[Change]:
        """A code of ours, or the word that it is over."""
        for code in self._codes(memory, sample):
            state = memory.state(f"{self.id}:{code}")
            change = self._go(state, not sample.over, max(sample.at, state.last), None, code)
            if change:
                yield change

    def _codes(self, memory: Memory, sample: Sample) -> list[str]:
        if sample.fault:
            return [sample.fault] if not self.codes or sample.fault in self.codes else []
        if not sample.over:
            return []
        mine = f"{self.id}:"  # all is well again, whatever it was
        return [key.partition(":")[2] for key in memory.states if key.startswith(mine)]

    def tick(self, key: str, memory: Memory, now: int) -> Change | None:
        """Silence ends it."""
        state, code = memory.states[key], key.partition(":")[2]
        ends = state.last + self.silence
        if self.silence and now >= ends and state.phase in (Phase.ACTIVE, Phase.PENDING):
            ripe = state.phase is Phase.PENDING and self._ready(state.since) <= ends
            return self._time(state, ends, code) if ripe else self._go(state, False, ends, None, code)
        return self._time(state, now, code)

    def next_at(self, state: State, memory: Memory) -> int | None:
        """The end of the silence, or of what all have."""
        usual = Rule.next_at(self, state, memory)
        if not self.silence or state.phase not in (Phase.ACTIVE, Phase.PENDING):
            return usual
        return min(filter(None, (usual, state.last + self.silence)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence(Rule):
    """Nothing is heard for `after`, or the broker says that it is gone (last will)."""

    after: int
    kind: ClassVar[str] = "absence"

    def look(self, memory: Memory, sample: Sample) -> Iterator[Change]:
        """It spoke, or is said to be gone."""
        gone, key = memory.online is False, str(self.id)
        state = memory.states.get(key)
        if gone or state is not None:
            change = self._go(memory.state(key), gone, sample.at)
            if change:
                yield change

    def tick(self, key: str, memory: Memory, now: int) -> Change | None:
        """It has been silent for too long."""
        state, due = memory.state(key), memory.heard + self.after
        change = self._time(state, now, "")
        if change is None and now >= due and state.phase in (Phase.CALM, Phase.CALMING):
            change = self._go(state, True, due)
        return change

    def next_at(self, state: State, memory: Memory) -> int | None:
        """When the silence is too long."""
        due = memory.heard + self.after if state.phase in (Phase.CALM, Phase.CALMING) else None
        return min(filter(None, (due, Rule.next_at(self, state, memory))), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Rule):
    """A value moves by `limit` or more `within` a time: up, down or either way."""

    of: Expression
    way: str
    limit: float
    within: int
    kind: ClassVar[str] = "rate"

    def wants(self) -> frozenset[str]:
        """What its value is made of."""
        return self.of.metrics

    def look(self, memory: Memory, sample: Sample) -> Iterator[Change]:
        """Compares the value with the others of its time."""
        value = self.of.of(memory.last)
        if value is None:
            return
        state = memory.state(str(self.id))
        _remember(state, sample.at, value, self.within)
        moved = {
            "up": value - min(low for _at, low, _high in state.recent),
            "down": max(high for _at, _low, high in state.recent) - value,
        }
        most = max(moved.values()) if self.way == "either" else moved[self.way]
        change = self._go(state, most >= self.limit, sample.at, value)
        if change:
            yield change

    def tick(self, key: str, memory: Memory, now: int) -> Change | None:
        """What is not measured any more does not move."""
        state = memory.states[key]
        if state.phase is Phase.ACTIVE and state.recent and now >= (end := state.recent[-1][0] + self.within):
            return self._go(state, False, end)
        return self._time(state, now, "")

    def next_at(self, state: State, memory: Memory) -> int | None:
        """The end of the time looked at."""
        if state.phase is Phase.ACTIVE and state.recent:
            return state.recent[-1][0] + self.within
        return Rule.next_at(self, state, memory)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Rule):
    """`n` faults of these codes `within` a time."""

    codes: frozenset[str] = frozenset()
    n: int
    within: int
    kind: ClassVar[str] = "count"

    def look(self, memory: Memory, sample: Sample) -> Iterator[Change]:
        """One more of ours."""
        if sample.over or not sample.fault or (self.codes and sample.fault not in self.codes):
            return
        state = memory.state(str(self.id))
        state.recent.append((sample.at, 0.0, 0.0))
        state.recent[:] = [one for one in state.recent[-MOST_RECENT:] if one[0] >= sample.at - self.within]
        change = self._go(state, len(state.recent) >= self.n, sample.at, float(len(state.recent)))
        if change:
            yield change

    def tick(self, key: str, memory: Memory, now: int) -> Change | None:
        """Fewer than `n` are left in the time."""
        state = memory.states[key]
        end = self._end(state)
        if end is not None and now >= end:
            state.recent.clear()
            return self._go(state, False, end)
        return self._time(state, now, "")

    def _end(self, state: State) -> int | None:
        active = state.phase is Phase.ACTIVE and len(state.recent) >= self.n
        return state.recent[-self.n][0] + self.within if active else None

    def next_at(self, state: State, memory: Memory) -> int | None:
        """When the oldest that counts leaves the time."""
        return self._end(state) or Rule.next_at(self, state, memory)


def _remember(state: State, at: int, value: float, within: int) -> None:
    """Adds a value to its piece of the time; a piece is named by the moment of its last value."""
    recent, size = state.recent, max(1, within // PIECES)
    if recent and recent[-1][0] // size == at // size:
        _at, low, high = recent[-1]
        recent[-1] = (max(at, recent[-1][0]), min(low, value), max(high, value))
    else:
        recent.append((at, value, value))
    while recent[0][0] < at - within:
        del recent[0]


class Rules:
    """The rules of one machine, found by what a sample says."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.all = {rule.id: rule for rule in rules}
        self._on_faults = tuple(rule for rule in rules if isinstance(rule, Fault | Count))
        self._on_silence = tuple(rule for rule in rules if isinstance(rule, Absence))
        self._on: dict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            for metric in rule.wants():
                self._on[metric].append(rule)

    def judge(self, memory: Memory, sample: Sample) -> list[Change]:
        """Takes one sample into the memory; what turned."""
        memory.last.update(sample.values)
        if sample.online is not False:  # its last will is told by the broker, not by itself
            memory.seen = max(memory.seen, sample.at)
        memory.online = True if sample.online is None else sample.online
        touched = {rule.id: rule for metric in sample.values for rule in self._on.get(metric, ())}
        asked = [*touched.values(), *self._on_silence]
        if sample.fault or sample.over:
            asked += self._on_faults
        return [change for rule in asked for change in rule.look(memory, sample)]

    def tick(self, memory: Memory, now: int) -> list[Change]:
        """What time alone turned until `now`; states of rules that are gone are forgotten."""
        found = []
        silent = [str(rule.id) for rule in self._on_silence if memory.seen]
        for key in dict.fromkeys([*memory.states, *silent]):
            rule = self.all.get(int(key.partition(":")[0]))
            if rule is None:
                memory.states.pop(key, None)
            elif change := rule.tick(key, memory, now):
                found.append(change)
        return found

    @property
    def listens(self) -> bool:
        """Whether silence matters."""
        return bool(self._on_silence)

    def next_at(self, memory: Memory) -> int | None:
        """When time alone may turn something; None: never."""
        due = [at for key, state in memory.states.items() if (at := self._due(key, state, memory)) is not None]
        if memory.seen:
            due += [memory.heard + r.after for r in self._on_silence if str(r.id) not in memory.states]
        return min(due, default=None)

    def _due(self, key: str, state: State, memory: Memory) -> int | None:
        rule = self.all.get(int(key.partition(":")[0]))
        return rule.next_at(state, memory) if rule else None
