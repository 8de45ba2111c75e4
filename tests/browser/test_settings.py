"""Are the settings changed in a browser: a cell in a dialog, a rule by dragging, a look at a calendar?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from a2wsgi import WSGIMiddleware
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as configured
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django import Settings

from tests import factories
from tests.kit.serving import serve
from yingnuo.conf import asgi
from yingnuo.kit import live
from yingnuo.routing.models import Rule

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]
T = TypeVar("T")


@pytest.fixture
def page(settings: Settings, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A manager's browser before the real application."""
    settings.DEBUG = True
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    house = factories.house()
    Rule.objects.create(position=2, name="Late", team=house.front, keywords=["late"])
    cookie = factories.sign_in(Client(), house.mia).cookies[configured.SESSION_COOKIE_NAME].value
    connection.close()
    pages = WSGIMiddleware(StaticFilesHandler(get_wsgi_application()), workers=4)
    with serve(asgi.bridge(pages, live.sse, max_body=1 << 20)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": configured.SESSION_COOKIE_NAME, "value": cookie, "url": address}])
        yield context.new_page()
        browser.close()


def rule_names() -> list[str]:
    found = list(Rule.objects.values_list("name", flat=True))
    connection.close()
    return found


def test_a_cell_is_changed_in_a_dialog(page: Page) -> None:
    page.goto("/settings/policies/default/")
    page.locator("#rule-urgent td a").first.click()
    dialog = page.locator("dialog#dialog")
    dialog.get_by_label("Within").fill("0")
    dialog.get_by_role("button", name="Put into the table").click()
    expect(dialog.get_by_role("alert")).to_contain_text("A promise of zero cannot be kept")
    dialog.get_by_label("Within").fill("10m")
    dialog.get_by_role("button", name="Put into the table").click()
    expect(page.locator(".st-draft")).to_contain_text("target: 15m → 10m")


def test_a_rule_is_dragged_to_the_top(page: Page) -> None:
    page.goto("/settings/rules/")
    page.locator(".st-rule", has_text="Late").drag_to(
        page.locator(".st-rule", has_text="All to the front"), target_position={"x": 60, "y": 4}
    )
    expect(page.locator(".st-rule").first).to_contain_text("Late")
    with ThreadPoolExecutor(1) as elsewhere:
        assert elsewhere.submit(rule_names).result() == ["Late", "All to the front"]


def test_a_change_of_hours_is_seen_before_it_is_saved(page: Page) -> None:
    page.goto("/settings/calendars/office/")
    page.get_by_label("Saturday").fill("9-12")
    page.get_by_label("Saturday").press("Tab")
    expect(page.locator(".st-day", has_text="Saturday").locator("rect")).to_have_count(1)
    expect(page.get_by_label("Saturday")).to_have_value("9-12")


@pytest.mark.parametrize(
    "path",
    [
        "/settings/",
        "/settings/calendars/office/",
        "/settings/policies/default/",
        "/settings/rules/new",
        "/settings/policies/default/1/",
        "/settings/calendars/office/1/",
        "/settings/policies/default/compare",
    ],
)
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_are_accessible_and_fit(page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path)
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth") <= 1
