"""When does somebody act? Measured by the promise itself: a share of its budget, in the hours of its calendar."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from yingnuo.kit import instants
from yingnuo.promises.happenings import ANSWERS
from yingnuo.promises.models import MilestoneCode, Promise
from yingnuo.promises.standards import calendar, terms_of

ZONE = ZoneInfo("Asia/Shanghai")
SOONEST = timedelta(seconds=40)
_NO_PROMISE = timedelta(hours=3)
_DAY_BEGINS, _DAY_ENDS = 8, 22


def pace(chance: Random) -> float:
    """Share of a budget that somebody uses: mostly little, sometimes enough to be warned, at times too much."""
    roll = chance.random()
    if roll < 0.70:
        return chance.uniform(0.06, 0.47)
    return chance.uniform(0.5, 0.94) if roll < 0.91 else chance.uniform(1.03, 2.1)


def answer_at(ticket: int, share: float, *, now: datetime) -> datetime:
    """When an answer comes that uses this share of the promise it meets; 40 seconds from now at the soonest."""
    return _share_of(ticket, ANSWERS, share, now)


def handoff_at(ticket: int, share: float, *, now: datetime) -> datetime:
    """When a hand-over comes that uses this share of what was promised for it."""
    return _share_of(ticket, (MilestoneCode.HANDOFF,), share, now)


def _share_of(ticket: int, milestones: tuple[MilestoneCode, ...], share: float, now: datetime) -> datetime:
    rows = Promise.objects.filter(ticket=ticket, milestone__in=milestones, ended_at=None, due_at__isnull=False)
    first = rows.order_by("due_at").first()
    if first is None:
        return now + _NO_PROMISE * min(share, 1.0) + SOONEST
    terms = terms_of(first.terms_id)
    start, working = instants.seconds(first.started_at), calendar(terms.calendar)
    at = working.due(start, int(share * terms.target_from(start, working)))
    return max(instants.instant(at), now + SOONEST)


def by_day(at: datetime, chance: Random) -> datetime:
    """The moment itself, or the next morning where people sleep."""
    here = at.astimezone(ZONE)
    if _DAY_BEGINS <= here.hour < _DAY_ENDS:
        return at
    morning = here.replace(hour=_DAY_BEGINS, minute=0, second=0, microsecond=0)
    if here.hour >= _DAY_ENDS:
        morning += timedelta(days=1)
    return (morning + timedelta(minutes=chance.uniform(5, 150))).astimezone(at.tzinfo)


def tags(via: str, now: datetime) -> tuple[str, ...]:
    """Calls at night are marked, for the night desk takes them."""
    hour = now.astimezone(ZONE).hour
    return ("夜间",) if via == "phone" and not _DAY_BEGINS <= hour < 21 else ()
