"""Is everything reached and done by keys alone: palette, deeds, the keys' help? And when the network goes?"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings as configured
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.factories import House
from yingnuo.tickets.models import Ticket

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]


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
    return factories.ticket(house, subject="Loud noise", agent=house.alice)


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, settings: Settings, house: House) -> Iterator[Page]:
    """Alice's page; script errors fail the test."""
    settings.DEBUG = True
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    session = factories.sign_in(Client(), house.alice).cookies[configured.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": configured.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert not faults


def test_the_palette_does_a_deed_and_gives_the_focus_back(page: Page, ticket: Ticket) -> None:
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Command, ticket or customer")
    expect(field).to_be_focused()
    field.fill("transf")
    expect(page.locator("#yn-palette [aria-selected=true]")).to_contain_text("Transfer")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog")).to_contain_text("To whom")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Transfer").focus()
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Transfer")).to_be_focused()


def test_the_palette_finds_a_ticket_and_remembers_it(page: Page, ticket: Ticket) -> None:
    page.goto("/tickets/")
    page.keyboard.press("Control+k")
    page.keyboard.type("noise")
    expect(page.locator("#yn-palette [aria-selected=true]")).to_contain_text("Loud noise")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/tickets/{ticket.pk}/"))
    page.goto("/customers/")
    page.keyboard.press("Control+k")
    expect(page.locator("#yn-palette [role=option]").first).to_contain_text("Loud noise")


def test_pinyin_initials_find_a_chinese_command(page: Page, house: House) -> None:
    page.goto("/tickets/")
    score = "(typed) => ynMatch.score(typed, ynMatch.read('新建工单'))"
    assert page.evaluate(f"({score})('xjgd')") > 0
    assert page.evaluate(f"({score})('gd')") > 0
    assert page.evaluate(f"({score})('kh')") == 0


def test_keys_go_do_and_step_from_ticket_to_ticket(page: Page, ticket: Ticket, house: House) -> None:
    other = factories.ticket(house, subject="Second", agent=house.alice)
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("]")
    expect(page).to_have_url(re.compile(f"/tickets/{other.pk}/"))
    page.wait_for_load_state("load")  # keys are heard from then on
    page.keyboard.press("s")
    expect(page.locator("#dialog")).to_contain_text("Put aside")
    page.keyboard.press("Escape")
    page.keyboard.press(".")
    expect(page.locator(".desk-deeds .yn-menu-box a").first).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.type("gt")
    expect(page).to_have_url(re.compile("/tickets/$"))
    page.wait_for_load_state("load")
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile(f"/tickets/{ticket.pk}/"))


def test_the_help_groups_the_keys_and_is_searched(page: Page, ticket: Ticket) -> None:
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("?")
    keys = page.locator("#yn-keys")
    expect(keys.locator(".yn-keys-place")).to_contain_text(["Everywhere", "Go to", "List", "Ticket"])
    keys.get_by_role("searchbox").fill("transfer")
    expect(keys.locator("li:visible")).to_have_count(2)


def test_single_keys_are_switched_off_and_the_palette_stays(page: Page, ticket: Ticket, house: House) -> None:
    page.goto("/me/")
    page.get_by_label("Single keys do something").uncheck()
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator("body")).to_have_attribute("data-single-keys", "off")
    page.keyboard.type("gt?")
    expect(page.locator("#yn-keys")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.locator("#yn-palette")).to_be_visible()
    expect(page).to_have_url(re.compile("/me/$"))


def test_a_note_that_could_not_be_sent_is_sent_again_by_a_button(page: Page, ticket: Ticket) -> None:
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("n")
    page.get_by_label("Text").fill("Ask Eve")
    page.context.set_offline(True)
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("#yn-connection")).to_contain_text("No connection.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".yn-bubble-note")).to_contain_text("Ask Eve")
