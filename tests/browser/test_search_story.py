"""Can somebody find a ticket by keyboard alone: operator, value, hit, and the whole page of what was found?"""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.test_desk import chromium, house, page, serious  # noqa: F401  # the signed-in page
from tests.factories import House


def test_a_ticket_is_found_by_keyboard(page: Page, house: House) -> None:  # noqa: F811
    ticket = factories.ticket(
        house, subject="洗衣机漏水", text="厨房的洗衣機漏水了", urgency="urgent", agent=house.alice
    )
    page.goto("/tickets/")
    page.keyboard.press("/")
    line = page.get_by_role("combobox", name="Search")
    expect(line).to_be_focused()
    page.keyboard.type("urg")
    expect(page.get_by_role("option", name="urgency:")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", name="urgency:")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(line).to_have_value("urgency:")
    page.keyboard.type("urgent 漏水")
    hit = page.get_by_role("option", name=re.compile(f"YN-{ticket.pk}"))
    expect(hit).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/search"))
    expect(page.locator(".search-hits mark").first).to_have_text("漏水")
    assert serious(page) == []
    line.focus()
    line.press("End")
    page.keyboard.type("了")
    expect(page.locator("#suggest mark")).to_have_count(0)  # the subject does not say 了, the message does
    expect(page.get_by_role("option", name=re.compile(f"YN-{ticket.pk}"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/tickets/{ticket.pk}/$"))
