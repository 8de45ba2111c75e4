"""Which saved lists stand at the head of the queue, how many tickets has each, and how does the list below look?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yingnuo.desk import list_words
from yingnuo.desk.access import DeskRequest
from yingnuo.desk.filters import BOUNDED, View, filter_of
from yingnuo.desk.rows import Page
from yingnuo.desk.table_words import COLUMNS, GROUPS
from yingnuo.journey.many import MOST
from yingnuo.people.roles import Actor
from yingnuo.tickets import lists
from yingnuo.tickets.queries import Filter
from yingnuo.worklists import looks, queries, services
from yingnuo.worklists.looks import Look
from yingnuo.worklists.queries import Tab

MOST_COUNTED = 1_000  # a tab says "999+"
PATIENCE = 400  # milliseconds for all counts together


@dataclass(frozen=True, slots=True)
class Head:
    """One saved list as a tab; `count` "" is not counted, and `why` says why not."""

    id: int
    name: str
    href: str
    active: bool
    shared: bool
    start: bool
    count: str = ""
    why: str = ""


def look_of(actor: Actor, view: View) -> Look:
    """As the reader wanted this list last, else as it was saved."""
    if view.saved is None:
        return looks.read(queries.plain_look(actor))
    return looks.read(view.saved.own_look or view.saved.look)


def plain(view: View) -> str:
    """Where all search words and filters are gone."""
    return reverse("desk:queue") + (f"?view={view.saved.id}" if view.saved else "")


def around(request: DeskRequest, view: View, look: Look, page: Page) -> dict[str, Any]:
    """What the queue's page says around its list: tabs, the condition in words, the look and what may be chosen."""
    saved, names = view.saved, request.names
    return {
        "look": look, "heads": heads(queries.seen_by(request.actor), view), "whole": not saved,
        "asks": list_words.sentence(view.filter.asked, names) if view.filter.asked else "",
        "lost": [list_words.test(t, names) for t in view.lost],
        "walks": bool(view.filter.asked) and view.filter.state not in BOUNDED,
        "may_change": bool(saved and services.may_change(request.actor, saved)),
        "every": _every(request, view) if page.more else None,
        "look_groups": GROUPS.items(), "look_columns": COLUMNS.items(), "groupable": view.filter.state in BOUNDED,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Every:
    """How many tickets "all of this list" are: `n`, and whether it has more than can be worked on at once."""

    n: int
    cut: bool


def _every(request: DeskRequest, view: View) -> Every:
    found = lists.counts(request.actor, [view.filter], now=request.now, most=MOST + 1)[view.filter]
    return Every(min(found, MOST), found > MOST)


def heads(tabs: list[Tab], view: View) -> list[Head]:
    """The tabs without counts: those come by themselves, so that the page waits for none."""
    return [_head(tab, view.saved.id if view.saved else 0) for tab in tabs]


def _head(tab: Tab, current: int, count: str = "", why: str = "") -> Head:
    address = f"{reverse('desk:queue')}?view={tab.id}"
    return Head(tab.id, tab.name, address, tab.id == current, tab.shared, tab.start, count, why)


def counted(request: DeskRequest, current: int) -> list[Head]:
    """The tabs with their counts, all counted in one statement; what no index bounds is not counted."""
    tabs = queries.seen_by(request.actor)
    asked = {tab.id: filter_of(tab) for tab in tabs}
    bounded = list(dict.fromkeys(f for f in asked.values() if f.state in BOUNDED))
    found = lists.counts_within(
        request.actor, bounded, now=request.now, most=MOST_COUNTED, milliseconds=PATIENCE
    )  # fmt: skip
    return [_head(tab, current, *_shown(asked[tab.id], found)) for tab in tabs]


def _shown(f: Filter, found: dict[Filter, int]) -> tuple[str, str]:
    if f.state not in BOUNDED:
        return "", _("Not counted: no index holds tickets that are not open.")
    if f not in found:
        return "", _("Not counted: it would take too long.")
    return (str(found[f]) if found[f] < MOST_COUNTED else f"{MOST_COUNTED - 1}+"), ""
