"""Where is it? One line of words and operators, over tickets, messages, customers, companies and devices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk import found
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import number
from yingnuo.desk.found import MOST_PAGES, SIZE
from yingnuo.desk.rows import MOST_COUNTED, Choice
from yingnuo.engine import asking
from yingnuo.kit import pages
from yingnuo.people import searched
from yingnuo.tickets import hits, queries
from yingnuo.tickets.hits import Question

ORDERS = {"newest": gettext_lazy("Newest first"), "best": gettext_lazy("Best first")}
_TABS = {
    "tickets": gettext_lazy("Tickets"), "messages": gettext_lazy("Messages"), "customers": gettext_lazy("Customers"),
    "companies": gettext_lazy("Companies"), "devices": gettext_lazy("Devices"),
}  # fmt: skip
_NARROWER = (
    ("is:open", gettext_lazy("Open only")), ("is:mine", gettext_lazy("Mine")),
    ("is:overdue", gettext_lazy("Overdue")), ("has:file", gettext_lazy("With a file")),
    ("after:30d", gettext_lazy("Last 30 days")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """What the address asks for."""

    text: str
    tab: str
    order: str
    page: int

    def address(self, **changes: object) -> str:
        """The query string with changes, page 1 unless said otherwise."""
        kept = {"q": self.text, "tab": self.tab, "order": self.order} | changes
        plain = {"order": "newest", "page": 1}
        return "?" + urlencode({k: v for k, v in kept.items() if v not in ("", None) and plain.get(k) != v})


def _line(request: DeskRequest) -> Line:
    said = request.GET
    tab, order = said.get("tab", ""), said.get("order", "")
    page = min(max(1, number(said.get("page", "")) or 1), MOST_PAGES)
    text = said.get("q", "").strip()
    return Line(text[: asking.LONGEST + 1], tab if tab in _TABS else "", order if order in ORDERS else "newest", page)


@require_safe
@signed_in
def search(request: DeskRequest) -> HttpResponse:
    """Everything in the reader's sight that the line fits; a ticket's number in full leads straight to it."""
    line = _line(request)
    if (pk := _number(line.text)) and queries.visible_to(request.actor).filter(pk=pk).exists():
        return redirect("desk:ticket", pk)
    if not line.text:
        recent = searched.of(request.actor)
        return pages.show(request, "desk/search.html", {"line": line, "recent": recent, "help": _help()})
    q = hits.question(request.actor, line.text, now=request.now)
    if not request.headers.get("HX-Request"):
        searched.keep(request.actor, text=line.text, now=request.now)
    context = _shown(request, line, q)
    return pages.show(request, "desk/search.html", context, parts={"found": "desk/_found.html"})


def _number(text: str) -> int | None:
    head, digits = text[:3].lower(), text[3:]
    return number(digits) if head == "yn-" else None


Counts = dict[str, Sequence[Any]]


def _shown(request: DeskRequest, line: Line, q: Question) -> dict[str, Any]:
    everything = _everything(request, line, q)
    tab = line.tab or next((name for name, rows in everything.items() if rows), "tickets")
    here = Line(line.text, tab, line.order, line.page)
    start = (here.page - 1) * SIZE
    chosen = everything[tab][start : start + SIZE]
    more = len(everything[tab]) > start + SIZE and here.page < MOST_PAGES
    return {
        "line": here, "search_line": here.text, "tab": tab, "rows": _ROWS[tab](request, q, chosen), "more": more,
        "now": request.now,
        "tabs": [_tab(here, name, rows) for name, rows in everything.items()], "cut": q.asked.cut,
        "orders": [Choice(word, here.address(order=code), code == here.order) for code, word in ORDERS.items()],
        "narrower": _narrower(here), "unread": q.asked.unread, "previous": here.address(page=here.page - 1),
        "following": here.address(page=here.page + 1), "nothing": not any(everything.values()), "help": _help(),
        "without": _without(here, q), "at_end": here.page == MOST_PAGES and not more and len(chosen) == SIZE,
    }  # fmt: skip


def _everything(request: DeskRequest, line: Line, q: Question) -> Counts:
    """What was found, by tab: ids of tickets and messages, rows of the others; no more than page and counts need."""
    page, least = line.page * SIZE + 1, MOST_COUNTED
    most = {name: max(page, least) if name == (line.tab or "tickets") else least for name in _TABS}
    order = {name: line.order if name == (line.tab or "tickets") else "newest" for name in _TABS}
    everything: Counts = {
        "tickets": hits.tickets(q, most=most["tickets"], order=order["tickets"]),
        "messages": hits.messages(q, most=most["messages"], order=order["messages"]),
    }
    if request.actor.may("customer.view"):
        everything["customers"] = list(found.customers(request, q)[: most["customers"]])
        everything["companies"] = list(found.companies(request, q)[: most["companies"]])
    if request.actor.may("device.view"):
        everything["devices"] = list(found.devices(request, q)[: most["devices"]])
    return everything


def _plain(_request: DeskRequest, _q: Question, chosen: Sequence[Any]) -> Sequence[Any]:
    return chosen


_ROWS: Mapping[str, Callable[[DeskRequest, Question, Sequence[Any]], Sequence[Any]]] = {
    "tickets": found.ticket_hits, "messages": found.message_hits, "companies": _plain, "devices": _plain,
    "customers": lambda _request, _q, chosen: found.people_rows(chosen),
}  # fmt: skip


def _tab(line: Line, name: str, rows: Sequence[Any]) -> Choice:
    order = line.order if name in ("tickets", "messages") else ""
    return Choice(_TABS[name], line.address(tab=name, order=order), name == line.tab, found.counted(len(rows)))


def _narrower(line: Line) -> list[Choice]:
    """Operators to add to the line by a click, or to take away where they stand in it."""
    parts = line.text.split()
    shown = []
    for operator, word in _NARROWER:
        on = operator in parts
        text = " ".join(p for p in parts if p != operator) if on else f"{line.text} {operator}"
        shown.append(Choice(word, line.address(q=text), on))
    return shown


def _without(line: Line, q: Question) -> str:
    """Where the same words lead without operators, when there are both; ""."""
    words = " ".join((q.asked.words, *(f'"{said}"' for said in q.asked.phrases))).strip()
    return line.address(q=words) if words and (q.asked.terms or q.asked.without) else ""


def _help() -> list[tuple[str, str]]:
    """What can be asked for, by example."""
    return [
        (_("from:chen"), _("of this customer: name, pinyin, mail address or company")),
        (_("agent:me"), _("held by this agent")),
        (_("status:waiting"), _("in this status; several with a comma")),
        (_("tag:refund"), _("with this tag")),
        (_("after:2026-03-01"), _("from this day on; before: and on: too, also 7d or 2026-03")),
        (_("has:file"), _("with an attachment")),
        (_("linked:YN-42"), _("that have to do with this ticket; is:parent and is:child too")),
        (_("serial:SN-0042"), _("of the device with this serial number")),
        ('"E3 E4"', _("these very words, one after the other")),
        (_("-refund"), _("without this word; a minus turns operators round too")),
    ]


@require_POST
@signed_in
def forget(request: DeskRequest) -> HttpResponse:
    """The reader's recent searches are forgotten."""
    searched.forget(request.actor)
    return redirect("desk:search")
