"""Which tickets does an address of the queue ask for, and how is a filter written into an address?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict

from yingnuo.people.models import Tier
from yingnuo.people.roles import Actor
from yingnuo.tickets.models import Kind, Urgency, Via
from yingnuo.tickets.queries import Filter

SCOPES = ("mine", "unassigned", "all")
STATES = ("open", "at_risk", "overdue", "waiting", "resolved", "closed", "any")
ORDERS = ("due", "risk", "newest", "oldest", "updated")
_LISTED: Mapping[str, tuple[str, ...]] = {
    "scope": SCOPES, "state": STATES, "order": ORDERS, "kind": tuple(Kind.values), "urgency": tuple(Urgency.values),
    "via": tuple(Via.values), "tier": tuple(Tier.values),
}  # fmt: skip
_FREE = {"region": 40, "product_line": 40, "tag": 40}
_IDS = ("team", "agent", "contact")
MOST_PAGES = 200  # nobody leafs further; a deeper page would make the database walk


@dataclass(frozen=True, slots=True)
class View:
    """A filter and the page of it that is shown (from 1)."""

    filter: Filter
    page: int
    home: str  # the scope that needs no word in the address

    def address(self, **changes: str | int | None) -> str:
        """The query string of this filter with changes, page 1 unless said otherwise; always begins with "?"."""
        page = changes.pop("page", None)
        changed = replace(self.filter, **changes)  # type: ignore[arg-type]
        pairs = [(key, value) for key, value in _pairs(changed, self.home) if value]
        return "?" + urlencode([*pairs, *([("page", page)] if page and page != 1 else [])])

    @property
    def here(self) -> str:
        """The query string of this very page."""
        return self.address(page=self.page)

    @property
    def narrowed(self) -> int:
        """How many filters beside scope and state are set."""
        f = self.filter
        named = (f.team, f.agent, f.kind, f.urgency, f.via, f.tier, f.region, f.product_line, f.tag, f.contact)
        return sum(bool(value) for value in named)


def _pairs(f: Filter, home: str) -> list[tuple[str, str | int | None]]:
    plain = [(name, getattr(f, name)) for name in (*_IDS, "kind", "urgency", "via", "tier", *_FREE)]
    return [
        ("scope", f.scope if f.scope != home else ""), ("state", f.state if f.state != "open" else ""), *plain,
        ("q", f.words), ("order", f.order if f.order != "due" else ""),
    ]  # fmt: skip


def read(query: QueryDict, actor: Actor) -> View:
    """The view an address asks for. What makes no sense in it is left out, as if it had not been said."""
    home = "all" if actor.may("dashboard.view") else "mine"
    values: dict[str, str | int | None] = {"scope": home}
    for name, allowed in _LISTED.items():
        if (value := query.get(name, "")) in allowed:
            values[name] = value
    values |= {name: query.get(name, "").strip()[:length] for name, length in _FREE.items()}
    values |= {name: number(query.get(name, "")) for name in _IDS}
    values["words"] = query.get("q", "").strip()[:200]
    page = number(query.get("page", "")) or 1
    return View(Filter(**values), min(max(1, page), MOST_PAGES), home)  # type: ignore[arg-type]


def number(text: str) -> int | None:
    """A whole number that fits the database's keys; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
