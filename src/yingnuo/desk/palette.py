"""What does the command palette offer its reader, and what does it find while he types?

The deeds of the open ticket are not listed here: the palette takes them from the buttons that stand on the page, so
that what may not be done is not offered. Whatever a command leads to checks its reader again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from yingnuo.desk import customers, rail, rows
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import number
from yingnuo.desk.settings.frame import GROUPS
from yingnuo.kit.looks import RailItem
from yingnuo.people.models import Contact, Presence
from yingnuo.tickets import queries
from yingnuo.tickets.models import Ticket
from yingnuo.tickets.queries import Filter

FOUND, RECENT = 6, 8


@dataclass(frozen=True, slots=True)
class Command:
    """One line. It leads to `href`, or presses what the selector `press` finds on the page; `also` is its English."""

    key: str
    word: str | Promise
    group: str | Promise
    icon: str
    href: str = ""
    press: str = ""
    note: str = ""
    keys: str = ""
    also: str = ""


_GO, _DO, _TICKET, _CUSTOMER = _("Go to"), _("Do"), _("Ticket"), _("Customer")
_PLACES: tuple[tuple[str | Promise, str, str, str, str], ...] = (
    (_("New ticket"), "/tickets/new", "plus", "c", "ticket.create"),
    (_("Unassigned tickets"), "/tickets/?scope=unassigned", "inbox", "", "ticket.view"),
    (_("Overdue tickets"), "/tickets/?scope=all&state=overdue", "alarm", "", "ticket.view"),
    (_("Tickets at risk"), "/tickets/?scope=all&state=at_risk", "clock-exclamation", "", "ticket.view"),
    (_("Tickets likeliest to break first"), "/tickets/?scope=all&order=risk", "flame", "", "ticket.view"),
    (_("Search"), "/search", "search", "", ""),
    (_("Notices"), "/notices/", "bell", "g n", ""),
    (_("My notices"), "/notices/mine", "bell-ringing", "", ""),
    (_("My preferences"), "/me/", "adjustments", "", ""),
)
_PRESSED: tuple[tuple[str | Promise, str, str], ...] = (
    (_("Theme: as the system"), "[data-theme-form] [value=auto]", "device-desktop"),
    (_("Theme: light"), "[data-theme-form] [value=light]", "sun"),
    (_("Theme: dark"), "[data-theme-form] [value=dark]", "moon"),
    ("简体中文", ".yn-language [value=zh-hans]", "language"),
    ("繁體中文", ".yn-language [value=zh-hant]", "language"),
    ("English", ".yn-language [value=en]", "language"),
    (_("Keyboard"), "[data-dialog=yn-keys]", "keyboard"),
    (_("Sign out"), "form[action='/logout/'] button", "logout"),
)


@require_safe
@signed_in
def commands(request: DeskRequest) -> HttpResponse:
    """Everything that can be gone to or done from any page; first what the reader had open lately (`recent`)."""
    doors = [Command(item.href, item.word, _GO, item.icon, item.href, keys=item.hotkey) for item in _doors(request)]
    listed = [*_recent(request), *_in_english([*doors, *_places(request), *_settings(request), *_pressed()])]
    return render(request, "desk/_palette_items.html", {"items": listed})


@require_safe
@signed_in
def find(request: DeskRequest) -> HttpResponse:
    """Tickets and customers that the words fit, within the reader's sight."""
    words = request.GET.get("q", "").strip()[:200]
    found = [*_tickets(request, words), *_people(request, words)] if words else []
    return render(request, "desk/_palette_items.html", {"items": found})


def _doors(request: DeskRequest) -> list[RailItem]:
    doors: list[RailItem] = rail.rail(request).get("rail_items", [])
    return doors


def _places(request: DeskRequest) -> Iterator[Command]:
    for word, href, icon, keys, verb in _PLACES:
        if not verb or request.actor.may(verb):
            yield Command(href, word, _GO, icon, href, keys=keys)


def _settings(request: DeskRequest) -> Iterator[Command]:
    if request.actor.may("settings.view"):
        for _title, group in GROUPS:
            for page in group:
                yield Command(page.href, page.word, _("Settings"), page.icon, page.href)


def _pressed() -> Iterator[Command]:
    for presence in Presence:
        selector = f"#presence [value={presence.value}]"
        yield Command(selector, presence.label, _("Presence"), "user-check", press=selector)
    for word, selector, icon in _PRESSED:
        yield Command(selector, word, _DO, icon, press=selector)


def _in_english(items: list[Command]) -> list[Command]:
    """With their English names, which are typed quicker where the reader's language is another one."""
    if get_language() == "en":
        return items
    with override("en"):
        english = [str(item.word) for item in items]
    return [_also(item, word) for item, word in zip(items, english, strict=True)]


def _also(item: Command, word: str) -> Command:
    return Command(item.key, item.word, item.group, item.icon, item.href, item.press, item.note, item.keys, word)


def _tickets(request: DeskRequest, words: str) -> list[Command]:
    digits = number(words.lower().removeprefix("yn-"))
    seen = queries.visible_to(request.actor)
    by_number = list(seen.filter(pk=digits)) if digits else []
    wanted = Filter(scope="all", state="any", words=words, order="newest")
    fits = rows.listed(queries.queue(request.actor, wanted, now=request.now), now=request.now, most=FOUND)
    known = {t.pk for t in by_number}
    return [
        *_opened(by_number),
        *(_ticket(row.id, row.subject, row.customer) for row in fits if row.id not in known),
    ]


def _ticket(pk: int, subject: str, customer: str) -> Command:
    return Command(f"t{pk}", f"YN-{pk} {subject}", _TICKET, "ticket", reverse("desk:ticket", args=[pk]), note=customer)


def _opened(found: Iterable[Ticket]) -> list[Command]:
    return [_ticket(t.pk, t.subject, "") for t in found]


def _people(request: DeskRequest, words: str) -> list[Command]:
    if not request.actor.may("customer.view"):
        return []
    return [_customer(c) for c in customers.found(words)[:FOUND]]


def _customer(c: Contact) -> Command:
    company = c.company.name if c.company else ""
    return Command(f"c{c.pk}", str(c), _CUSTOMER, "user", reverse("desk:customer", args=[c.pk]), note=company)


def _recent(request: DeskRequest) -> list[Command]:
    """What this browser remembers by number, read anew: what is out of sight by now is not named."""
    asked = [key for key in request.GET.get("recent", "").split(",")[:RECENT] if number(key[1:])]
    pks = {letter: [int(key[1:]) for key in asked if key[0] == letter] for letter in "tc"}
    seen = queries.visible_to(request.actor).filter(pk__in=pks["t"])
    known = {c.key: c for c in _opened(seen)} if pks["t"] else {}
    if pks["c"] and request.actor.may("customer.view"):
        people = Contact.objects.filter(pk__in=pks["c"], joined_into=None).select_related("company")
        known |= {c.key: c for c in map(_customer, people)}
    return [known[key] for key in asked if key in known]
