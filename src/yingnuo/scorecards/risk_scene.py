"""What is around a promise at an instant: who waits before it, is its holder there, was it urged, is a sister broken?

One definition for what is open now and for what was open then, so that what is learnt is what is asked. Only what the
tables still know is used: who held a promise in the end counts as its holder throughout, and among those ahead of it
are the promises of the period looked at.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from yingnuo.engine import risk
from yingnuo.kit import instants, reading
from yingnuo.ledger.codes import Code
from yingnuo.people.models import Presence

OPEN_END = 1 << 62
_THERE = (Presence.ONLINE.value, Presence.BUSY.value)
Timeline = Sequence[tuple[int, str]]
Holder = tuple[int, int]  # (0, staff) or, where nobody holds it, (team, 0)


@dataclass(frozen=True, slots=True)
class Around:
    """A promise as its neighbours see it. Instants are epoch seconds; `until`: when it was no longer open, `broke_at`:
    when it broke, if it did."""

    ticket: int
    milestone: str
    urgency: str
    kind: str
    team: int | None
    agent: int | None
    started: int
    until: int = OPEN_END
    broke_at: int | None = None

    @property
    def holder(self) -> Holder:
        """Whose list it stands in."""
        return (0, self.agent) if self.agent else (self.team or 0, 0)

    @property
    def cells(self) -> tuple[str, ...]:
        """Where it is compared."""
        return risk.chain(
            milestone=self.milestone, urgency=self.urgency, kind=self.kind, team=self.team, holder=self.agent
        )


@dataclass(frozen=True, slots=True)
class Crew:
    """Who works here: capacity of each, members of each team, and who was there when."""

    capacity: Mapping[int, int]
    members: Mapping[int, tuple[int, ...]]
    presence: Mapping[int, Timeline]  # staff -> (since, presence), the earliest first

    def room(self, holder: Holder) -> int:
        """How many tickets a holder can carry; a team what its members can together."""
        team, staff = holder
        people = (staff,) if staff else self.members.get(team, ())
        return max(1, sum(self.capacity.get(pk, 0) for pk in people))

    def away(self, holder: Holder, at: int) -> bool:
        """Whether the holder is not there; a team when none of it is."""
        team, staff = holder
        return not any(self._there(pk, at) for pk in ((staff,) if staff else self.members.get(team, ())))

    def _there(self, staff: int, at: int) -> bool:
        line = self.presence.get(staff, ())
        place = bisect_right(line, at, key=lambda entry: entry[0]) - 1
        return bool(line) and line[max(0, place)][1] in _THERE


@dataclass(frozen=True, slots=True)
class Features:
    """What is special about a promise at an instant; `ahead` counts those that wait longer in the same list."""

    ahead: int
    room: int
    away: bool
    urged: bool
    broken_link: bool
    paused: bool

    @property
    def values(self) -> tuple[float, ...]:
        """As the engine takes them, in the order of `risk.FEATURES`."""
        crowd = min(risk.MOST_AHEAD, self.ahead / self.room)
        return (crowd, float(self.away), float(self.urged), float(self.broken_link), float(self.paused))


class Scene:
    """All promises of a period and the people; asked for one of them at an instant."""

    def __init__(self, promises: Iterable[Around], crew: Crew, urged: Mapping[int, int]) -> None:
        lists: dict[tuple[Holder, str], list[tuple[int, int]]] = defaultdict(list)
        self._broke: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for p in promises:
            lists[p.holder, p.milestone].append((p.started, p.until))
            if p.broke_at is not None:
                self._broke[p.ticket].append((p.broke_at, p.milestone))
        self._lists = {key: _arrays(rows) for key, rows in lists.items()}
        self._crew, self._urged = crew, urged

    def features(self, p: Around, at: int, *, paused: bool) -> Features:
        """What is special about `p` at `at`."""
        return Features(
            ahead=self._ahead(p, at), room=self._crew.room(p.holder), away=self._crew.away(p.holder, at),
            urged=self._urged.get(p.ticket, OPEN_END) <= at, paused=paused,
            broken_link=any(broke <= at and what != p.milestone for broke, what in self._broke.get(p.ticket, ())),
        )  # fmt: skip

    def _ahead(self, p: Around, at: int) -> int:
        rows = self._lists.get((p.holder, p.milestone))
        if rows is None:
            return 0
        starts, untils = rows
        return int(np.count_nonzero(untils[: bisect_left(starts, p.started)] > at))


def _arrays(rows: list[tuple[int, int]]) -> tuple[list[int], npt.NDArray[np.int64]]:
    rows.sort()
    return [start for start, _until in rows], np.array([until for _start, until in rows], dtype=np.int64)


def crew(*, since: datetime | None = None) -> Crew:
    """Everybody who works here now; with `since`, also when each came and went from then on."""
    rows = reading.tuples("SELECT id, team_id, capacity, presence FROM people_staff WHERE active")
    members: dict[int, list[int]] = defaultdict(list)
    for pk, team, _capacity, _presence in rows:
        members[team or 0].append(pk)
    lines: dict[int, list[tuple[int, str]]] = {pk: [(0, presence)] for pk, _team, _capacity, presence in rows}
    if since is not None:
        lines |= _comings_and_goings(since)
    return Crew({pk: c for pk, _t, c, _p in rows}, {team: tuple(ids) for team, ids in members.items()}, lines)


def _comings_and_goings(since: datetime) -> dict[int, list[tuple[int, str]]]:
    lines: dict[int, list[tuple[int, str]]] = {}
    rows = reading.tuples(
        "SELECT substr(subject, 7)::bigint, at, params->>'old', params->>'new' FROM ledger_event "
        "WHERE code = %s AND at >= %s AND subject ~ '^staff:[0-9]+$' ORDER BY at, id",
        [Code.PRESENCE_CHANGED.value, since],
    )
    for staff, at, old, new in rows:
        lines.setdefault(staff, [(0, old)]).append((instants.seconds(at), new))
    return lines


def first_urges(since: datetime) -> dict[int, int]:
    """When each ticket was first urged from `since` on."""
    rows = reading.tuples(
        "SELECT ticket_id, min(at) FROM ledger_event WHERE code = %s AND at >= %s GROUP BY ticket_id",
        [Code.TICKET_URGED.value, since],
    )
    return {ticket: instants.seconds(at) for ticket, at in rows}
