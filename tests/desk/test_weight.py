"""How much must a browser load for the main pages: at the first visit with everything, later the page alone?

Compressed as the server sends it. Bytes are counted, no time: these hold on any machine.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.kit import instants
from yingnuo.ledger.models import Event
from yingnuo.tickets.models import Message, Ticket

FIRST, LATER = 250_000, 40_000
_FILES = re.compile(r'(?:href|src|worker|data-src)="/static/([^"#?]+)')
_INSIDE = re.compile(r'(?:url\(|@import|from|import\()\s*["\']?(\.{1,2}/[^"\')\s?#]+)')
MESSAGES = 200


def _packed(content: bytes) -> int:
    return len(gzip.compress(content, 6))


def _weight_of(names: set[str]) -> dict[str, int]:
    """Every file that a page names, and what stylesheets and scripts name in turn; fonts are packed already."""
    found: dict[str, int] = {}
    waiting = sorted(names)
    while waiting:
        name = waiting.pop()
        place = finders.find(name)
        if name in found or not place:
            continue
        content = Path(str(place)).read_bytes()
        found[name] = len(content) if name.endswith((".woff2", ".png")) else _packed(content)
        if name.endswith((".css", ".js")):
            inner = _INSIDE.findall(content.decode(errors="replace"))
            base = Path("/") / Path(name).parent
            waiting += [str((base / one).resolve().relative_to("/")) for one in inner]
    return found


def _long_ticket(house: House) -> Ticket:
    """Two hundred messages of a few lines, as many happenings between."""
    ticket, now = factories.ticket(house, agent=house.alice), instants.now()
    text = "The machine stops with E3 after the second rinse. We have changed the filter and tried twice more. " * 4
    Message.objects.bulk_create(
        Message(ticket=ticket, author="customer" if n % 2 else "staff", staff=None if n % 2 else house.alice,
                contact=ticket.contact if n % 2 else None, public=True, via="mail", text=f"{n}: {text} {n * 7919}",
                at=now, recorded_at=now)
        for n in range(MESSAGES)
    )  # fmt: skip
    Event.objects.bulk_create(
        Event(at=now, code="ticket.tagged", actor_kind="staff", actor_id=house.alice.pk, ticket_id=ticket.pk,
              params={"added": [f"tag-{n}"], "removed": []})
        for n in range(100)
    )  # fmt: skip
    return ticket


@pytest.fixture
def full(house: House) -> dict[str, str]:
    """The main pages with a full queue behind them."""
    for n in range(50):
        factories.ticket(house, agent=house.alice, subject=f"Washing machine number {n * 7919} shows E{n}")
    ticket = _long_ticket(house)
    return {
        "queue": "/tickets/", "ticket": f"/tickets/{ticket.pk}/", "customer": f"/customers/{house.chen.pk}/",
        "search": "/search?q=washing", "wall": "/wall/", "dispatch": "/dispatch/", "chats": "/chats/",
    }  # fmt: skip


def test_the_main_pages_are_light(house: House, full: dict[str, str]) -> None:
    bo = factories.sign_in(Client(), house.bo)
    later, first = {}, {}
    for name, path in full.items():
        page = bo.get(path)
        assert page.status_code == 200, name
        files = _weight_of(set(_FILES.findall(page.content.decode())))
        assert "kit/app.css" in files, files
        later[name] = _packed(page.content)
        first[name] = later[name] + sum(files.values())
    assert {name: size for name, size in later.items() if size > LATER} == {}, later
    assert {name: size for name, size in first.items() if size > FIRST} == {}, (first, files)
