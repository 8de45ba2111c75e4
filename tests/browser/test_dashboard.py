"""Are the overview and the figures drawn, fresh and open to everybody in a real browser?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.resources import files

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.scorecards.situations import MINUTE
from yingnuo.journey import reply
from yingnuo.kit import instants

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]
PAGES = ["/dashboard/", "/dashboard/figures/?period=7d", "/dashboard/figures/arrived/tickets/", "/dashboard/formulas/"]


@pytest.fixture
def session() -> str:
    """Bo's session before a house with one kept, one overdue and one unassigned ticket."""
    house, now = factories.house(), instants.now()
    kept = factories.ticket(house, urgency="urgent", agent=house.alice, at=now - 60 * MINUTE)
    said = reply.Said("On it.")
    reply.answer(factories.actor(house.alice), ticket_id=kept.pk, said=said, now=now - 55 * MINUTE)
    factories.ticket(house, urgency="urgent", agent=house.alice, at=now - 60 * MINUTE)
    factories.ticket(house, at=now)
    client = factories.sign_in(Client(), house.bo)
    return client.cookies[django_settings.SESSION_COOKIE_NAME].value


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(session: str, chromium: Browser, live_server: LiveServer, settings: Settings) -> Iterator[Page]:
    """Bo's browser; script errors and refused styles fail the test."""
    settings.DEBUG = True
    context = chromium.new_context(base_url=live_server.url, reduced_motion="reduce")
    cookie = {"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert not faults


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1440, "light")])
def test_nothing_serious_for_axe_and_no_sideways_scroll(page: Page, width: int, theme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text()
    for address in PAGES:
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
        page.evaluate(axe)
        found = page.evaluate("axe.run()")["violations"]
        serious = [
            (address, rule["id"], [node["target"] for node in rule["nodes"]])
            for rule in found
            if rule["impact"] in {"serious", "critical"}
        ]
        assert serious == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_charts_are_drawn_and_have_tables(page: Page) -> None:
    page.goto("/dashboard/figures/?period=7d")
    expect(page.locator("yn-chart:has(canvas)")).to_have_count(5)
    page.get_by_text("Show as a table").first.click()
    expect(page.locator("figure table").first).to_contain_text("Attainment")


def test_a_figure_leads_to_its_tickets_and_its_formula(page: Page) -> None:
    page.goto("/dashboard/figures/?period=7d&milestone=first_response")
    page.locator(".dash-main strong a").first.click()
    expect(page.get_by_role("heading", name="Promises kept or broken")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.go_back()
    page.get_by_label("How is this counted: SLA attainment").click()
    expect(page.locator(".dash-equation")).to_have_text("kept ÷ (kept + broken)")


def test_the_overview_fetches_itself_again(page: Page) -> None:
    page.goto("/dashboard/")
    with page.expect_response("**/dashboard/live") as answer:
        page.evaluate("document.body.dispatchEvent(new CustomEvent('yn:tickets'))")
    assert answer.value.status == 200
    expect(page.locator("#now .dash-tiles strong").first).to_be_visible()
