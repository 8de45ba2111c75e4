"""What happened to many promises, as columns: the same events, whatever had been promised?

A history keeps no terms: who asked for what, when, how long each reason to wait lasted, when it was met. So any policy
can be laid over it. `Builder` makes one from marks, promise by promise; whoever has columns makes it at once.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from yingnuo.engine import clock
from yingnuo.engine.clock import Mark, MarkKind
from yingnuo.engine.policy import Facts
from yingnuo.engine.span_arrays import Seconds

Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

#: The end of what has not ended: after every instant that the calendars know.
OPEN = 1 << 33
NOBODY = -1
_PLAIN = frozenset({MarkKind.STARTED, MarkKind.MET, MarkKind.CANCELLED, MarkKind.PAUSED, MarkKind.RESUMED})


@dataclass(frozen=True, slots=True)
class Spells:
    """Closed-open waits [since, until) with the code of their reason; those of promise p are [first[p], first[p+1]).

    Within a promise they stand in order of `since`; what still lasts ends at OPEN.
    """

    first: Seconds
    since: Seconds
    until: Seconds
    reason: Codes


@dataclass(frozen=True, slots=True)
class Changes:
    """From `at` on the ticket had the facts numbered `facts`; those of promise p are [first[p], first[p+1])."""

    first: Seconds
    at: Seconds
    facts: Codes


@dataclass(frozen=True, slots=True)
class History:
    """Promises as columns of one length; instants are epoch seconds UTC, codes number the tuples of names.

    `given` numbers the facts at the start, `end` is OPEN while it is owed, `cancelled` says that it ended unmet. `team`
    and `agent` are who held it last, NOBODY for none. `marks` are those of promises that only a fold understands
    (reopened, counted anew), without retargets. What is open is judged at `until`.
    """

    tickets: Sequence[str]
    facts: tuple[Facts, ...]
    milestones: tuple[str, ...]
    reasons: tuple[str, ...]
    teams: tuple[str, ...]
    agents: tuple[str, ...]
    ticket: Codes
    milestone: Codes
    given: Codes
    start: Seconds
    end: Seconds
    cancelled: Flags
    team: Codes
    agent: Codes
    pauses: Spells
    changes: Changes
    marks: Mapping[int, tuple[Mark, ...]]
    until: int

    def __len__(self) -> int:
        return len(self.start)

    def marks_of(self, p: int) -> list[Mark]:
        """The marks of one promise, as `clock.fold` takes them."""
        if p in self.marks:
            return list(self.marks[p])
        found = [Mark(MarkKind.STARTED, int(self.start[p]))]
        for n in range(int(self.pauses.first[p]), int(self.pauses.first[p + 1])):
            reason, until = self.reasons[self.pauses.reason[n]], int(self.pauses.until[n])
            found.append(Mark(MarkKind.PAUSED, int(self.pauses.since[n]), len(found), reason))
            if until != OPEN:
                found.append(Mark(MarkKind.RESUMED, until, len(found), reason))
        if self.end[p] != OPEN:
            kind = MarkKind.CANCELLED if self.cancelled[p] else MarkKind.MET
            found.append(Mark(kind, int(self.end[p]), len(found)))
        return found


@dataclass(frozen=True, slots=True)
class Told:
    """One promise as it is told to a builder. `changes`: from when on the ticket had which other facts, in order."""

    ticket: str
    milestone: str
    facts: Facts
    marks: Sequence[Mark]
    changes: Sequence[tuple[int, Facts]] = ()
    team: str = ""
    agent: str = ""


@dataclass(slots=True)
class _Names:
    """Numbers for names, in the order in which they come."""

    known: dict[object, int] = field(default_factory=dict)

    def code(self, name: object) -> int:
        return self.known.setdefault(name, len(self.known))

    def code_or_nobody(self, name: str) -> int:
        return self.code(name) if name else NOBODY


class Builder:
    """Collects promises into a `History`; about 150 bytes each."""

    def __init__(self) -> None:
        self._names = {name: _Names() for name in ("ticket", "facts", "milestone", "reason", "team", "agent")}
        self._columns = {name: array("q") for name in ("ticket", "milestone", "given", "start", "end", "team", "agent")}
        self._cancelled = array("b")
        self._pauses = {name: array("q") for name in ("first", "since", "until", "reason")}
        self._changes = {name: array("q") for name in ("first", "at", "facts")}
        self._marks: dict[int, tuple[Mark, ...]] = {}

    def add(self, told: Told) -> None:
        """Takes one promise in; its marks must hold a start."""
        walk = _Walk()
        for mark in sorted(set(told.marks), key=clock.order):
            walk.take(mark)
        if not all(mark.kind in _PLAIN or mark.kind is MarkKind.RETARGETED for mark in told.marks):
            self._marks[len(self._cancelled)] = tuple(m for m in told.marks if m.kind is not MarkKind.RETARGETED)
        names = self._names
        row = {
            "ticket": names["ticket"].code(told.ticket), "milestone": names["milestone"].code(told.milestone),
            "given": names["facts"].code(told.facts), "start": walk.start, "end": walk.end,
            "team": names["team"].code_or_nobody(told.team), "agent": names["agent"].code_or_nobody(told.agent),
        }  # fmt: skip
        for name, value in row.items():
            self._columns[name].append(value)
        self._cancelled.append(walk.cancelled)
        self._add_pauses(walk)
        self._add_changes(told.changes)

    def _add_pauses(self, walk: _Walk) -> None:
        self._pauses["first"].append(len(self._pauses["since"]))
        for since, until, reason in walk.spells:
            self._pauses["since"].append(since)
            self._pauses["until"].append(until)
            self._pauses["reason"].append(self._names["reason"].code(reason))

    def _add_changes(self, changes: Iterable[tuple[int, Facts]]) -> None:
        self._changes["first"].append(len(self._changes["at"]))
        for at, facts in changes:
            self._changes["at"].append(at)
            self._changes["facts"].append(self._names["facts"].code(facts))

    def history(self, until: int) -> History:
        """All that was told, judged at `until`."""
        names = {name: tuple(one.known) for name, one in self._names.items()}
        self._pauses["first"].append(len(self._pauses["since"]))
        self._changes["first"].append(len(self._changes["at"]))
        columns = {name: np.array(values, dtype=np.int64) for name, values in self._columns.items()}
        pauses = {name: np.array(values, dtype=np.int64) for name, values in self._pauses.items()}
        changes = {name: np.array(values, dtype=np.int64) for name, values in self._changes.items()}
        codes = {name: columns[name].astype(np.int32) for name in ("ticket", "milestone", "given", "team", "agent")}
        return History(
            tickets=[str(name) for name in names["ticket"]],
            facts=tuple(f for f in names["facts"] if isinstance(f, Facts)),
            milestones=_texts(names["milestone"]), reasons=_texts(names["reason"]), teams=_texts(names["team"]),
            agents=_texts(names["agent"]), **codes, start=columns["start"], end=columns["end"],
            cancelled=np.array(self._cancelled, dtype=np.bool_),
            pauses=Spells(pauses["first"], pauses["since"], pauses["until"], pauses["reason"].astype(np.int32)),
            changes=Changes(changes["first"], changes["at"], changes["facts"].astype(np.int32)),
            marks=self._marks, until=until,
        )  # fmt: skip


def _texts(names: Iterable[object]) -> tuple[str, ...]:
    return tuple(str(name) for name in names)


class _Walk:
    """Start, end and waits of one promise, from its marks in the order of `clock.order`."""

    def __init__(self) -> None:
        self.start, self.end, self.cancelled = 0, OPEN, False
        self._begun = False
        self._early: Mark | None = None
        self._asked: dict[str, int] = {}
        self._over: list[tuple[int, int, str]] = []

    @property
    def spells(self) -> list[tuple[int, int, str]]:
        """The waits from the start on; those that last end at OPEN."""
        lasting = [(max(since, self.start), OPEN, reason) for reason, since in self._asked.items()]
        return sorted([*self._over, *lasting])

    def take(self, mark: Mark) -> None:
        if self.end != OPEN:
            return
        if mark.kind is MarkKind.STARTED:
            self._begin(mark.at)
        elif mark.kind in (MarkKind.MET, MarkKind.CANCELLED):
            self._stop(mark)
        elif mark.kind is MarkKind.PAUSED:
            self._asked.setdefault(mark.reason, mark.at)
        elif mark.kind is MarkKind.RESUMED:
            self._resume(mark)

    def _begin(self, at: int) -> None:
        if self._begun:
            return
        self._begun, self.start = True, at
        early = self._early
        if early is not None and (early.at == at or early.kind is MarkKind.CANCELLED):
            self.end, self.cancelled = at, early.kind is MarkKind.CANCELLED

    def _stop(self, mark: Mark) -> None:
        if self._begun:
            self.end, self.cancelled = mark.at, mark.kind is MarkKind.CANCELLED
        else:
            self._early = mark

    def _resume(self, mark: Mark) -> None:
        for reason in [mark.reason] if mark.reason else list(self._asked):
            since = self._asked.pop(reason, None)
            if since is not None and self._begun:
                self._over.append((max(since, self.start), mark.at, reason))
