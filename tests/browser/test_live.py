"""Does an open tab hear of a change, does it share its stream, and does it recover?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from a2wsgi import WSGIMiddleware
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core import signing
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from pytest_django import Settings

from tests.kit.serving import serve, until
from yingnuo.conf import asgi
from yingnuo.kit import live

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]
# Not in the title: htmx takes a title out of what it fetches upon the same event.
HEARD_ON_EVENT = (
    "document.body.addEventListener('yn:styleguide', "
    "({ detail }) => { document.body.dataset.heard = `id ${detail.id}` })"
)


@pytest.fixture
def tabs(settings: Settings, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[BrowserContext]:
    """A browser before the real application, which also serves the static files here."""
    settings.DEBUG = True
    # The threads of the server outlive the test: a connection kept by one would keep the database from being dropped.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    pages = WSGIMiddleware(StaticFilesHandler(get_wsgi_application()), workers=4)
    with serve(asgi.bridge(pages, live.sse, max_body=1024)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_context(base_url=address)
        browser.close()


def tab(tabs: BrowserContext) -> Page:
    page = tabs.new_page()
    page.goto("/styleguide")
    page.evaluate(HEARD_ON_EVENT)
    return page


def publish(topic: str, id: int) -> None:
    """In a thread: under playwright's event loop this thread would get a second connection, which nobody closes."""
    live.publish(topic, id)
    connection.close()


def streams() -> int:
    hub = live._Process.hub
    return len(hub.clients) if hub else 0


def test_two_tabs_hear_on_one_stream(tabs: BrowserContext) -> None:
    first, second = tab(tabs), tab(tabs)
    until(streams)
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(publish, "styleguide", 7).result()
    second.bring_to_front()
    expect(second.locator("body")).to_have_attribute("data-heard", "id 7")
    first.bring_to_front()
    expect(first.locator("body")).to_have_attribute("data-heard", "id 7")
    assert streams() == 1


def test_a_refused_tab_fetches_a_new_token(tabs: BrowserContext, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[str] = []

    def too_old(token: str) -> frozenset[str]:
        refused.append(token)
        raise signing.SignatureExpired(token)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(live, "topics_of", too_old)
        page = tab(tabs)
        until(lambda: refused)  # setting the clock right before the first refusal would leave nothing to renew
        assert streams() == 0
    expect(page.locator("body")).to_have_attribute("data-heard", "id ", timeout=30_000)
    assert streams() == 1
