"""Which tickets does an address of the queue ask for, and how is a filter written into an address?

A saved list (`view=7`) is the ground: what the address says beside it replaces what the list says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict

from yingnuo.desk import choices
from yingnuo.people.models import Tier
from yingnuo.people.roles import Actor
from yingnuo.tickets import asking
from yingnuo.tickets.asking import Clause
from yingnuo.tickets.models import Kind, Urgency, Via
from yingnuo.tickets.queries import Filter
from yingnuo.worklists import queries as worklists
from yingnuo.worklists.queries import Tab

SCOPES = ("mine", "unassigned", "all")
STATES = ("open", "at_risk", "overdue", "waiting", "resolved", "closed", "any")
BOUNDED = ("open", "at_risk", "overdue", "waiting")  # partial indexes hold what is open, and nothing else
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
    """A filter and the page of it that is shown (from 1).

    `saved` is the list it begins with, `ground` what that list asks, `lost` what of it cannot be asked any more.
    """

    filter: Filter
    page: int
    home: str  # the scope that needs no word in the address
    saved: Tab | None = None
    ground: Filter | None = None
    lost: tuple[Clause, ...] = ()

    @property
    def base(self) -> Filter:
        """What needs no word in the address."""
        return self.ground or Filter(scope=self.home)

    def address(self, **changes: str | int | None) -> str:
        """The query string of this filter with changes, page 1 unless said otherwise; always begins with "?"."""
        page = changes.pop("page", None)
        changed = replace(self.filter, **changes)  # type: ignore[arg-type]
        head: list[tuple[str, object]] = [("view", self.saved.id)] if self.saved else []
        head += [(key, value or "") for key, value in _differing(changed, self.base)]
        return "?" + urlencode([*head, *([("page", page)] if page and page != 1 else [])])

    @property
    def here(self) -> str:
        """The query string of this very page."""
        return self.address(page=self.page)

    @property
    def changed(self) -> bool:
        """Whether the address asks for something else than the saved list."""
        return any(True for _pair in _differing(self.filter, self.base))

    @property
    def narrowed(self) -> int:
        """How many filters beside scope and state are set."""
        f = self.filter
        named = (f.team, f.agent, f.kind, f.urgency, f.via, f.tier, f.region, f.product_line, f.tag, f.contact)
        return sum(bool(value) for value in named)


def _differing(f: Filter, base: Filter) -> list[tuple[str, str | int | None]]:
    names = ("scope", "state", *_IDS, "kind", "urgency", "via", "tier", *_FREE, "words", "order")
    pairs = [("q" if name == "words" else name, getattr(f, name), getattr(base, name)) for name in names]
    return [(name, value) for name, value, usual in pairs if (value or "") != (usual or "")]


def filter_of(saved: Tab) -> Filter:
    """What a saved list asks for, as far as it can be asked today."""
    can, _lost = asking.parted(asking.read(saved.asked), choices.kept().fields)
    return Filter(scope=saved.scope, state=saved.state, order=saved.order, asked=can)


def read(query: QueryDict, actor: Actor) -> View:
    """The view an address asks for. What makes no sense in it is left out, as if it had not been said."""
    home = "all" if actor.may("dashboard.view") else "mine"
    named = number(query.get("view", ""))
    saved = worklists.named(actor, named) if named else None
    ground = filter_of(saved) if saved else Filter(scope=home)
    values: dict[str, str | int | None] = {}
    for name, allowed in _LISTED.items():
        value = query.get(name)
        if value in allowed or (value == "" and name not in ("scope", "state", "order")):
            values[name] = value
    values |= {name: query.get(name, "").strip()[:length] for name, length in _FREE.items() if name in query}
    values |= {name: number(query.get(name, "")) for name in _IDS if name in query}
    values |= {"words": query.get("q", "").strip()[:200]} if "q" in query else {}
    page = min(max(1, number(query.get("page", "")) or 1), MOST_PAGES)
    lost = asking.parted(asking.read(saved.asked), choices.kept().fields)[1] if saved else ()
    return View(replace(ground, **values), page, home, saved, ground, lost)  # type: ignore[arg-type]


def number(text: str) -> int | None:
    """A whole number that fits the database's keys; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
