"""Is a macro found, seen and applied by keyboard alone?"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.factories import House
from yingnuo.automation.models import Macro

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]


@pytest.fixture
def house(transactional_db: None) -> House:
    return factories.house()


@pytest.fixture
def page(live_server: LiveServer, house: House) -> Iterator[Page]:
    """Alice is signed in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(base_url=live_server.url, locale="en-GB")
        page.goto("/tickets/")
        page.get_by_label("User name").fill("alice")
        page.get_by_label("Password").fill(factories.PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/tickets/$"))
        yield page
        browser.close()


def test_a_macro_is_applied_and_taken_back_by_keyboard(page: Page, house: House) -> None:
    Macro.objects.create(name="Ask for a photo", actions={"add_tags": ["photo"], "send": "Dear {customer}, a photo?"})
    ticket = factories.ticket(house, agent=house.alice)
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("x")
    expect(page.locator("#dialog-body summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#dialog-body")).to_contain_text("Dear Chen, a photo?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("The macro is applied.")
    expect(page.locator("#ticket")).to_contain_text("Applied the macro “Ask for a photo”")
    ticket.refresh_from_db()
    assert ticket.tags == ["photo"]
    page.keyboard.press("x")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#toasts")).to_contain_text("Taken back")
    ticket.refresh_from_db()
    assert ticket.tags == []
