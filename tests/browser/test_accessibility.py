"""Has axe nothing to say of the desk's main pages, in both themes, and do screen readers find their way?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.resources import files

import pytest
from django.conf import settings as configured
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.factories import House
from yingnuo.journey import reply
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.tickets.models import Ticket

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]
AXE = files("axe_playwright_python").joinpath("axe.min.js")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def house(transactional_db: None) -> House:
    return factories.house()


@pytest.fixture
def ticket(house: House) -> Ticket:
    made = factories.ticket(house, subject="Loud noise", urgency="urgent", agent=house.alice)
    reply.answer(factories.actor(house.alice), ticket_id=made.pk, said=Said("Unplug it."), now=instants.now())
    return made


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, settings: Settings, house: House) -> Iterator[Page]:
    """The administrator's page: he sees every part."""
    settings.DEBUG = True
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    session = factories.sign_in(Client(), house.root).cookies[configured.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": configured.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    yield context.new_page()
    context.close()


def said_by_axe(page: Page) -> list[str]:
    """Every violation with the elements it is about, best practices too."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_main_pages(page: Page, ticket: Ticket, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    places = ["/tickets/?scope=all", f"/tickets/{ticket.pk}/", f"/customers/{ticket.contact_id}/", "/settings/",
              "/search?q=noise", "/notices/", "/wall/", "/chats/", "/devices/", "/me/"]  # fmt: skip
    said = {}
    for place in places:
        answer = page.goto(place)
        assert answer is not None
        assert answer.ok, place
        said[place] = said_by_axe(page)
    page.keyboard.press("Control+k")
    expect(page.locator("#yn-palette [role=option]").first).to_be_visible()
    said["the palette"] = said_by_axe(page)
    assert {place: words for place, words in said.items() if words} == {}


def test_new_messages_are_read_out(page: Page, ticket: Ticket) -> None:
    page.goto(f"/tickets/{ticket.pk}/")
    expect(page.get_by_role("log", name="Messages")).to_contain_text("Unplug it.")


def test_the_first_tab_skips_to_the_content(page: Page, house: House) -> None:
    page.goto("/tickets/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
