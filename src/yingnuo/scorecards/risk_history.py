"""What does history teach about breach risk: how promises ended, and how they looked while they were open?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from yingnuo.engine import clock
from yingnuo.engine.risk import Asked
from yingnuo.engine.risk_fit import Case, Seen
from yingnuo.kit import reading
from yingnuo.promises import marking
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import calendar, terms_of
from yingnuo.scorecards import risk_scene
from yingnuo.scorecards.risk_scene import Around, Scene

DAYS = 180
MOST_CASES = 100_000
MOST_LOOKED_AT = 20_000  # the newest; each is looked at SIGHTS times while it was open
SIGHTS = 4
_BATCH = 2_000
_BROKE = 1.01  # any share above 1 says it


class _Ended(NamedTuple):
    """A row of the statement below, instants in epoch seconds; `used` is the share of its target."""

    promise: int
    ticket: int
    milestone: str
    standing: str
    kind: str
    urgency: str
    team: int | None
    agent: int | None
    started: int
    ended: int
    used: float
    broke: int | None

    @property
    def around(self) -> Around:
        """As its neighbours saw it."""
        until = self.ended if self.broke is None else min(self.ended, self.broke)
        return Around(
            self.ticket, self.milestone, self.urgency, self.kind, self.team, self.agent, self.started, until, self.broke
        )

    @property
    def case(self) -> Case:
        """As it ended; cancelled unbroken is an end like any other."""
        share = _BROKE if self.standing == "broken" or self.broke is not None else min(1.0, max(0.0, self.used))
        around = self.around
        return Case(around.cells, share, ended=True, at=around.until)


_ENDED = f"""
SELECT o.promise_id, o.ticket_id, o.milestone, o.standing, o.kind, o.urgency, o.team_id, o.agent_id,
    floor(extract(epoch FROM o.started_at))::bigint, floor(extract(epoch FROM o.ended_at))::bigint,
    o.worked::float / greatest(1, o.target), floor(extract(epoch FROM p.broken_at))::bigint
FROM promises_outcome o JOIN promises_promise p ON p.id = o.promise_id
WHERE o.ended_at >= %s AND o.ended_at <= %s ORDER BY o.ended_at DESC, o.id DESC LIMIT {MOST_CASES:d}
"""  # noqa: S608  # a number of ours


def learn(now: datetime) -> tuple[list[Case], list[Seen]]:
    """What ended in the last DAYS days, and how the newest of it looked at moments evenly spread over its open time."""
    since = now - timedelta(days=DAYS)
    ended = reading.rows(_Ended._make, _ENDED, [since, now])
    around = {row.promise: row.around for row in ended}
    scene = Scene(around.values(), risk_scene.crew(since=since), risk_scene.first_urges(since))
    newest = [row.promise for row in ended[:MOST_LOOKED_AT]]
    seen = [
        one for at in range(0, len(newest), _BATCH) for one in _sights(newest[at : at + _BATCH], around, scene)
    ]  # fmt: skip
    return [row.case for row in ended], seen


def _sights(ids: list[int], around: Mapping[int, Around], scene: Scene) -> Iterator[Seen]:
    promises = list(Promise.objects.filter(pk__in=ids).order_by("pk"))
    marks = marking.marks_of(promises)
    for p in promises:
        yield from _of_one(p, around[p.pk], marks[p.pk], scene)


def _of_one(p: Promise, around: Around, marks: list[clock.Mark], scene: Scene) -> Iterator[Seen]:
    open_for = around.until - around.started
    for n in range(SIGHTS if open_for > 0 else 0):
        at = around.started + int((n + 0.5) / SIGHTS * open_for)
        state = clock.fold(terms_of(p.first_terms_id), marks, at, calendar)
        features = scene.features(around, at, paused=state.paused_since is not None)
        asked = Asked(around.cells, min(1.0, state.worked / state.terms.target_seconds), features.values)
        yield Seen(asked, around.broke_at is not None, around.until)
