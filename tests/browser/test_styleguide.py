"""Do the components work in a real browser: ticking, themes, keys, dialogs, drafts, accessibility?"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]
PAGES = ["/styleguide", "/styleguide/desk", "/styleguide/portal"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, settings: Settings) -> Iterator[Page]:
    """A page whose script errors and refused styles fail the test."""
    settings.DEBUG = True
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert not faults


def serious(page: Page) -> list[tuple[str, list[Any]]]:
    """What axe calls serious or critical."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    found = page.evaluate("axe.run()")["violations"]
    return [
        (rule["id"], [node["target"] for node in rule["nodes"]])
        for rule in found
        if rule["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("address", PAGES)
def test_nothing_serious_for_axe_and_no_sideways_scroll(page: Page, address: str, theme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith("-apple-system")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_countdown_ticks_and_turns_red(page: Page) -> None:
    page.goto("/styleguide")
    pill = page.locator("#countdowns yn-countdown").nth(3)
    expect(pill).to_have_text(re.compile(" 00:00:0"))
    expect(pill).to_have_attribute("data-state", "over", timeout=9_000)
    expect(pill).to_have_text(re.compile("-00:00:0"))


def test_countdown_ignores_a_wrong_clock(page: Page) -> None:
    page.clock.set_system_time("2031-01-01T00:00:00Z")
    page.goto("/styleguide")
    expect(page.locator("#countdowns yn-countdown").nth(1)).to_have_text(re.compile("01:29:"))


def test_theme_switch_needs_no_reload_and_is_kept(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/styleguide")
    page.get_by_label("Your menu").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_language_switch_comes_back_to_the_page(page: Page) -> None:
    page.goto("/styleguide/portal")
    page.get_by_role("button", name="繁體").click()
    expect(page).to_have_url(re.compile("/styleguide/portal$"))
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hant")


def test_keys(page: Page) -> None:
    page.goto("/styleguide")
    page.keyboard.press("?")
    expect(page.locator("#yn-keys")).to_contain_text("Search")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search", exact=True)).to_be_focused()
    page.keyboard.type("g t?")
    expect(page).to_have_url(re.compile("/styleguide$"))
    page.keyboard.press("Escape")
    page.keyboard.type("gt")
    expect(page).to_have_url(re.compile("/styleguide/desk$"))


def test_dialog_opens_and_closes(page: Page) -> None:
    page.goto("/styleguide")
    dialog = page.locator("#sample-dialog")
    page.get_by_role("button", name="Dialog").click()
    expect(dialog).to_be_visible()
    page.mouse.click(5, 5)
    expect(dialog).to_be_hidden()


def test_confirm_posts_only_after_a_yes(page: Page) -> None:
    page.goto("/styleguide")
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.get_by_role("button", name="Ask first").click()
    expect(page.locator("#yn-confirm")).to_contain_text("Really close this ticket?")
    page.get_by_role("button", name="Cancel").click()
    assert not posts
    page.get_by_role("button", name="Ask first").click()
    page.get_by_role("button", name="Yes", exact=True).click()
    page.wait_for_load_state()
    assert len(posts) == 1


def test_draft_survives_a_reload(page: Page) -> None:
    page.goto("/styleguide/desk")
    box = page.locator("[data-autosave]")
    box.fill("王先生您好")
    page.wait_for_timeout(600)
    page.reload()
    expect(box).to_have_value("王先生您好")


def test_filter_narrows_rows(page: Page) -> None:
    page.goto("/styleguide")
    page.get_by_label("Filter rows").fill("damaged anna")
    expect(page.locator("#sample-table tr:visible")).to_have_count(1)


def test_chart_is_drawn_and_redrawn_in_the_dark(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/styleguide/desk")
    expect(page.locator("yn-chart canvas")).to_have_count(1)
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("yn-chart canvas")).to_have_count(1)


def test_toast_shows_text_not_markup(page: Page) -> None:
    page.goto("/styleguide")
    note = {"text": "<b>Saved</b>", "tone": "error"}
    page.evaluate("note => document.dispatchEvent(new CustomEvent('yn:toast', {detail: {notes: [note]}}))", note)
    expect(page.get_by_role("status")).to_contain_text("<b>Saved</b>")
    page.get_by_role("status").get_by_role("button", name="Close").click()
    expect(page.locator(".yn-toast")).to_have_count(0)


def test_part_fetches_itself_again_at_a_topic_with_a_number(page: Page) -> None:
    page.goto("/styleguide")
    pill = page.locator("#live-part yn-countdown")
    handle = pill.element_handle()
    with page.expect_response("**/styleguide") as answer:
        page.evaluate("document.body.dispatchEvent(new CustomEvent('yn:styleguide:1'))")
    assert answer.value.request.headers["hx-request"] == "true"
    expect(pill).to_have_text(re.compile("01:29:"))
    assert pill.evaluate("(now, before) => now === before", handle), "a morph keeps the element"


def test_htmx_asks_in_our_dialog_and_carries_the_token(page: Page) -> None:
    page.goto("/styleguide")
    page.get_by_role("button", name="Send with htmx").click()
    expect(page.locator("#yn-confirm")).to_contain_text("Really send this?")
    with page.expect_response("**/reader/theme") as answer:
        page.get_by_role("button", name="Yes", exact=True).click()
    assert answer.value.status == 302
    assert answer.value.request.headers["x-csrftoken"]


def test_failure_is_told_and_nothing_is_swapped(page: Page) -> None:
    page.goto("/styleguide")
    page.route("**/styleguide", lambda route: route.fulfill(status=500, body="<p>trace</p>"))
    page.evaluate("document.body.dispatchEvent(new CustomEvent('yn:styleguide:1'))")
    expect(page.get_by_role("status")).to_contain_text("That did not work")
    expect(page.locator("#live-part yn-countdown")).to_have_count(1)
