"""Which open promises would another version of a service time or standard move, as a page shows them?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yingnuo.desk.faces import milestone
from yingnuo.engine.calendar import Calendar as CompiledCalendar
from yingnuo.engine.policy import Policy
from yingnuo.kit import formats
from yingnuo.promises import moving, standards
from yingnuo.promises.models import CalendarVersion, Version
from yingnuo.promises.moving import Moves
from yingnuo.promises.scenario import Scenario
from yingnuo.promises.versions import standard_of
from yingnuo.tickets.models import OPEN_STATUSES, Ticket

MOST = 50
MOST_UNASKED = 2_000  # open tickets beyond which a page looks only when it is asked to
_ON_THEIR_WAY = ("draft", "proposed", "approved")


def of_calendar(code: str, compiled: CompiledCalendar, *, key: str, now: datetime) -> dict[str, Any]:
    """What would move under this calendar, stored as `key` or not yet; the first fifty of them."""
    found = moving.preview(Scenario(calendars={code: (key or f"{code}@new", compiled)}), now=now, listed=MOST)
    more = found.all.moved - len(found.rows)
    return {"found": found.all, "far": found, "rows": _rows(found), "more": more, "saved": bool(key)}


def of_policy(policy: Policy, *, now: datetime) -> dict[str, Any]:
    """What `_foreseen.html` shows of a dry run of a standard: sums by milestone, and the first moves."""
    moves = moving.preview(Scenario(policies={policy.code: policy}), now=now, listed=MOST)
    sums = [(milestone(code), tally) for code, tally in sorted(moves.by_milestone.items())]
    return {"moves": moves, "sums": sums, "rows": _rows(moves)}


def _rows(found: Moves) -> list[tuple[Any, str, str]]:
    return [(m, milestone(m.milestone), formats.duration(abs(m.by))) for m in found.rows]


def of_version(version: Version, *, asked: bool, now: datetime) -> dict[str, Any]:
    """What would move if a version on its way came in force, for its page; where much is open only when `asked`."""
    if version.state not in _ON_THEIR_WAY:
        return {}
    if not asked and Ticket.objects.filter(status__in=OPEN_STATUSES)[: MOST_UNASKED + 1].count() > MOST_UNASKED:
        return {"foresee_when_asked": True}
    if isinstance(version, CalendarVersion):
        compiled = standards.compile_calendar(version.spec)
        return {"moves": of_calendar(standard_of(version).code, compiled, key="", now=now)}
    return {"foreseen": of_policy(Policy.from_spec(version.spec, version.number), now=now)}
