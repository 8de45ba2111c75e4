"""Can lists be saved, looked at as a table, and many tickets be worked on and undone, in a real browser?"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.factories import House

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
def page(chromium: Browser, live_server: LiveServer, settings: Settings, house: House) -> Iterator[Page]:
    """A page whose script errors and refused styles fail the test; Alice is signed in."""
    settings.DEBUG = True
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900}, locale="en-GB")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto("/tickets/")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/tickets/$"))
    yield page
    context.close()
    assert not faults


def _serious(page: Page) -> list[str]:
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    found = page.evaluate("axe.run()")["violations"]
    bad = [rule for rule in found if rule["impact"] in {"serious", "critical"}]
    return [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in bad]


def test_a_filter_becomes_a_list_with_a_condition_more(page: Page, house: House) -> None:
    factories.ticket(house, subject="Loud fault", kind="fault", urgency="urgent")
    factories.ticket(house, subject="Calm fault", kind="fault")
    page.goto("/tickets/?scope=all&kind=fault")
    page.get_by_role("link", name="Save as a list").click()
    page.get_by_label("Name", exact=True).fill("Loud ones")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Field").nth(1).select_option("urgency")
    page.get_by_label("Urgent", exact=True).check()
    page.get_by_label("Shown as").select_option("table")
    assert _serious(page) == []
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("link", name="Loud ones 1")).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("table")).to_contain_text("Loud fault")
    expect(page.get_by_role("table")).not_to_contain_text("Calm fault")
    assert _serious(page) == []


def test_a_stretch_is_chosen_by_shift_taken_and_given_back(page: Page, house: House) -> None:
    for n in range(3):
        factories.ticket(house, subject=f"Matter {n}")
    page.goto("/tickets/?scope=unassigned")
    boxes = page.locator("input[name=ids]")
    boxes.first.focus()
    page.keyboard.press("Space")
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator("[data-chosen]")).to_have_text("3 chosen")
    page.keyboard.press("a")
    expect(page.locator("#toasts")).to_contain_text("3 tickets done.")
    expect(boxes).to_have_count(0)
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("3 tickets as before.")
    expect(boxes).to_have_count(3)
