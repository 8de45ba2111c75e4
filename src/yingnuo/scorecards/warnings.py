"""Which warnings make a difference?

Of the promises that ended in a period with a verdict, those warned of before they ended, by step, team, milestone and
way: how many were kept, how many warnings were read and taken up, how long it took until something was done. Beside
them the promises nobody was warned of, and those whose warning nobody read: a warning that nobody reads, or without
which as many promises are kept, is of no use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from yingnuo.engine import kpi
from yingnuo.people.roles import Actor, require
from yingnuo.scorecards import sight
from yingnuo.scorecards.periods import Period
from yingnuo.scorecards.sight import Filters

VERB = "dashboard.view"
MOST = 100_000  # promises looked at; of a longer period the latest
ENOUGH = 30  # fewer say nothing about the use of a warning
IGNORED_BELOW, KEPT_FROM = 0.10, 0.90
GROUPS = ("step", "team", "milestone", "way")


@dataclass(frozen=True, slots=True)
class Effect:
    """The promises warned of by one step, in one team, about one milestone or by one way.

    `kept`: warned and then kept. `read` is None where nothing was shown in the desk, which alone knows. `median`:
    seconds from the first warning until it was taken up or the promise was met. `unread_kept`: kept of those whose
    warning nobody read. `use`: "" useful, "few" too few to tell, "ignored", "anyway" (kept also without being read).
    """

    code: str
    kept: kpi.Share
    taken_up: kpi.Share
    read: kpi.Share | None
    median: float | None
    unread_kept: kpi.Share
    use: str


@dataclass(frozen=True, slots=True)
class Effects:
    """All warnings of a period, in total and by group, the most numerous first; and the promises without one."""

    total: Effect
    groups: dict[str, tuple[Effect, ...]]
    unwarned: kpi.Share
    cut: bool  # MOST was reached


_SQL = """
WITH ended AS MATERIALIZED (
    SELECT o.promise_id, o.milestone, o.team_id, o.ended_at, o.standing = 'kept' AS kept
    FROM promises_outcome o
    WHERE {ended} AND o.standing IN ('kept', 'broken') AND {where} ORDER BY o.ended_at DESC LIMIT {most}
), told AS MATERIALIZED (
    SELECT e.promise_id, e.milestone, e.team_id, e.ended_at, e.kept, n.step, n.way, min(n.at) AS at,
        min(n.acked_at) AS acked_at, bool_or(n.way = 'in_app') AS shown,
        bool_or(n.seen_at IS NOT NULL AND n.seen_at <= e.ended_at) AS seen
    FROM ended e JOIN alerts_notice n ON n.promise_id = e.promise_id
    WHERE n.reason IN ('warning', 'unacknowledged') AND n.at <= LEAST(e.ended_at, n.due_at)
    GROUP BY e.promise_id, e.milestone, e.team_id, e.ended_at, e.kept, n.step, n.way
), by_promise AS (
    SELECT {both}, milestone, team_id::text AS team FROM told GROUP BY promise_id, ended_at, kept, milestone, team_id
), by_step AS (SELECT {both}, step FROM told GROUP BY promise_id, ended_at, kept, step
), by_way AS (SELECT {both}, way FROM told GROUP BY promise_id, ended_at, kept, way)
{selects}
UNION ALL SELECT 'unwarned', '', count(*), count(*) FILTER (WHERE kept), 0, 0, 0, 0, NULL
FROM ended e WHERE NOT EXISTS (SELECT 1 FROM told t WHERE t.promise_id = e.promise_id)
"""
_BOTH = (
    "promise_id, ended_at, kept, min(at) AS at, min(acked_at) AS acked_at, bool_or(shown) AS shown, "
    "bool_or(seen) AS seen"
)
_SELECT = """
SELECT '{group}', {code}, count(*), count(*) FILTER (WHERE kept), count(acked_at), count(*) FILTER (WHERE shown),
    count(*) FILTER (WHERE seen), count(*) FILTER (WHERE kept AND shown AND NOT seen),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM GREATEST(LEAST(acked_at, ended_at) - at, '0')))
FROM {table}{grouped}
"""
_TABLES = {"step": "by_step", "team": "by_promise", "milestone": "by_promise", "way": "by_way"}


def effects(actor: Actor, period: Period, filters: Filters | None = None) -> Effects:
    """One statement over the promises that ended in the period. NotAllowed without `dashboard.view`."""
    require(actor, VERB)
    ended = sight.within("o.ended_at", period.start, period.end)
    where = sight.of_promises(actor, filters or Filters())
    rows = sight.fetch(_statement(ended.sql, where.sql), [*ended.params, *where.params])
    found: dict[str, list[Effect]] = {name: [] for name in (*GROUPS, "all")}
    unwarned = kpi.share(0, 0)
    for group, code, *counts in rows:
        if group == "unwarned":
            unwarned = kpi.share(counts[1], counts[0])
        else:
            found[group].append(_effect(code or "", *counts))
    groups = {name: tuple(sorted(found[name], key=_size)) for name in GROUPS}
    [total] = found["all"]
    return Effects(total, groups, unwarned, total.kept.n + unwarned.n >= MOST)


def _statement(ended: str, where: str) -> str:
    parts = [
        _SELECT.format(group=group, code=group, table=table, grouped=f" GROUP BY {group}")
        for group, table in _TABLES.items()
    ]
    parts.append(_SELECT.format(group="all", code="''", table="by_promise", grouped=""))
    return _SQL.format(ended=ended, where=where, most=MOST, both=_BOTH, selects="UNION ALL".join(parts))


def _effect(
    code: str, n: int, kept: int, acked: int, shown: int, seen: int, unread_kept: int, median: Any
) -> Effect:  # fmt: skip
    read = kpi.share(seen, shown) if shown else None
    unread = kpi.share(unread_kept, shown - seen)
    effectiveness, taken_up = kpi.warning_effectiveness(kept, n), kpi.share(acked, n)
    use = _use(effectiveness, read or taken_up, unread)
    return Effect(code, effectiveness, taken_up, read, None if median is None else float(median), unread, use)


def _use(kept: kpi.Share, noticed: kpi.Share, unread: kpi.Share) -> str:
    """What an interval leaves open is not held against a warning."""
    if kept.n < ENOUGH:
        return "few"
    if noticed.interval is not None and noticed.interval.high < IGNORED_BELOW:
        return "ignored"
    if unread.n >= ENOUGH and unread.interval is not None and unread.interval.low >= KEPT_FROM:
        return "anyway"
    return ""


def _size(effect: Effect) -> tuple[int, str]:
    return -effect.kept.n, effect.code


def useless(found: Sequence[Effect]) -> list[Effect]:
    """Those that nobody reads, or without which as many are kept."""
    return [effect for effect in found if effect.use in ("ignored", "anyway")]
