"""On what do the stories play? One town for a whole module, in which each story has people and customers of its own.

    A module imports the fixtures `town`, `stays`, `cast` and, for pages, `desks`, and is marked with STORIES.

Emptying the database takes longer than most stories. A story therefore gets a team nobody else is in: its queue is
empty when it begins, whatever other stories have left behind.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from playwright.sync_api import Locator, Page, expect

from tests import factories
from tests.browser.town import CHROMIUM, Town, db, opened
from tests.factories import House
from tests.kit.serving import until
from yingnuo.channels.models import Simulated
from yingnuo.kit import revisions
from yingnuo.ledger.models import Event
from yingnuo.people.models import Contact, Role, Staff, Team
from yingnuo.tickets.models import Ticket

STORIES = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
_NUMBERS = itertools.count(1)
_MOUSE = """for (const name of ["pointerdown", "touchstart"])
  addEventListener(name, (event) => event.isTrusted && window.mouseWasUsed(name), true);"""
# The element itself, its label or its search line must show that it has the focus, where it can be seen.
_RING = """() => {
  const e = document.activeElement, ticked = e?.matches("input[type=radio], input[type=checkbox]");
  const at = ticked ? e.closest("label") ?? e : e;
  if (!e || e === document.body) return "nothing has the focus";
  const box = at.getBoundingClientRect(), name = `${e.outerHTML.slice(0, 90)}…`;
  if (!box.width || !box.height) return `invisible: ${name}`;
  const off = box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth;
  if (off) return `off the screen: ${name}`;
  const ringed = (one) => {
    const look = getComputedStyle(one);
    return (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0) || look.boxShadow !== "none";
  };
  if (e.type === "datetime-local") return "";  // the browser marks that of its parts which has the focus
  return [e, at, e.closest("[role=search]")].some((one) => one && ringed(one)) ? "" : `no ring: ${name}`;
}"""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays in one story; nobody else is in `team`."""

    house: House
    team: Team
    lead: Staff
    ann: Staff  # an agent
    ben: Staff  # another one
    customer: Contact
    second: Team  # technical support
    eve: Staff  # of it

    def ticket(self, subject: str = "It leaks", **more: Any) -> Ticket:
        """A ticket of the team, of the story's customer unless another is named."""
        values: dict[str, Any] = {"contact": self.customer, "team": self.team, "subject": subject}
        return db(lambda: factories.ticket(self.house, **(values | more)))


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[Town]:
    """Server, worker, mail server and browser for all stories of the module; the database is emptied at its end."""
    with django_db_blocker.unblock(), override_settings(DEBUG=True), pytest.MonkeyPatch.context() as patch:
        try:
            with opened(factories.house(), settings, patch) as found:
                expect.set_options(timeout=15_000)  # several browsers on a busy machine
                yield found
        finally:
            expect.set_options(timeout=5_000)
            call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(name="_django_db_helper")
def stays() -> None:
    """In place of pytest-django's own, which would empty the database after each story: `town` does it once."""


@pytest.fixture
def cast(town: Town) -> Cast:
    """People and a customer for one story."""
    return db(lambda: _cast(town.house))


def _cast(house: House) -> Cast:
    n = next(_NUMBERS)
    team = Team.objects.create(code=f"story-{n}", name=f"Story {n}", department=house.service)
    second = Team.objects.create(code=f"second-{n}", name=f"Second line {n}", department=house.service, tier=2)
    lead = factories.staff(f"lead{n}", team=team, role=Role.LEAD, name="Lena Lead")
    Team.objects.filter(pk__in=[team.pk, second.pk]).update(lead=lead)
    customer = factories.customer("Lin", email=f"lin{n}@harbour.example", phone=f"+86138000{n:05}")
    made = Cast(
        house=house, team=team, lead=lead, second=second, customer=customer,
        ann=factories.staff(f"ann{n}", team=team, name="Ann"), ben=factories.staff(f"ben{n}", team=team, name="Ben"),
        eve=factories.staff(f"eve{n}", team=second, name="Eve Expert"),
    )  # fmt: skip
    revisions.bump()
    return made


Opener = Callable[..., Page]


@pytest.fixture
def desks(town: Town) -> Iterator[Opener]:
    """`desks(cast.ann)`: a page on a machine of her own, `desks(None)`: a customer's. Script errors fail the test."""
    opened_here, faults = [], []

    def page_of(person: Staff | None, *, keys_only: bool = False, **more: Any) -> Page:
        values: dict[str, Any] = {
            "base_url": town.address,
            "viewport": DESKTOP,
            "locale": "en-GB",
            "timezone_id": "UTC",
        }
        context = town.browser.new_context(**(values | more))
        opened_here.append(context)
        if person is not None:
            session = db(lambda: _session(person))
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": town.address}])
        if keys_only:
            context.expose_binding("mouseWasUsed", lambda _source, name: faults.append(f"the mouse was used: {name}"))
            context.add_init_script(_MOUSE)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: faults.append(m.text) if "Content Security Policy" in m.text else None)
        return page

    yield page_of
    for context in opened_here:
        context.close()
    assert not faults


def _session(person: Staff) -> str:
    return factories.sign_in(Client(), person).cookies[settings.SESSION_COOKIE_NAME].value


class Hands:
    """Somebody who has no mouse; a page opened with `keys_only` fails the test when one is used all the same."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def go(self, address: str) -> None:
        """By the address line."""
        self.page.goto(address)

    def press(self, *keys: str) -> None:
        """One key after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        """Types where the focus is."""
        self.page.keyboard.type(text)

    def on(self, target: Locator) -> None:
        """The focus is there, and can be seen."""
        expect(target).to_be_focused()
        assert (said := self.page.evaluate(_RING)) == "", said

    def somewhere(self) -> None:
        """The focus is on something that can be seen: nobody has to begin at the top of the page."""
        until(lambda: self.page.evaluate(_RING) == "")

    def tab_to(self, target: Locator, *, most: int = 60, key: str = "Tab") -> None:
        """Tab until it is there; every place on the way must be seen."""
        for _ in range(most):
            self.press(key)
            if target.evaluate("e => e === document.activeElement"):
                break
            assert (said := self.page.evaluate(_RING)) in ("", "nothing has the focus"), said
        self.on(target)

    def pick(self, *keys: str) -> None:
        """Keys that open a dialog, which is there afterwards."""
        self.press(*keys)
        expect(self.page.locator("#dialog")).to_be_visible()

    def heard(self) -> None:
        """The page has loaded: from then on its keys do something."""
        self.page.wait_for_load_state("load")


def mail_to(address: str, words: str) -> None:
    """Waits until a mail with these words has come to `address`."""
    rows = Simulated.objects.filter(way="mail", to=address, text__contains=words)
    until(lambda: db(rows.exists), 20)


def ledger(ticket: Ticket) -> list[str]:
    """What the ledger says of the ticket, oldest first."""
    return db(lambda: list(Event.objects.filter(ticket_id=ticket.pk).order_by("id").values_list("code", flat=True)))


def fresh(ticket: Ticket) -> Ticket:
    """As it is now."""
    return db(lambda: Ticket.objects.select_related("agent", "team").get(pk=ticket.pk))


def toast(page: Page, words: str) -> None:
    """A short notice says so."""
    expect(page.locator("#toasts")).to_contain_text(words)


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    bad = [rule for rule in found if rule["impact"] in {"serious", "critical"}]
    return [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in bad]


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return int(width)
