"""Which course does every alarm take, whatever it is about?

A rule says of each sample whether its condition holds (`engine.alarms`); one small course makes alarms of that:

    calm → (holds for `hold`) → raised → (holds no more for `calm`) → cleared

What comes again before it was over is the same alarm (`REPEATED`). Time alone moves it too (`tick`): a hold that runs
out between two samples, a machine that falls silent. `next_at` says when to look again. Moments are whole
milliseconds since 1970; a moment that runs out exactly now has run out. Late samples are judged as if they came at the
latest moment known: nothing that was said is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from yingnuo.engine import quiet
from yingnuo.engine.quiet import Quiet


class Severity(StrEnum):
    """How bad it is. Information opens no ticket."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    INFO = "info"


URGENCY: Mapping[str, str] = {"critical": "urgent", "major": "important", "minor": "general", "info": "general"}


class Turn(StrEnum):
    """What happened to an alarm."""

    RAISED = "raised"
    REPEATED = "repeated"
    CLEARED = "cleared"


class Phase(StrEnum):
    CALM = "calm"
    PENDING = "pending"  # the condition holds, not yet for long enough (or it is quiet)
    ACTIVE = "active"
    CALMING = "calming"  # it holds no more, not yet for long enough


@dataclass(frozen=True, slots=True)
class Sample:
    """What a machine says at one moment. `over`: the fault is over. `online` None: nothing is said of that."""

    at: int
    values: Mapping[str, float] = field(default_factory=dict)
    fault: str = ""
    over: bool = False
    online: bool | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A turn of one alarm. `code` is the fault's, `value` what was measured when it turned (None: nothing)."""

    rule: int
    turn: Turn
    at: int
    code: str = ""
    value: float | None = None


@dataclass(slots=True)
class State:
    """Where one rule stands with one machine (and one fault code). `last`: when the condition held last."""

    phase: Phase = Phase.CALM
    since: int = 0
    last: int = 0
    value: float | None = None
    recent: list[tuple[int, float, float]] = field(default_factory=list)  # when, lowest, highest

    def packed(self) -> list[Any]:
        """As JSON keeps it."""
        return [self.phase.value, self.since, self.last, self.value, self.recent]

    @classmethod
    def of(cls, kept: Sequence[Any]) -> State:
        """As it was packed."""
        phase, since, last, value, recent = kept
        return cls(Phase(phase), since, last, value, [(at, low, high) for at, low, high in recent])

    @property
    def idle(self) -> bool:
        """Nothing to remember."""
        return self.phase is Phase.CALM and not self.recent


@dataclass(slots=True)
class Memory:
    """All that is remembered of one machine: the last value of each metric, when it spoke last, each rule's state.

    `excused`: its silence until then was ours (the broker was away), and counts from there.
    """

    last: dict[str, float] = field(default_factory=dict)
    seen: int = 0
    online: bool | None = None
    states: dict[str, State] = field(default_factory=dict)
    excused: int = 0

    @property
    def heard(self) -> int:
        """From when its silence counts."""
        return max(self.seen, self.excused)

    def state(self, key: str) -> State:
        """The state under a key, made when it is first asked for."""
        found = self.states.get(key)
        if found is None:
            found = self.states[key] = State()
        return found

    def packed(self) -> dict[str, Any]:
        """As JSON keeps it."""
        states = {key: state.packed() for key, state in self.states.items() if not state.idle}
        packed = {"last": self.last, "seen": self.seen, "online": self.online, "states": states}
        return packed | ({"excused": self.excused} if self.excused > self.seen else {})

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Memory:
        """As it was packed; an empty mapping is a machine never heard of."""
        states = {key: State.of(state) for key, state in kept.get("states", {}).items()}
        return cls(dict(kept.get("last", {})), kept.get("seen", 0), kept.get("online"), states, kept.get("excused", 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What all rules have. `hold` and `calm` are milliseconds.

    `muted`: no alarm before that moment; `through`: neither that nor quiet windows concern it.
    """

    id: int
    hold: int = 0
    calm: int = 0
    quiet: tuple[Quiet, ...] = ()
    zone: str = "UTC"
    through: bool = False
    muted: int = 0
    kind: ClassVar[str] = ""
    counts: ClassVar[bool] = False  # each time that it holds is told, not only that it holds

    def wants(self) -> frozenset[str]:
        """The metrics it looks at; empty for a rule about faults or about silence."""
        return frozenset()

    def look(self, memory: Memory, sample: Sample) -> Iterator[Change]:
        """Takes one sample in, which the memory has seen already."""
        raise TypeError(self.kind)

    def tick(self, key: str, memory: Memory, now: int) -> Change | None:
        """What time alone does to the state under `key`."""
        return self._time(memory.states[key], now, key.partition(":")[2]) if key in memory.states else None

    def next_at(self, state: State, memory: Memory) -> int | None:
        """When to look again though nothing may come; None: never."""
        if state.phase is Phase.PENDING:
            return self._ready(state.since)
        return state.since + self.calm if state.phase is Phase.CALMING else None

    # the course that all have in common

    def _ready(self, since: int) -> int:
        """When what began at `since` has held for long enough and it is not quiet."""
        ready = since + self.hold
        if self.through:
            return ready
        ready = max(ready, self.muted)
        return quiet.ends(self.quiet, self.zone, ready) or ready

    def _go(self, state: State, holds: bool, at: int, value: float | None = None, code: str = "") -> Change | None:
        at = max(at, state.since)
        if holds:
            state.last, state.value = at, value
            return self._held(state, at, code)
        if state.phase is Phase.PENDING:
            state.phase, state.since = Phase.CALM, at
        elif state.phase is Phase.ACTIVE:
            state.phase, state.since = Phase.CALMING, at
        return self._time(state, at, code)

    def _held(self, state: State, at: int, code: str) -> Change | None:
        if state.phase in (Phase.ACTIVE, Phase.CALMING):
            again = state.phase is Phase.CALMING or self.counts
            state.phase = Phase.ACTIVE
            return Change(self.id, Turn.REPEATED, at, code, state.value) if again else None
        if state.phase is Phase.CALM:
            state.phase, state.since = Phase.PENDING, at
        return self._time(state, at, code)

    def _time(self, state: State, now: int, code: str) -> Change | None:
        if state.phase is Phase.PENDING and now >= (ready := self._ready(state.since)):
            state.phase, state.since = Phase.ACTIVE, ready
            return Change(self.id, Turn.RAISED, ready, code, state.value)
        if state.phase is Phase.CALMING and now >= (over := state.since + self.calm):
            state.phase, state.since = Phase.CALM, over
            return Change(self.id, Turn.CLEARED, over, code, state.value)
        return None
