"""Which link of the chain used the time of the customers' broken promises: which team, supplier, dealer, how often?

Computed from the ledger when it is asked for, so it is bounded: the MOST breaches that came last are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from yingnuo.engine import kpi
from yingnuo.people.roles import Actor, require
from yingnuo.promises import links as chains
from yingnuo.promises.links import Link
from yingnuo.promises.models import Promise
from yingnuo.scorecards import facts
from yingnuo.scorecards.periods import Period
from yingnuo.scorecards.queries import VERB
from yingnuo.scorecards.sight import Filters

MOST = 2_000
_AT_ONCE = 500  # promises whose chains are computed together


@dataclass(frozen=True, slots=True)
class Blamed:
    """One team (None: nobody held it) with the breaches whose time it used; `used` and `over` are seconds in sum.

    `share` is of all breaches looked at; `over_budget` counts those in which it exceeded its own budget.
    """

    team: int | None
    share: kpi.Share
    used: int
    over_budget: int
    over: int


@dataclass(frozen=True, slots=True)
class ByLink:
    """The teams, the most often named first; `more`: there were more breaches than were looked at."""

    lines: tuple[Blamed, ...]
    n: int
    more: bool


def by_link(actor: Actor, period: Period, filters: Filters, *, now: datetime) -> ByLink:
    """The breaches of a period within the reader's sight by the link that used their time.

    Of promises to customers unless another agreement is asked for. With `excused` "out" those are left out for which
    an excuse was granted. NotAllowed without `dashboard.view`.
    """
    require(actor, VERB)
    rows = Promise.objects.filter(facts.within_sight(actor, filters), broken_at__gte=period.start)
    rows = rows.filter(broken_at__lt=period.end)
    if not filters.agreement:
        rows = rows.filter(terms__spec__agreement="sla")
    if filters.excused == "out":
        rows = rows.exclude(breach__excuse="granted")
    found = list(rows.order_by("-broken_at", "-id")[: MOST + 1])
    named = list(_culprits(found[:MOST], now))
    return ByLink(_lines(named), len(named), len(found) > MOST)


def _culprits(found: list[Promise], now: datetime) -> Iterable[Link]:
    for place in range(0, len(found), _AT_ONCE):
        some = found[place : place + _AT_ONCE]
        known = chains.chains(some, now=now)
        yield from (link for p in some if (link := known[p.pk].culprit) is not None)


def _lines(named: list[Link]) -> tuple[Blamed, ...]:
    teams: dict[int | None, list[Link]] = {}
    for link in named:
        teams.setdefault(link.team, []).append(link)
    lines = [
        Blamed(
            team, kpi.share(len(own), len(named)), sum(link.used for link in own), sum(link.over > 0 for link in own),
            sum(link.over for link in own),
        )
        for team, own in teams.items()
    ]  # fmt: skip
    return tuple(sorted(lines, key=lambda line: (-line.share.hits, -line.used, line.team or 0)))
