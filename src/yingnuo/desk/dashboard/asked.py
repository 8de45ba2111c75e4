"""Which period and which filters does an address of the figures ask for, and how are they written into one?"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict

from yingnuo.desk.filters import number
from yingnuo.people.models import Tier
from yingnuo.promises.models import MilestoneCode
from yingnuo.scorecards import periods
from yingnuo.scorecards.periods import Period
from yingnuo.scorecards.sight import GROUPS, Filters
from yingnuo.tickets.models import Kind, Urgency, Via

_LISTED: dict[str, tuple[str, ...]] = {
    "milestone": tuple(MilestoneCode.values), "agreement": ("sla", "ola", "uc"), "urgency": tuple(Urgency.values),
    "via": tuple(Via.values), "kind": tuple(Kind.values), "tier": tuple(Tier.values), "excused": ("out",),
}  # fmt: skip
_FREE = ("region", "product_line")
_IDS = ("team", "agent")


@dataclass(frozen=True, slots=True)
class Asked:
    """A period, filters, the trait by which figures are split, and the page of a list (from 1)."""

    period: Period
    filters: Filters
    group_by: str
    page: int = 1

    def address(self, **changes: object) -> str:
        """The query string with changes (`period`, `since`, `until`, `by`, `page` or a filter); begins with "?"."""
        return "?" + urlencode([(k, v) for k, v in (self._said() | changes).items() if v])

    @property
    def days(self) -> list[tuple[str, object]]:
        """What a form about anything else must keep of the period."""
        return [(k, v) for k, v in self._said().items() if k in ("period", "since", "until")]

    @property
    def kept(self) -> list[tuple[str, object]]:
        """What a form about the days must keep of all else."""
        return [(k, v) for k, v in self._said().items() if v and k not in ("period", "since", "until")]

    def _said(self) -> dict[str, object]:
        p = self.period
        days = {"since": p.first_day, "until": p.last_day} if p.code == "custom" else {"period": p.code}
        chosen = {f.name: getattr(self.filters, f.name) for f in fields(self.filters)}
        return days | {"by": self.group_by if self.group_by != "team" else ""} | chosen

    def narrowed_to(self, trait: str, code: str) -> Asked:
        """The same with one trait fixed."""
        value = number(code) if trait in _IDS else code
        return replace(self, filters=replace(self.filters, **{trait: value}))  # type: ignore[arg-type]


def read(query: QueryDict, *, zone: ZoneInfo, now: datetime) -> Asked:
    """What an address asks for. What makes no sense in it is left out, as if it had not been said."""
    values: dict[str, Any] = {n: query[n] for n, allowed in _LISTED.items() if query.get(n, "") in allowed}
    values |= {name: query.get(name, "").strip()[:40] for name in _FREE}
    values |= {name: number(query.get(name, "")) for name in _IDS}
    by = query.get("by", "")
    page = number(query.get("page", "")) or 1
    return Asked(_period(query, zone, now), Filters(**values), by if by in GROUPS else "team", min(page, 1_000))


def _period(query: QueryDict, zone: ZoneInfo, now: datetime) -> Period:
    since, until = _day(query.get("since", "")), _day(query.get("until", ""))
    if since or until:
        return periods.between(since or until or now.date(), until or now.astimezone(zone).date(), zone=zone, now=now)
    return periods.recent(query.get("period", ""), zone=zone, now=now)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2199 else None
