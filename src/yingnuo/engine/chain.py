"""Who used the time of one customer promise, and which link of the chain is to be named for a breach?

Time is working time of the promise's calendar, without its pauses, so that the parts of all holders add up to what the
promise used. Each second has one holder: where stretches overlap, the one handed over last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from yingnuo.engine.calendar import Calendar

#: Holder of the time in which nobody held the ticket.
NOBODY = ""


@dataclass(frozen=True, slots=True)
class Culprit:
    """The link to be named: `used` working seconds, `over` of them beyond its own budget (0 without a budget)."""

    holder: str
    used: int
    over: int


def attribute(
    stretches: Sequence[tuple[str, int, int]],
    start: int,
    end: int,
    pauses: Sequence[tuple[int, int]],
    calendar: Calendar,
) -> dict[str, int]:
    """Working seconds of [start, end) by holder, `NOBODY` included where it is not 0; in order of first holding.

    `stretches` are (holder, from, to) in epoch seconds, closed-open, in any order; parts outside [start, end) do not
    count. The values add up to `calendar.elapsed(start, end, pauses)`.
    """
    cuts = sorted({start, end, *(t for _, a, b in stretches for t in (a, b) if start < t < end)})
    handed = sorted(stretches, key=lambda stretch: (stretch[1], stretch[2], stretch[0]))
    used: dict[str, int] = {}
    for a, b in pairwise(cuts):
        holder = next((who for who, begins, ends in reversed(handed) if begins <= a < ends), NOBODY)
        used[holder] = used.get(holder, 0) + calendar.elapsed(a, b, pauses)
    return {holder: seconds for holder, seconds in used.items() if seconds or holder != NOBODY}


def culprit(
    used: Mapping[str, int], budgets: Mapping[str, int] | None = None, spent: Mapping[str, int] | None = None
) -> Culprit | None:
    """The link that used the time: the most beyond its own budget (the OLA or UC target), else the most at all.

    Without budgets it is the longest holder. Ties go to the holder who comes first in `used`. None when nobody used
    anything. `spent` is what each has used of its budget by the budget's own clock, which may keep other hours than
    the promise's; where it says nothing, `used` counts.
    """
    known, own = budgets or {}, spent or {}
    links = [Culprit(who, seconds, _over(own.get(who, seconds), known.get(who))) for who, seconds in used.items()]
    worst = max(links, key=lambda link: (link.over, link.used), default=None)
    return worst if worst is not None and worst.used > 0 else None


def _over(seconds: int, budget: int | None) -> int:
    return 0 if budget is None else max(0, seconds - budget)
