"""What is offered while somebody types into the line of search: operators, their values, recent searches, best hits?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yingnuo.desk import found
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.engine import asking
from yingnuo.people import finding as people
from yingnuo.people import searched
from yingnuo.tickets import hits, lists, vocabulary

RECENT, OPERATORS, VALUES, TICKETS, OTHERS = 5, 4, 8, 4, 3


@dataclass(frozen=True, slots=True)
class Offer:
    """One line of the list: `fill` is what the field then holds, `href` where it leads; one of the two.

    `go`: the search is made at once. `icon` is of the kit's sprite.
    """

    text: object
    note: str = ""
    fill: str = ""
    href: str = ""
    icon: str = "search"
    go: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of one kind under their heading."""

    title: str
    offers: list[Offer]


@require_safe
@signed_in
def suggest(request: DeskRequest) -> HttpResponse:
    """The list under the field, a part of a page; empty when there is nothing to offer."""
    text = request.GET.get("q", "")[: asking.LONGEST]
    groups = [
        Group(_("Your recent searches"), _recent(request, text)), Group(_("Narrow by"), _narrowing(request, text)),
        *_best(request, text),
    ]  # fmt: skip
    numbered = [group for group in groups if group.offers]
    return render(request, "desk/_suggest.html", {"groups": numbered})


def _recent(request: DeskRequest, text: str) -> list[Offer]:
    said = text.strip()
    rows = [row for row in searched.of(request.actor, like=said) if row != said]
    return [Offer(row, fill=row, icon="history", go=True) for row in rows[:RECENT]]


def _narrowing(request: DeskRequest, text: str) -> list[Offer]:
    """Values where an operator is being written, else operators that begin with what is being written."""
    last = asking.ending(text)
    start, bare = text[: len(text) - len(last)], last.removeprefix("-")
    minus = last[: len(last) - len(bare)]
    name, colon, begun = bare.replace("：", ":").partition(":")
    if colon:
        code = asking.operator(name)
        values = _values(request, code, begun.strip('"'))[:VALUES]
        return [_value(start, f"{minus}{name}:", value, note) for value, note in values]
    shown = _operators(bare) if bare or not text.strip() else []
    return [Offer(f"{minus}{n}:", note, f"{start}{minus}{n}:", icon="filter") for n, note in shown[:OPERATORS]]


def _value(start: str, head: str, value: str, note: str) -> Offer:
    written = f'"{value}"' if " " in value else value
    return Offer(f"{head}{written}", note, f"{start}{head}{written} ", icon="filter")


def _operators(begun: str) -> list[tuple[str, str]]:
    """By the name that fits what was typed, else by the one in the reader's language."""
    place = {"zh-hans": 1, "zh-hant": 2}.get(get_language() or "", 0)
    said = asking.folded(begun)
    offered = []
    for code, names in asking.OPERATORS.items():
        fitting = [name for name in (names[place], *names) if name.startswith(said)]
        if fitting:
            offered.append((fitting[0], _meanings()[code]))
    return offered


def _meanings() -> dict[str, str]:
    return {
        "from": _("customer"), "agent": _("agent"), "team": _("team"), "tag": _("tag"), "status": _("status"),
        "kind": _("kind of ticket"), "urgency": _("urgency"), "via": _("channel"), "before": _("before a day"),
        "after": _("from a day on"), "on": _("on a day"), "has": _("what it has"), "serial": _("serial number"),
        "phone": _("phone number"),
        "linked": _("linked to a ticket"), "is": _("how it stands"),
    }  # fmt: skip


def _values(request: DeskRequest, code: str, begun: str) -> list[tuple[str, str]]:
    """Values of an operator that fit what is written of them, each with a word about it."""
    names = request.names
    if code in vocabulary.CHOICES:
        words = ((vocabulary.shown(code, value), value) for value in vocabulary.CHOICES[code].values)
        return _fitting(words, begun)
    if code in asking.FLAGS:
        place = {"zh-hans": 1, "zh-hant": 2}.get(get_language() or "", 0)
        return _fitting(((names_[place], flag) for flag, names_ in asking.FLAGS[code].items()), begun)
    if code == "agent":
        return [("me", request.actor.name)] * (not begun) + _named(names.staff.items(), begun)
    if code == "team":
        return _named(((group.id, group.name) for group in names.groups), begun)
    if code in asking.DATES:
        return _fitting((("7d", _("a week ago")), ("30d", _("a month ago")), (_("today"), "today")), begun)
    return []


def _fitting(pairs: Iterable[tuple[str, str]], begun: str) -> list[tuple[str, str]]:
    said = asking.folded(begun)
    return [(word, note) for word, note in pairs if said in asking.folded(word) or asking.folded(note).startswith(said)]


def _named(pairs: Iterable[tuple[int, str]], begun: str) -> list[tuple[str, str]]:
    known = dict(pairs)
    ids = people.staff(begun, known.items()) if begun else list(known)
    return sorted((known[pk], "") for pk in ids)


def _best(request: DeskRequest, text: str) -> list[Group]:
    """A few things the line leads to by itself."""
    if len(text.strip()) < 2:
        return []
    q = hits.question(request.actor, text, now=request.now)
    needles = q.words.needles
    tickets = [
        Offer(found.marked(t.subject, needles), f"YN-{t.id}", href=reverse("desk:ticket", args=[t.id]), icon="ticket")
        for t in lists.by_ids(hits.tickets(q, most=TICKETS))
    ]
    customers = [
        Offer(str(c), c.company.name if c.company else c.email, href=reverse("desk:customer", args=[c.pk]), icon="user")
        for c in found.customers(request, q)[:OTHERS]
    ]
    devices = [
        Offer(str(d), d.serial, href=reverse("desk:device", args=[d.pk]), icon="devices")
        for d in found.devices(request, q)[:OTHERS]
    ]
    return [Group(_("Tickets"), tickets), Group(_("Customers"), customers), Group(_("Devices"), devices)]
