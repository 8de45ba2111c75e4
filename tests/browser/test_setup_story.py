"""How many steps is it in a browser from an empty installation to a promise on a ticket?"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from a2wsgi import WSGIMiddleware
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from playwright.sync_api import Locator, Page, expect, sync_playwright
from pytest_django import Settings

from tests import factories
from tests.kit.serving import serve
from yingnuo.conf import asgi
from yingnuo.journey import beginnings
from yingnuo.kit import instants, live, revisions
from yingnuo.people.models import Role, Staff
from yingnuo.promises import standards
from yingnuo.promises.models import Promise

CHROMIUM = shutil.which("chromium")
MOST = 25  # clicks and fields filled in, the sign-in among them
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]


@dataclass
class Hands:
    """An administrator's hands, and what they have done so far."""

    page: Page
    count: int = 0

    def click(self, target: Locator) -> None:
        self.count += 1
        target.click()

    def type(self, name: str, words: str) -> None:
        self.count += 1
        self.page.locator(f"[name={name}]").fill(words)

    def go(self) -> None:
        self.click(self.page.locator(".su-go .btn-primary"))


@pytest.fixture
def hands(settings: Settings, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    """The browser of the only account of an installation that has just been made, not signed in yet."""
    settings.DEBUG = True
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    revisions.forget()
    standards.forget()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kit_revision (number) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM kit_revision)")
    beginnings.prepare(now=instants.now())
    factories.staff("root", role=Role.ADMIN)
    connection.close()
    pages = WSGIMiddleware(StaticFilesHandler(get_wsgi_application()), workers=4)
    with serve(asgi.bridge(pages, live.sse, max_body=1 << 20)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900}, locale="en-GB")
        yield Hands(context.new_page())
        browser.close()


def _clean(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_from_nothing_to_a_promise(hands: Hands) -> None:
    page = hands.page
    page.goto("/")
    hands.type("username", "root")
    hands.type("password", factories.PASSWORD)
    hands.click(page.locator("main form button.btn-primary"))
    expect(page).to_have_url(re.compile("/setup/house/$"))
    _clean(page)
    hands.type("name", "Harbour Machines")
    hands.count += 1
    page.locator("[name=country]").select_option("GB")
    hands.go()
    expect(page.locator("main h2").first).to_have_text("Service hours")
    _clean(page)
    hands.click(page.locator("[value='6x10']"))
    hands.go()
    expect(page.locator("main h2").first).to_have_text("Promises")
    _clean(page)
    hands.go()
    hands.type("people", "Li Na, lina@harbour.example, lead\nWang Wei, wang@harbour.example")
    hands.go()
    expect(page.locator("tbody tr")).to_have_count(2)
    _clean(page)
    hands.go()
    expect(page.locator("main h2").first).to_have_text("Ways in")
    _clean(page)
    hands.go()
    hands.go()
    expect(page.locator(".su-promises li").first).to_contain_text("First response")
    _clean(page)
    hands.go()
    expect(page.locator("main h2").first).to_have_text("Your service desk is ready")
    hands.go()
    expect(page).to_have_url(re.compile("/tickets/"))
    expect(page.locator("body")).to_contain_text("Try-out")
    assert hands.count < MOST, hands.count
    assert _made() == (3, True)


def _made() -> tuple[int, bool]:
    def look() -> tuple[int, bool]:
        try:
            return Staff.objects.count(), Promise.objects.filter(due_at__isnull=False).exists()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:  # beside the browser's loop Django refuses the database here
        return pool.submit(look).result()
