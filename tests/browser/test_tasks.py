"""Can one team ask another in a real browser, by keyboard, and is it told when that is done?"""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.browser.test_desk import chromium, house, page, pytestmark
from tests.factories import House
from yingnuo.kit import instants
from yingnuo.subtasks.models import Task

__all__ = ["chromium", "house", "page", "pytestmark"]


def _other(chromium: Browser, live_server: LiveServer, username: str) -> Page:
    other = chromium.new_context(base_url=live_server.url, viewport={"width": 390, "height": 844}).new_page()
    other.goto("/login/")
    other.get_by_label("User name").fill(username)
    other.get_by_label("Password").fill(factories.PASSWORD)
    other.keyboard.press("Enter")
    other.wait_for_url("**/tickets/**")
    return other


def test_a_task_goes_to_another_team_and_comes_back_done(
    page: Page, house: House, chromium: Browser, live_server: LiveServer
) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Whom").select_option(str(house.strangers.pk))
    dialog.get_by_label("Wanted by").fill(f"{instants.now() + timedelta(days=3):%Y-%m-%dT%H:%M}")
    dialog.get_by_label("What is needed").fill("Check the stock")
    dialog.get_by_label("In detail").fill("Two bearings 6204?")
    dialog.get_by_role("button", name="Send the request").click()
    expect(page.locator(".task-list")).to_contain_text("Check the stock")

    dee = _other(chromium, live_server, "dee")
    dee.goto("/tasks/?scope=team")
    dee.get_by_role("link", name="Check the stock").click()
    dee.get_by_label("Result, question or reason").fill("Two in Pudong")
    dee.get_by_role("button", name="Finish the task").click()
    expect(dee.get_by_text("did it")).to_be_visible()
    assert Task.objects.get().state == "done"
    page.reload()
    expect(page.locator(".task-list")).to_contain_text("Done")
